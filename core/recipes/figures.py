"""Size and cost of a recipe's model: computed by ``core.models.compute_figures``, read here without a model."""

from functools import cache

import msgspec

from core.recipes.catalogue import FOLDER
from core.recipes.schema import Recipe

FILE = FOLDER / "figures.json"

CLASSES = 80
"""The number of classes that all figures are for, which is COCO's."""


class Figures(msgspec.Struct, frozen=True):
    """Cost and size of a network."""

    input_size: int
    """Side of the square input, in pixels, that ``gmac`` is for."""
    gmac: float
    """Multiply-accumulate operations for one image, in 10⁹."""
    parameters: int


def figures_of(recipe: Recipe) -> Figures | None:
    """The figures of a recipe that ships, at the input size it has as shipped; ``None`` for a recipe of one's own."""
    return _all().get(recipe.name)


@cache
def _all() -> dict[str, Figures]:
    return msgspec.json.decode(FILE.read_bytes(), type=dict[str, Figures])
