"""Real mouse events for a view of a window, and the time of what they set off.

Runs with PySide6, and with PyQt5 in the environment of a program to compare with: both sides get the same events and
are timed by the same lines.
"""

import math
import time
from collections.abc import Callable, Iterable

try:
    from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
    from PySide6.QtGui import QMouseEvent, QWheelEvent
    from PySide6.QtWidgets import QApplication, QWidget
except ImportError:
    from PyQt5.QtCore import QEvent, QPoint, QPointF, Qt
    from PyQt5.QtGui import QMouseEvent, QWheelEvent
    from PyQt5.QtWidgets import QApplication, QWidget

FRAME = 1 / 60
"""Seconds between two events of a script."""
LEFT, MIDDLE, NO_BUTTON = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.NoButton
NO_KEY, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
_LATE = 0.002
"""Seconds of work that arrives between two events from which on it is a frame of its own."""

Event = Callable[[], None]
Frame = tuple[float, float]
"""Milliseconds on the clock, and of the processor in the window's thread."""


class Hands:
    """Sends events to what lies in a view and takes the time of what they set off.

    A frame is the event, what it sets off and the painting, in the thread of the window; what arrives from other
    threads until the next event is due is a frame of its own. Places are in pixels of the view.
    """

    def __init__(self, view: QWidget, longest: float = math.inf) -> None:
        self.view = view
        self.longest = longest
        """Seconds after which ``play`` leaves the rest out."""
        self._frames: list[Frame] = []

    @property
    def middle(self) -> QPointF:
        """Of the view."""
        return QPointF(self.view.width() / 2, self.view.height() / 2)

    def turn(self, degrees: int, at: QPointF, keys: Qt.KeyboardModifier = NO_KEY) -> None:
        """The wheel; a notch is 120 eighths of a degree."""
        receiver, place, on_screen = self._under(at)
        phase = Qt.ScrollPhase.NoScrollPhase
        turned = QPoint(0, degrees)
        event = QWheelEvent(place, on_screen, QPoint(), turned, NO_BUTTON, keys, phase, False)
        QApplication.sendEvent(receiver, event)

    def move(self, at: QPointF, button: Qt.MouseButton = NO_BUTTON) -> None:
        """The mouse, with a button held down or none."""
        self._mouse(QEvent.Type.MouseMove, at, button, button)

    def press(self, at: QPointF, button: Qt.MouseButton) -> None:
        self._mouse(QEvent.Type.MouseButtonPress, at, button, button)

    def release(self, at: QPointF, button: Qt.MouseButton) -> None:
        self._mouse(QEvent.Type.MouseButtonRelease, at, button, NO_BUTTON)

    def click(self, at: QPointF) -> None:
        """With the left button."""
        self.move(at)
        self.press(at, LEFT)
        self.release(at, LEFT)

    def frame(self, event: Event) -> None:
        """One event, and all that is painted until the next is due."""
        due = time.perf_counter() + FRAME
        self._take(event, least=0.0)
        while time.perf_counter() < due:
            self._take(lambda: time.sleep(0.0005), least=_LATE)

    def play(self, events: Iterable[Event]) -> bool:
        """A frame for each event; ``False`` when the time was over before the last."""
        end = time.perf_counter() + self.longest
        for event in events:
            if time.perf_counter() > end:
                return False
            self.frame(event)
        return True

    def drag(self, button: Qt.MouseButton, places: Iterable[QPointF]) -> bool:
        """Press at the first place, go over all, release at the last; ``False`` as ``play``."""
        first, *others = places
        self.move(first)
        self.frame(lambda: self.press(first, button))
        whole = self.play(lambda place=place: self.move(place, button) for place in others)  # type: ignore[misc]
        self.frame(lambda: self.release(others[-1], button))
        return whole

    def taken(self) -> list[Frame]:
        """The frames since this was last asked."""
        frames, self._frames = self._frames, []
        return frames

    def _take(self, event: Event, least: float) -> None:
        begin, worked = time.perf_counter(), time.thread_time()
        event()
        QApplication.processEvents()
        taken = time.perf_counter() - begin
        if taken >= least:
            self._frames.append((1000 * taken, 1000 * (time.thread_time() - worked)))

    def _mouse(self, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton, held: Qt.MouseButton) -> None:
        receiver, place, on_screen = self._under(at)
        button = NO_BUTTON if kind == QEvent.Type.MouseMove else button
        QApplication.sendEvent(receiver, QMouseEvent(kind, place, on_screen, button, held, NO_KEY))

    def _under(self, at: QPointF) -> tuple[QWidget, QPointF, QPointF]:
        """The widget that lies there, the place in it, and on the screen; whole pixels, as a mouse has them."""
        pixel = at.toPoint()
        receiver = self.view.childAt(pixel) or self.view
        place = receiver.mapFrom(self.view, pixel)
        return receiver, QPointF(place), QPointF(receiver.mapToGlobal(place))


def settle(seconds: float) -> None:
    """Let threads and paints come to an end."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        QApplication.processEvents()
        time.sleep(0.002)


def circle(centre: QPointF, radius: float, steps: int) -> list[QPointF]:
    """Places on two rounds about ``centre``."""
    angles = [4 * math.pi * step / (steps - 1) for step in range(steps)]
    return [centre + QPointF(radius * math.cos(angle), radius * math.sin(angle)) for angle in angles]
