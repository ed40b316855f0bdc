"""Dividing the open dataset: a rule, and what would come of it, before it is done."""

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from app.document.document import Document
from app.gallery.model import ImageIndex
from app.pages.dataset.share_table import Share, ShareTable
from app.pages.dataset.split_form import SplitForm
from app.pages.dataset.views import View
from app.settings.settings import Settings
from app.style import tokens
from app.threads.workers import LatestWorker
from app.widgets import Section, column, hairline, label, link_button, primary_button, row, scrolling
from app.widgets.command_button import CommandButton
from app.widgets.inputs import ComboBox
from app.widgets.labels import ElidedLabel
from app.widgets.states import Banner, error_texts
from app.widgets.undo_notice import UndoNotice
from core.dataset import Dataset
from core.dataset.grouping import fields_of
from core.dataset.splits.split_file import SplitFile, SplitRule, in_order
from core.dataset.splitting import Proposal, held_in_words, propose, turned
from core.jobs import SplitJob
from core.runs import events
from core.runs.control import CancelRequested
from core.runs.events import AnyEvent
from core.words import tr, tr_n

if TYPE_CHECKING:
    from app.runs.job_list import JobList

_FORM = 264
_TYPED_MS = 250
_GROUPS = 5
"""Groups that are named."""


class SplitView(View):
    """The form at the left, what would come of it at the right, the button that does it below."""

    progressed = Signal(int, int)
    """Pictures that were compared, from the worker; for ourselves."""

    def __init__(self, document: Document, jobs: "JobList", settings: Settings) -> None:
        super().__init__(document, jobs, settings)
        self._index: ImageIndex | None = None
        self._proposal: Proposal | None = None
        self._request = 0
        """The number of the newest question to the worker."""
        self.form, self.table = SplitForm(), ShareTable()
        self.turn = ComboBox()
        self.turn.setAccessibleName(tr("Fold that validates"))
        self.reset = link_button(
            tr("Back to what files and folders say"), tr("Take away the splits that were decided here")
        )
        self.problem, self.notice = Banner("warning"), UndoNotice()
        self._origin, self._groups = label(role="dim", wrap=True), label(role="dim", wrap=True)
        self._state, self._result = ElidedLabel(role="dim"), QWidget()
        self.command = CommandButton(self.job)
        self.apply = primary_button(tr("Apply"), "check")
        self._folds = Section(tr("Fold that validates"), self.turn)
        self._build()
        self._proposing, self._looking = LatestWorker(self), LatestWorker(self)
        self._soon = QTimer(self, singleShot=True, interval=_TYPED_MS)
        self._connect()

    def _build(self) -> None:
        now = Section(tr("Now"), self._origin, row(self.reset, None))
        left = QWidget()
        left.setLayout(column(now, self._folds, self.form, None, gap=tokens.LARGE, margin=tokens.MEDIUM))
        form = scrolling(left)
        form.setFixedWidth(_FORM + 2 * tokens.MEDIUM)
        left.setProperty("surface", "panel")
        form.setProperty("surface", "panel")
        right = QWidget()
        shares, together = Section(tr("What comes of it"), self.table), Section(tr("Groups"), self._groups)
        self._result.setLayout(column(shares, together, gap=tokens.LARGE))
        right.setLayout(column(self.problem, self._result, None, gap=tokens.LARGE, margin=tokens.MEDIUM))
        beside = row(form, hairline(vertical=True), scrolling(right), gap=0)
        beside.setStretch(2, 1)
        bar = row(column(self._state, self.notice, gap=2), self.command, self.apply)
        bar.setStretch(0, 1)
        bar.setContentsMargins(tokens.LARGE, 12, tokens.LARGE, 12)
        parts = column(beside, hairline(), bar, gap=0)
        parts.setStretch(0, 1)
        self.setLayout(parts)

    def _connect(self) -> None:
        splitting = self.document.splitting
        self.form.changed.connect(self._soon.start)
        self._soon.timeout.connect(self._ask)
        self.progressed.connect(self._on_progressed)
        self._proposing.done.connect(self._on_proposed)
        self._proposing.failed.connect(self._on_refused)
        self._looking.done.connect(self.form.show_fields)
        self.apply.clicked.connect(self._on_apply)
        self.command.copied.connect(self.status_message)
        self.turn.activated.connect(self._on_turned)
        self.reset.clicked.connect(
            lambda: splitting.apply(lambda dataset: None, tr("The splits are what files and folders say"))
        )
        self.notice.undone.connect(splitting.undo)
        splitting.changed.connect(lambda: self.notice.say(splitting.done, undoable=splitting.undoable))
        splitting.failed.connect(self._on_failed)

    def show_index(self, index: ImageIndex | None) -> None:
        anew = index is None or self._index is None or index.dataset.root != self._index.dataset.root
        self._index, self._proposal = index, None
        self._request += 1
        if anew:
            self.notice.say("", undoable=False)
            self.problem.say("")
            self._result.hide()
        if index is None:
            self._proposing.drop()
            return
        file = index.dataset.split_file
        if anew and file is not None and file.rule is not None:
            self.form.show_rule(file.rule)
        self._show_origin(file)
        self._looking.run(fields_of, index.dataset)
        if self.isVisible():
            self._ask()

    def prepare_to_mend(self, kind: str) -> None:
        if kind in ("leak", "frames"):
            self.form.alike.setChecked(True)

    def _show_origin(self, file: SplitFile | None) -> None:
        folds = len(file.folds) if file is not None else 0
        self._folds.setVisible(bool(folds))
        self.turn.clear()
        for number in range(1, folds + 1):
            self.turn.addItem(tr("Fold {number} of {folds}", number=number, folds=folds), number)
        if file is not None and file.rule is not None:
            self.turn.setCurrentIndex(file.rule.fold - 1)
        self.reset.setVisible(file is not None)
        if file is None:
            text = tr("As files and folders say; where they say nothing, a fifth of the images validates.")
        elif file.rule is None:
            text = tr("Moved by hand.")
        elif folds:
            text = tr("Divided into folds here.")
        else:
            text = tr("Divided by a rule here.")
        self._origin.setText(text)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._proposal is None:
            self._ask()

    # What would come of it

    @Slot()
    def _ask(self) -> None:
        rule = self.form.rule()
        self._proposal = None
        self._request += 1
        self._update(tr("Dividing …"))
        if self._index is None:
            return
        if rule is None:
            self._proposing.drop()
            self._update(tr("A number is missing, or less than 0."))
            return
        request = self._request

        def report(event: AnyEvent) -> None:
            if isinstance(event, events.Progress):
                self.progressed.emit(event.done, event.total)

        def check() -> None:
            if request != self._request:
                raise CancelRequested

        self._proposing.run(_proposed, self._index.dataset, rule, report, check)

    @Slot(int, int)
    def _on_progressed(self, done: int, total: int) -> None:
        if self._proposing.busy:
            self._update(tr("Comparing pictures: {done:,} of {total:,}", done=done, total=total))

    @Slot(object)
    def _on_proposed(self, found: "tuple[Proposal, list[Share], tuple[str, ...]]") -> None:
        self._proposal, shares, splits = found
        self.problem.say(held_in_words(self._proposal.held) if self._proposal.held else "", kind="warning")
        self.table.show_shares(splits, shares)
        self._groups.setText(_groups_in_words(self._proposal))
        assert self._index is not None
        same = all([*share.before] == [*share.after] for share in shares)
        before, after = self._index.dataset.images, self._proposal.dataset.images
        moving = sum(one.split != other.split for one, other in zip(before, after, strict=True))
        self._result.show()
        if same and not moving:
            self._update(tr("These are the splits of now."))
            self.apply.setEnabled(False)
        else:
            self._update(tr_n("{n} image changes its split.", "{n} images change their split.", moving))

    @Slot(object)
    def _on_refused(self, error: Exception) -> None:
        self.problem.say(*error_texts(error), kind="warning")
        self._result.hide()
        self._update(tr("Nothing can be divided so."))

    def _update(self, state: str) -> None:
        self._state.setText(state)
        self.apply.setEnabled(self._proposal is not None)
        self.command.setEnabled(self._proposal is not None)

    # What is done

    @Slot()
    def _on_apply(self) -> None:
        if self._proposal is not None:
            file, number = self._proposal.file, len(self._proposal.dataset.images)
            done = tr_n("{n} image is divided anew", "{n} images are divided anew", number)
            self.document.splitting.apply(lambda dataset: file, done)

    @Slot()
    def _on_turned(self) -> None:
        fold = int(self.turn.currentData())

        def turn(dataset: Dataset) -> SplitFile | None:
            return turned(dataset.split_file, fold) if dataset.split_file is not None else None

        self.form.fold.set_value(fold)
        self.document.splitting.apply(turn, tr("Fold {number} validates now", number=fold))

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        if self.isVisible():  # it was asked for here
            self.problem.say(*error_texts(error), kind="bad")

    def job(self) -> SplitJob | None:
        """What the command does; ``None`` while a number is missing."""
        rule = self.form.rule()
        if rule is None or self.document.path is None:
            return None
        return SplitJob(dataset=str(self.document.path), **msgspec.structs.asdict(rule))


