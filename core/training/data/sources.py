"""What a training works on, read from a dataset's files and kept in memory: pictures about as large as the network sees
them, and their objects. Torch-free."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import psutil

from core.dataset import Dataset, Image, Instance
from core.dataset.packed_list import PackedList
from core.geometry.masks import Mask, Size
from core.geometry.tiles import Tile, cut_mask, cut_picture
from core.images.channels import Picture
from core.inference.preprocessing import placement
from core.recipes.schema import Recipe
from core.training.data.augmentation import largest_zoom, zoomed
from core.training.data.items import TrainingItem, is_enough
from core.training.data.warping import lay_masks, resized, resizing, soft

CACHE_BYTES = 2**30


@dataclass(frozen=True, slots=True, eq=False)
class SourceObject:
    """An instance of a source, or of an image before it is reduced to one."""

    mask: Mask
    """Soft (see ``warping.soft``), so that it is thresholded once, where the network sees it."""
    label: int
    area: float
    """Pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class SourceImage:
    """An item before augmentation, no larger than it is ever shown."""

    picture: Picture
    """RGB ``(h, w, 3)``."""
    objects: list[SourceObject]
    unknown: list[Mask]
    """Where it is not known what there is, soft: crowds, annotations without pixels, what is not labelled."""
    fitted: Size
    """Its size when it fits the network's input."""
    without_pixels: int
    """Annotations that cannot be learnt: they have only a box, or an area of 0."""

    @property
    def nbytes(self) -> int:
        masks = [*(found.mask for found in self.objects), *self.unknown]
        return self.picture.nbytes + sum(mask.bitmap.nbytes for mask in masks)


@dataclass(frozen=True, slots=True, eq=False)
class _Decoded:
    """An image with all its annotations."""

    picture: Picture
    objects: list[SourceObject]
    unknown: list[Mask]
    """Of the whole image; see ``SourceImage``."""
    without_pixels: int


class Sources:
    """The items of a training by position.

    They stay in memory until ``cache_bytes`` are used up, or this loader process's share of a quarter of the free
    memory. An image is read once for all of its regions as long as they find room.
    """

    def __init__(
        self, dataset: Dataset, items: Sequence[TrainingItem], recipe: Recipe, cache_bytes: int = CACHE_BYTES
    ) -> None:
        self._dataset = dataset
        self.items = items
        self._spec = recipe.input_spec()
        self._zoom = largest_zoom(recipe.settings)
        processes = max(recipe.settings.workers, 1)
        self._room = min(cache_bytes, psutil.virtual_memory().available // 4 // processes)
        self._kept: dict[int, SourceImage] = {}

    def __getstate__(self) -> dict[str, Any]:
        """What a loader process gets, which starts with nothing in memory: see ``sharing``."""
        return vars(self) | {"items": PackedList.of(TrainingItem, self.items), "_kept": {}}

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, position: int) -> SourceImage:
        """Raises ``UserError`` when the image cannot be read."""
        if position in self._kept:
            return self._kept[position]
        image = self.items[position].image
        decoded = _decode(self._dataset, image)
        source = self._fit(decoded, self.items[position].region)
        self._keep(position, source)
        for other in self._of_same_image(position):
            if other not in self._kept and source.nbytes <= self._room:
                self._keep(other, self._fit(decoded, self.items[other].region))
        return source

    def _of_same_image(self, position: int) -> range:
        """The positions of all regions of an image, which follow one another."""
        index, start, end = self.items[position].image.index, position, position + 1
        while start > 0 and self.items[start - 1].image.index == index:
            start -= 1
        while end < len(self.items) and self.items[end].image.index == index:
            end += 1
        return range(start, end)

    def _keep(self, position: int, source: SourceImage) -> None:
        if source.nbytes <= self._room:
            self._room -= source.nbytes
            self._kept[position] = source

    def _fit(self, image: _Decoded, region: Tile | None) -> SourceImage:
        """An image, or what a region shows of it."""
        region = region or Tile(0, 0, image.picture.shape[1], image.picture.shape[0])
        fitted = placement(region.size, self._spec)[:2]
        size = zoomed(fitted, self._zoom) if region.height > fitted[0] * self._zoom else region.size
        picture = cut_picture(image.picture, region)
        matrix = resizing(region.size, size)
        parts = [(cut_mask(one.mask, region), one) for one in image.objects]
        kept = [(part, one.label) for part, one in parts if is_enough(_area(part), one.area, region.size)]
        laid = lay_masks([part for part, _ in kept], matrix, size)
        objects = [
            SourceObject(mask, label, _area(mask))
            for mask, (_, label) in zip(laid, kept, strict=True)
            if mask.bitmap.max(initial=0) > 127
        ]
        picture = picture.copy() if size == region.size else resized(picture, size)
        unknown = lay_masks([cut_mask(mask, region) for mask in image.unknown], matrix, size)
        unknown = [mask for mask in unknown if mask.bitmap.size]
        return SourceImage(picture, objects, unknown, fitted, image.without_pixels)


def _area(mask: Mask) -> float:
    """Pixels of a soft mask."""
    return float(mask.bitmap.sum()) / 255


def _decode(dataset: Dataset, image: Image) -> _Decoded:
    picture = dataset.read_image(image)
    objects, unknown, without_pixels = [], [], 0
    for instance in dataset.instances(image):
        mask = dataset.mask(image, instance)
        if mask.bitmap.size and not instance.crowd:
            objects.append(SourceObject(soft(mask), instance.label, mask.area))
            continue
        without_pixels += not instance.crowd
        unknown.append(soft(mask if mask.bitmap.size else _box_mask(instance, picture.shape[:2])))
    if region := dataset.not_labelled(image):
        unknown.append(soft(region.mask(picture.shape[:2])))
    return _Decoded(picture, objects, unknown, without_pixels)


def _box_mask(instance: Instance, size: Size) -> Mask:
    """All pixels that an instance's box touches."""
    x, y, width, height = instance.box
    left, top = max(math.floor(x), 0), max(math.floor(y), 0)
    right, bottom = min(math.ceil(x + width), size[1]), min(math.ceil(y + height), size[0])
    return Mask(left, top, np.ones((max(bottom - top, 0), max(right - left, 0)), np.uint8), size)
