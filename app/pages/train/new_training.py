"""Setting up a training: a recipe, its settings, and the button that starts it."""

from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from app.document.readiness import Readiness, readiness
from app.pages.train.augmentation_preview import AugmentationPreview
from app.pages.train.cards import RecipeCards
from app.pages.train.estimate import EstimatePanel
from app.pages.train.form import FormMemory, SettingsForm
from app.pages.train.initial_weights import InitialWeights
from app.pages.train.schedule import ScheduleChoice
from app.runs.run_labels import dataset
from app.style import tokens
from app.style.format import tool_tip
from app.threads.workers import LatestWorker
from app.widgets.buttons import button, primary_button
from app.widgets.containers import column, hairline, row
from app.widgets.focus import hand_on
from app.widgets.labels import ElidedLabel, label, set_role
from core.errors import UserError
from core.jobs import TrainJob
from core.recipes.catalogue import with_settings
from core.recipes.schema import Recipe
from core.runs.command import compose
from core.runs.training_times import TrainingTime, TrainingTimes, expect
from core.words import tr

if TYPE_CHECKING:
    from app.document.document import Document
    from app.runs.job_list import JobList
    from app.settings.settings import Settings

_COPIED_MS = 1500
_SETTLED_MS = 300
_WIDEST = 1080
_OUTDATED = tr("Somebody else has changed the annotations: they were read anew. Look at them, and start again.")
_CALM = tr("Training may go on when the window is closed.")


