"""Which recipe to train, as cards, and by which of its schedules."""

from pathlib import Path
from typing import get_args

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from app.style import format, tokens
from app.style.format import tool_tip
from app.threads.workers import LatestWorker
from app.widgets.containers import Card, column, row
from app.widgets.flow import Flow
from app.widgets.inputs import ComboBox
from app.widgets.labels import label
from core.recipes.catalogue import catalogue, with_schedule
from core.recipes.figures import figures_of
from core.recipes.schema import Recipe, ScheduleName
from core.runs.training_times import Expected, TrainingTime, TrainingTimes, expect
from core.words import tr

_NARROWEST = 232
_SCHEDULES: dict[ScheduleName, str] = {"tuned": tr("Tuned"), "classic": tr("Classic")}
_ABOUT: dict[ScheduleName, str] = {
    "tuned": tr("AdamW, a rate that falls along a cosine at the end, more augmentation."),
    "classic": tr("As OTX trains: SGD, a short warm-up, a lower rate on each plateau, mirroring, early stopping."),
}


class RecipeCards(QWidget):
    """One card for each recipe that ships, the cheapest first; arrow keys, a click, Enter or Space choose."""

    chosen = Signal(object)
    """The ``Recipe``."""

    def __init__(self) -> None:
        super().__init__()
        cost = {recipe.name: figures.gmac for recipe in catalogue() if (figures := figures_of(recipe)) is not None}
        recipes = sorted(catalogue(), key=lambda recipe: cost.get(recipe.name, float("inf")))
        self.cards = {recipe.name: RecipeCard(recipe) for recipe in recipes}
        flow = Flow(gap=tokens.MEDIUM, stretch_to=_NARROWEST, even=True)
        for card in self.cards.values():
            card.clicked.connect(lambda recipe=card.recipe: self.choose(recipe))
            card.moved.connect(self._on_moved)
            flow.addWidget(card)
        self.setLayout(flow)
        self.recipe = recipes[0]
        self._times, self._measured = TrainingTimes(), list[TrainingTime]()
        self._shown_for: tuple[str, int, Recipe | None] = "", 0, None
        """Dataset, images and recipe of ``show_times``."""
        self._worker = LatestWorker(self)
        self._worker.done.connect(self._on_times_read)

    def choose(self, recipe: Recipe) -> None:
        """Mark the card of ``recipe``."""
        self.recipe = recipe
        for name, card in self.cards.items():
            card.select(name == recipe.name)
        self.chosen.emit(recipe)

    def read_times(self, runs: Path) -> None:
        """Find out how long the trainings in a folder of runs took, and show it."""
        self._worker.run(self._times.read, runs)

    def show_times(self, dataset: str, images: int, recipe: Recipe | None) -> None:
        """On each card how long it would train on so many images of a dataset: as it ships, but ``recipe`` as it is."""
        self._shown_for = dataset, images, recipe
        for name, card in self.cards.items():
            shown = recipe if recipe is not None and recipe.name == name else card.recipe
            card.show_time(expect(self._measured, shown, dataset, images) if images else None)

    @Slot(object)
    def _on_times_read(self, times: list[TrainingTime]) -> None:
        self._measured = times
        self.show_times(*self._shown_for)

    def _on_moved(self, by: int) -> None:
        names = list(self.cards)
        card = self.cards[names[(names.index(self.recipe.name) + by) % len(names)]]
        card.setFocus(Qt.FocusReason.TabFocusReason)
        self.choose(card.recipe)


