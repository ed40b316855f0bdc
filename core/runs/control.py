"""``Report`` and ``Check``, the two callables through which every long function of ``core`` reports and is asked to
end.

They are a list in a test, a progress bar in the command, and the run folder in a child process.
"""

import math
import signal
import sys
import time
from collections.abc import Callable, Iterable
from typing import Literal

from core.errors import Interruption
from core.runs.events import AnyEvent

Ask = Literal["pause", "stop", "cancel"]
"""What a person may ask of a job at work. A later one in this list overrides an earlier one: who asked to stop may
still cancel."""

SIGNALS: dict[signal.Signals, Ask] = {signal.SIGTERM: "stop", signal.SIGINT: "stop"}
"""What signals ask of a child process."""
if sys.platform != "win32":
    SIGNALS[signal.SIGUSR1] = "pause"

_STRENGTH: dict[Ask, int] = {"pause": 1, "stop": 2, "cancel": 3}

Report = Callable[[AnyEvent], None]
"""Receives an event. Never blocks for long, never raises."""

Check = Callable[[], None]
"""Called often; raises ``StopRequested``, ``PauseRequested`` or ``CancelRequested`` once a person has asked for it."""

PROGRESS_EVERY = 0.25
"""Seconds between two reports of progress, where it goes fast."""

CANCELLED = 130
"""Exit code of what was cancelled, as of a program ended with Ctrl-C."""


class StopRequested(Interruption):
    """End soon and keep what was reached."""


class PauseRequested(Interruption):
    """End soon, free the device, and leave everything that is needed to go on at the same step."""


class CancelRequested(Interruption):
    """End now and throw the work away."""


def strongest(requests: Iterable[Ask]) -> Ask | None:
    """The one of several requests that counts."""
    return max(requests, key=_STRENGTH.__getitem__, default=None)


def obey(asked: Ask | None) -> None:
    """Raise what a ``Check`` raises for a request."""
    match asked:
        case "pause":
            raise PauseRequested
        case "stop":
            raise StopRequested
        case "cancel":
            raise CancelRequested


class Throttle:
    """Says when it is time to do again what is to be done every few ``seconds`` at most, from now on or ``at_once``."""

    def __init__(self, seconds: float, *, at_once: bool = False) -> None:
        self._seconds = seconds
        self._last = -math.inf if at_once else time.monotonic()

    def due(self) -> bool:
        """Whether it is time; if so, the next time is so many seconds from now."""
        now = time.monotonic()
        if now < self._last + self._seconds:
            return False
        self._last = now
        return True


def ignore(event: AnyEvent) -> None:
    """A ``Report`` that nobody listens to."""


def never() -> None:
    """A ``Check`` that never ends anything."""
