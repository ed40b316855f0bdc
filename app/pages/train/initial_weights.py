"""What a training starts from: public weights, a model trained before, or a file."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFileDialog, QWidget

from app.document.class_fit import classes_of, compare
from app.runs import run_labels
from app.runs.run_labels import dataset_names, in_order
from app.style import tokens
from app.style.format import named, tool_tip
from app.widgets.buttons import button
from app.widgets.containers import column, row
from app.widgets.inputs import ComboBox
from app.widgets.labels import ElidedLabel, label
from core.jobs import TrainJob
from core.recipes.schema import Recipe
from core.runs.summary import RunSummary
from core.words import tr

if TYPE_CHECKING:
    from app.document.document import Document
    from app.runs.job_list import JobList

Source = Literal["public", "mine", "file"]

_SOURCES: dict[Source, str] = {"public": tr("Public weights"), "mine": tr("A model of mine"), "file": tr("A file")}
_PUBLIC = tr(
    "Learned on large public collections. Fetched once and kept; training says what it starts from without them."
)
_SCRATCH = tr("From scratch: public weights are switched off under All settings.")


class InitialWeights(QWidget):
    """The source, which one of it, and in plain words what that means for the classes."""

    changed = Signal()

    def __init__(self, jobs: "JobList", document: "Document") -> None:
        super().__init__()
        self._jobs, self._document = jobs, document
        self._lines: list[RunSummary] = []
        self._recipe: Recipe | None = None
        self._classes: Sequence[str] | None = None
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
        self._name = ElidedLabel(tr("No file chosen"), "dim", Qt.TextElideMode.ElideMiddle)
        self.choose = button(
            tr("Choose …"), "folder-open", tr("Choose a file of weights: .safetensors, .pth, .pt or .ckpt")
        )
        self.about = label("", "caption", wrap=True)
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._file_line = QWidget()
        self._file_line.setLayout(line := row(self._name, self.choose))
        line.setStretch(0, 1)
        name = label(tr("Start from"))
        name.setBuddy(self.source)
        self.setLayout(column(name, self.source, self.models, self._file_line, self.about, None, gap=tokens.TINY))
        self.source.currentIndexChanged.connect(self._update)
        self.models.currentIndexChanged.connect(self._update)
        self.choose.clicked.connect(self._ask)
        jobs.listed.connect(self._on_runs_listed)
        document.opened.connect(self._begin)
        self._update()

    # What it starts from

    def weights(self) -> str | None:
        """The path of the weights to start from; ``None`` for public ones."""
        match self.source.currentData():
            case "mine":
                return self.models.currentData()
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

    def show_classes(self, names: Sequence[str] | None) -> None:
        """The classes of the open dataset; ``None`` when none is open."""
        self._classes = names
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
            self._name.setText(weights)
        source: Source = "public" if not weights else "mine" if row >= 0 else "file"
        if row >= 0:
            self.models.setCurrentIndex(row)
        self.source.setCurrentIndex(self.source.findData(source))
        self._update()

    # What happens

    @Slot()
    def _begin(self) -> None:
        """Another dataset is open: a model of the one before is not carried over."""
        self.models.setCurrentIndex(-1)
        self._fill()
        self.source.setCurrentIndex(self.source.findData("public"))
        self._update()

    @Slot(object)
    def _on_runs_listed(self, lines: list[RunSummary]) -> None:
        lines = [line for line in lines if line.has_model and isinstance(line.file.job, TrainJob)]
        if lines != self._lines:
            self._lines = lines
            self._fill()
            self._update()

    def _fill(self) -> None:
        """The trained models of the chosen recipe's network. The best one on the open dataset is chosen by itself."""
        chosen = self.models.currentData()
        lines = [line for line in in_order(self._lines, self._document.is_open) if self._fits(line)]
        names = dataset_names({line.dataset for line in lines})
        with QSignalBlocker(self.models):
            self.models.clear()
            for line in lines:
                words = run_labels.line(line, names[line.dataset], self._jobs.clock.now)
                self.models.addItem(words, str(line.path))
                self.models.setItemData(self.models.count() - 1, tool_tip(line.dataset), Qt.ItemDataRole.ToolTipRole)
            usual = 0 if lines and self._document.is_open(lines[0].dataset) else -1
            row = self.models.findData(chosen) if chosen else -1
            self.models.setCurrentIndex(row if row >= 0 else usual)

    def _fits(self, line: RunSummary) -> bool:
        """Whether a training has the network of the chosen recipe."""
        job, recipe = line.file.job, self._recipe
        return isinstance(job, TrainJob) and (recipe is None or _network(job.recipe) == _network(recipe))

    def _ask(self) -> None:
        kinds = tr("Weights (*.safetensors *.pth *.pt *.ckpt);;All files (*)")
        start = str(self._file.parent) if self._file is not None else str(Path.home())
        chosen, _ = QFileDialog.getOpenFileName(self, tr("Choose the weights to start from"), start, kinds)
        if chosen:
            self._file = Path(chosen)
            self._name.setText(chosen)
            self._update()

    @Slot()
    def _update(self) -> None:
        source: Source = self.source.currentData()
        self.models.setVisible(source == "mine" and self.models.count() > 0)
        self._file_line.setVisible(source == "file")
        self.about.setText(self.problem() or self._meaning())
        self.source.setAccessibleDescription(self.about.text())
        self.changed.emit()

    def _meaning(self) -> str:
        weights = self.weights()
        if weights is None:
            return _PUBLIC if self._public else _SCRATCH
        known = classes_of(Path(weights))
        if known is None:
            return tr("Classes of the same name continue where the file says what its classes are; others begin anew.")
        if self._classes is None:
            return tr("It knows {known}.", known=named(known))
        return compare(known, self._classes).for_training()


def _network(recipe: Recipe) -> tuple[str, str]:
    return recipe.architecture, recipe.backbone
