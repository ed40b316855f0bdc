"""What a training starts from: public weights, a model trained before, or a file."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFileDialog, QWidget

from app.document.class_fit import compare, model_classes
from app.runs import run_labels
from app.runs.run_labels import dataset_names, in_order
from app.style import tokens
from app.style.format import named, tool_tip
from app.widgets.buttons import button
from app.widgets.containers import column, row
from app.widgets.inputs import ComboBox
from app.widgets.labels import ElidedLabel, label
from core.jobs import AnyJob, TrainJob
from core.recipes.schema import Recipe
from core.runs.summary import RunSummary
from core.words import tr

if TYPE_CHECKING:
    from app.document.document import Document
    from app.runs.job_list import JobList

WeightsSource = Literal["public", "mine", "file"]

_SOURCES: dict[WeightsSource, str] = {
    "public": tr("Public weights"),
    "mine": tr("A model of mine"),
    "file": tr("A file"),
}
_PUBLIC = tr(
    "Learned on large public collections. Fetched once and kept; training says what it starts from without them."
)
_SCRATCH = tr("From scratch: public weights are switched off under All settings.")


class InitialWeights(QWidget):
    """The source, which one of it, and in plain words what that means for the classes of the open dataset."""

    changed = Signal()

    def __init__(self, jobs: "JobList", document: "Document") -> None:
        super().__init__()
        self._jobs, self._document = jobs, document
        self._trained: list[RunSummary] = []
        """Trainings that have a model."""
        self._recipe: Recipe | None = None
        self._file: Path | None = None
        self._public = True
        self.source, self.models = ComboBox(), ComboBox()
        for source, title in _SOURCES.items():
            self.source.addItem(title, source)
        self.source.setAccessibleName(tr("Start from"))
        self.models.setAccessibleName(tr("Model to start from"))
        self.models.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.models.setMinimumContentsLength(12)
        self.models.setPlaceholderText(tr("Choose a model"))
        self._file_name = ElidedLabel(tr("No file chosen"), "dim", Qt.TextElideMode.ElideMiddle)
        self.choose = button(
            tr("Choose …"), "folder-open", tr("Choose a file of weights: .safetensors, .pth, .pt or .ckpt")
        )
        self.about = label("", "caption", wrap=True)
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._file_line = QWidget()
        self._file_line.setLayout(line := row(self._file_name, self.choose))
        line.setStretch(0, 1)
        name = label(tr("Start from"))
        name.setBuddy(self.source)
        self.setLayout(column(name, self.source, self.models, self._file_line, self.about, None, gap=tokens.TINY))
        self.source.currentIndexChanged.connect(self._update)
        self.models.currentIndexChanged.connect(self._update)
        self.choose.clicked.connect(self._on_choose)
        jobs.listed.connect(self._on_runs_listed)
        document.opened.connect(self._on_dataset_opened)
        for signal in (document.opening, document.renewed, document.closed, document.failed):
            signal.connect(self._update)
        self._update()

    # What it starts from

    def weights(self) -> str | None:
        """The path of the weights to start from; ``None`` for public ones."""
        match self.source.currentData():
            case "mine":
                chosen: str | None = self.models.currentData()
                return chosen
            case "file":
                return str(self._file) if self._file is not None else None
        return None

    def problem(self) -> str:
        """What is still to be chosen; empty when nothing is."""
        match self.source.currentData():
            case "mine" if not self.models.count():
                return tr("There is no model of this recipe to start from yet.")
            case "mine" if self.models.currentIndex() < 0:
                return tr(
                    "No model of this recipe was trained on this dataset: choose one of another, or public weights."
                )
            case "file" if self._file is None:
                return tr("Choose the file to start from.")
        return ""

    def show_recipe(self, recipe: Recipe) -> None:
        """Offer the models of this recipe."""
        self._recipe = recipe
        self._fill()
        self._update()

    def allow_public(self, allowed: bool) -> None:
        """Whether the settings allow public weights at all."""
        if allowed != self._public:
            self._public = allowed
            self._update()

    def begin_with(self, weights: str | None) -> None:
        """Choose the weights that an earlier training started from."""
        row = self.models.findData(weights) if weights else -1
        if weights and row < 0:
            self._file = Path(weights)
            self._file_name.setText(weights)
        source: WeightsSource = "public" if not weights else "mine" if row >= 0 else "file"
        if row >= 0:
            self.models.setCurrentIndex(row)
        self.source.setCurrentIndex(self.source.findData(source))
        self._update()

    @Slot()
    def _on_dataset_opened(self) -> None:
        """Another dataset is open: a model of the one before is not carried over."""
        self.models.setCurrentIndex(-1)
        self._fill()
        self.source.setCurrentIndex(self.source.findData("public"))
        self._update()

    @Slot(object)
    def _on_runs_listed(self, summaries: list[RunSummary]) -> None:
        trained = [summary for summary in summaries if summary.has_model and isinstance(summary.file.job, TrainJob)]
        if trained != self._trained:
            self._trained = trained
            self._fill()
            self._update()

    def _fill(self) -> None:
        """The trained models of the chosen recipe's network. The best one on the open dataset is chosen by itself."""

        def fits(job: AnyJob) -> bool:
            recipe = self._recipe
            return isinstance(job, TrainJob) and (
                recipe is None
                or (job.recipe.architecture, job.recipe.backbone) == (recipe.architecture, recipe.backbone)
            )

        chosen = self.models.currentData()
        trained = [each for each in in_order(self._trained, self._document.is_open) if fits(each.file.job)]
        names = dataset_names({each.dataset for each in trained})
        with QSignalBlocker(self.models):
            self.models.clear()
            for index, each in enumerate(trained):
                text = run_labels.line(each, names[each.dataset], self._jobs.clock.now)
                self.models.addItem(text, str(each.path))
                self.models.setItemData(index, tool_tip(each.dataset), Qt.ItemDataRole.ToolTipRole)
            best = 0 if trained and self._document.is_open(trained[0].dataset) else -1
            row = self.models.findData(chosen) if chosen else -1
            self.models.setCurrentIndex(row if row >= 0 else best)

    def _on_choose(self) -> None:
        kinds = tr("Weights (*.safetensors *.pth *.pt *.ckpt);;All files (*)")
        start = str(self._file.parent) if self._file is not None else str(Path.home())
        chosen, _ = QFileDialog.getOpenFileName(self, tr("Choose the weights to start from"), start, kinds)
        if chosen:
            self._file = Path(chosen)
            self._file_name.setText(chosen)
            self._update()

    @Slot()
    def _update(self) -> None:
        source: WeightsSource = self.source.currentData()
        self.models.setVisible(source == "mine" and self.models.count() > 0)
        self._file_line.setVisible(source == "file")
        self.about.setText(self.problem() or self._explanation())
        self.source.setAccessibleDescription(self.about.text())
        self.changed.emit()

    def _explanation(self) -> str:
        """What the chosen weights mean for the classes."""
        weights, dataset = self.weights(), self._document.dataset
        if weights is None:
            return _PUBLIC if self._public else _SCRATCH
        known = model_classes(Path(weights))
        if known is None:
            return tr("Classes of the same name continue where the file says what its classes are; others begin anew.")
        if dataset is None:
            return tr("It knows {classes}.", classes=named(known))
        return compare(known, [category.name for category in dataset.categories]).for_training()
