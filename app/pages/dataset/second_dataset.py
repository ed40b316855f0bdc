"""Asks for the other dataset, of two that are merged or compared."""

from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from app.style import tokens
from app.style.icons import Icon
from app.widgets import column, label, primary_button, row
from app.widgets.buttons import button
from app.widgets.containers import centred, draw_drop_frame
from app.widgets.states import Banner
from core.words import tr

_WIDTH = 560


class SecondDataset(QWidget):
    """A framed area. What is dropped is the window's, which gives it to the view."""

    chosen = Signal(object)
    """The ``Path`` of a folder, an archive or an annotation file."""

    def __init__(self, icon: str, title: str, more: str) -> None:
        super().__init__()
        self.error = Banner("bad")
        self.folder = primary_button(tr("Choose a folder"), "folder-open", tr("A dataset of any format"))
        self.file = button(tr("Choose a file"), "file-text", tr("A COCO file, or an archive"))
        self._start = Path.home()
        heading, words = label(title, "title", wrap=True), label(more, "dim", wrap=True)
        for text in (heading, words):
            text.setAlignment(text.alignment() | text.alignment().AlignHCenter)
        self.setLayout(
            column(
                self.error,
                None,
                row(None, Icon(icon, 40), None),
                tokens.TINY,
                centred(heading, _WIDTH),
                centred(words, _WIDTH),
                tokens.SMALL,
                row(None, self.folder, self.file, None),
                None,
                margin=2 * tokens.LARGE,
            )
        )
        self.folder.clicked.connect(self._on_folder)
        self.file.clicked.connect(self._on_file)

    def begin_at(self, folder: Path) -> None:
        """Where the dialogs begin."""
        self._start = folder

    @Slot()
    def _on_folder(self) -> None:
        if chosen := QFileDialog.getExistingDirectory(self, tr("The other dataset"), str(self._start)):
            self.chosen.emit(Path(chosen))

    @Slot()
    def _on_file(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, tr("The other dataset"), str(self._start))
        if chosen:
            self.chosen.emit(Path(chosen))

    def paintEvent(self, event: QPaintEvent) -> None:
        draw_drop_frame(self, tokens.LARGE)
