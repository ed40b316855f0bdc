"""The recipes as cards, one of them chosen."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from app.pages.train.schedule import TITLE
from app.style import format, tokens
from app.style.format import tool_tip
from app.widgets.containers import Card, column, row
from app.widgets.flow import Flow
from app.widgets.labels import label
from core.recipes.catalogue import catalogue
from core.recipes.figures import figures_of
from core.recipes.schema import Recipe
from core.runs.training_times import Expected
from core.words import tr

_NARROWEST = 232


class RecipeCards(QWidget):
    """One card for each recipe that ships, the cheapest first; arrow keys, a click, Enter or Space choose."""

    chosen = Signal(object)
    """The ``Recipe``."""

    def __init__(self) -> None:
        super().__init__()
        self.cards = {recipe.name: RecipeCard(recipe) for recipe in sorted(catalogue(), key=_cost)}
        flow = Flow(gap=tokens.MEDIUM, stretch_to=_NARROWEST, even=True)
        for card in self.cards.values():
            card.clicked.connect(lambda recipe=card.recipe: self.choose(recipe))
            card.moved.connect(self._move)
            flow.addWidget(card)
        self.setLayout(flow)
        self.recipe = next(iter(self.cards.values())).recipe

    def choose(self, recipe: Recipe) -> None:
        """Mark the card of ``recipe``."""
        self.recipe = recipe
        for name, card in self.cards.items():
            card.select(name == recipe.name)
        self.chosen.emit(recipe)

    def show_times(self, expected: Mapping[str, Expected | None]) -> None:
        """How long each recipe would train on this machine, by its name; ``None`` where nobody knows."""
        for name, card in self.cards.items():
            card.show_time(expected.get(name))

    def _move(self, by: int) -> None:
        names = list(self.cards)
        name = names[(names.index(self.recipe.name) + by) % len(names)]
        self.cards[name].setFocus(Qt.FocusReason.TabFocusReason)
        self.choose(self.cards[name].recipe)


class RecipeCard(Card):
    """What a recipe is called, when to choose it, what it costs."""

    moved = Signal(int)

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(clickable=True)
        self.recipe = recipe
        good_for = label(recipe.good_for, "dim", wrap=True)
        good_for.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.time = label("", "caption")
        schedule = label(TITLE[recipe.schedule], "caption")
        schedule.setToolTip(
            tool_tip(tr("Its default schedule. {why_schedule}", why_schedule=recipe.why_schedule).rstrip())
        )
        content = column(
            label(recipe.title, "heading", wrap=True),
            good_for,
            None,
            row(label(cost(recipe), "caption"), None, schedule),
            row(label(weight(recipe), "caption"), None, self.time),
            gap=tokens.TINY,
        )
        content.setContentsMargins(tokens.MEDIUM, 12, tokens.MEDIUM, 12)
        self.setLayout(content)
        self.setAccessibleName(recipe.title)
        self._describe()

    def show_time(self, expected: Expected | None) -> None:
        """How long it would train; nothing while that is not known."""
        if expected is None:
            self.time.setText("")
            self.time.setToolTip("")
        else:
            about = "about" if expected.measured else "roughly"
            self.time.setText(f"{about} {format.roughly(expected.seconds)}")
            how = (
                tr("Measured on this dataset")
                if expected.measured
                else tr("Carried over from another dataset or input size")
            )
            self.time.setToolTip(
                tool_tip(tr("{how}, on this machine, for all epochs; early stopping may end it sooner.", how=how))
            )
        self._describe()

    def _describe(self) -> None:
        parts = self.recipe.good_for, f"{cost(self.recipe)}, {weight(self.recipe)}", self.time.text()
        self.setAccessibleDescription(" ".join(parts).rstrip())

    def select(self, selected: bool) -> None:
        super().select(selected)
        chosen = "chosen" if selected else tr("not chosen")
        self.setAccessibleName(f"{self.recipe.title}, {chosen}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Right | Qt.Key.Key_Down:
                self.moved.emit(1)
            case Qt.Key.Key_Left | Qt.Key.Key_Up:
                self.moved.emit(-1)
            case _:
                super().keyPressEvent(event)


def cost(recipe: Recipe) -> str:
    """“640 px · 10.6 GMAC”."""
    known = figures_of(recipe)
    return (
        tr("{input_size} px · {gmac:.3g} GMAC", input_size=known.input_size, gmac=known.gmac)
        if known
        else tr("{input_size} px", input_size=recipe.settings.input_size)
    )


def weight(recipe: Recipe) -> str:
    """“5.6 M parameters”; empty for a recipe of one's own."""
    known = figures_of(recipe)
    return tr("{parameters:.1f} M parameters", parameters=known.parameters / 1e6) if known else ""


def _cost(recipe: Recipe) -> float:
    known = figures_of(recipe)
    return known.gmac if known is not None else float("inf")
