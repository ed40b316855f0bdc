"""Short work off the GUI thread: values in, a value out, the newest request wins."""

import contextlib
import itertools
from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QThreadPool, Signal, Slot

Function = Callable[..., Any]

_pool = QThreadPool()  # one for all, never destroyed while work is on: its end would wait with Python's lock held
_pool.setMaxThreadCount(16)


def start(function: Function, *args: Any) -> None:
    """Call ``function`` in a thread. It reports by a signal of an object that it keeps alive, and raises nothing."""
    _pool.start(partial(function, *args))


def finish(milliseconds: int) -> bool:
    """Wait for all work to end; ``False`` when some is still on."""
    return _pool.waitForDone(milliseconds)


class LatestWorker(QObject):
    """One kind of work, one at a time. A new request replaces the one that waits and makes the one at work stale.

    Only the result of the newest request is emitted, on the GUI thread: ``done(value)`` or ``failed(exception)``.
    """

    done = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._numbers = itertools.count(1)
        self._newest = 0
        self._working = False
        self._waiting: tuple[int, Function] | None = None

    @property
    def busy(self) -> bool:
        """Whether a result is still to come."""
        return self._newest != 0

    def run(self, function: Function, *args: Any, **kwargs: Any) -> None:
        """Call ``function`` in the thread. It must not touch a widget."""
        self._newest = next(self._numbers)
        work = partial(function, *args, **kwargs)
        if self._working:
            self._waiting = (self._newest, work)
        else:
            self._start(self._newest, work)

    def drop(self) -> None:
        """Forget the requests; no result comes."""
        self._newest = 0
        self._waiting = None

    def _start(self, number: int, work: Function) -> None:
        self._working = True
        courier = _Courier()
        courier.arrived.connect(self._on_arrived)
        start(_work, courier, number, work)

    @Slot(int, object, object)
    def _on_arrived(self, number: int, value: Any, error: Exception | None) -> None:
        self._working = False
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self._start(*waiting)
        if number != self._newest:
            return
        self._newest = 0
        if error is None:
            self.done.emit(value)
        else:
            self.failed.emit(error)


class _Courier(QObject):
    """Emits the result of one request from its thread. An object of its own, so that the worker may be destroyed
    meanwhile."""

    arrived = Signal(int, object, object)


def _work(courier: _Courier, number: int, work: Function) -> None:
    try:
        value, error = work(), None
    except Exception as caught:  # noqa: BLE001 - the thread's border: whoever asked decides what an error means
        value, error = None, caught
    with contextlib.suppress(RuntimeError):  # the application has ended, and all objects of Qt with it
        courier.arrived.emit(number, value, error)
