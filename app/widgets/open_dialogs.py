"""The dialogs that ask for a dataset, and what is dropped on the window."""

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from app.document.document import Document
from core.errors import UserError
from core.plain_text import printable

_NO_FILE = "save it on this machine first, and drop the file"


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


def may_drop(mime: QMimeData) -> bool:
    """Whether something is dragged that can be opened, or of which one may think so."""
    return mime.hasUrls() or mime.hasImage() or bool(_written_path(mime))


def look_only(event: QDropEvent) -> bool:
    """Accept what is dragged, as a copy, or a link where only that is offered; whether one of them is.

    Never as a move, which file managers propose unasked: what was moved is theirs to delete.
    """
    for action in (Qt.DropAction.CopyAction, Qt.DropAction.LinkAction):
        if event.possibleActions() & action:
            event.setDropAction(action)
            event.accept()
            return True
    return False


def dropped(mime: QMimeData) -> list[Path]:
    """The files and folders that were dropped. Raises ``UserError`` where it is something else."""
    urls = mime.urls()
    if local := [Path(url.toLocalFile()) for url in urls if url.isLocalFile()] or _written_path(mime):
        return local
    if urls:
        raise UserError(f"{_named(urls[0])} is an address, not a file on this machine", _NO_FILE)
    raise UserError("this picture is not a file", _NO_FILE)


def _written_path(mime: QMimeData) -> list[Path]:
    """A path that is dragged as text, from a terminal or an editor."""
    text = mime.text().strip() if mime.hasText() and not mime.hasUrls() else ""
    try:
        path = Path(text).expanduser()
        return [path] if text and "\n" not in text and path.is_absolute() and path.exists() else []
    except (RuntimeError, ValueError, OSError):  # “~nobody”, a zero, or longer than any path is: some other text
        return []


def _named(url: QUrl) -> str:
    return printable(url.toDisplayString(QUrl.ComponentFormattingOption.PrettyDecoded))


def _start(document: Document) -> str:
    return str(document.path.parent if document.path is not None else Path.home())