def _proposed(dataset: Dataset, rule: SplitRule, *listeners: object) -> "tuple[Proposal, list[Share], tuple[str, ...]]":
    """What a rule makes of a dataset, and the lines that say so. For a worker."""
    proposal = propose(dataset, rule, *listeners)  # type: ignore[arg-type]
    splits = in_order((*dataset.splits, *proposal.dataset.splits))
    counts = [[each.class_counts(split) for split in splits] for each in (dataset, proposal.dataset)]
    images = [[len(each.of_split(split)) for split in splits] for each in (dataset, proposal.dataset)]
    classes = [
        Share(
            category.name,
            dataset.color(label),
            *([int(of_split[label]) for of_split in of_each] for of_each in counts),
        )
        for label, category in enumerate(dataset.categories)
    ]
    classes.sort(key=lambda share: -sum(share.after))
    return proposal, [Share(tr("Images"), None, *images), *classes], splits


def _groups_in_words(proposal: Proposal) -> str:
    number = int(proposal.groups.max(initial=-1)) + 1
    images = len(proposal.groups)
    if number == images:
        return tr("Nothing is kept together: each image goes by itself.")
    lines = [tr_n("{images:,} images are {n} group.", "{images:,} images are {n} groups.", number, images=images)]
    for name, size in proposal.largest_groups(_GROUPS):
        lines.append(tr_n("{name} and {n} other", "{name} and {n} others", size - 1, name=name))
    return "\n".join(lines)
