"""The thread that starts the processes of runs, reads what they say in their folders, and ends them."""

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
from core.runs.history import RunHistory, State
from core.runs.lock import RunBusyError, claimed, is_at_work
from core.runs.summary import DamagedRun, RunSummary, summarize
from core.words import tr

Spawn = Callable[[RunFolder], "subprocess.Popen[bytes]"]

READ_EVERY_MS = 100
"""Ten batches of events a second at most: all a person can see, and what keeps the window free."""

_LEAVING_S = 10.0
"""Seconds that a process may take to exit after its terminal event; then its run is resumed beside it."""


@dataclass(eq=False)
class _WatchedRun:
    """A run as the thread knows it."""

    folder: RunFolder
    tail: EventTail
    child: subprocess.Popen[bytes] | None = None
    """``None`` for a process that an earlier window or a terminal started."""

    def alive(self) -> bool:
        return self.child.poll() is None if self.child else is_at_work(self.folder.path)


@dataclass(frozen=True, slots=True)
class _Resumption:
    """A run that is to be resumed, and what it is resumed with."""

    path: Path
    changes: Mapping[str, Any]
    dataset: Path | None
    until: float
    """``time.monotonic()`` from which on it does not wait for the process of before."""
    asked: list[Ask] = field(default_factory=list)
    """What the person has asked of it meanwhile."""


