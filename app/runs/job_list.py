"""The jobs a person started, as the window knows them. The thread behind it is in ``run_watcher``.

All that a job reports is in its folder, so the same code shows a run that is live, one that was left running when the
window closed, and one that ended last month.
"""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal, Slot

from app.runs.run_watcher import RunWatcher, Spawn
from app.threads.clock import Clock
from core.errors import UserError
from core.execution import process
from core.jobs import AnyJob, TrainJob
from core.runs.control import Ask
from core.runs.event_log import is_over
from core.runs.events import Record
from core.runs.folder import RunFolder
from core.runs.history import RESUMABLE, RunHistory, RunState
from core.runs.job_file import JobFile, describe
from core.runs.summary import DamagedRun, RunSummary


@dataclass(eq=False)
class Run:
    """One run as the window knows it. Belongs to the GUI thread; grows with ``JobList.changed``."""

    folder: RunFolder
    file: JobFile
    state: RunState = "running"
    history: RunHistory = field(default_factory=RunHistory)
    loaded: bool = True
    """False while the events of an earlier run are still being read."""
    asked: Ask | None = None
    """A request that it has not fulfilled yet."""

    @property
    def job(self) -> AnyJob:
        return self.file.job

    @property
    def resumable(self) -> bool:
        """Whether it is a training that has more to do. One without a checkpoint begins anew."""
        return self.job.resumable and self.state in RESUMABLE


