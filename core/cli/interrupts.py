"""Signals as requests to a job in the terminal: Ctrl-C, SIGTERM, SIGUSR1."""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

from core.held_signals import let_in, restore
from core.runs.control import CANCELLED, Ask, Throttle, obey, strongest
from core.runs.folder import RunFolder
from core.words import tr

_LOOK_EVERY = 0.5
"""Seconds between looks at what a window asked of this run."""
_ONE_PRESS = 0.1
"""Seconds. A terminal sends Ctrl-C to all processes that it knows, and a program that started this one may pass it on
once more: what comes so soon after another is no second press. No hand is so quick."""


class Interrupts:
    """Ctrl-C as a request: the first asks to stop and keep, the second to cancel, the third ends the process.

    Its ``check`` also hears what a window or another terminal asks of the same run; SIGTERM, which asks to stop however
    often it comes (torchrun sends it after Ctrl-C); and SIGUSR1, which asks to pause (what SLURM can send before the
    time is over). A terminal that hangs up ends nothing: what works goes on.

    Python calls handlers between two steps of its own, and what comes twice during a long one is one call. So a thread
    counts, to which each signal is written at once.
    """

    def __init__(self, say: Callable[[str], None], folder: RunFolder | None = None) -> None:
        self._say = say
        self._folder = folder
        self._presses = 0
        self._latest = -_ONE_PRESS
        self._asked: Ask | None = None
        self._looking = Throttle(_LOOK_EVERY)
        self._ours = [signal.SIGINT, signal.SIGTERM]
        if sys.platform != "win32":
            self._ours.append(signal.SIGUSR1)
        self._before: dict[int, signal._HANDLER] = {}

    def __enter__(self) -> "Interrupts":
        self._ear, self._mouth = socket.socketpair()
        self._mouth.setblocking(False)
        self._wakeup = signal.set_wakeup_fd(self._mouth.fileno(), warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, _heard_elsewhere) for number in self._ours}
        if sys.platform != "win32":
            self._before[signal.SIGHUP] = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # inherited by loaders too
        self._thread = threading.Thread(target=self._listen, name="interrupts", daemon=True)
        self._thread.start()
        self._mask = let_in(self._ours)
        return self

    def __exit__(self, *failure: object) -> None:
        restore(self._mask)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        self._mouth.close()
        self._thread.join()
        self._ear.close()

    def check(self) -> None:
        """Raises ``PauseRequested``, ``StopRequested`` or ``CancelRequested`` once it was asked for."""
        if self._folder and self._looking.due():
            self._ask(self._folder.asked())
        obey(self._asked)

    def _listen(self) -> None:
        while numbers := self._ear.recv(64):
            for number in numbers:
                if number == signal.SIGINT:
                    self._press(time.monotonic())
                elif number == signal.SIGTERM:
                    self._stop()
                elif number in self._ours:
                    self._ask("pause")

    def _ask(self, asked: Ask | None) -> None:
        self._asked = strongest(ask for ask in (self._asked, asked) if ask)

    def _stop(self) -> None:
        if self._asked not in ("stop", "cancel"):
            self._say(tr("Stopping; what was reached is kept. Ctrl-C again throws it away."))
        self._ask("stop")

    def _press(self, now: float) -> None:
        before, self._latest = self._latest, now
        if now - before < _ONE_PRESS:
            return
        self._presses += 1
        if self._presses == 1:
            self._stop()
        elif self._presses == 2:
            self._ask("cancel")
            self._say(tr("Cancelling."))
        else:
            os._exit(CANCELLED)


def _heard_elsewhere(number: int, frame: FrameType | None) -> None:
    """A signal handler: there has to be one for the signal to be written to the thread."""