class RunWatcher(QObject):
    """Lives in the thread: starts processes, reads what they say, ends them."""

    opened = Signal(object, object, str)
    """The path of a run, its ``RunHistory`` and its ``State``."""
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
        """With what tells whether the events have changed."""
        self._resuming: list[_Resumption] = []
        """Runs that are resumed as soon as their process has exited."""
        self._begun: list[Path] = []
        """Runs that were new here."""
        self._leaving: list[subprocess.Popen[bytes]] = []
        self._enders: list[threading.Thread] = []
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
            self._leaving.append(before.child)  # it wrote its terminal event, but has not exited yet
        followed = _WatchedRun(RunFolder(path), self._tails.setdefault(path, EventTail(path / "events.jsonl")))
        try:
            followed.child = self._spawn(followed.folder)
        except OSError as error:
            with EventWriter(followed.folder.events) as write:
                write(Failed(message=tr("The job could not be started."), hint=str(refusal(error) or error)))
            self._read(followed)
            return
        self._follow(path, followed)

    @Slot(object, object, object)
    def resume(self, path: Path, changes: Mapping[str, Any], dataset: Path | None) -> None:
        """Start a run again where it ended, as soon as its process has exited; ``refused`` where that cannot be."""
        self._resuming.append(_Resumption(path, changes, dataset, time.monotonic() + _LEAVING_S))
        self._resume_exited()

    def _resume_exited(self) -> None:
        """Resume the runs whose process is gone. Others are looked at again with the next reading: a process that has
        written its terminal event and does not exit must not keep the thread from reading what other runs say."""
        for wanted in list(self._resuming):
            before = self._live.get(wanted.path)
            left = before is None or before.child is None or before.child.poll() is not None
            if left or time.monotonic() >= wanted.until:
                self._resuming.remove(wanted)
                self._resume(wanted)
        if self._resuming:
            self._timer.start()

    def _resume_all(self) -> None:
        """The window closes: what a person wanted resumed is, though its process takes a moment to exit."""
        while self._resuming:
            time.sleep(READ_EVERY_MS / 1000)
            self._resume_exited()

    def _resume(self, wanted: _Resumption) -> None:
        """Reads the dataset first."""
        from core.training.resuming import resume  # reading datasets is not needed to start the window

        try:
            with claimed(wanted.path):
                self.resumed.emit(wanted.path, resume(RunFolder(wanted.path), wanted.changes, wanted.dataset))
                self._start(wanted.path)
            for asked in wanted.asked:
                self.ask(wanted.path, asked)
        except Exception as error:  # noqa: BLE001 - whatever its dataset holds, the person is told
            self._refuse(wanted.path, error)

    def _refuse(self, path: Path, error: Exception) -> None:
        self.refused.emit(path, error)
        if isinstance(error, RunBusyError):
            self._open(path, begun=True)

    @Slot(object)
    def open(self, path: Path) -> None:
        """Read what a run has said; follow it if it is alive."""
        self._open(path)

    def _open(self, path: Path, *, begun: bool = False) -> None:
        """As ``open``. A process that is alive after a terminal event is about to exit, or has ``begun`` to resume
        the run and reported nothing yet."""
        followed = _WatchedRun(RunFolder(path), EventTail(path / "events.jsonl"))
        self._tails[path] = followed.tail
        alive = followed.alive()
        history = RunHistory()
        history.add(followed.tail.read())
        if history.end is None and not alive:
            with contextlib.suppress(OSError):  # a folder one may only read is shown as it is
                alive = process.outcome(followed.folder, None) is None
            history.add(followed.tail.read())
        alive = alive and (begun or history.end is None)
        if alive:
            self._follow(path, followed)
        state: State = "running" if alive else history.state if history.end else "failed"
        self.opened.emit(path, history, state)

    @Slot(object, str)
    def ask(self, path: Path, ask: Ask) -> None:
        """Ask a run for something; one that is told to cancel is ended if it does not listen."""
        for wanted in self._resuming:
            if wanted.path == path:  # its process is yet to come, and what was asked before it starts is not for it
                wanted.asked.append(ask)
                return
        folder = RunFolder(path)
        if ask != "cancel":
            self._ask(folder, ask)
        else:
            ender = threading.Thread(target=process.end, args=(folder, ask))
            ender.start()
            self._enders.append(ender)

    def _ask(self, folder: RunFolder, ask: Ask) -> None:
        """Saving what was reached takes as long as it takes: nobody waits for it here."""
        try:
            process.ask(folder, ask)
        except (OSError, psutil.Error) as error:
            unheard = Warning(message=tr("The run could not be asked to {ask}.", ask=ask), hint=str(error))
            self.read.emit(folder.path, [Record(VERSION, 0, time.time(), unheard)])

    @Slot(object)
    def list_runs(self, folder: Path) -> None:
        """List the runs in a folder; one that cannot be read does not hide the others."""
        lines: list[RunSummary] = []
        damaged: list[DamagedRun] = []
        try:
            for run in runs(folder):
                try:
                    lines.append(self._summary(run))
                except UserError as error:
                    damaged.append(DamagedRun(run.path, error))
        except OSError as error:
            damaged.append(
                DamagedRun(
                    folder, UserError(tr("{folder} cannot be read: {strerror}", folder=folder, strerror=error.strerror))
                )
            )
        self.listed.emit(lines, damaged)

    def _summary(self, run: RunFolder) -> RunSummary:
        """As ``history.summarize``, but the events of a run that is over are read once."""
        try:
            status = run.events.stat()
            written: object = (status.st_mtime_ns, status.st_size)
        except OSError:
            written = None
        known = self._summaries.get(run.path)
        if known is None or known[0] != written or known[1].state == "running":
            known = self._summaries[run.path] = written, summarize(run)
        return known[1]

    @Slot()
    def finish(self) -> None:
        """Stop following, and end the thread."""
        self._resume_all()
        self._timer.stop()
        for ender in self._enders:
            ender.join()
        self._read_all()
        for child in [*self._leaving, *(followed.child for followed in self._live.values())]:
            if child is not None:
                child.returncode = 0  # it outlives the window: nobody here will collect its exit code
        for path in self._begun:  # what failed before it began was shown, and is of no use to anybody
            RunFolder(path).forget_unless_begun()
        self.thread().quit()

    def _follow(self, path: Path, followed: _WatchedRun) -> None:
        self._live[path] = followed
        self._timer.start()

    @Slot()
    def _read_all(self) -> None:
        for path, followed in list(self._live.items()):
            if followed.alive():
                self._read(followed)
            else:
                self._end(path, followed)
        self._resume_exited()
        self._leaving = [child for child in self._leaving if child.poll() is None]
        if not (self._live or self._leaving or self._resuming):
            self._timer.stop()

    def _end(self, path: Path, followed: _WatchedRun) -> None:
        """A process is gone: say how, unless another one went on in its place."""
        try:
            if process.outcome(followed.folder, followed.child.returncode if followed.child else None) is None:
                followed.child = None
                return
            self._read(followed)
        except OSError as error:  # its folder is gone too, or the disk is full
            failed = Failed(message=tr("The run's folder cannot be written."), hint=str(error))
            self.read.emit(path, [Record(VERSION, 0, time.time(), failed)])
        del self._live[path]

    def _read(self, followed: _WatchedRun) -> None:
        records = followed.tail.read()
        if records:
            self.read.emit(followed.folder.path, records)
