"""Comparing the open dataset with somebody else's annotations of the same images, and settling the differences."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QButtonGroup, QSplitter, QWidget

from app.document.document import Document
from app.gallery.model import ImageIndex
from app.pages.dataset.agreement_table import AgreementTable
from app.pages.dataset.comparing import Comparing
from app.pages.dataset.difference_list import DifferenceList
from app.pages.dataset.difference_view import DifferenceView
from app.pages.dataset.differences import LEAST_IOU, MOST_IOU, Differences, Positions
from app.pages.dataset.second_dataset import SecondDataset
from app.pages.dataset.views import View
from app.settings.settings import Settings
from app.style import tokens
from app.style.format import caption
from app.widgets import ElidedLabel, chip, column, hairline, label, link_button, row
from app.widgets.buttons import button
from app.widgets.flow import Flow, Wrapping
from app.widgets.focus import Stack, hand_on
from app.widgets.inputs import Slider
from app.widgets.job_state import JobState
from app.widgets.states import error_texts
from core.dataset.several.comparison import ONE_OBJECT, Kind
from core.errors import UserError
from core.words import tr, tr_n

if TYPE_CHECKING:
    from app.runs.job_list import JobList

_KINDS: dict[Kind | None, tuple[str, str]] = {
    None: (tr("All"), tr("Every difference that is open")),
    "left": (tr("Only here"), tr("Instances that the other one does not have")),
    "right": (tr("Only there"), tr("Instances that this one does not have")),
    "class": (tr("Class"), tr("Both have the object, of different classes")),
    "shape": (tr("Shape"), tr("Both have the object; its masks overlap too little")),
}
_LIST = 250


class CompareView(View):
    """Asks for the other annotations, compares in a job, then shows the agreement and the differences."""

    def __init__(self, document: Document, jobs: "JobList", settings: Settings) -> None:
        super().__init__(document, jobs, settings)
        self.comparing = Comparing(document, jobs, self)
        self.differences = Differences(document, self)
        self.pick = SecondDataset(
            "columns",
            tr("Drop somebody else’s annotations of these images here"),
            tr(
                "A dataset of any format, or its annotation file alone: images are the same by path, name or picture. "
                "You see how far the two agree, and settle each difference."
            ),
        )
        self._loading = JobState(jobs, tr("Comparing …"))
        self.table, self.list = AgreementTable(), DifferenceList()
        self.picture = DifferenceView(document, self.differences)
        self.name = ElidedLabel(role="heading", mode=Qt.TextElideMode.ElideMiddle)
        self.agreement, self.open = chip(tr("Agreement")), chip(tr("Differences"))
        self.another = button(tr("Compare with another …"), "arrow-left")
        self.kinds = {kind: chip(*words) for kind, words in _KINDS.items()}
        self._class, self.any_class = label(role="dim", wrap=True), link_button(tr("All classes"))
        self.settled, self.reopen = label(role="dim"), link_button(tr("Open kept ones again"))
        self._least, self.least_iou = label(role="dim"), Slider(tr("IoU below which shapes differ"), 72)
        self.least_iou.setRange(round(ONE_OBJECT * 100), round(MOST_IOU * 100))
        self.least_iou.setValue(round(LEAST_IOU * 100))
        self.keep_all, self.take_all = button(""), button("")
        self._only = ""
        """The class whose differences are shown; empty for all."""
        self._listed: Positions = np.zeros(0, np.intp)
        self._build()
        self._connect()

    def _build(self) -> None:
        kinds, pages, chips = QButtonGroup(self), QButtonGroup(self), Flow(tokens.TINY)
        for each in self.kinds.values():
            kinds.addButton(each)
            chips.addWidget(each)
        self.kinds[None].setChecked(True)
        for each in (self.agreement, self.open):
            pages.addButton(each)
        head = row(self.agreement, self.open, tokens.SMALL, self.name, self.another)
        head.setStretch(3, 1)
        head.setContentsMargins(tokens.MEDIUM, tokens.SMALL, tokens.MEDIUM, tokens.SMALL)
        filters, beside, below = Wrapping(), QWidget(), QWidget()
        filters.setLayout(chips)
        self._class_row = QWidget()
        self._class_row.setLayout(row(self._class, None, self.any_class))
        threshold = row(self._least, None, self.least_iou)
        around = column(
            filters, threshold, self._class_row, self.list, row(self.settled, None, self.reopen), margin=tokens.SMALL
        )
        around.addWidget(self.keep_all)
        around.addWidget(self.take_all)
        around.setStretch(3, 1)
        beside.setLayout(around)
        beside.setMinimumWidth(_LIST)
        self._splitter = QSplitter()
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(beside)
        self._splitter.addWidget(self.picture)
        self._splitter.setStretchFactor(1, 1)
        self._parts, self._stack = Stack(), Stack()
        self._parts.addWidget(self.table)
        self._parts.addWidget(self._splitter)
        below.setLayout(column(head, hairline(), self._parts, gap=0))
        self._result = below
        for widget in (self.pick, self._loading, below):
            self._stack.addWidget(widget)
        self.setLayout(column(self._stack, gap=0))
        hand_on(self, self.list, self.another, self.pick.folder)

    def _connect(self) -> None:
        self.pick.chosen.connect(self.compare_with)
        self._loading.stopped.connect(self._on_stopped)
        self.comparing.begun.connect(self._loading.follow)
        self.comparing.done.connect(self.differences.load)
        self.comparing.failed.connect(self._on_failed)
        self.another.clicked.connect(lambda: self._stack.setCurrentWidget(self.pick))
        self.agreement.clicked.connect(lambda: self._parts.setCurrentWidget(self.table))
        self.open.clicked.connect(lambda: self._show_differences(self._only))
        self.table.class_requested.connect(self._show_differences)
        self.any_class.clicked.connect(lambda: self._show_differences(""))
        for each in self.kinds.values():
            each.clicked.connect(self._on_changed)
        self.list.kept.connect(self.picture.keep.click)
        self.list.taken.connect(self.picture.take.click)
        self.least_iou.valueChanged.connect(self._on_least_iou)
        self.list.chosen.connect(self.picture.show_difference)
        self.picture.kept.connect(self._on_keep)
        self.picture.taken.connect(self._on_take)
        self.picture.edit_requested.connect(self._on_edit)
        self.keep_all.clicked.connect(lambda: self.differences.keep(self._listed))
        self.take_all.clicked.connect(lambda: self.differences.take(self._listed))
        self.reopen.clicked.connect(self.differences.reopen)
        self.differences.loaded.connect(self._on_compared)
        self.differences.failed.connect(self._on_failed)
        self.differences.changed.connect(self._on_changed)
        self.differences.changed.connect(self.picture.renew)
        self.document.editing.refused.connect(self._on_refused)
        within = Qt.ShortcutContext.WidgetWithChildrenShortcut
        self.settings.shortcuts.bind("undo", self, self.document.editing.undo, within)
        self.settings.shortcuts.bind("redo", self, self.document.editing.redo, within)

    def show_index(self, index: ImageIndex | None) -> None:
        if index is not None:
            self.pick.begin_at(index.dataset.root.parent)
        underway = self.comparing.underway or self.differences.belongs()
        if index is None or self.document.path != self.comparing.path or not underway:
            self.comparing.forget()
            self.differences.clear()
            self.list.show_differences(None, self.differences, self.differences.open())
            self.picture.forget()
            self._stack.setCurrentWidget(self.pick)

    def take_dropped(self, paths: list[Path]) -> bool:
        if len(paths) == 1:
            self.compare_with(paths[0])
        return True

    @Slot(object)
    def compare_with(self, other: Path) -> None:
        """Compare with the dataset at ``other``, as soon as what was drawn is in the files."""
        if self.document.path is None:
            return
        self.pick.error.say("")
        self._stack.setCurrentWidget(self._loading)
        self._loading.follow(None, tr("What was drawn is saved before."))
        self.name.setText(tr("{this} and {other}", this=self.document.path.name, other=other.name))
        self.comparing.start(other)

    @Slot()
    def _on_stopped(self) -> None:
        """It was not yet at work, or it has ended and is read; else it ends by itself."""
        self.comparing.forget()
        self.differences.clear()
        self._stack.setCurrentWidget(self.pick)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self.pick.error.say(*error_texts(error), kind="bad")
        self._stack.setCurrentWidget(self.pick)

    @Slot()
    def _on_compared(self) -> None:
        assert self.differences.found is not None
        self.picture.forget()
        self.table.show_comparison(self.differences.found.comparison)
        self._stack.setCurrentWidget(self._result)
        self._parts.setCurrentWidget(self.table)
        self.agreement.setChecked(True)
        self._only = ""
        self.kinds[None].setChecked(True)
        self._on_changed()

    # The differences

    def _show_differences(self, name: str) -> None:
        """Show those of a class; of all if it has no name."""
        self._only = name
        self.open.setChecked(True)
        self._parts.setCurrentWidget(self._splitter)
        self._on_changed()
        self.list.setFocus()

    @Slot()
    def _on_changed(self) -> None:
        if self.differences.found is None:
            return
        every, of_kind = self.differences.open(self._only), self.differences.of_kind
        for kind, each in self.kinds.items():
            each.setText(f"{_KINDS[kind][0]} {len(of_kind(every, kind)):,}")
        self._listed = listed = of_kind(every, next(kind for kind, each in self.kinds.items() if each.isChecked()))
        self.open.setText(tr("Differences {number:,}", number=len(every)))
        self._class.setText(tr("Of class {name}", name=self._only))
        self._class_row.setVisible(bool(self._only))
        self.list.show_differences(self.document.dataset, self.differences, listed)
        number = len(self.differences.all())
        settled = number - len(self.differences.open())
        self.settled.setText(tr("{settled:,} of {number:,} settled", settled=settled, number=number))
        self._least.setText(tr("Shapes below IoU {iou:.2f}", iou=self.differences.least_iou))
        self.reopen.setVisible(bool(self.differences.kept.any()))
        editable = self.document.editing.draft is not None
        self.keep_all.setText(tr_n("Keep this one in {n} case", "Keep this one in all {n}", len(listed)))
        self.take_all.setText(tr_n("Take the other in {n} case", "Take the other in all {n}", len(listed)))
        for each in (self.keep_all, self.take_all):
            each.setVisible(len(listed) > 0)
        self.take_all.setEnabled(editable)
        self.picture.take.setEnabled(editable)

    @Slot(int)
    def _on_least_iou(self, percent: int) -> None:
        self.differences.least_iou = percent / 100
        self._on_changed()

    @Slot()
    def _on_keep(self) -> None:
        if (current := self.list.current()) is not None:
            self.differences.keep([current])

    @Slot()
    def _on_take(self) -> None:
        if (current := self.list.current()) is not None:
            self.differences.take(np.array([current], np.intp))

    @Slot()
    def _on_edit(self) -> None:
        position, dataset = self.list.current(), self.document.dataset
        if position is None or dataset is None:
            return
        current = self.differences.at(position)
        ids = dataset.ids(dataset.images[current.image])
        self.instance_requested.emit(current.image, ids.index(current.left) if current.left in ids else 0)

    @Slot(object)
    def _on_refused(self, error: UserError) -> None:
        if self.isVisible():
            self.status_message.emit(caption(" ".join(error_texts(error)[:2])))