class RecipeCard(Card):
    """What a recipe is called, when to choose it, what it costs."""

    moved = Signal(int)
    """An arrow key: 1 for the next card, -1 for the one before."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(clickable=True)
        self.recipe = recipe
        good_for = label(recipe.good_for, "dim", wrap=True)
        good_for.setAlignment(Qt.AlignmentFlag.AlignTop)
        size, weight = tr("{size} px", size=recipe.settings.input_size), ""
        if (figures := figures_of(recipe)) is not None:
            size = tr("{size} px · {gmac:.3g} GMAC", size=figures.input_size, gmac=figures.gmac)
            weight = tr("{millions:.1f} M parameters", millions=figures.parameters / 1e6)
        self._cost = f"{size}, {weight}" if weight else size
        self.time = label("", "caption")
        schedule = label(_SCHEDULES[recipe.schedule], "caption")
        schedule.setToolTip(tool_tip(format.sentences(tr("Its default schedule."), recipe.why_schedule)))
        content = column(
            label(recipe.title, "heading", wrap=True),
            good_for,
            None,
            row(label(size, "caption"), None, schedule),
            row(label(weight, "caption"), None, self.time),
            gap=tokens.TINY,
        )
        content.setContentsMargins(tokens.MEDIUM, 12, tokens.MEDIUM, 12)
        self.setLayout(content)
        self.setAccessibleName(recipe.title)
        self.show_time(None)

    def show_time(self, expected: Expected | None) -> None:
        """How long it would train on this machine; nothing while that is not known."""
        text = tip = ""
        if expected is not None and expected.measured:
            text = tr("about {duration}", duration=format.roughly(expected.seconds))
            tip = tr("Measured on this dataset, on this machine, for all epochs; early stopping may end it sooner.")
        elif expected is not None:
            text = tr("roughly {duration}", duration=format.roughly(expected.seconds))
            tip = tr(
                "Carried over from another dataset or input size, on this machine, for all epochs; "
                "early stopping may end it sooner."
            )
        self.time.setText(text)
        self.time.setToolTip(tool_tip(tip))
        self.setAccessibleDescription(f"{self.recipe.good_for} {self._cost} {text}".rstrip())

    def select(self, selected: bool) -> None:
        super().select(selected)
        title = self.recipe.title
        chosen = tr("{title}, chosen", title=title) if selected else tr("{title}, not chosen", title=title)
        self.setAccessibleName(chosen)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Right | Qt.Key.Key_Down:
                self.moved.emit(1)
            case Qt.Key.Key_Left | Qt.Key.Key_Up:
                self.moved.emit(-1)
            case _:
                super().keyPressEvent(event)


class ScheduleChoice(QWidget):
    """A choice that fills the form anew, and what it means."""

    chosen = Signal()
    """The person chose another one."""

    def __init__(self) -> None:
        super().__init__()
        self._shipped: Recipe | None = None
        self.box = ComboBox()
        self.box.setAccessibleName(tr("Schedule"))
        self.about = label("", "caption", wrap=True)
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop)
        name = label(tr("Schedule"))
        name.setBuddy(self.box)
        self.setLayout(column(name, self.box, self.about, None, gap=tokens.TINY))
        self.box.currentIndexChanged.connect(self._update)
        self.box.activated.connect(self.chosen)

    def show_recipe(self, shipped: Recipe, schedule: str | None = None) -> None:
        """Offer the schedules of a recipe as it ships; its default is chosen unless another of them is named."""
        self._shipped = shipped
        with QSignalBlocker(self.box):
            self.box.clear()
            for name in get_args(ScheduleName):
                title = _SCHEDULES[name]
                if name == shipped.schedule:
                    self.box.addItem(tr("{schedule} · the recipe’s default", schedule=title), name)
                elif name in shipped.alternatives:
                    self.box.addItem(title, name)
            row = self.box.findData(schedule)
            self.box.setCurrentIndex(row if row >= 0 else self.box.findData(shipped.schedule))
        self._update()

    def recipe(self) -> Recipe:
        """The recipe with the chosen schedule, all settings as shipped."""
        assert self._shipped is not None
        return with_schedule(self._shipped, self.box.currentData())

    def _update(self) -> None:
        assert self._shipped is not None
        name: ScheduleName = self.box.currentData()
        why = self._shipped.why_schedule if name == self._shipped.schedule else ""
        self.about.setText(f"{_ABOUT[name]} {why}".rstrip())
        self.box.setToolTip(tool_tip(self.about.text()))
        self.box.setAccessibleDescription(self.about.text())
