"""Setting up a training: a recipe, its settings, and the button that starts it."""

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from app import tokens
from app.pages.train.cards import RecipeCards
from app.pages.train.form import SettingsForm
from app.pages.train.readiness import Readiness, readiness
from app.widgets.buttons import button, primary_button
from app.widgets.containers import column, hairline, row
from app.widgets.labels import ElidedLabel, label, set_role
from app.workers import Lane
from core.errors import UserError
from core.recipes.catalogue import with_settings
from core.recipes.schema import Recipe
from core.runs.command import compose
from core.runs.job import TrainJob

if TYPE_CHECKING:
    from app.document import Document
    from app.jobs import JobList

_COPIED_MS = 1500
_WIDEST = 1080
_CALM = "Training may go on when the window is closed."


class NewTraining(QWidget):
    """Cards, form, and a bar that says what will be trained on, or what stands in the way."""

    started = Signal(object)
    """The new ``Run``."""
    said = Signal(str)

    def __init__(self, document: "Document", jobs: "JobList") -> None:
        super().__init__()
        self._document, self._jobs = document, jobs
        self.readiness = Readiness()
        self._lane = Lane(self)
        self._lane.done.connect(self._take_readiness)
        self.cards = RecipeCards()
        self.form = SettingsForm()
        self.start = primary_button("Start training", "play", "Start training (Ctrl+Return)")
        self.copy = button("Copy as command", "terminal-window", "The line that does the same in a terminal")
        self._summary, self._reason = ElidedLabel(role="text"), ElidedLabel(role="caption")
        self._build()
        self.start.clicked.connect(self._start)
        self.copy.clicked.connect(self._copy)
        QShortcut(QKeySequence("Ctrl+Return"), self).activated.connect(self.start.click)
        self.cards.chosen.connect(self._take_recipe)
        self.form.changed.connect(self._update)
        for signal in (document.opening, document.opened, document.closed, document.failed):
            signal.connect(self._take_dataset)
        jobs.started.connect(self._update)
        jobs.ended.connect(self._update)
        self.cards.choose(self.cards.recipe)
        self._take_dataset()

    def _build(self) -> None:
        content = QWidget()
        content.setMaximumWidth(_WIDEST)
        content.setLayout(
            column(
                label("Recipe", "heading"), self.cards, tokens.SMALL, label("Settings", "heading"), self.form, None,
                margin=tokens.LARGE,
            )
        )  # fmt: skip
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(content)
        about = column(self._summary, self._reason, gap=2)
        bar = row(about, self.copy, self.start, gap=tokens.SMALL)
        bar.setStretch(0, 1)
        bar.setContentsMargins(tokens.LARGE, 12, tokens.LARGE, 12)
        self.setLayout(column(scroll, hairline(), bar, gap=0))

    # What is chosen

    def recipe(self) -> Recipe:
        """The chosen recipe with the form's settings. Raises ``UserError`` when one will not do."""
        return with_settings(self.cards.recipe, self.form.changes())

    def job(self) -> TrainJob | None:
        """The training that would start; ``None`` while something stands in its way."""
        if self._document.path is None or self.readiness.obstacle or self.form.problem():
            return None
        try:
            return TrainJob(recipe=self.recipe(), dataset=str(self._document.path))
        except UserError:
            return None

    def obstacle(self) -> str:
        """Why the button is disabled; empty when it is not."""
        if self.readiness.obstacle:
            return self.readiness.obstacle
        if problem := self.form.problem():
            return problem
        if any(isinstance(run.job, TrainJob) for run in self._jobs.running()):
            return "A training is running. Stop it, or wait until it is done."
        return ""

    def repeat(self, recipe: Recipe) -> None:
        """Show the recipe and settings of an earlier run."""
        card = self.cards.cards.get(recipe.name)
        if card is not None:
            self.cards.choose(card.recipe)
            self.form.show_recipe(card.recipe, msgspec.to_builtins(recipe.settings))

    # What happens

    @Slot(object)
    def _take_recipe(self, recipe: Recipe) -> None:
        self.form.show_recipe(recipe)

    @Slot()
    def _take_dataset(self) -> None:
        dataset = self._document.dataset
        if dataset is None:
            self._lane.drop()
            reading = self._document.pending is not None
            self._take_readiness(
                Readiness(obstacle="The dataset is being read …" if reading else "Open a dataset first.")
            )
        else:
            self._take_readiness(Readiness(dataset.name, obstacle="Looking at the dataset …"))
            self._lane.run(readiness, dataset)

    @Slot(object)
    def _take_readiness(self, ready: Readiness) -> None:
        self.readiness = ready
        self._update()

    @Slot()
    def _update(self) -> None:
        obstacle = self.obstacle()
        self.start.setEnabled(not obstacle)
        self.copy.setEnabled(self.job() is not None)
        self._summary.setText(self.readiness.summary or "No dataset is open")
        self._reason.setText(obstacle or self.readiness.note or _CALM)
        set_role(self._reason, "wrong" if self.form.problem() else "notice" if obstacle else "caption")
        self.start.setToolTip(obstacle or "Start training (Ctrl+Return)")
        self.start.setAccessibleDescription(obstacle)

    def _start(self) -> None:
        job = self.job()
        if job is None:
            return
        try:
            run = self._jobs.start(job, job.recipe.name)
        except UserError as error:
            self._reason.setText(f"{error.message}: {error.hint}")
            set_role(self._reason, "wrong")
            return
        self.started.emit(run)

    def _copy(self) -> None:
        job = self.job()
        if job is not None:
            QGuiApplication.clipboard().setText(compose(job))
            self.copy.setText("Copied")
            QTimer.singleShot(_COPIED_MS, self.copy, lambda: self.copy.setText("Copy as command"))
            self.said.emit(compose(job))
