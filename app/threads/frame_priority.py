"""The window goes first: work in threads that needs Python all the time stops while a frame is being made.

Where a thread wants Python's lock too, it changes hands up to a hundred times a frame, and frames take three to eight
times as long.
"""

import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ContextDecorator
from threading import get_ident
from types import TracebackType
from typing import TypeVar

from core.pacing import set_pace

_SWITCH = 0.00001
"""Seconds for which a thread may keep Python's lock while the window wants it (``sys.setswitchinterval``). Between
frames an edit takes the lock again and again: with a tenth of a millisecond it waited three times as long as it worked.
"""
_FRAME = 0.1
"""Seconds that a thread waits at most: what takes longer, as a menu that is open, is no frame."""
_GAP = 0.002
"""Seconds between the parts of one frame: the event, what follows from it elsewhere, the painting."""
_NAP = 0.0005
_TURN = 0.001
"""Seconds of work that a thread does before it looks again, so that it gets on between short frames."""

T = TypeVar("T")


class FramePriority(ContextDecorator):
    """Held by the GUI thread while it makes its part of a frame: ``with frame_priority: …``, or as a decorator."""

    def __init__(self) -> None:
        self._depth, self._holder = 0, 0
        self._since = self._until = -_FRAME
        self._own = threading.local()
        """``turn`` of each thread: when it looks again whether a frame is being made."""

    def __enter__(self) -> None:
        if self._depth == 0:
            self._since, self._holder = time.monotonic(), get_ident()
        self._depth += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._depth -= 1
        self._until = time.monotonic()

    def wait_for_frame(self) -> None:
        """Return when no frame is being made; at once in the thread that makes them."""
        if get_ident() == self._holder:
            return
        end = time.monotonic() + _FRAME
        while (now := time.monotonic()) < end:
            busy = now - self._since < _FRAME if self._depth else now - self._until < _GAP
            if not busy:
                return
            time.sleep(_NAP)

    def paced(self, items: Iterable[T]) -> Iterator[T]:
        """``items`` one after the other, with room for frames in between."""

        def with_pauses() -> Iterator[T]:
            own = self._own
            for item in items:
                if time.monotonic() >= getattr(own, "turn", 0.0):
                    self.wait_for_frame()
                    own.turn = time.monotonic() + _TURN
                yield item

        return iter(items) if get_ident() == self._holder else with_pauses()


frame_priority = FramePriority()
"""Of the one GUI thread."""


def put_window_first() -> None:
    """For this process: threads let go of Python's lock soon, and long loops of ``core`` stand still for frames."""
    sys.setswitchinterval(_SWITCH)
    set_pace(frame_priority.paced)
