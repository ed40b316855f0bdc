"""Lines to type into: one that searches, one that Escape leaves."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QToolButton

from app.style import icons


class LineEdit(QLineEdit):
    """A line for text. What is dropped on it is the window's, which opens it."""

    def __init__(self, name: str = "", hint: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setAcceptDrops(False)


class SearchField(LineEdit):
    """A field with a magnifying glass, and a button that clears it."""

    def __init__(self, name: str = "", hint: str = "") -> None:
        super().__init__(name, hint)
        self.setClearButtonEnabled(True)
        name_clear_button(self)
        self.addAction(icons.icon("magnifying-glass", "dim"), QLineEdit.ActionPosition.LeadingPosition)
        *_, glass = self.findChildren(QToolButton)
        glass.setAccessibleName("Search")


def name_clear_button(field: QLineEdit) -> None:
    """Qt draws the button that clears a field without a word to a screen reader, or a tooltip."""
    for button in field.findChildren(QToolButton):
        button.setAccessibleName("Clear")
        button.setToolTip("Clear")


class Field(LineEdit):
    """For names that are typed beside a picture: whoever listens to ``escaped`` gives the keys back to the picture."""

    escaped = Signal()
    """Nothing of what was typed is wanted."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)
