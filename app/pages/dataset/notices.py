"""Bars over the views of the Dataset page: what the open dataset lacks, each with the way to mend it."""

from PySide6.QtCore import QEvent, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.style import tokens
from app.threads.workers import LatestWorker
from app.widgets import column
from app.widgets.states import Banner
from core.dataset import Dataset
from core.dataset.health.shortcomings import shortcomings
from core.words import tr, tr_n

PICTURES, MASKS = "pictures", "masks"
"""Keys of the views that mend it."""


class DatasetNotices(QWidget):
    """Each bar is there only while it has something to say."""

    view_requested = Signal(str)
    """To show the view with this key."""

    def __init__(self) -> None:
        super().__init__()
        self.missing, self.boxes = Banner("warning"), Banner("accent")
        self.find_pictures = self.missing.add_action(tr("Find them …"))
        self.make_masks = self.boxes.add_action(tr("Make masks …"))
        self.find_pictures.clicked.connect(lambda: self.view_requested.emit(PICTURES))
        self.make_masks.clicked.connect(lambda: self.view_requested.emit(MASKS))
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
            self._on_counted((0, 0))
        else:
            self._counting.run(shortcomings, dataset)

    @Slot(object)
    def _on_counted(self, numbers: tuple[int, int]) -> None:
        missing, boxes = numbers
        if missing:
            hint = tr("Their annotations are kept, but they cannot be shown or trained on.")
            self.missing.say(tr_n("{n} picture is missing.", "{n} pictures are missing.", missing), hint)
        else:
            self.missing.say("")
        if boxes:
            hint = tr("A model learns masks: they can be made of the boxes, and are yours to accept.")
            self.boxes.say(tr_n("{n} instance has only a box.", "{n} instances have only a box.", boxes), hint)
        else:
            self.boxes.say("")
