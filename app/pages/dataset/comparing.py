"""The job that compares the open dataset with another one, started as soon as what was drawn is in the files."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.document.document import Document
from app.pages.dataset.differences import MOST_IOU
from core.errors import UserError
from core.jobs import CompareJob
from core.runs import events
from core.words import tr

if TYPE_CHECKING:
    from app.runs.job_list import JobList, Run


class Comparing(QObject):
    """One comparison at a time: another one takes its place."""

    begun = Signal(object)
    """The ``Run`` that compares."""
    done = Signal(object)
    """The ``Path`` of its folder: the comparison is there."""
    failed = Signal(object)
    """The exception because of which there will be none."""

    def __init__(self, document: Document, jobs: "JobList", parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._jobs = document, jobs
        self.path: Path | None = None
        """The dataset that is, or was, compared."""
        self._waiting: Path | None = None
        """What is compared with once what was drawn is in the files."""
        self._run: Run | None = None
        document.saver.changed.connect(self._on_saver_changed)
        jobs.ended.connect(self._on_job_ended)

    @property
    def underway(self) -> bool:
        """Whether ``done`` or ``failed`` follows."""
        return self._waiting is not None or self._run is not None

    def start(self, other: Path) -> None:
        """Compare the open dataset with the one at ``other``."""
        self.path, self._waiting = self._document.path, other
        self._document.saver.save()
        self._on_saver_changed()

    def forget(self) -> None:
        """Wait for nothing any more."""
        self.path = self._run = self._waiting = None

    @Slot()
    def _on_saver_changed(self) -> None:
        saver, other = self._document.saver, self._waiting
        if other is None or saver.busy:
            return
        self._waiting = None
        if saver.unsaved > 0:
            unsaved = UserError(tr("what was drawn is not in the files yet"), tr("save it, then compare once more"))
            self.failed.emit(saver.problem or unsaved)
            return
        if self._run is not None:
            self._jobs.cancel(self._run)
        job = CompareJob(left=str(self.path), right=str(other.absolute()), least_iou=MOST_IOU)
        try:
            self._run = self._jobs.start(job, "compare")
        except UserError as error:
            self.failed.emit(error)
        else:
            self.begun.emit(self._run)

    @Slot(object)
    def _on_job_ended(self, run: "Run") -> None:
        if run is not self._run:
            return
        self._run, end = None, run.history.end
        if isinstance(end, events.Done):
            self.done.emit(run.folder.path)
        elif isinstance(end, events.Failed):
            self.failed.emit(UserError(end.message, end.hint))
        else:
            self.failed.emit(UserError(tr("the comparison was stopped"), tr("choose the other dataset once more")))
