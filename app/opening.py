"""The dialogs that ask for a dataset."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from app.document import Document


def ask_for_folder(parent: QWidget, document: Document) -> None:
    """Let the person choose a dataset folder, and open it."""
    chosen = QFileDialog.getExistingDirectory(parent, "Open a folder", _start(document))
    if chosen:
        document.open(Path(chosen))


def ask_for_file(parent: QWidget, document: Document) -> None:
    """Let the person choose a COCO file, and open it."""
    kinds = "COCO annotations (*.json);;All files (*)"
    chosen, _ = QFileDialog.getOpenFileName(parent, "Open a COCO file", _start(document), kinds)
    if chosen:
        document.open(Path(chosen))


def _start(document: Document) -> str:
    return str(document.path.parent if document.path is not None else Path.home())
