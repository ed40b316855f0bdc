"""What lies over the whole window for a while."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget


class Overlay(QWidget):
    """Covers its window, and follows its size."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._covered = window
        window.installEventFilter(self)
        self.hide()

    def cover(self) -> None:
        """Come into view."""
        self.setGeometry(self._covered.rect())
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self._covered:
            self.setGeometry(self._covered.rect())
        return False
