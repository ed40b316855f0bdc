"""Where the keyboard goes on when the widget that has the focus is disabled or hidden.

Qt then takes the next widget in the order of the Tab key, which may be one that throws work away. Here it is the one
where the work goes on: whoever makes a page says it with ``hand_on``, for a button or for all that lies in a widget.
"""

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QStackedWidget, QWidget
from shiboken6 import isValid

_successors: WeakKeyDictionary[QWidget, tuple[QWidget, ...]] = WeakKeyDictionary()
_PERSON = (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress)
_COMING = (QEvent.Type.Show, QEvent.Type.EnabledChange)


def hand_on(widget: QWidget, *successors: QWidget) -> None:
    """When the focus cannot stay on ``widget``, or on anything in it, the first of ``successors`` that can be used gets
    it. Those of a button go before those of the page around it; while none of them can be used, the page's get it, and
    the button's as soon as they can, unless the person has done something else meanwhile."""
    _successors[widget] = successors


def can_take(widget: QWidget) -> bool:
    """Whether a widget can have the focus now."""
    return isValid(widget) and widget.isEnabled() and widget.isVisible()


def places(widget: QWidget) -> tuple[QWidget, ...]:
    """``widget``, and where the focus goes when it cannot be there, in this order."""
    return widget, *(one for outer in _upward(widget) for one in _successors.get(outer, ()))


class FocusWindow(QWidget):
    """The base of windows in which the focus goes where ``hand_on`` says."""

    def __init__(self, parent: QWidget | None = None, flags: Qt.WindowType = Qt.WindowType.Widget) -> None:
        super().__init__(parent, flags)
        self._place: QWidget | None = None
        """Has the focus until one of ``_awaited`` can be used, or the person does something there."""
        self._awaited: tuple[QWidget, ...] = ()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Called by Qt for the Tab key, and for a focus that cannot stay where it is."""
        lost = self.focusWidget()
        if lost is None or (lost.isEnabled() and lost.isVisibleTo(self)):
            return super().focusNextPrevChild(forward)
        self._hand_on(lost)
        return True

    def event(self, event: QEvent) -> bool:
        lost = self.focusWidget() if event.type() == QEvent.Type.WindowActivate else None
        if lost is not None and not lost.isVisibleTo(self):  # hidden while another window was active: Qt has not asked
            self._hand_on(lost)
        return super().event(event)

    def _hand_on(self, lost: QWidget) -> None:
        nearest = next((_successors[widget] for widget in _upward(lost) if widget in _successors), ())
        place = next(filter(can_take, (*places(lost), *_upward(lost))), self)
        place.setFocus(Qt.FocusReason.OtherFocusReason)
        self._stop_waiting()
        better = nearest if place not in nearest else ()
        if not lost.isEnabled() and place not in _successors.get(lost, ()):
            better = (*better, lost)
        if better:
            self._place, self._awaited = place, better
            for widget in (place, *better):
                widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _PERSON and watched is self._place:
            self._stop_waiting()
        elif event.type() in _COMING and watched in self._awaited and can_take(watched):
            if self.focusWidget() is self._place:
                watched.setFocus(Qt.FocusReason.OtherFocusReason)
            self._stop_waiting()
        return False

    def _stop_waiting(self) -> None:
        for widget in (self._place, *self._awaited):
            if widget is not None and isValid(widget):
                widget.removeEventFilter(self)
        self._place, self._awaited = None, ()


class Stack(QStackedWidget):
    """Shows one of several widgets. The focus of the one that leaves goes where ``hand_on`` says for the new one."""

    def __init__(self) -> None:
        super().__init__()
        self.currentChanged.connect(self._on_current_changed)

    def _on_current_changed(self) -> None:
        shown, focused = self.currentWidget(), self.window().focusWidget()
        if shown is not None and focused is not None and shown.isAncestorOf(focused):
            target = next((one for one in places(shown)[1:] if can_take(one)), focused)
            target.setFocus(Qt.FocusReason.OtherFocusReason)


def _upward(widget: QWidget) -> Iterator[QWidget]:
    """A widget and those around it, up to its window."""
    yield widget
    outer = widget.parentWidget()
    if outer is not None and not widget.isWindow():
        yield from _upward(outer)
