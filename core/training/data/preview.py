"""What a training would make of some images, drawn for a person. Torch-free: the window calls it."""

from collections.abc import Sequence
from itertools import islice

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.dataset import Dataset, Image
from core.geometry.mask_painting import tint
from core.geometry.mask_style import NO_CLASS, Color
from core.geometry.segmentation import Rle
from core.inference.overlay import OverlayShape, draw
from core.recipes.schema import Recipe
from core.training.data.items import training_items
from core.training.data.samples import Key, TrainingSample, TrainingSet
from core.training.data.tiling import choose_tiling


def augmented_samples(
    dataset: Dataset, images: Sequence[Image], recipe: Recipe, count: int = 6, seed: int = 0
) -> list[NDArray[np.uint8]]:
    """Up to ``count`` samples as the network would get them in the first epoch, masks drawn in and what is unknown
    hatched: RGB ``(H, W, 3)`` of the recipe's input size.

    ``seed`` decides which of ``images`` they show and how they are changed: with the same one, only what the recipe
    changes is seen to change. The size of tiles follows from ``images``. Those that cannot be read are passed over. At
    most ``2 · count`` are read.
    """
    recipe = msgspec.structs.replace(recipe, settings=msgspec.structs.replace(recipe.settings, seed=seed))
    tiling = choose_tiling(dataset, images, recipe.settings).tiling
    items = training_items(dataset, images, recipe.settings, tiling)
    chosen = np.random.default_rng(seed).permutation(len(items))[: 2 * count].tolist()
    samples = TrainingSet(dataset, [items[position] for position in chosen], recipe)
    names = [category.name for category in dataset.categories]
    colors = [dataset.color(label) for label in range(len(names))]
    made = (samples[Key(0, position)] for position in range(len(samples)))
    good = (sample for sample in made if isinstance(sample, TrainingSample))
    return [_drawn(sample, names, colors) for sample in islice(good, count)]


def _drawn(sample: TrainingSample, names: Sequence[str], colors: Sequence[Color]) -> NDArray[np.uint8]:
    shapes = [OverlayShape(found.mask, found.label) for found in sample.objects]
    picture = draw(sample.picture, shapes, names, colors, captions=False)
    if sample.unknown is not None:
        tint(picture, Rle.of(sample.unknown), sample.unknown.size, NO_CLASS, "hatched")
    return picture
