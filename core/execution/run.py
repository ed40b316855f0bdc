"""Doing a job: the same code in a child process and in the command."""

import os
import signal
import traceback
from pathlib import Path
from pkgutil import resolve_name
from types import FrameType

from core.errors import in_words
from core.files import home
from core.held_signals import let_in
from core.jobs import AnyJob
from core.runs.control import SIGNALS, CancelRequested, Check, PauseRequested, Report, StopRequested, ignore, never
from core.runs.events import (
    TERMINAL,
    AnyEvent,
    Cancelled,
    Data,
    Done,
    Failed,
    Paused,
    Stopped,
    Terminal,
)
from core.runs.folder import RunFolder
from core.runs.history import RunHistory
from core.runs.rank import rank
from core.words import tr


def execute(job: AnyJob, folder: RunFolder, report: Report, check: Check) -> Terminal:
    """Do ``job`` in ``folder``. Reports exactly one terminal event, as the last, and returns it. Never raises.

    An exception becomes ``Failed``: with the words of a ``UserError``, or with the traceback of a bug.
    """
    listener = _Listener(report, None if takes_part(job) else folder)
    try:
        _prepare_process()
        resolve_name(job.function)(job, folder, listener, check)  # imported now: most rooms take seconds
        terminal: Terminal = listener.terminal or Done()
    except CancelRequested:
        folder.discard(job)
        terminal = Cancelled()
    except StopRequested:
        terminal = Stopped()
    except PauseRequested:
        terminal = _paused(folder) if job.resumable else Stopped()  # others have nothing to go on from
    except Exception as error:  # noqa: BLE001 - whatever happens, the person is told
        terminal = _failed(error)
    report(terminal)
    return terminal


def takes_part(job: AnyJob) -> bool:
    """Whether this process does ``job`` together with others and is not rank 0 of them."""
    return rank(job.processes) > 0


def take_part(job: AnyJob, folder: RunFolder) -> Terminal:
    """Do ``job`` as a rank other than 0: without reporting, and without listening to requests, which rank 0 does for
    all."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all of them
    for name in ("SIGTERM", "SIGUSR1"):  # and so does what torchrun and SLURM send
        if hasattr(signal, name):  # Windows has only the first
            signal.signal(getattr(signal, name), _do_nothing)  # Lightning calls what it finds: not SIG_IGN
    let_in(SIGNALS)
    return execute(job, folder, ignore, never)


def _do_nothing(number: int, frame: FrameType | None) -> None:
    """A signal handler."""


def _prepare_process() -> None:
    """Make sure that there are a working directory and a home, without which some libraries cannot be loaded. The
    directory in which the command was typed may have been deleted, and a container may not know its user. All paths of
    a job are absolute.

    And let torch's threads sleep soon when they wait for each other, which is to be set before torch loads OpenMP. By
    default they spin for long, and on a busy machine each barrier then waits for a time slice. A step of RTMDet at
    256², batch 4, on two cores: 0.19 s on a quiet machine either way; at a load of 9, 5 s by default, 2.9 s with this.
    Never spinning is better still under load (1.5 s), but costs half as much again on a quiet machine (0.28 s).
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    try:
        Path.cwd()
    except OSError:
        os.chdir(os.sep)
    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = str(home())


class _Listener:
    """Passes events on, but keeps back the terminal one, which is reported last, even if something fails after it."""

    def __init__(self, report: Report, folder: RunFolder | None) -> None:
        """``folder`` gets the fingerprint of the data that the job reports; ``None`` to keep none."""
        self._report = report
        self._folder = folder
        self.terminal: Terminal | None = None

    def __call__(self, event: AnyEvent) -> None:
        if isinstance(event, TERMINAL):
            self.terminal = event
            return
        if isinstance(event, Data) and self._folder:
            self._folder.keep_fingerprint(event.fingerprint)
        self._report(event)


def _paused(folder: RunFolder) -> Paused:
    """The event for a training that was paused before its first step: it stands where it stood before."""
    history = RunHistory()
    history.add(folder.records())
    return Paused(epoch=history.epoch, step=history.step.step if history.step else 0)


def _failed(error: Exception) -> Failed:
    """``Failed`` with the words of an error that a person can act on, or with the traceback of a bug."""
    if (known := in_words(error)) is not None:
        return Failed(message=known.message, hint=known.hint)
    details = "".join(traceback.format_exception(error))
    return Failed(
        message=f"{type(error).__name__}: {error}", hint=tr("This is a fault in Maskwright."), traceback=details
    )
