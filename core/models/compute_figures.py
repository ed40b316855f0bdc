"""Compute the catalogue's figures from the models: ``python -m core.models.compute_figures`` writes those of all.

One convention for all: convolutions and matrix products of one image at the recipe's own input size, 80 classes, 100
instances, and in two-stage models 1000 proposals, whatever a model's own limits are. RTMDet's authors count 1.4 GMAC
more at 640²: they run its class and box tower, which are the same, twice.
"""

import msgspec
import torch
from torch.utils.flop_counter import FlopCounterMode

from core.files import write_atomically
from core.models import build
from core.models.segmenter import Segmenter
from core.recipes.catalogue import catalogue
from core.recipes.figures import CLASSES, FILE, Figures
from core.recipes.schema import Recipe

INSTANCES = 100


def figures(recipe: Recipe) -> Figures:
    """The figures of the recipe's model. Nothing is computed, so it takes no time."""
    segmenter = on_paper(recipe.architecture)
    side = recipe.settings.input_size
    parameters = sum(parameter.numel() for parameter in segmenter.parameters())
    return Figures(side, round(gmac(segmenter, side), 2), parameters)


def on_paper(architecture: str) -> Segmenter:
    """A network whose tensors have shapes and no content."""
    with torch.device("meta"):
        return build(architecture, CLASSES).eval()


def gmac(segmenter: Segmenter, side: int) -> float:
    """10⁹ multiply-accumulate operations of one ``side × side`` image through a network ``on_paper``."""
    counter = FlopCounterMode(display=False)
    with torch.device("meta"), torch.no_grad(), counter:
        segmenter.count_operations(torch.zeros(1, 3, side, side), INSTANCES)
    return counter.get_total_flops() / 2e9


def main() -> None:
    """Write ``resources/recipes/figures.json``."""
    found = {recipe.name: figures(recipe) for recipe in catalogue()}
    write_atomically(FILE, msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")


if __name__ == "__main__":
    main()
