"""The thread that starts the processes of runs, reads their events, and ends them."""

import contextlib
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from core.errors import UserError, refusal
from core.execution import process
from core.runs.control import Ask
from core.runs.event_log import EventTail, EventWriter
from core.runs.events import VERSION, Failed, Record, Warning
from core.runs.folder import RunFolder, runs
from core.runs.history import RunHistory, RunState
from core.runs.lock import RunBusyError, claimed, is_at_work
from core.runs.summary import DamagedRun, RunSummary, summarize
from core.words import tr

Spawn = Callable[[RunFolder], "subprocess.Popen[bytes]"]

READ_EVERY_MS = 100
"""Ten batches of events a second at most: all a person can see, and what keeps the window free."""

_EXIT_S = 10.0
"""Seconds that a process may take to exit after its terminal event; then its run is resumed beside it."""


@dataclass(eq=False)
class _WatchedRun:
    """A run whose process lives, or is taken to."""

    folder: RunFolder
    tail: EventTail
    child: subprocess.Popen[bytes] | None = None
    """``None`` for a process that an earlier window or a terminal started."""

    def alive(self) -> bool:
        return self.child.poll() is None if self.child else is_at_work(self.folder.path)


@dataclass(frozen=True, slots=True)
class _Resumption:
    """A run to be resumed as soon as its process has exited, and with what."""

    path: Path
    changes: Mapping[str, Any]
    dataset: Path | None
    until: float
    """``time.monotonic()`` from which on it does not wait for the process of before."""
    requests: list[Ask] = field(default_factory=list)
    """Made meanwhile, for the process that is yet to start."""


