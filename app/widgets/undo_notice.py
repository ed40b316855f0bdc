"""What was just done, with a way to take it back."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.widgets.buttons import link_button
from app.widgets.containers import row
from app.widgets.labels import ElidedLabel
from core.words import tr


class UndoNotice(QWidget):
    """A line of text and a link; empty until something was done, and again once it was taken back."""

    undone = Signal()
    """The person wants it taken back."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ElidedLabel(role="dim")
        self.undo = link_button(tr("Undo"))
        self.undo.clicked.connect(self.undone)
        self.setLayout(row(self._text, self.undo, None))
        self.say("", undoable=False)

    def say(self, text: str, *, undoable: bool) -> None:
        """Say what was done."""
        self._text.setText(text)
        self.setAccessibleName(text)
        self.undo.setVisible(undoable)
