"""Choosing one of the trained models; all pages that do so follow each other."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy

from app.document.class_fit import compare
from app.runs import run_labels
from app.runs.job_list import Run
from app.runs.run_labels import dataset_names, in_order
from app.style import tokens
from app.style.format import tool_tip
from app.style.icons import icon
from app.widgets.inputs import ComboBox
from core.errors import UserError
from core.jobs import TrainJob
from core.runs.summary import RunSummary
from core.words import tr

if TYPE_CHECKING:
    from app.document.document import Document
    from app.runs.job_list import JobList
    from core.annotation.editing.edits import Edit


_WIDTH = 264


class RunPicker(ComboBox):
    """The trainings that have a model, those on the open dataset first and the best of them before the newest.

    The best one on the open dataset is chosen by itself; one on another dataset only by the person, here or elsewhere.
    """

    chosen = Signal(object)
    """The ``Run``, or ``None`` when none is chosen."""

    def __init__(self, jobs: "JobList", document: "Document") -> None:
        super().__init__()
        self._jobs, self._document = jobs, document
        self._lines: list[RunSummary] = []
        self.run: Run | None = None
        self.listed = False
        """Whether it is known which runs there are."""
        self.setAccessibleName(tr("Model"))
        self.setToolTip(tr("The trained model to use"))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(18)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(420)
        self.setIconSize(QSize(16, 16))
        self.activated.connect(self._on_activated)
        jobs.listed.connect(self._on_runs_listed)
        jobs.viewed.connect(self._on_viewed)
        jobs.clock.ticked.connect(self._name_lines)
        document.opened.connect(self._on_dataset_changed)
        document.closed.connect(self._on_dataset_changed)

    def sizeHint(self) -> QSize:
        return super().sizeHint().expandedTo(QSize(_WIDTH, 0))

    def showPopup(self) -> None:
        """The list is as wide as what it says, as far as there is room."""
        wanted = self.view().sizeHintForColumn(0) + self.iconSize().width() + tokens.LARGE
        self.view().setMinimumWidth(min(wanted, self.window().width()))
        super().showPopup()

    @property
    def foreign(self) -> bool:
        """Whether the chosen model learnt from another dataset than the one that is open."""
        return self.run is not None and self._document.dataset is not None and not self._owned(self.run)

    @Slot(object)
    def _on_runs_listed(self, lines: list[RunSummary]) -> None:
        self._lines = [line for line in lines if line.has_model and isinstance(line.file.job, TrainJob)]
        self.listed = True
        self._fill()

    @Slot()
    def _on_dataset_changed(self) -> None:
        """Another dataset is open, or none: what was chosen for the one before is not any more."""
        self.run = None
        if self.listed:
            self._fill()

    def _fill(self) -> None:
        self._lines = in_order(self._lines, self._document.is_open)
        self.setPlaceholderText(tr("Choose a model") if self._lines else tr("No trained model yet"))
        self.clear()
        for line in self._lines:
            self.addItem(icon(*run_labels.ICON[line.state]), "", str(line.path))
        self._name_lines()
        self.setCurrentIndex(self._best_row())
        self._show(self.currentData())

    def _best_row(self) -> int:
        """The row of the model that the person looks at, or wants, or had; else of the best one. -1 when there is none
        that may be used unasked."""
        viewed = self._jobs.in_view
        for run in (viewed if self._may_use(viewed) else None, self._jobs.model, self.run):
            if (row := self._row_of(run)) >= 0:
                return row
        any_will_do = self._document.dataset is None
        return 0 if self._lines and (any_will_do or self._document.is_open(self._lines[0].dataset)) else -1

    def _may_use(self, run: Run | None) -> bool:
        """Whether the model of a run that the person looks at may be used without being asked for."""
        if run is None or run is self._jobs.model or self._document.dataset is None:
            return run is not None
        return self._owned(run)

    def _row_of(self, run: Run | None) -> int:
        return self.findData(str(run.folder.path)) if run is not None else -1

    @Slot()
    def _name_lines(self) -> None:
        names = dataset_names({line.dataset for line in self._lines})
        for row, line in enumerate(self._lines):
            self.setItemText(row, run_labels.line(line, names[line.dataset], self._jobs.clock.now))
            self.setItemData(row, tool_tip(f"{line.name}\n{line.dataset}"), Qt.ItemDataRole.ToolTipRole)

    def _owned(self, run: Run) -> bool:
        return self._document.is_open(self._jobs.dataset_of(run))

    @Slot(object)
    def _on_viewed(self, run: Run | None) -> None:
        row = self._row_of(run)
        if row >= 0 and row != self.currentIndex() and self._may_use(run):
            self.setCurrentIndex(row)
            self._show(self.currentData())

    @Slot(int)
    def _on_activated(self, row: int) -> None:
        self._show(self.itemData(row))
        if self.run is not None:
            self._jobs.use(self.run)

    def _show(self, path: str | None) -> None:
        try:
            run = self._jobs.open(Path(path)) if path else None
        except UserError:  # its folder went away since it was listed
            run = None
        if run is not self.run or run is None:
            self.run = run
            self.chosen.emit(run)


class FitNote(QLabel):
    """Says under a picker which dataset another dataset's model learnt from, and which classes fit; else hidden."""

    def __init__(self, picker: RunPicker, jobs: "JobList", document: "Document") -> None:
        super().__init__()
        self._picker, self._jobs, self._document = picker, jobs, document
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", "notice")
        self.setWordWrap(True)
        self.hide()
        picker.chosen.connect(self._update)
        document.renewed.connect(self._update)
        document.editing.began.connect(self._update)
        document.editing.edited.connect(self._on_edited)

    @Slot(object)
    def _on_edited(self, edit: "Edit") -> None:
        """Classes that a person makes, renames or deletes count at once, before they are in the files."""
        from core.annotation.editing.edits import ClassEdit, parts

        if any(isinstance(part, ClassEdit) for part in parts(edit)):
            self._update()

    @Slot()
    def _update(self) -> None:
        run, dataset = self._picker.run, self._document.dataset
        self.setVisible(self._picker.foreign)
        if run is None or dataset is None or not self._picker.foreign:
            return
        spec = run.folder.read_model()
        known = [kind.name for kind in spec.classes] if spec is not None else []
        draft = self._document.editing.draft
        categories = draft.categories if draft is not None else dataset.categories
        fit = compare(known, [category.name for category in categories])
        there, here = self._jobs.dataset_of(run), str(self._document.path)
        names = dataset_names((there, here))
        self.setText(
            tr("Learnt from {theirs}, not from {ours}. {fit}", theirs=names[there], ours=names[here], fit=fit.for_use())
        )
