"""The time to which ages such as “5 minutes ago” refer."""

import time

from PySide6.QtCore import QObject, QTimer, Signal, Slot

_TICK_MS = 30_000


class Clock(QObject):
    """One for the whole window, so that it shows the same age of a run everywhere."""

    ticked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.now = time.time()
        """Seconds since the epoch, as of the last tick."""
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.timeout.connect(self.tick)
        self._timer.start()

    @Slot()
    def tick(self) -> None:
        """Take the time, and emit ``ticked``."""
        self.now = time.time()
        self.ticked.emit()
