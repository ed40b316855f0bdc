"""Choosing one of the trained models; all pages that do so follow each other."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QStyle, QStyleOptionComboBox, QStylePainter

from app import run_words, tokens
from app.icons import icon
from app.jobs import Run
from app.widgets.inputs import ComboBox
from core.errors import UserError
from core.runs.history import Glance
from core.runs.job import TrainJob

if TYPE_CHECKING:
    from app.jobs import JobList


class RunPicker(ComboBox):
    """The trainings that have a model, newest first. ``chosen`` says which one every page looks at now."""

    chosen = Signal(object)
    """The ``Run``, or ``None`` when no training has a model."""

    def __init__(self, jobs: "JobList") -> None:
        super().__init__()
        self._jobs = jobs
        self.run: Run | None = None
        self.listed = False
        """Whether it is known which runs there are."""
        self.setAccessibleName("Model")
        self.setToolTip("The trained model to use")
        self.setPlaceholderText("No trained model yet")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(18)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(420)
        self.setIconSize(QSize(16, 16))
        self.activated.connect(self._choose)
        jobs.listed.connect(self._take)
        jobs.viewed.connect(self._follow)

    def paintEvent(self, event: QPaintEvent) -> None:
        """As ever, but what does not fit ends with an ellipsis: a style sheet would cut it off."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        place = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        room = place.width() - self.iconSize().width() - tokens.SMALL
        words = option.currentText or (self.placeholderText() if self.listed else "")
        option.currentText = self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room)
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    @Slot(object)
    def _take(self, lines: list[Glance]) -> None:
        lines = [line for line in lines if line.has_model and isinstance(line.file.job, TrainJob)]
        self.listed = True
        self.clear()
        for line in lines:
            self.addItem(icon(*run_words.ICON[line.state]), run_words.line(line), str(line.path))
        wanted = self._jobs.in_view or self.run
        row = self.findData(str(wanted.folder.path)) if wanted is not None else -1
        self.setCurrentIndex(max(row, 0) if lines else -1)
        self._show(self.currentData())

    @Slot(object)
    def _follow(self, run: Run) -> None:
        row = self.findData(str(run.folder.path))
        if row >= 0 and row != self.currentIndex():
            self.setCurrentIndex(row)
            self._show(str(run.folder.path))

    @Slot(int)
    def _choose(self, row: int) -> None:
        self._show(self.itemData(row))
        if self.run is not None:
            self._jobs.look_at(self.run)

    def _show(self, path: str | None) -> None:
        try:
            run = self._jobs.open(Path(path)) if path else None
        except UserError:  # its folder went away since it was listed
            run = None
        if run is not self.run or run is None:
            self.run = run
            self.chosen.emit(run)
