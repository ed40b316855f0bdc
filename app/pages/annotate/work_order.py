"""Which images are most useful to label next: asked for by the person, found out by a job, read when it ends."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.threads.workers import LatestWorker
from core.annotation.storage.image_keys import by_key
from core.annotation.suggestions.ranking import read_ranking
from core.dataset import Dataset
from core.errors import UserError
from core.jobs import RankJob
from core.runs.events import Failed

if TYPE_CHECKING:
    from app.document.document import Document
    from app.runs.job_list import JobList, Run


class WorkOrder(QObject):
    """The order that was found last for the dataset that is edited."""

    changed = Signal(bool)
    """There is another order, or none; ``True`` when the person has just asked for it."""
    failed = Signal(object)
    """Why there is none: the exception."""

    def __init__(self, document: "Document", jobs: "JobList") -> None:
        super().__init__()
        self._document, self._jobs = document, jobs
        self._requested = False
        """Whether the person waits for the order that is being found out or read."""
        self.reasons: Mapping[int, str] = {}
        """Why an image has its place, by ``Image.index``, in the order of the places."""
        self._reading = LatestWorker(self)
        self._reading.done.connect(self._on_order_read)
        self._reading.failed.connect(self.failed)
        jobs.ended.connect(self._on_job_ended)

    @Slot()
    def load(self) -> None:
        """Read the order of the dataset that is edited, as far as there is one."""
        self.reasons = {}
        self._reading.drop()
        draft = self._document.editing.draft
        if draft is not None:
            self._reading.run(read_order, draft.dataset)
        self.changed.emit(False)

    def begin(self, model: "Run | None") -> None:
        """Find the order out, with what a model is unsure of or by what the pictures look like alone."""
        if self._document.path is None:
            return
        self._document.saver.save()
        job = RankJob(dataset=str(self._document.path), model=str(model.folder.path) if model is not None else None)
        try:
            self._jobs.start(job, "rank")
        except UserError as error:
            self.failed.emit(error)

    @Slot(object)
    def _on_job_ended(self, run: "Run") -> None:
        if not isinstance(run.job, RankJob) or run.job.dataset != str(self._document.path):
            return
        if isinstance(run.history.end, Failed):
            self.failed.emit(UserError(run.history.end.message, run.history.end.hint))
            return
        self._requested = True
        self.load()

    @Slot(object)
    def _on_order_read(self, reasons: Mapping[int, str]) -> None:
        self.reasons = reasons
        requested, self._requested = self._requested, False
        self.changed.emit(requested)


def read_order(dataset: Dataset) -> dict[int, str]:
    """The reasons by ``Image.index``, the most useful image first. For a worker."""
    ranking, known = read_ranking(dataset), by_key(dataset)
    entries = ranking.images if ranking is not None else ()
    return {known[entry.place].index: entry.reason for entry in entries if entry.place in known}
