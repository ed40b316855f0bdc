"""Garbage is collected in the GUI thread alone.

Python collects in whatever thread happens to make an object too many. A ``QObject`` that is part of a cycle, as one is
whose slot is a lambda that holds it, is then destroyed in that thread, and Qt may crash: only the thread that an object
lives in may destroy it.
"""

import gc

from PySide6.QtCore import QObject, QTimer, Slot

_EVERY_MS = 500
_THRESHOLDS = 100_000, 20, 100
"""As those of ``gc.set_threshold``, far above Python's own: going through everything again and again would be felt as a
stutter."""


class GarbageCollector(QObject):
    """Takes the place of Python's own while it lives: looks twice a second whether there is enough to collect."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self.destroyed.connect(lambda: gc.enable())
        timer = QTimer(self)
        timer.timeout.connect(self._on_timeout)
        timer.start(_EVERY_MS)

    @Slot()
    def _on_timeout(self) -> None:
        for generation, (count, threshold) in reversed(list(enumerate(zip(gc.get_count(), _THRESHOLDS, strict=True)))):
            if count > threshold:
                gc.collect(generation)
                return
