"""Garbage is collected in the GUI thread alone.

Python collects in whatever thread happens to make an object too many. A ``QObject`` that is part of a cycle, as one is
whose slot is a lambda that holds it, is then destroyed in that thread, and Qt may crash: only the thread that an object
lives in may destroy it.
"""

import gc
from itertools import count

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 100
"""Short, since what a worker made in it is gone through at once: it may be reading a dataset."""
_MANY = 100_000
"""Objects made and not gone again, far above Python's own threshold: going through everything again and again would be
felt as a stutter."""
_OLDER, _ALL = 20, 2000
"""Each how many collections go through what outlived one, and through everything."""


def collect_garbage_here(parent: QObject) -> None:
    """From now on Python's garbage is collected by a timer of ``parent``, in its thread, and nowhere else in this
    process. Children collect theirs as ever."""
    gc.disable()
    numbers = count(1)

    def collect() -> None:
        if gc.get_count()[0] > _MANY:
            number = next(numbers)
            gc.collect(0 if number % _OLDER else 1 if number % _ALL else 2)

    timer = QTimer(parent)
    timer.timeout.connect(collect)
    timer.start(_EVERY_MS)
