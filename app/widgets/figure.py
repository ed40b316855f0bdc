"""One number a person watches, under its name."""

from PySide6.QtWidgets import QWidget

from app.widgets.containers import column
from app.widgets.labels import label


class Figure(QWidget):
    """A caption over a value; a note may stand beside it in small."""

    def __init__(self, caption: str) -> None:
        super().__init__()
        self._caption = label(caption, "caption")
        self._value = label("–", "figure")
        self._note = label("", "caption")
        self._note.hide()
        self.setLayout(column(self._caption, self._value, self._note, None, gap=0))

    def show_value(self, value: str, note: str = "", caption: str = "") -> None:
        """Show ``value``, a dash when there is none yet."""
        self._value.setText(value or "–")
        self._note.setText(note)
        self._note.setVisible(bool(note))
        if caption:
            self._caption.setText(caption)
        self.setAccessibleName(f"{self._caption.text()}: {value or 'not yet known'} {note}".rstrip())
