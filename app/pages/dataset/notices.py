"""Bars over the images of the Dataset page: what the open dataset lacks, each with the way to mend it."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.document.document import Document
from app.settings.settings import Settings
from app.style import tokens
from app.threads.workers import LatestWorker
from app.widgets import column
from app.widgets.states import Banner, error_texts
from core.dataset import Dataset
from core.dataset.health.shortcomings import Shortcomings, shortcomings
from core.errors import UserError
from core.jobs import BoxMasksJob
from core.words import tr, tr_n

if TYPE_CHECKING:
    from app.runs.job_list import JobList

PICTURES = "pictures"
"""Key of the view that finds them."""
_SAM_FOLDER = "sam_folder"


class DatasetNotices(QWidget):
    """Each bar is there only while it has something to say."""

    view_requested = Signal(str)
    """To show the view with this key."""
    deep_found = Signal(bool)
    """Whether there is a choice of how pictures are read: they have more than 8 bits a channel."""
    navigate = Signal(str)
    """To show the page with this key."""

    def __init__(self, document: Document, jobs: "JobList", settings: Settings) -> None:
        super().__init__()
        self._document, self._jobs, self._settings = document, jobs, settings
        self._found = Shortcomings()
        self.missing, self.boxes = Banner("warning"), Banner("accent")
        self.find_pictures = self.missing.add_action(tr("Find them …"))
        self.by_grab_cut = self.boxes.add_action(tr("Make masks by GrabCut"))
        self.by_sam = self.boxes.add_action(tr("Make masks by SAM"))
        self.find_pictures.clicked.connect(lambda: self.view_requested.emit(PICTURES))
        self.by_grab_cut.clicked.connect(lambda: self._make_masks("grabcut"))
        self.by_sam.clicked.connect(lambda: self._make_masks("sam"))
        self._column = column(self.missing, self.boxes)
        self.setLayout(self._column)
        self._counting = LatestWorker(self)
        self._counting.done.connect(self._on_counted)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # a bar came or went: without any there is no margin either
            any_shown = not (self.missing.isHidden() and self.boxes.isHidden())
            margin = tokens.SMALL if any_shown else 0
            self._column.setContentsMargins(tokens.MEDIUM, margin, tokens.MEDIUM, margin)
        return super().event(event)

    def show_dataset(self, dataset: Dataset | None) -> None:
        """Say what is missing of this dataset, as soon as it is counted."""
        if dataset is None:
            self._counting.drop()
            self._on_counted((Shortcomings(), False))
        else:
            self._counting.run(_count, dataset, self._sam_folder)

    @Slot(object)
    def _on_counted(self, counted: tuple[Shortcomings, bool]) -> None:
        found, has_sam = counted
        self._found = found
        self.deep_found.emit(found.deep)
        if found.missing:
            hint = tr("Their annotations are kept, but they cannot be shown or trained on.")
            self.missing.say(tr_n("{n} picture is missing.", "{n} pictures are missing.", found.missing), hint)
        else:
            self.missing.say("")
        if found.boxes:
            self.by_sam.setVisible(has_sam)
            hint = tr("A model learns masks: they can be cut out of the boxes, and wait for you to accept them.")
            if not has_sam:
                hint += " " + tr("SAM does it better: get it with the SAM tool of the Annotate page.")
            self.boxes.say(tr_n("{n} instance has only a box.", "{n} instances have only a box.", found.boxes), hint)
        else:
            self.boxes.say("")

    @property
    def _sam_folder(self) -> Path | None:
        """That the person chose for SAM, if any."""
        chosen = self._settings.text(_SAM_FOLDER)
        return Path(chosen) if chosen else None

    def _make_masks(self, by: str) -> None:
        """Start the job, and show where its masks are accepted."""
        if self._document.path is None:
            return
        self._document.saver.save()
        job = BoxMasksJob(
            dataset=str(self._document.path),
            by=by,
            sam=str(self._sam_folder or ""),
            images=self._document.unwritten,
        )
        try:
            self._jobs.start(job, "masks")
        except UserError as error:
            self.boxes.say(*error_texts(error))
            return
        self._document.requested_image = self._found.with_boxes
        self.navigate.emit("annotate")


def _count(dataset: Dataset, sam: Path | None) -> tuple[Shortcomings, bool]:
    """What the dataset lacks, and whether there is a SAM in the folder ``sam``, or where its weights are kept."""
    from core.annotation.assist.sam import weights  # what it needs takes its time to load

    return shortcomings(dataset), weights.present(sam)
