"""How much there is in two datasets, and in what they become together."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from app.style import tokens
from app.widgets import ElidedLabel, label
from app.widgets.containers import clear
from core.dataset.several.merge_plan import MergeReport
from core.words import tr

_NAME = 240
"""Pixels of a name, at most."""


class MergeSums(QWidget):
    """A line for each dataset and one for both, with the splits of the latter."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(tokens.LARGE)
        self._grid.setVerticalSpacing(tokens.TINY)
        self._grid.setColumnStretch(4, 1)
        self.setLayout(self._grid)

    def show_report(self, report: MergeReport, known: Sequence[str]) -> None:
        """Show the figures; ``known`` are the classes of the first dataset."""
        clear(self._grid)
        right = Qt.AlignmentFlag.AlignRight
        for place, title in enumerate((tr("Images"), tr("Instances"), tr("Classes")), 1):
            self._grid.addWidget(label(title, "caption"), 0, place, right)
        for number, each in enumerate(report.datasets):
            name = ElidedLabel(each.name)
            name.setMaximumWidth(_NAME)
            self._grid.addWidget(name, number + 1, 0)
            classes = sum(one.dataset == number for one in report.classes)
            for place, figure in enumerate((each.images, each.instances, classes), 1):
                self._grid.addWidget(label(f"{figure:,}"), number + 1, place, right)
        last, names = len(report.datasets) + 1, {each.into for each in report.classes if each.into} | {*known}
        self._grid.addWidget(label(tr("Together"), "heading"), last, 0)
        for place, figure in enumerate((report.images, report.instances, len(names)), 1):
            self._grid.addWidget(label(f"{figure:,}", "heading"), last, place, right)
        splits = [tr("{split}: {number:,}", split=split, number=number) for split, number in report.splits.items()]
        self._grid.addWidget(ElidedLabel(" · ".join(splits), "dim"), last, 4)
