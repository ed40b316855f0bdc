"""Qt's classes as Python sees them, made ahead on the window's thread.

PySide makes each one when it is first asked for. A module that asks for many while it is imported in another thread
(pyqtgraph asks for all of them) then makes them beside the window's own, and that crashed the process now and again.
"""

import time
from collections.abc import Callable

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import QObject, QTimer

_SLICE_S = 0.004
"""How long the window's thread may be kept at a time."""
_classes = (getattr(module, name) for module in (QtCore, QtGui, QtWidgets) for name in dir(module))
"""One iterator for all who wait: asking for a class makes it."""
_MADE = object()


def when_warm(parent: QObject, then: Callable[[], None]) -> None:
    """Call ``then`` once all classes are made; they are made while the window has nothing else to do. Nothing happens
    any more when ``parent`` goes away."""
    timer = QTimer(parent, interval=0)

    def go_on() -> None:
        until = time.perf_counter() + _SLICE_S
        while time.perf_counter() < until:
            if next(_classes, _MADE) is _MADE:
                timer.stop()
                timer.deleteLater()
                then()
                return

    timer.timeout.connect(go_on)
    timer.start()
