"""How a job reports and how it hears that it should end: the two callables every long function of core takes.

They are the same in a test (a list), in the command (a progress bar) and in a child process (the run folder).
"""

import signal
import sys
from collections.abc import Callable, Iterable
from typing import Literal

from core.errors import Interruption
from core.runs.events import AnyEvent

Ask = Literal["pause", "stop", "cancel"]
"""What a person may ask of a job at work. Each outweighs those before it: who asked to stop may still cancel."""

SIGNALS: dict[signal.Signals, Ask] = {signal.SIGTERM: "stop", signal.SIGINT: "stop"}
"""What signals ask of a child process."""
if sys.platform != "win32":
    SIGNALS[signal.SIGUSR1] = "pause"

_STRENGTH: dict[Ask, int] = {"pause": 1, "stop": 2, "cancel": 3}

Report = Callable[[AnyEvent], None]
"""Take one event. Never blocks for long, never raises."""

Check = Callable[[], None]
"""Called often; raises ``StopRequested``, ``PauseRequested`` or ``CancelRequested`` once a person has asked for it."""

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


def ignore(event: AnyEvent) -> None:
    """A ``Report`` that nobody listens to."""


def never() -> None:
    """A ``Check`` that never ends anything."""
