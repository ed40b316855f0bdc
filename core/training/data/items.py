"""What a training goes through in an epoch: images, or regions of them. Torch-free."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from core.dataset import Dataset, Image, Instance
from core.geometry.masks import Size
from core.geometry.segmentation import mask_of
from core.geometry.tiles import Tile, cut_mask, tiles
from core.recipes.model_spec import Tiling
from core.recipes.schema import TrainingSettings
from core.training.collecting import uncollected

SMALLEST_SHARE = 0.25
"""What must be left of an object that is cut off, for it to be learnt."""
EMPTY_SHARE = 0.25
"""Tiles without an object for each with one: enough to learn what background looks like, and no more than that."""


@dataclass(frozen=True, slots=True)
class TrainingItem:
    """One picture to train on: a whole image, or a region of it."""

    image: Image
    region: Tile | None = None
    """In pixels of the image; ``None`` is all of it."""


@uncollected()
def training_items(
    dataset: Dataset, images: Iterable[Image], settings: TrainingSettings, tiling: Tiling | None = None
) -> list[TrainingItem]:
    """The images as items; those that show nothing to learn are left out unless ``settings.negatives``.

    With ``tiling``, an image that is larger than a tile is replaced by its tiles, and itself if ``tiling.whole``. Of
    tiles that show nothing there are at most ``EMPTY_SHARE`` of those that do, picked at random, the same for a seed,
    and none in which nobody has labelled.
    """
    items = [
        (item, shows)
        for image in images
        for item, shows in _items_of(dataset, image, tiling, anyway=settings.negatives)
    ]
    empty = [place for place, (item, shows) in enumerate(items) if item.region and not shows]
    wanted = round(EMPTY_SHARE * sum(shows for item, shows in items if item.region))
    random = np.random.default_rng(settings.seed)
    left_out = set(random.permutation(empty)[wanted:].tolist())
    return [
        item for place, (item, shows) in enumerate(items) if shows or (settings.negatives and place not in left_out)
    ]


def learnt(dataset: Dataset, image: Image) -> list[Instance]:
    """The instances of an image that can be learnt: no crowds, nothing that is only a box or has no pixels."""
    return [one for one in dataset.instances(image) if one.segmentation and not one.crowd and one.area > 0]


def _items_of(
    dataset: Dataset, image: Image, tiling: Tiling | None, *, anyway: bool
) -> Iterator[tuple[TrainingItem, bool]]:
    """Items of one image, each with whether it shows anything to learn; whole images are wanted ``anyway``, or are
    looked at, for which their annotations are decoded."""
    regions = tiles((image.height, image.width), tiling.size, tiling.overlap) if tiling else []
    if tiling is None or len(regions) == 1 or tiling.whole:
        yield TrainingItem(image), anyway or bool(learnt(dataset, image))
    if len(regions) > 1:
        boxes = [one.box for one in learnt(dataset, image)]
        not_labelled = mask_of(dataset.not_labelled(image), (image.height, image.width))
        for region in regions:
            shows = any(_shows(region, *box) for box in boxes)
            if shows or cut_mask(not_labelled, region).area < region.width * region.height:
                yield TrainingItem(image, region), shows


def classes_of(dataset: Dataset, items: Iterable[TrainingItem]) -> Iterator[set[int]]:
    """The labels of what each item shows, by the boxes of its instances. Fast where regions of an image follow one
    another: its annotations are decoded once."""
    for image, group in groupby(items, key=lambda item: item.image):
        instances = None
        for item in group:
            if item.region is None:
                yield dataset.labels(image)
                continue
            instances = dataset.instances(image) if instances is None else instances
            yield {one.label for one in instances if not one.crowd and _shows(item.region, *one.box)}


def is_enough(visible: float, whole: float, frame: Size) -> bool:
    """Whether an object of ``whole`` pixels is learnt where a frame leaves ``visible`` of them: ``SMALLEST_SHARE`` of
    it, or of the frame if the object is larger than that. A network that learns less learns to call the bare corner of
    a thing the thing."""
    return visible > 0 and visible >= SMALLEST_SHARE * min(whole, frame[0] * frame[1])


def _shows(region: Tile, x: float, y: float, width: float, height: float) -> bool:
    columns = min(x + width, region.x + region.width) - max(x, region.x)
    rows = min(y + height, region.y + region.height) - max(y, region.y)
    return is_enough(max(columns, 0) * max(rows, 0), width * height, region.size)
