"""Setting up a training: a recipe, its settings, and the button that starts it."""

from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from app.document.leak_watch import LeakWatch
from app.document.readiness import Readiness, readiness
from app.pages.train.augmentation_preview import AugmentationPreview
from app.pages.train.estimate import EstimatePanel
from app.pages.train.form import CHOSEN, SettingsForm, recall, remember
from app.pages.train.initial_weights import InitialWeights
from app.pages.train.recipe_choice import RecipeCards, ScheduleChoice
from app.pages.train.start_bar import StartBar
from app.runs.run_labels import dataset
from app.style import tokens
from app.style.format import tool_tip
from app.threads.workers import LatestWorker
from app.widgets.containers import column, hairline
from app.widgets.flow import Flow
from app.widgets.focus import hand_on
from app.widgets.labels import label, set_role
from app.widgets.states import error_texts
from core.errors import UserError
from core.jobs import TrainJob
from core.recipes.catalogue import with_settings
from core.recipes.schema import Recipe
from core.words import sentences, tr

if TYPE_CHECKING:
    from app.document.document import Document
    from app.runs.job_list import JobList
    from app.settings.settings import Settings

_SETTLED_MS = 300
_NARROWEST, _WIDEST = 240, 1080


class NewTraining(QWidget):
    """Cards and form, and below them a bar that says what will be trained on, or what stands in the way."""

    started = Signal(object)
    """The new ``Run``."""
    status_message = Signal(str)
    """A message for the status bar."""

    def __init__(self, document: "Document", jobs: "JobList", settings: "Settings") -> None:
        super().__init__()
        self._document, self._jobs, self._settings = document, jobs, settings
        self.readiness = Readiness()
        self._ordered: TrainJob | None = None
        """The training that starts as soon as the dataset is ready for it."""
        self._outdated = False
        """Whether it did not start, since somebody else had changed the dataset."""
        self._worker, self.leaks = LatestWorker(self), LeakWatch(self)
        self.cards, self.schedule, self.origin = RecipeCards(), ScheduleChoice(), InitialWeights(jobs, document)
        self.augmented = AugmentationPreview(self.recipe)
        self.form = SettingsForm({"augmentation": self.augmented})
        self.panel = EstimatePanel(jobs, document)
        self.bar = StartBar(self.job)
        self.start, self.estimate, self.copy = self.bar.start, self.bar.estimate, self.bar.copy
        hand_on(self.panel, self.start)
        hand_on(self.panel.close_button, self.estimate)
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setMinimumHeight(1)  # it gives way before the bar does
        parts = column(self._scroll, hairline(), self.panel, self.bar, gap=0)
        parts.setStretch(0, 1)
        self.setLayout(parts)
        QTimer.singleShot(0, self, self._fill)
        self._connect()
        last = self.cards.cards.get(settings.text(CHOSEN) or "")
        self.cards.choose(last.recipe if last is not None else self.cards.recipe)
        self._on_dataset_changed()

    def _fill(self) -> None:
        """Put the content into its place once that is in the window: whatever moves into another widget is styled anew,
        and this is much."""
        choices = Flow(gap=tokens.MEDIUM, stretch_to=_NARROWEST, columns=2)
        choices.addWidget(self.schedule)
        choices.addWidget(self.origin)
        content = QWidget()
        content.setMaximumWidth(_WIDEST)
        content.setLayout(
            column(
                label(tr("Recipe"), "heading"), self.cards, tokens.SMALL,
                label(tr("Settings"), "heading"), choices, tokens.TINY, self.form, None,
                margin=tokens.LARGE,
            )
        )  # fmt: skip
        self._scroll.setWidget(content)
        self._order_tabs()

    @Slot()
    def _order_tabs(self) -> None:
        """The bar comes after the form, though the form moved in later."""
        *_, last = self.form.cells.values()
        end = self.form.rest.button if last.field.group == "basic" else last.editor
        for one, next_one in pairwise((end, self.copy, self.estimate, self.start)):
            QWidget.setTabOrder(one, next_one)

    def _connect(self) -> None:
        self.start.clicked.connect(self._on_start)
        self._settings.shortcuts.bind("train.start", self, self.start.click)
        self.estimate.clicked.connect(self._on_estimate)
        self.copy.copied.connect(self.status_message)
        self.cards.chosen.connect(self._on_recipe_chosen)
        self.schedule.chosen.connect(self._on_schedule_chosen)
        self.origin.changed.connect(self._update)
        self.form.changed.connect(self._on_form_changed)
        self.form.made.connect(self._order_tabs)
        self.panel.proposed.connect(self.form.set_value)
        self.panel.changed.connect(self._update)
        self._worker.done.connect(self._on_readiness_found)
        self.leaks.changed.connect(self._update)
        document = self._document
        for signal in (document.opening, document.opened, document.renewed, document.closed, document.failed):
            signal.connect(self._on_dataset_changed)
        document.settled.connect(self._on_settled)
        document.outdated.connect(self._on_outdated)
        document.saver.changed.connect(self._update)
        self._jobs.started.connect(self._update)
        self._jobs.ended.connect(self._update)
        self._jobs.ended.connect(self._read_times)

    # What is chosen

    def recipe(self) -> Recipe:
        """The chosen recipe and schedule with the form's settings. Raises ``UserError`` when one will not do."""
        return with_settings(self.schedule.recipe(), self.form.changes())

    def job(self) -> TrainJob | None:
        """The training that would start; ``None`` while something stands in its way."""
        if self._document.path is None or self.readiness.obstacle or self.form.problem() or self.origin.problem():
            return None
        try:
            recipe = self.recipe()
        except UserError:
            return None
        return TrainJob(recipe=recipe, dataset=str(self._document.path), weights=self.origin.weights())

    def obstacle(self) -> str:
        """Why the button is disabled; empty when it is not."""
        if problem := self.readiness.obstacle or self.form.problem() or self.origin.problem():
            return problem
        if self._document.saver.busy:
            return tr("The annotations are being saved …")
        if self._document.saver.conflict is not None:
            return tr("Somebody else changed the annotations: say on the Annotate page which are to count.")
        if aside := self._document.saver.aside:  # they could not be opened in place of the others
            return tr("Your edits are in {file}: open that file to train on them.", file=aside[0].name)
        if (at_work := self._jobs.training()) is None:
            return ""
        if self._document.is_open(self._jobs.dataset_of(at_work)):
            return tr("A training is running. Stop it, or wait until it is done.")
        name = dataset(at_work.file)
        return tr("A training on {dataset} is running. Stop it, or wait until it is done.", dataset=name)

    def repeat(self, job: TrainJob) -> None:
        """Show the recipe, the settings and the starting weights of an earlier training."""
        card = self.cards.cards.get(job.recipe.name)
        if card is not None:
            self.cards.choose(card.recipe)
            self.schedule.show_recipe(card.recipe, job.recipe.schedule)
            self.form.show_recipe(self.schedule.recipe(), msgspec.to_builtins(job.recipe.settings))
            self.origin.begin_with(job.weights)

    # What happens

    @Slot(object)
    def _on_recipe_chosen(self, recipe: Recipe) -> None:
        """As the person left it, or as it ships."""
        schedule, changes = recall(self._settings, recipe)
        self.schedule.show_recipe(recipe, schedule)
        self.origin.show_recipe(recipe)
        self.form.show_recipe(self.schedule.recipe(), changes)

    @Slot()
    def _on_schedule_chosen(self) -> None:
        """Fill the form anew. What the person changed stays, unless it is what the schedules differ in."""
        before, recipe = self.form.defaults, self.schedule.recipe()
        after = msgspec.to_builtins(recipe.settings)
        changes = {name: value for name, value in self.form.changes().items() if before[name] == after[name]}
        self.form.show_recipe(recipe, changes)

    @Slot()
    def _on_form_changed(self) -> None:
        self._update()
        if not self.form.problem():
            remember(self._settings, self.schedule.recipe(), self.form.changes())
        self.augmented.follow()

    @Slot()
    def _on_dataset_changed(self) -> None:
        dataset = self._document.dataset
        self.augmented.show_dataset(dataset)
        self.leaks.look(dataset, now=self.isVisible())
        if dataset is not None:
            self._on_readiness_found(Readiness(dataset.name, obstacle=tr("Looking at the dataset …")))
            self._worker.run(readiness, dataset, self._document.locked is None)
            return
        self._worker.drop()
        if self._document.pending is not None:
            self._on_readiness_found(Readiness(obstacle=tr("The dataset is being read …")))
        else:
            self._on_readiness_found(Readiness(obstacle=tr("Open a dataset first.")))

    @Slot(object)
    def _on_readiness_found(self, ready: Readiness) -> None:
        self.readiness = ready
        self._update()

    @Slot()
    def _read_times(self) -> None:
        if self.isVisible():
            self.cards.read_times(self._jobs.folder)

    @Slot()
    def _update(self) -> None:
        obstacle, job = self.obstacle(), self.job()
        self.start.setEnabled(not obstacle)
        self.copy.setEnabled(job is not None)
        self.bar.summary.setText(self.readiness.summary or tr("No dataset is open"))
        outdated = tr("Somebody else has changed the annotations: they were read anew. Look at them, and start again.")
        notice = obstacle or (outdated if self._outdated else "")
        note = self.readiness.remarks(learns_from_bare=bool(self.form.values().get("negatives", True)))
        notice = notice or self.leaks.text
        self.bar.reason.setText(notice or note or tr("Training may go on when the window is closed."))
        set_role(self.bar.reason, "wrong" if self.form.problem() else "notice" if notice else "caption")
        self.start.setToolTip(tool_tip(obstacle or self._settings.shortcuts.named(tr("Start training"), "train.start")))
        self.start.setAccessibleDescription(obstacle)
        self.estimate.setEnabled(not obstacle and not self.panel.at_work)
        tip = tr("Try a few steps: how long it would take, how much memory, which batch size fits")
        self.estimate.setToolTip(tool_tip(tr("The estimate is being made") if self.panel.at_work else obstacle or tip))
        self.origin.allow_public(bool(self.form.values().get("pretrained", True)))
        self.panel.compare(job)
        images = self._document.split_counts.get("train", 0)
        self.cards.show_times(str(self._document.path), images, job.recipe if job is not None else None)

    def _on_start(self) -> None:
        self._ordered, self._outdated = self.job(), False
        if self._ordered is not None:
            self.panel.end()  # it would take half the machine
            self._document.settle_split()

    @Slot()
    def _on_outdated(self) -> None:
        """The person is to see first what the dataset is now."""
        self._ordered, self._outdated = None, True
        self._update()

    @Slot()
    def _on_settled(self) -> None:
        """The file of the dataset says now which images are validated on: start the training that was ordered."""
        job, self._ordered = self._ordered, None
        if job is None:
            return
        try:
            run = self._jobs.start(job, job.recipe.name)
        except UserError as error:
            self.bar.reason.setText(sentences(*error_texts(error)[:2]))
            set_role(self.bar.reason, "wrong")
            return
        self.started.emit(run)

    def _on_estimate(self) -> None:
        if (job := self.job()) is not None:
            self.panel.begin(job)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._read_times()
        self.leaks.look(self._document.dataset, now=True)
        QTimer.singleShot(_SETTLED_MS, self, self.form.prepare)  # while nobody waits: unfolding is then one frame
