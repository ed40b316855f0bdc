"""What a training goes through in an epoch: images, or regions of them. Torch-free."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.dataset import Dataset, Image
from core.geometry.masks import Size
from core.geometry.tiles import Region
from core.recipes.schema import Settings

SMALLEST_SHARE = 0.25
"""What must be left of an object that is cut off, for it to be learnt."""


@dataclass(frozen=True, slots=True)
class Item:
    """One picture to train on: a whole image, or a region of it."""

    image: Image
    region: Region | None = None
    """In pixels of the image; ``None`` is all of it."""


def training_items(dataset: Dataset, images: Iterable[Image], settings: Settings) -> list[Item]:
    """The images as items; those that show nothing are left out unless ``settings.negatives``."""
    items = (Item(image) for image in images)
    return [item for item in items if settings.negatives or classes_in(dataset, item)]


def classes_in(dataset: Dataset, item: Item) -> set[int]:
    """The labels of what an item shows, by the boxes of its instances."""
    region = item.region
    if region is None:
        return dataset.labels(item.image)
    return {one.label for one in dataset.instances(item.image) if _shows(region, *one.box)}


def is_enough(visible: float, whole: float, frame: Size) -> bool:
    """Whether an object of ``whole`` pixels is learnt where a frame leaves ``visible`` of them: ``SMALLEST_SHARE`` of
    it, or of the frame if the object is larger than that. A network that learns less learns to call the bare corner of
    a thing the thing."""
    return visible > 0 and visible >= SMALLEST_SHARE * min(whole, frame[0] * frame[1])


def _shows(region: Region, x: float, y: float, width: float, height: float) -> bool:
    columns = min(x + width, region.x + region.width) - max(x, region.x)
    rows = min(y + height, region.y + region.height) - max(y, region.y)
    return is_enough(max(columns, 0) * max(rows, 0), width * height, region.size)