class NewTraining(QWidget):
    """Cards, form, and a bar that says what will be trained on, or what stands in the way."""

    started = Signal(object)
    """The new ``Run``."""
    said = Signal(str)

    def __init__(self, document: "Document", jobs: "JobList", settings: "Settings") -> None:
        super().__init__()
        self._document, self._jobs, self._shortcuts = document, jobs, settings.shortcuts
        self._remembered = FormMemory(settings)
        self.readiness = Readiness()
        self._ordered: TrainJob | None = None
        """The training that starts as soon as the dataset is ready for it."""
        self._outdated = False
        """Whether it did not start, since somebody else had changed the dataset."""
        self._times, self._measured = TrainingTimes(), list[TrainingTime]()
        self._worker, self._pacing = LatestWorker(self), LatestWorker(self)
        self.cards, self.schedule, self.origin = RecipeCards(), ScheduleChoice(), InitialWeights(jobs, document)
        self.augmented = AugmentationPreview()
        self.form = SettingsForm({"augmentation": self.augmented})
        self.panel = EstimatePanel(jobs, document)
        self.start = primary_button(tr("Start training"), "play")
        self.estimate = button(tr("Estimate"), "gauge")
        self.copy = button(tr("Copy as command"), "terminal-window", tr("The line that does the same in a terminal"))
        self._summary, self._reason = ElidedLabel(role="text"), ElidedLabel(role="caption")
        hand_on(self.panel, self.start)
        hand_on(self.panel.close_button, self.estimate)
        self._build()
        self._connect()
        last = self.cards.cards.get(self._remembered.last or "")
        self.cards.choose(last.recipe if last is not None else self.cards.recipe)
        self._on_dataset_changed()

    def _build(self) -> None:
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        about = column(self._summary, self._reason, gap=2)
        bar = row(about, self.copy, self.estimate, self.start, gap=tokens.SMALL)
        bar.setStretch(0, 1)
        bar.setContentsMargins(tokens.LARGE, 12, tokens.LARGE, 12)
        parts = column(self._scroll, hairline(), self.panel, bar, gap=0)
        parts.setStretch(0, 1)
        self.setLayout(parts)
        QTimer.singleShot(0, self, self._fill)

    def _fill(self) -> None:
        """Put the content into its place once that is in the window: whatever moves into another widget is styled anew,
        and this is much."""
        choices = row(self.schedule, self.origin, gap=tokens.MEDIUM)
        for index in (0, 1):
            choices.setStretch(index, 1)
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
        self.start.clicked.connect(self._start)
        self._shortcuts.bind("train.start", self, self.start.click)
        self.estimate.clicked.connect(self._estimate)
        self.copy.clicked.connect(self._copy)
        self.cards.chosen.connect(self._on_recipe_chosen)
        self.schedule.chosen.connect(self._on_schedule_chosen)
        self.origin.changed.connect(self._update)
        self.form.changed.connect(self._update)
        self.form.changed.connect(self._remember)
        self.form.changed.connect(self.augmented.follow)
        self.form.made.connect(self._order_tabs)
        self.augmented.asked.connect(self._answer)
        self.panel.proposed.connect(self.form.set_value)
        self.panel.changed.connect(self._update)
        self._worker.done.connect(self._on_readiness_found)
        self._pacing.done.connect(self._on_times_measured)
        document = self._document
        for signal in (document.opening, document.opened, document.renewed, document.closed, document.failed):
            signal.connect(self._on_dataset_changed)
        document.settled.connect(self._begin)
        document.outdated.connect(self._leave)
        document.saver.changed.connect(self._update)
        self._jobs.started.connect(self._update)
        self._jobs.ended.connect(self._update)
        self._jobs.ended.connect(self._measure)

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
            return tr("Your edits are in {name}: open that file to train on them.", name=aside[0].name)
        if (at_work := self._jobs.training()) is None:
            return ""
        elsewhere = (
            ""
            if self._document.is_open(self._jobs.dataset_of(at_work))
            else tr(" on {dataset}", dataset=dataset(at_work.file))
        )
        return tr("A training{elsewhere} is running. Stop it, or wait until it is done.", elsewhere=elsewhere)

    def repeat(self, job: TrainJob) -> None:
        """Show the recipe, the settings and the beginning of an earlier training."""
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
        self.schedule.show_recipe(recipe, self._remembered.schedule(recipe))
        self.origin.show_recipe(recipe)
        chosen = self.schedule.recipe()
        self.form.show_recipe(chosen, self._remembered.changes(chosen))

    @Slot()
    def _on_schedule_chosen(self) -> None:
        """Fill the form anew. What the person changed stays, unless it is what the schedules differ in."""
        before, after = self.form.usual, self.schedule.recipe()
        usual = msgspec.to_builtins(after.settings)
        kept = {name: value for name, value in self.form.changes().items() if before[name] == usual[name]}
        self.form.show_recipe(after, kept)

    @Slot()
    def _remember(self) -> None:
        if not self.form.problem():
            self._remembered.keep(self.schedule.recipe(), self.form.changes())

    @Slot()
    def _on_dataset_changed(self) -> None:
        dataset = self._document.dataset
        self.augmented.show_dataset(dataset)
        self.origin.show_classes([category.name for category in dataset.categories] if dataset is not None else None)
        if dataset is None:
            self._worker.drop()
            reading = self._document.pending is not None
            self._on_readiness_found(
                Readiness(obstacle=tr("The dataset is being read …") if reading else tr("Open a dataset first."))
            )
        else:
            self._on_readiness_found(Readiness(dataset.name, obstacle=tr("Looking at the dataset …")))
            self._worker.run(readiness, dataset, self._document.locked is None)

    @Slot(object)
    def _on_readiness_found(self, ready: Readiness) -> None:
        self.readiness = ready
        self._update()

    @Slot()
    def _measure(self) -> None:
        """Look how long trainings took here."""
        if self.isVisible():
            self._pacing.run(self._times.read, self._jobs.folder)

    @Slot(object)
    def _on_times_measured(self, times: list[TrainingTime]) -> None:
        self._measured = times
        self._show_times()

    def _show_times(self) -> None:
        """On each card: of its recipe as it ships, of the chosen one as the form says."""
        dataset, images = str(self._document.path), self._document.split_counts.get("train", 0)
        recipes = {name: card.recipe for name, card in self.cards.cards.items()}
        job = self.job()
        if job is not None:
            recipes[job.recipe.name] = job.recipe
        self.cards.show_times(
            {name: expect(self._measured, recipe, dataset, images) for name, recipe in recipes.items() if images}
        )

    @Slot()
    def _answer(self) -> None:
        try:
            self.augmented.show_recipe(self.recipe() if not self.form.problem() else None)
        except UserError:
            self.augmented.show_recipe(None)

    @Slot()
    def _update(self) -> None:
        obstacle, job = self.obstacle(), self.job()
        self.start.setEnabled(not obstacle)
        self.copy.setEnabled(job is not None)
        self._summary.setText(self.readiness.summary or tr("No dataset is open"))
        outdated = _OUTDATED if self._outdated else ""
        note = self.readiness.remarks(learns_from_bare=bool(self.form.values().get("negatives", True)))
        self._reason.setText(obstacle or outdated or note or _CALM)
        set_role(self._reason, "wrong" if self.form.problem() else "notice" if obstacle or outdated else "caption")
        self.start.setToolTip(tool_tip(obstacle or self._shortcuts.named(tr("Start training"), "train.start")))
        self.start.setAccessibleDescription(obstacle)
        self.estimate.setEnabled(not obstacle and not self.panel.at_work)
        tip = tr("Try a few steps: how long it would take, how much memory, which batch size fits")
        self.estimate.setToolTip(tool_tip(tr("The estimate is being made") if self.panel.at_work else obstacle or tip))
        self.origin.allow_public(bool(self.form.values().get("pretrained", True)))
        self.panel.compare(job)
        self._show_times()

    def _start(self) -> None:
        self._ordered, self._outdated = self.job(), False
        if self._ordered is not None:
            self.panel.end()  # it would take half the machine
            self._document.settle_split()

    @Slot()
    def _leave(self) -> None:
        """The person sees first what the dataset is now."""
        self._ordered, self._outdated = None, True
        self._update()

    @Slot()
    def _begin(self) -> None:
        """The dataset says which images are validated on: the training that was ordered can read it."""
        job, self._ordered = self._ordered, None
        if job is None:
            return
        try:
            run = self._jobs.start(job, job.recipe.name)
        except UserError as error:
            self._reason.setText(f"{error.message}: {error.hint}")
            set_role(self._reason, "wrong")
            return
        self.started.emit(run)

    def _estimate(self) -> None:
        job = self.job()
        if job is not None:
            self.panel.begin(job)

    def _copy(self) -> None:
        job = self.job()
        if job is not None:
            QGuiApplication.clipboard().setText(compose(job))
            self.copy.setText(tr("Copied"))
            QTimer.singleShot(_COPIED_MS, self.copy, lambda: self.copy.setText(tr("Copy as command")))
            self.said.emit(compose(job))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._measure()
        QTimer.singleShot(_SETTLED_MS, self, self.form.prepare)  # while nobody waits: unfolding is then one frame
