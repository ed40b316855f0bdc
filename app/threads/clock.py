"""The time that ages are told by."""

import time

from PySide6.QtCore import QObject, QTimer, Signal, Slot

_TICK_MS = 30_000


class Clock(QObject):
    """One for all that a window shows: the age of a run is the same wherever it stands."""

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
        """Ages are told anew."""
        self.now = time.time()
        self.ticked.emit()
