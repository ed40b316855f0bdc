"""The inspector of the Dataset page: facts of the selected image, its instances, problems of the dataset."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFormLayout, QStackedWidget, QWidget

from app.document.readiness import without_masks
from app.pages.dataset.problem_list import ProblemList
from app.style import icons, tokens
from app.widgets import ElidedLabel, column, hairline, label, row
from app.widgets.instance_list import InstanceList
from core.dataset import Dataset, Image, Problem
from core.words import tr, tr_n

_LEAST_PROBLEMS = 120
"""Pixels for the list of problems where the window is low."""


class Inspector(QWidget):
    """Sections below each other; the list of instances takes the height that is left."""

    chosen = Signal(int)
    """The position of an instance in its image."""
    image_requested = Signal(int)
    """The index of an image with a problem."""

    def __init__(self) -> None:
        super().__init__()
        self._dataset: Dataset | None = None
        self._nothing = label(tr("Select an image to see its details."), "dim", wrap=True)
        self._file, self._size, self._split = (ElidedLabel(mode=Qt.TextElideMode.ElideMiddle) for _ in range(3))
        form = QFormLayout()
        form.setContentsMargins(tokens.SMALL, 0, 0, 0)
        form.setVerticalSpacing(tokens.TINY)
        form.setHorizontalSpacing(tokens.MEDIUM)
        for name, value in ((tr("File"), self._file), (tr("Size"), self._size), (tr("Split"), self._split)):
            form.addRow(label(name, "dim"), value)
        self.title = label(role="heading", wrap=True)
        self.instances = InstanceList()
        self.instances.chosen.connect(self.chosen)
        self._image = QWidget()
        title = row(tokens.SMALL, label(tr("Image"), "heading"), None, gap=0)
        count = row(tokens.SMALL, self.title, gap=0)
        self._image.setLayout(column(title, form, tokens.SMALL, count, self.instances))
        self._problems_title = label(role="heading")
        self.problems = ProblemList()
        self.problems.image_requested.connect(self.image_requested)
        self._problems = QWidget()
        heading = row(tokens.SMALL, icons.Icon("warning", 16, "warning_text"), self._problems_title, None)
        self._problems.setLayout(column(hairline(), heading, self.problems))
        self._details = QStackedWidget()
        self._details.addWidget(self._image)
        self._details.addWidget(self._nothing)
        stack = column(self._details, self._problems, margin=tokens.SMALL)
        stack.setContentsMargins(tokens.SMALL, tokens.MEDIUM, tokens.SMALL, tokens.SMALL)
        stack.setStretch(0, 1)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._nothing.setContentsMargins(tokens.SMALL, 0, tokens.SMALL, 0)
        self.setLayout(stack)
        self.show_dataset(None)

    def show_dataset(self, dataset: Dataset | None) -> None:
        """Take images from this dataset; none is selected."""
        self._dataset = dataset
        self.show_image(None)
        self.show_problems(dataset.problems if dataset is not None else [])

    def show_problems(self, problems: list[Problem]) -> None:
        """List what is wrong with the dataset."""
        self.problems.show_problems(problems)
        self._fit_problems()
        self._problems_title.setText(tr_n("{n} problem", "{n} problems", len(problems)))
        self._problems.setVisible(bool(problems))

    def show_image(self, image: Image | None) -> None:
        """Show the details of an image; ``None``: none is selected."""
        self._details.setCurrentWidget(self._nothing if image is None else self._image)
        if image is None or self._dataset is None:
            self.instances.show_instances(None, None)
            return
        self._file.setText(image.file_name)
        self._size.setText(tr("{width:,} × {height:,} px", width=image.width, height=image.height))
        self._split.setText(image.split)
        number = self._dataset.instance_count(image)
        self.title.setText(tr_n("{n} instance", "{n} instances", number) if number else without_masks(image.split))
        self.instances.show_instances(self._dataset, image)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_problems()

    def _fit_problems(self) -> None:
        """The problems get the height they need, up to half of it all."""
        self.problems.setFixedHeight(self.problems.height_of_all(max(self.height() // 2, _LEAST_PROBLEMS)))
