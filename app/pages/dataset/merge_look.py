"""The job that says what a merge would make."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.threads.workers import LatestWorker
from core.dataset.several.merge_plan import read_merge_report
from core.errors import UserError
from core.jobs import MergeJob
from core.runs import events
from core.words import tr

if TYPE_CHECKING:
    from app.runs.job_list import JobList, Run


class MergeLook(QObject):
    """One look at a time: another one takes its place."""

    changed = Signal()
    """It has begun or ended, or is farther."""
    found = Signal(object)
    """The ``MergeReport``."""
    failed = Signal(object)
    """The exception because of which there is none."""

    def __init__(self, jobs: "JobList", parent: QObject) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.run: Run | None = None
        """The job at work."""
        self.reading = LatestWorker(self)
        self.reading.done.connect(self.found)
        self.reading.failed.connect(self.failed)
        jobs.changed.connect(self._on_job_changed)
        jobs.ended.connect(self._on_job_ended)

    def start(self, job: MergeJob) -> None:
        """Look at what ``job``, a dry run, would make."""
        self.drop()
        try:
            self.run = self._jobs.start(job, "merge")
        except UserError as error:
            self.failed.emit(error)
        self.changed.emit()

    def drop(self) -> None:
        """Nobody wants to know any more."""
        run, self.run = self.run, None
        self.reading.drop()
        if run is not None:
            self._jobs.cancel(run)

    @Slot(object)
    def _on_job_changed(self, run: "Run") -> None:
        if run is self.run:
            self.changed.emit()

    @Slot(object)
    def _on_job_ended(self, run: "Run") -> None:
        if run is not self.run:
            return
        self.run, end = None, run.history.end
        if isinstance(end, events.Done):
            self.reading.run(read_merge_report, run.folder.path)
        elif isinstance(end, events.Failed):
            self.failed.emit(UserError(end.message, end.hint))
        else:
            self.failed.emit(UserError(tr("the look was stopped"), tr("choose the other dataset once more")))
        self.changed.emit()
