"""The recipes as cards, one of them chosen."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from app import tokens
from app.widgets.containers import Card, column, row
from app.widgets.flow import Flow
from app.widgets.labels import label
from core.recipes.catalogue import catalogue
from core.recipes.figures import figures_of
from core.recipes.schema import Recipe


class RecipeCards(QWidget):
    """One card for each recipe that ships, the cheapest first; arrow keys, a click, Enter or Space choose."""

    chosen = Signal(object)
    """The ``Recipe``."""

    def __init__(self) -> None:
        super().__init__()
        self.cards = {recipe.name: RecipeCard(recipe) for recipe in sorted(catalogue(), key=_cost)}
        flow = Flow(gap=tokens.MEDIUM, stretch_to=300)
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
        content = column(
            row(label(recipe.title, "heading"), None, label(recipe.backbone, "caption")),
            good_for,
            None,
            label(figures(recipe), "caption"),
            gap=6,
        )
        content.setContentsMargins(tokens.MEDIUM, 12, tokens.MEDIUM, 12)
        self.setLayout(content)
        self.setAccessibleName(recipe.title)
        self.setAccessibleDescription(f"{recipe.good_for} {figures(recipe)}")

    def select(self, selected: bool) -> None:
        super().select(selected)
        chosen = "chosen" if selected else "not chosen"
        self.setAccessibleName(f"{self.recipe.title}, {chosen}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Right | Qt.Key.Key_Down:
                self.moved.emit(1)
            case Qt.Key.Key_Left | Qt.Key.Key_Up:
                self.moved.emit(-1)
            case _:
                super().keyPressEvent(event)


def figures(recipe: Recipe) -> str:
    """Input size, GMAC and parameters in one line."""
    known = figures_of(recipe)
    if known is None:
        return f"{recipe.settings.input_size} px"
    return f"{known.input_size} px  ·  {known.gmac:.3g} GMAC  ·  {known.parameters / 1e6:.2f} M parameters"


def _cost(recipe: Recipe) -> float:
    known = figures_of(recipe)
    return known.gmac if known is not None else float("inf")