class JobList(QObject):
    """Every run the window has seen in the folder ``runs``. All its signals arrive on the GUI thread."""

    started = Signal(object)
    """A ``Run`` is at work: just started, or found alive."""
    changed = Signal(object, object)
    """A ``Run`` and its new ``list[Record]``; an empty list when its history was read anew or a request was made."""
    ended = Signal(object)
    """A ``Run`` came to its end; ``state`` and ``history.end`` say how."""
    refused = Signal(object, object)
    """A ``Run`` that cannot be resumed, and the exception that says why."""
    listed = Signal(object)
    """``list[RunSummary]``, newest first: the answer to ``refresh``."""
    viewed = Signal(object)
    """The ``Run`` to look at, ``None`` for a new one; pages about runs follow each other's choice."""

    _open = Signal(object)
    _begin = Signal(object)
    _resume = Signal(object, object, object)
    _ask = Signal(object, str)
    _list = Signal(object)
    _finish = Signal()

    def __init__(self, folder: Path, spawn: Spawn = process.start, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder = folder
        self.clock = Clock(self)
        self.in_view: Run | None = None
        """The training that the person looks at."""
        self.model: Run | None = None
        """The training whose model the person wants to use, of whatever dataset it is."""
        self.damaged: list[DamagedRun] = []
        """Folders of runs that cannot be read, as last listed."""
        self._datasets: dict[Path, str] = {}
        self.runs: dict[Path, Run] = {}
        """All that the window has seen, by their folders."""
        self._thread = QThread()
        self._thread.setObjectName("runs")
        self._watcher = RunWatcher(spawn)
        self._watcher.moveToThread(self._thread)
        self._open.connect(self._watcher.open)
        self._begin.connect(self._watcher.begin)
        self._resume.connect(self._watcher.resume)
        self._ask.connect(self._watcher.ask)
        self._list.connect(self._watcher.list_runs)
        self._finish.connect(self._watcher.finish)
        self._watcher.opened.connect(self._on_opened)
        self._watcher.read.connect(self._on_records_read)
        self._watcher.resumed.connect(self._on_resumed)
        self._watcher.refused.connect(self._on_refused)
        self._watcher.listed.connect(self._on_listed)
        self._thread.start()
        self.refresh()

    def start(self, job: AnyJob, name: str) -> Run:
        """Make the run folder and start the job in a process of its own. Raises ``UserError`` when there is no place
        to write."""
        file = describe(job)
        run = Run(RunFolder.create(self.folder, name, file), file)
        self.runs[run.folder.path] = run
        self._begin.emit(run.folder.path)
        self.started.emit(run)
        return run

    def resume(self, run: Run, changes: Mapping[str, Any] | None = None, dataset: Path | None = None) -> None:
        """Go on with a training from its last checkpoint, or anew where there is none; for longer if ``changes`` of its
        settings say so, with its data in ``dataset`` if that has moved. ``refused`` follows if that cannot be."""
        run.state, run.asked = "running", None
        self._resume.emit(run.folder.path, changes or {}, dataset)
        self.started.emit(run)

    def open(self, path: Path) -> Run:
        """The run in a folder; its history follows with ``changed`` if it is not here yet. Raises ``UserError``."""
        run = self.runs.get(path)
        if run is None:
            folder = RunFolder(path)
            run = self.runs[path] = Run(folder, folder.read_job(), loaded=False)
            self._open.emit(path)
        return run

    def refresh(self) -> None:
        """Look through the folder of runs; ``listed`` brings the answer, and runs found alive are followed."""
        self._list.emit(self.folder)

    def choose(self, run: Run | None) -> None:
        """Make the training ``run`` the one that every page about runs shows, or none so that a new one is set up.
        Other jobs are shown where they are at home."""
        if run is None or isinstance(run.job, TrainJob):
            self.in_view = run
        self.viewed.emit(run)

    def use(self, run: Run) -> None:
        """The person wants the model of ``run``: every page that uses one takes it."""
        self.model = run
        self.choose(run)

    def forget_choice(self, unless: Callable[[str], bool]) -> None:
        """Another dataset is open: what was looked at or wanted is not any more, ``unless`` its dataset is that one."""
        if self.in_view is not None and not unless(self.dataset_of(self.in_view)):
            self.in_view = None
        if self.model is not None and not unless(self.dataset_of(self.model)):
            self.model = None

    def dataset_of(self, run: Run) -> str:
        """The path of the dataset that a training learns from, links resolved once the run has been listed."""
        usual = run.job.dataset if isinstance(run.job, TrainJob) else ""
        return self._datasets.get(run.folder.path, usual)

    def running(self) -> list[Run]:
        """The runs at work, in the order they were started."""
        return sorted(
            (run for run in self.runs.values() if run.loaded and run.state == "running"),
            key=lambda run: run.file.created,
        )

    def training(self) -> Run | None:
        """The training at work: there is one at a time."""
        return next((run for run in self.running() if isinstance(run.job, TrainJob)), None)

    def paused(self) -> list[Run]:
        """The trainings that wait to be resumed, in the order they were started."""
        return sorted((run for run in self.runs.values() if run.state == "paused"), key=lambda run: run.file.created)

    def pause(self, run: Run) -> None:
        """Ask a training to free the device; it can go on later at the same step."""
        self._request(run, "pause")

    def stop(self, run: Run) -> None:
        """Ask a run to end soon and keep what it has reached."""
        self._request(run, "stop")

    def cancel(self, run: Run) -> None:
        """Ask a run to end now and throw its work away; its processes are ended if it does not listen."""
        self._request(run, "cancel")

    def close(self) -> None:
        """Stop following. Jobs at work go on without the window; one that was told to cancel is seen to its end."""
        self._finish.emit()
        self._thread.wait()
        self.runs.clear()

    def _request(self, run: Run, ask: Ask) -> None:
        if run.state == "running":
            run.asked = ask
            self._ask.emit(run.folder.path, ask)
            self.changed.emit(run, [])

    @Slot(object, object, str)
    def _on_opened(self, path: Path, history: RunHistory, state: RunState) -> None:
        run = self.runs.get(path)
        if run is None:
            return  # an answer that arrives after ``close``
        run.history, run.loaded, run.state = history, True, state
        if state == "running":
            self.started.emit(run)
        self.changed.emit(run, [])

    @Slot(object, object)
    def _on_records_read(self, path: Path, records: list[Record]) -> None:
        run = self.runs.get(path)
        if run is None:
            return
        run.history.add(records)
        run.state = run.history.state
        self.changed.emit(run, records)
        if is_over(records):
            run.asked = None
            self.ended.emit(run)

    @Slot(object, object)
    def _on_resumed(self, path: Path, file: JobFile) -> None:
        if path in self.runs:
            self.runs[path].file = file

    @Slot(object, object)
    def _on_refused(self, path: Path, error: Exception) -> None:
        run = self.runs.get(path)
        if run is not None:
            run.state = run.history.state if run.history.end else "failed"
            self.changed.emit(run, [])
            self.refused.emit(run, error)

    @Slot(object, object)
    def _on_listed(self, summaries: list[RunSummary], damaged: list[DamagedRun]) -> None:
        self.damaged = damaged
        self._datasets = {summary.path: summary.dataset for summary in summaries}
        for summary in summaries:
            run = self.runs.get(summary.path)
            if summary.state in ("running", "paused") and run is None:
                with contextlib.suppress(UserError):  # it was damaged since
                    self.open(summary.path)
            elif summary.state == "running" and run is not None and run.loaded and run.state != "running":
                self._open.emit(summary.path)  # resumed in a terminal
        self.listed.emit(summaries)