class RunWatcher(QObject):
    """Lives in the thread: starts processes, reads their events, ends them."""

    opened = Signal(object, object, str)
    """The path of a run, its ``RunHistory`` and its ``RunState``."""
    read = Signal(object, object)
    """The path of a run and its new ``list[Record]``."""
    resumed = Signal(object, object)
    """The path of a run and its ``JobFile``."""
    refused = Signal(object, object)
    """The path of a run that cannot be resumed, and the exception that says why."""
    listed = Signal(object, object)
    """``list[RunSummary]`` and ``list[DamagedRun]``, newest first."""

    def __init__(self, spawn: Spawn) -> None:
        super().__init__()
        self._spawn = spawn
        self._tails: dict[Path, EventTail] = {}
        self._live: dict[Path, _WatchedRun] = {}
        self._summaries: dict[Path, tuple[object, RunSummary]] = {}
        """By path, each with time and size of its events as of then."""
        self._resuming: list[_Resumption] = []
        self._begun: list[Path] = []
        """Runs that this thread started first."""
        self._exiting: list[subprocess.Popen[bytes]] = []
        """Processes that have written their terminal event, while their run goes on in another."""
        self._cancelling: list[threading.Thread] = []
        self._timer = QTimer(self)
        self._timer.setInterval(READ_EVERY_MS)
        self._timer.timeout.connect(self._read_all)

    @Slot(object)
    def begin(self, path: Path) -> None:
        """Start the process of a new run and follow it."""
        self._begun.append(path)
        try:
            with claimed(path):
                self._start(path)
        except (UserError, OSError) as error:
            self._refuse(path, error)

    def _start(self, path: Path) -> None:
        """Start the process of a run that is claimed, and follow it."""
        before = self._live.pop(path, None)
        if before is not None and before.child is not None:
            self._exiting.append(before.child)
        watched = _WatchedRun(RunFolder(path), self._tails.setdefault(path, EventTail(path / "events.jsonl")))
        try:
            watched.child = self._spawn(watched.folder)
        except OSError as error:
            with EventWriter(watched.folder.events) as write:
                write(Failed(message=tr("The job could not be started."), hint=str(refusal(error) or error)))
            self._read(watched)
            return
        self._live[path] = watched
        self._timer.start()

    @Slot(object, object, object)
    def resume(self, path: Path, changes: Mapping[str, Any], dataset: Path | None) -> None:
        """Start a run again where it ended, as soon as its process has exited; ``refused`` where that cannot be."""
        self._resuming.append(_Resumption(path, changes, dataset, time.monotonic() + _EXIT_S))
        self._resume_exited()

    def _resume_exited(self) -> None:
        """Resume the runs whose process is gone. Others are looked at again with the next reading: a process that has
        written its terminal event and does not exit must not keep the thread from reading the events of others."""
        if not self._resuming:
            return
        from core.training.resuming import resume  # reads datasets, which the window does not need to start

        for resumption in list(self._resuming):
            before = self._live.get(resumption.path)
            exited = before is None or before.child is None or before.child.poll() is not None
            if not exited and time.monotonic() < resumption.until:
                continue
            self._resuming.remove(resumption)
            try:
                with claimed(resumption.path):
                    file = resume(RunFolder(resumption.path), resumption.changes, resumption.dataset)
                    self.resumed.emit(resumption.path, file)
                    self._start(resumption.path)
                for request in resumption.requests:
                    self.ask(resumption.path, request)
            except Exception as error:  # noqa: BLE001 - whatever its dataset holds, the person is told
                self._refuse(resumption.path, error)
        if self._resuming:
            self._timer.start()

    def _refuse(self, path: Path, error: Exception) -> None:
        self.refused.emit(path, error)
        if isinstance(error, RunBusyError):
            self.open(path, begun=True)

    @Slot(object)
    def open(self, path: Path, *, begun: bool = False) -> None:
        """Read the events of a run; follow it if it is alive. A process that is alive after a terminal event is about
        to exit, or has ``begun`` to resume the run and reported nothing yet."""
        watched = _WatchedRun(RunFolder(path), EventTail(path / "events.jsonl"))
        self._tails[path] = watched.tail
        alive = watched.alive()
        history = RunHistory()
        history.add(watched.tail.read())
        if history.end is None and not alive:
            with contextlib.suppress(OSError):  # a folder one may only read is shown as it is
                alive = process.outcome(watched.folder, None) is None
            history.add(watched.tail.read())
        alive = alive and (begun or history.end is None)
        if alive:
            self._live[path] = watched
            self._timer.start()
        state: RunState = "running" if alive else history.state if history.end else "failed"
        self.opened.emit(path, history, state)

    @Slot(object, str)
    def ask(self, path: Path, ask: Ask) -> None:
        """Ask a run to pause, stop or cancel. Saving what was reached takes as long as it takes; one that is to cancel
        is ended if it does not listen."""
        for resumption in self._resuming:
            if resumption.path == path:  # its process forgets all requests that are older than itself
                resumption.requests.append(ask)
                return
        folder = RunFolder(path)
        if ask == "cancel":
            thread = threading.Thread(target=process.end, args=(folder, ask))
            thread.start()
            self._cancelling.append(thread)
            return
        try:
            process.ask(folder, ask)
        except (OSError, psutil.Error) as error:
            pause, stop = tr("The run could not be asked to pause."), tr("The run could not be asked to stop.")
            unheard = Warning(message=pause if ask == "pause" else stop, hint=str(error))
            self.read.emit(path, [Record(VERSION, 0, time.time(), unheard)])

    @Slot(object)
    def list_runs(self, folder: Path) -> None:
        """List the runs in a folder; one that cannot be read does not hide the others."""
        summaries: list[RunSummary] = []
        damaged: list[DamagedRun] = []
        try:
            for run in runs(folder):
                try:
                    summaries.append(self._summary(run))
                except UserError as error:
                    damaged.append(DamagedRun(run.path, error))
        except OSError as error:
            why = tr("{folder} cannot be read: {reason}", folder=folder, reason=error.strerror)
            damaged.append(DamagedRun(folder, UserError(why)))
        self.listed.emit(summaries, damaged)

    def _summary(self, run: RunFolder) -> RunSummary:
        """As ``history.summarize``, but the events of a run that is over are read once."""
        written: object = None
        with contextlib.suppress(OSError):
            status = run.events.stat()
            written = status.st_mtime_ns, status.st_size
        known = self._summaries.get(run.path)
        if known is None or known[0] != written or known[1].state == "running":
            known = self._summaries[run.path] = written, summarize(run)
        return known[1]

    @Slot()
    def finish(self) -> None:
        """Stop following, and end the thread. What is to be resumed is, though its process takes a moment to exit."""
        while self._resuming:
            time.sleep(READ_EVERY_MS / 1000)
            self._resume_exited()
        self._timer.stop()
        for thread in self._cancelling:
            thread.join()
        self._read_all()
        for child in [*self._exiting, *(watched.child for watched in self._live.values())]:
            if child is not None:
                child.returncode = 0  # it outlives the window: nobody here will collect its exit code
        for path in self._begun:  # what failed before it began was shown, and is of no use to anybody
            RunFolder(path).forget_unless_begun()
        self.thread().quit()

    @Slot()
    def _read_all(self) -> None:
        for path, watched in list(self._live.items()):
            if watched.alive():
                self._read(watched)
            else:
                self._end(path, watched)
        self._resume_exited()
        self._exiting = [child for child in self._exiting if child.poll() is None]
        if not (self._live or self._exiting or self._resuming):
            self._timer.stop()

    def _end(self, path: Path, watched: _WatchedRun) -> None:
        """A process is gone: report how it ended, unless another one went on in its place."""
        try:
            if process.outcome(watched.folder, watched.child.returncode if watched.child else None) is None:
                watched.child = None
                return
            self._read(watched)
        except OSError as error:  # its folder is gone too, or the disk is full
            failed = Failed(message=tr("The run's folder cannot be written."), hint=str(error))
            self.read.emit(path, [Record(VERSION, 0, time.time(), failed)])
        del self._live[path]

    def _read(self, watched: _WatchedRun) -> None:
        if records := watched.tail.read():
            self.read.emit(watched.folder.path, records)
