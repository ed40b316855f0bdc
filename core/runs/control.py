"""How a job reports and how it hears that it should end: the two callables every long function of core takes.

They are the same in a test (a list), in the command (a progress bar) and in a child process (the run folder).
"""

from collections.abc import Callable

from core.runs.events import AnyEvent

Report = Callable[[AnyEvent], None]
"""Take one event. Never blocks for long, never raises."""

Check = Callable[[], None]
"""Called often; raises ``StopRequested``, ``PauseRequested`` or ``CancelRequested`` once a person has asked for it."""


class StopRequested(Exception):  # noqa: N818 - not an error
    """End soon and keep what was reached."""


class PauseRequested(Exception):  # noqa: N818 - not an error
    """End soon, free the device, and leave everything that is needed to go on at the same step."""


class CancelRequested(Exception):  # noqa: N818 - not an error
    """End now and throw the work away."""


def ignore(event: AnyEvent) -> None:
    """A ``Report`` that nobody listens to."""


def never() -> None:
    """A ``Check`` that never ends anything."""
