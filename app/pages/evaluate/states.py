"""What there is to show on Evaluate: the picture, or what is missing for it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.runs import run_labels
from app.runs.job_list import Run
from app.style import tokens
from app.style.plain_text import caption, tool_tip
from app.widgets import EmptyState, LoadingState, column
from app.widgets.banner import Banner
from app.widgets.focus import Stack
from app.widgets.run_picker import RunPicker
from core.jobs import TrainJob
from core.plain_text import printable

if TYPE_CHECKING:
    from app.document.document import Document

_CHOOSE = "Train one, or choose one of another dataset above: it is used only when you say so."


class PageStates(Stack):
    """One of: the page's ``body``; no model at all; a model and no dataset; not known yet."""

    train_asked = Signal()

    def __init__(self, picker: RunPicker, document: "Document") -> None:
        super().__init__()
        self._picker, self._document = picker, document
        self.body = QWidget()
        self.no_model = EmptyState(
            "chart-bar",
            "Train a model, and what it finds is shown here.",
            "Any training that got as far as its first validation will do.",
            "Train a model",
            "graduation-cap",
        )
        self.no_dataset = EmptyState(
            "image-square", "Open a dataset to see what the model finds in its images.", "", "Open", "folder-open"
        )
        self._loading = LoadingState("Looking for trained models …")
        self.unchosen = Banner("accent")
        train = self.unchosen.add_action("Train a model")
        self.bar = column(self.unchosen)
        """For a place in the body: says that no model is chosen."""
        self.bar.setContentsMargins(tokens.MEDIUM, tokens.SMALL, tokens.MEDIUM, 0)
        for part in (self.body, self.no_model, self.no_dataset, self._loading):
            self.addWidget(part)
        for asked in (self.no_model.acted, train.clicked):
            asked.connect(self.train_asked)

    def settle(self) -> None:
        """Models were listed, one was chosen, or another dataset is open."""
        run, dataset = self._picker.run, self._document.dataset
        if not self._picker.count():
            self.setCurrentWidget(self.no_model if self._picker.listed else self._loading)
        elif dataset is None and run is not None:
            self._offer_dataset(run)
            self.setCurrentWidget(self.no_dataset)
        else:
            self.setCurrentWidget(self.body)
            none = f"No model was trained on {printable(dataset.name)} yet." if dataset is not None else ""
            self.unchosen.say(none if run is None else "", _CHOOSE)

    def _offer_dataset(self, run: Run) -> None:
        assert isinstance(run.job, TrainJob) and self.no_dataset.button is not None
        self.no_dataset.button.setText(f"Open {caption(run_labels.dataset(run.file))}")
        self.no_dataset.button.setToolTip(tool_tip(run.job.dataset))
