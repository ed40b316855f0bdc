"""``python -m app.entry job <run folder>``: the child process that does a run's job.

A thread reads the requests in the run folder, and the job gets them at its next ``check``. A job that does not come to
a check soon after it was told to cancel is ended here, in the middle of its work. SIGTERM and SIGINT ask it to stop and
keep, SIGUSR1 to pause (what SLURM can send before the time is over).
"""

import contextlib
import faulthandler
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from core.errors import UserError
from core.execution.run import execute, take_part, takes_part
from core.held_signals import let_in
from core.jobs import AnyJob
from core.runs.control import CANCELLED, SIGNALS, Ask, obey
from core.runs.event_log import EventWriter
from core.runs.events import TERMINAL, AnyEvent, Cancelled, Done, Failed, Paused, Stage, Stopped
from core.runs.folder import RunFolder
from core.runs.lock import RunBusyError, at_work
from core.streams import harden
from core.words import tr

_POLL = 0.2
_GRACE = 1.0
"""Seconds a job has to end by itself after it was cancelled."""
_PATIENCE = 10.0
"""Seconds to wait until the process that started this one, or an earlier one that is about to exit, releases the
folder."""


class Child:
    """``report`` and ``check`` of the job, and the thread that reads requests."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self.job: AnyJob | None = None
        self._write = EventWriter(folder.events)
        self._speaking = threading.Lock()
        self._over = threading.Event()
        self._asked: Ask | None = None
        threading.Thread(target=self._watch, name="requests", daemon=True).start()

    def report(self, event: AnyEvent) -> None:
        """Write an event; nothing comes after a terminal one."""
        with self._speaking:
            if self._over.is_set():
                return
            self._write(event)
            if isinstance(event, TERMINAL):
                self._over.set()

    def check(self) -> None:
        """Raises ``CancelRequested``, ``StopRequested`` or ``PauseRequested`` once it was asked for."""
        obey(self._asked)

    def hear(self, number: int, frame: FrameType | None) -> None:
        """A signal handler."""
        self._asked = self._asked or SIGNALS[signal.Signals(number)]

    def _watch(self) -> None:
        while not self._over.wait(_POLL):
            self._asked = self._folder.asked() or self._asked
            if self._asked == "cancel" and not self._over.wait(_GRACE):
                self._end_now()

    def _end_now(self) -> None:
        with self._speaking:
            if self._over.is_set():
                return  # it came to its end at the last moment
            if self.job:
                self._folder.discard(self.job)
            self._write(Cancelled())
            os._exit(CANCELLED)


def main(path: Path) -> int:
    """Do the job of the run folder ``path``; the exit code is 0 when it was done, stopped or paused."""
    harden(plain=True)
    faulthandler.enable()
    folder = RunFolder(path)
    with contextlib.suppress(UserError):  # of a job that cannot be read; said below, in the run folder
        job = folder.read_job().job
        if takes_part(job):
            return 0 if isinstance(take_part(job, folder), Done | Stopped | Paused) else 1
    try:
        with at_work(folder.path, _PATIENCE):
            return _work(folder)
    except RunBusyError as error:  # it is the other one's run: nothing is said in it
        print(tr("{message}: this process leaves it alone", message=error.message), file=sys.stderr)  # noqa: T201 - this is the log
        return 1


def _work(folder: RunFolder) -> int:
    child = Child(folder)
    child.report(Stage(name=tr("Starting")))
    for number in SIGNALS:
        signal.signal(number, child.hear)
    let_in(SIGNALS)  # who started this process has let them wait
    try:
        job = child.job = folder.read_job().job
    except UserError as error:
        child.report(Failed(message=error.message, hint=error.hint))
        return 1
    match execute(job, folder, child.report, child.check):
        case Done() | Stopped() | Paused():
            return 0
        case Cancelled():
            return CANCELLED
        case failed:
            print(failed.traceback or failed.message, file=sys.stderr)  # noqa: T201 - this is the log
            return 1
