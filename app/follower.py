"""The thread that starts the processes of runs, reads what they say in their folders, and ends them."""

import contextlib
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from core.errors import UserError
from core.jobs import process
from core.runs.control import Ask
from core.runs.events import Failed
from core.runs.folder import EventTail, EventWriter, RunFolder, runs
from core.runs.history import Glance, History, State, glance
from core.runs.resuming import resume

Spawn = Callable[[RunFolder], "subprocess.Popen[bytes]"]

READ_EVERY_MS = 100
"""Ten batches of events a second at most: all a person can see, and what keeps the window free."""

_LEAVING_S = 10.0
"""How long a process that said its last word may take to go before its run is resumed."""


@dataclass(eq=False)
class _Followed:
    """A run as the thread knows it."""

    folder: RunFolder
    tail: EventTail
    child: subprocess.Popen[bytes] | None = None
    """``None`` for a process that an earlier window or a terminal started."""

    def alive(self) -> bool:
        return self.child.poll() is None if self.child else self.folder.process() is not None


class Follower(QObject):
    """Lives in the thread: starts processes, reads what they say, ends them."""

    opened = Signal(object, object, str)
    """The path of a run, its ``History`` and its ``State``."""
    read = Signal(object, object)
    """The path of a run and its new ``list[Record]``."""
    resumed = Signal(object, object)
    """The path of a run and its ``JobFile``."""
    refused = Signal(object, object)
    """The path of a run that cannot be resumed, and the exception that says why."""
    listed = Signal(object)
    """``list[Glance]``, newest first."""

    def __init__(self, spawn: Spawn) -> None:
        super().__init__()
        self._spawn = spawn
        self._tails: dict[Path, EventTail] = {}
        self._live: dict[Path, _Followed] = {}
        self._glances: dict[Path, tuple[int, Glance]] = {}
        """With the time the events were last written."""
        self._leaving: list[subprocess.Popen[bytes]] = []
        self._enders: list[threading.Thread] = []
        self._timer = QTimer(self)
        self._timer.setInterval(READ_EVERY_MS)
        self._timer.timeout.connect(self._read_all)

    @Slot(object)
    def begin(self, path: Path) -> None:
        """Start the process of a run and follow it."""
        before = self._live.pop(path, None)
        if before is not None and before.child is not None:
            self._leaving.append(before.child)  # it has said its last word, but is not gone yet
        followed = _Followed(RunFolder(path), self._tails.setdefault(path, EventTail(path / "events.jsonl")))
        try:
            followed.child = self._spawn(followed.folder)
        except OSError as error:
            writer = EventWriter(followed.folder.events)
            writer(Failed(message="The job could not be started.", hint=str(error)))
            writer.close()
            self._read(followed)
            return
        self._follow(path, followed)

    @Slot(object, object)
    def resume(self, path: Path, changes: Mapping[str, Any]) -> None:
        """Start a run again where it ended; ``refused`` where that cannot be."""
        before = self._live.get(path)
        if before is not None and before.child is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                before.child.wait(_LEAVING_S)  # it has said its last word, but is not gone yet
        try:
            file = resume(RunFolder(path), changes)
        except (UserError, OSError) as error:
            self.refused.emit(path, error)
            return
        self.resumed.emit(path, file)
        self.begin(path)

    @Slot(object)
    def open(self, path: Path) -> None:
        """Read what a run has said; follow it if it is alive."""
        followed = _Followed(RunFolder(path), EventTail(path / "events.jsonl"))
        self._tails[path] = followed.tail
        alive = followed.alive()
        history = History()
        history.add(followed.tail.read())
        alive = alive and history.end is None
        if alive:
            self._follow(path, followed)
        elif history.end is None:
            with contextlib.suppress(OSError):  # a folder one may only read is shown as it is
                process.outcome(followed.folder, None)
            history.add(followed.tail.read())
        state: State = "running" if alive else history.state if history.end else "failed"
        self.opened.emit(path, history, state)

    @Slot(object, str)
    def ask(self, path: Path, ask: Ask) -> None:
        """Ask a run for something; one that is told to cancel is ended if it does not listen."""
        folder = RunFolder(path)
        if ask != "cancel":
            folder.ask(ask)  # saving what was reached takes as long as it takes
        else:
            ender = threading.Thread(target=process.end, args=(folder, ask))
            ender.start()
            self._enders.append(ender)

    @Slot(object)
    def look(self, folder: Path) -> None:
        """List the runs in a folder."""
        self.listed.emit([line for run in runs(folder) if (line := self._glance(run)) is not None])

    def _glance(self, run: RunFolder) -> Glance | None:
        """As ``history.glance``, but the events of a run that is over are read once. ``None`` for what is no run."""
        try:
            written = run.events.stat().st_mtime_ns if run.events.exists() else 0
            known = self._glances.get(run.path)
            if known is None or known[0] != written or known[1].state == "running":
                known = self._glances[run.path] = written, glance(run)
        except (UserError, OSError):
            return None
        return known[1]

    @Slot()
    def finish(self) -> None:
        """Stop following, and end the thread."""
        self._timer.stop()
        for ender in self._enders:
            ender.join()
        self._read_all()
        for child in [*self._leaving, *(followed.child for followed in self._live.values())]:
            if child is not None:
                child.returncode = 0  # it outlives the window: nobody here will collect its exit code
        self.thread().quit()

    def _follow(self, path: Path, followed: _Followed) -> None:
        self._live[path] = followed
        self._timer.start()

    @Slot()
    def _read_all(self) -> None:
        for path, followed in list(self._live.items()):
            if followed.alive():
                self._read(followed)
            else:
                del self._live[path]
                process.outcome(followed.folder, followed.child.returncode if followed.child else None)
                self._read(followed)
        self._leaving = [child for child in self._leaving if child.poll() is None]
        if not self._live and not self._leaving:
            self._timer.stop()

    def _read(self, followed: _Followed) -> None:
        records = followed.tail.read()
        if records:
            self.read.emit(followed.folder.path, records)
