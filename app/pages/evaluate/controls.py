"""The controls above the picture on the Evaluate page, and what the page shows without a model or a dataset."""

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QPushButton, QWidget

from app.runs import run_labels
from app.style import tokens
from app.style.format import caption, tool_tip
from app.widgets import ElidedLabel, EmptyState, LoadingState, chip, column, label, row, tool_button
from app.widgets.containers import group
from app.widgets.flow import Flow, Wrapping
from app.widgets.focus import Stack
from app.widgets.inputs import ComboBox, Slider
from app.widgets.run_picker import FitNote, RunPicker
from app.widgets.states import Banner
from core.jobs import TrainJob
from core.plain_text import printable
from core.words import tr

if TYPE_CHECKING:
    from app.document.document import Document
    from app.runs.job_list import JobList
    from app.settings.settings import Settings
    from core.dataset import Dataset


Mode = Literal["prediction", "truth", "both", "side"]

_MODES: dict[Mode, tuple[str, str]] = {
    "prediction": (tr("Prediction"), tr("What the model finds")),
    "truth": (tr("Truth"), tr("What is annotated")),
    "both": (tr("Both"), tr("Prediction dashed over truth solid")),
    "side": (tr("Side by side"), tr("Prediction at the left, truth at the right")),
}
_LOWEST, _HIGHEST = 5, 95


class Controls(Wrapping):
    """Model, split, mode, confidence threshold, labels, and steps to the neighbouring images."""

    changed = Signal()
    """Mode, confidence or labels: nothing has to be computed anew."""
    split_chosen = Signal(str)
    stepped = Signal(int)
    """To the image before (−1) or the next (1)."""

    def __init__(self, jobs: "JobList", document: "Document", settings: "Settings") -> None:
        super().__init__()
        self._settings = settings
        self.picker = RunPicker(jobs, document)
        self.fit = FitNote(self.picker, jobs, document)
        self.split = ComboBox()
        self.split.setAccessibleName(tr("Split"))
        self.split.setToolTip(tr("Which images to look at"))
        self.split.activated.connect(lambda: self.split_chosen.emit(self.split.currentData()))
        self.note = ElidedLabel(role="caption")
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._make_modes()
        self._make_confidence()
        self.labels = tool_button("tag", tr("Labels"), checkable=True)
        self.labels.setChecked(settings.flag("evaluate/labels", False))
        self.labels.toggled.connect(self._on_changed)
        self.previous = tool_button("caret-left", tr("Previous image"))
        self.next = tool_button("caret-right", tr("Next image"))
        self.previous.clicked.connect(lambda: self.stepped.emit(-1))
        self.next.clicked.connect(lambda: self.stepped.emit(1))
        self.position = label("", "dim")
        above = row(self.picker, self.split, self.note)
        above.setStretch(0, 3)
        above.setStretch(2, 2)
        modes = row(*self.modes.values(), gap=tokens.TINY)
        below = Flow(gap=tokens.MEDIUM)
        below.addWidget(group(self.previous, self.next, self.position, tokens.SMALL, modes))
        below.addWidget(group(self.labels, label(tr("Confidence"), "dim"), self.confidence, self.value))
        rows = column(above, self.fit, below)
        self.setLayout(rows)
        rows.setContentsMargins(tokens.MEDIUM, tokens.SMALL, tokens.MEDIUM, tokens.SMALL)

    def _make_modes(self) -> None:
        buttons = QButtonGroup(self)
        self.modes: dict[Mode, QPushButton] = {}
        for mode, (name, tip) in _MODES.items():
            button = chip(name, tip)
            button.setAccessibleDescription(tip)
            buttons.addButton(button)
            button.clicked.connect(self._on_changed)
            self._settings.shortcuts.name_in_tip(button, "evaluate.mode")
            self.modes[mode] = button
        self.modes["prediction"].setChecked(True)

    def _make_confidence(self) -> None:
        self.confidence = Slider(tr("Confidence"), 104, tr("Show what the model is at least this sure of"))
        self._settings.shortcuts.name_in_tip(self.confidence, "evaluate.lower", "evaluate.higher")
        self.confidence.setRange(_LOWEST, _HIGHEST)
        self.value = label("", "text")
        self.value.setFixedWidth(30)
        self.confidence.setValue(round(self._settings.number("confidence", 0.3) * 100))
        self.value.setText(f"{self.threshold:.2f}")
        self.confidence.valueChanged.connect(self._on_changed)

    @property
    def mode(self) -> Mode:
        return next(mode for mode, chip in self.modes.items() if chip.isChecked())

    @property
    def threshold(self) -> float:
        """The lowest score to show."""
        return self.confidence.value() / 100

    def next_mode(self) -> None:
        modes = list(_MODES)
        self.modes[modes[(modes.index(self.mode) + 1) % len(modes)]].click()

    def show_splits(self, dataset: "Dataset | None") -> None:
        """Offer the splits of a dataset; validation, if it is there, is chosen."""
        self.split.clear()
        for split in dataset.splits if dataset is not None else ():
            self.split.addItem(split, split)
        self.split.setCurrentIndex(max(self.split.findData("val"), 0))

    def _on_changed(self) -> None:
        self.value.setText(f"{self.threshold:.2f}")
        self._settings.write("confidence", self.threshold)
        self._settings.write("evaluate/labels", self.labels.isChecked())
        self.changed.emit()


_CHOOSE = tr("Train one, or choose one of another dataset above: it is used only when you say so.")


class PageStates(Stack):
    """Shows one of: the page's ``body``, that there is no model, that no dataset is open, or that models are being
    listed."""

    train_requested = Signal()

    def __init__(self, picker: RunPicker, document: "Document") -> None:
        super().__init__()
        self._picker, self._document = picker, document
        self.body = QWidget()
        self.no_model = EmptyState(
            "chart-bar",
            tr("Train a model, and what it finds is shown here."),
            tr("Any training that got as far as its first validation will do."),
            tr("Train a model"),
            "graduation-cap",
        )
        self.no_dataset = EmptyState(
            "image-square",
            tr("Open a dataset to see what the model finds in its images."),
            "",
            tr("Open"),
            "folder-open",
        )
        self._loading = LoadingState(tr("Looking for trained models …"))
        self.unchosen = Banner("accent")
        train = self.unchosen.add_action(tr("Train a model"))
        self.bar = column(self.unchosen)
        """For a place in the body: says that no model is chosen."""
        self.bar.setContentsMargins(tokens.MEDIUM, tokens.SMALL, tokens.MEDIUM, 0)
        for part in (self.body, self.no_model, self.no_dataset, self._loading):
            self.addWidget(part)
        for signal in (self.no_model.acted, train.clicked):
            signal.connect(self.train_requested)

    def settle(self) -> None:
        """Show what fits the models, the chosen one and the dataset as they are now."""
        run, dataset, button = self._picker.run, self._document.dataset, self.no_dataset.button
        if not self._picker.count():
            self.setCurrentWidget(self.no_model if self._picker.listed else self._loading)
        elif dataset is None and run is not None:
            assert isinstance(run.job, TrainJob) and button is not None
            button.setText(tr("Open {dataset}", dataset=caption(run_labels.dataset(run.file))))
            button.setToolTip(tool_tip(run.job.dataset))
            self.setCurrentWidget(self.no_dataset)
        else:
            self.setCurrentWidget(self.body)
            unchosen = dataset is not None and run is None
            name = printable(dataset.name) if dataset is not None else ""
            self.unchosen.say(tr("No model was trained on {dataset} yet.", dataset=name) if unchosen else "", _CHOOSE)
