"""What a dataset is made of, in numbers: how much there is of what, how large it is and where it lies.

Each number knows its images, so that a chart can lead to them. Nothing is decoded but the few fields of an annotation
that state its box and its area, unless they are missing or cannot be right, or a sample shows that they are not: then
they are those of masks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import msgspec
import numpy as np
from msgspec import Raw
from numpy.typing import NDArray

from core.dataset.coco.annotations import outlined, read_instance
from core.dataset.coco.extents import contradicted_area
from core.dataset.dataset import Dataset
from core.dataset.model import Review
from core.dataset.scale import pixel_size
from core.dataset.stable_order import distinct
from core.geometry.segmentation import Box
from core.pacing import paced
from core.reading import UNREADABLE
from core.recipes.catalogue import catalogue

Edges = tuple[float, ...]
"""Where the bins of a histogram begin, upward; the last one has no end."""

SMALL = 8
"""Pixels at a network's input: smaller objects are hardly learnt, for a cell of its finest features is as large."""
SIZES: Edges = (0, 4, SMALL, 16, 32, 64, 128, 256, 512)
"""Of objects at a network's input: square roots of areas, in pixels."""
LENGTHS: Edges = (0, 0.1, 1, 5, 10, 20, 50, 100, 500, 1000)
"""Of objects whose size in the world is known: square roots of areas, in micrometres."""
ASPECTS: Edges = (0, 1 / 4, 1 / 3, 1 / 2, 3 / 4, 4 / 3, 2, 3, 4)
"""Widths of boxes by their heights."""
OBJECTS: Edges = (0, 1, 2, 3, 5, 9, 17, 33, 65, 129)
"""In an image."""
REVIEWS: tuple[Review, ...] = ("done", "to fix", "to do", "")
GRID = 16
"""Cells along each side of an image in which objects are counted."""
_COMMON_SIZES = 11
"""Of images, that are told from each other."""
_MOST_TOGETHER = 100
"""Classes of which it is counted how often two are in one image."""
_CHUNK = 4096
_SAMPLE = 400
"""Annotations whose masks are measured, to see whether what the file states is right."""
_WRONG = 0.02
"""Share of them that may state an area that their masks cannot have, before all masks are measured."""

Numbers = NDArray[np.int64]
Check = Callable[[], None]
"""Raises where nobody wants the statistics any more."""


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Things (objects, images) that are counted by kind and by split: the bars of a chart."""

    counts: Numbers
    """Shape ``(kinds, splits)``."""
    kinds: NDArray[np.int32]
    """Of each thing; -1 for one that is of none."""
    images: NDArray[np.int32]
    """``Image.index`` of each thing."""

    def images_of(self, *kinds: int) -> list[int]:
        """``Image.index`` of the images with a thing of one of these kinds."""
        found: list[int] = np.unique(self.images[np.isin(self.kinds, kinds)]).tolist()
        return found

    @property
    def totals(self) -> list[int]:
        """Of each kind, in all splits."""
        totals: list[int] = self.counts.sum(axis=1).tolist()
        return totals


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """All that is counted. Crowds count as instances, but they are no objects that have a size, a shape or a place."""

    splits: tuple[str, ...]
    classes: tuple[str, ...]
    images: Numbers
    """Of each split."""
    crowds: int
    instances: Tally
    """By class."""
    images_with: Tally
    """By class; an image is there once for each class that it shows."""
    sizes: dict[int, Tally]
    """Objects by ``SIZES``, for each side of a square input that a recipe has."""
    lengths: Tally
    """Objects by ``LENGTHS``, of the images whose pixels have a known size."""
    aspects: Tally
    """Objects by ``ASPECTS``."""
    per_image: Tally
    """Images by how many instances they have, in ``OBJECTS``."""
    image_sizes: tuple[tuple[int, int], ...]
    """Width and height of the most common ones; what follows them in ``of_image_size`` are all others."""
    of_image_size: Tally
    positions: Tally
    """Objects by the cell of their image in which the middle of their box lies, row by row."""
    together: Numbers
    """Images that show both of two classes, shape ``(n, n)``; on the diagonal those that show the class."""
    compared: tuple[int, ...]
    """The labels of the classes in ``together``, the most frequent first."""
    reviews: Tally
    """Images by ``REVIEWS``."""

    def images_with_both(self, one: int, other: int) -> list[int]:
        """``Image.index`` of the images that show both of two classes, given by their labels."""
        return sorted({*self.images_with.images_of(one)} & {*self.images_with.images_of(other)})

    def small(self, side: int) -> int:
        """How many objects are smaller than ``SMALL`` at an input of this side."""
        return sum(self.sizes[side].totals[: SIZES.index(SMALL)])

    def measured(self, side: int) -> int:
        """How many objects have a size."""
        return sum(self.sizes[side].totals)


def input_sides() -> dict[str, int]:
    """The side of the square input of each recipe that ships, by its title."""
    return {recipe.title: recipe.settings.input_size for recipe in catalogue()}


def statistics(dataset: Dataset, check: Check = lambda: None) -> Statistics:
    """Count all of a dataset, once; some seconds for a million annotations."""
    key = "statistics", dataset.categories, tuple(image.split for image in dataset.images)
    return dataset.once(key, lambda: _count(dataset, check))


def _count(dataset: Dataset, check: Check) -> Statistics:
    table, images = dataset.annotations, dataset.images
    number = {split: place for place, split in enumerate(dataset.splits)}
    split_of = np.array([number[image.split] for image in images], np.int32)
    widths, heights = (np.array([getattr(image, side) for image in images]) for side in ("width", "height"))
    owners = np.repeat(np.arange(len(images), dtype=np.int32), np.diff(table.starts))
    boxes, areas, crowds = _measure(dataset, owners, check)

    def tally(kinds: NDArray[np.integer], things: NDArray[np.int32], bins: int) -> Tally:
        known = kinds >= 0
        cells = kinds[known] * len(number) + split_of[things[known]]
        counts = np.bincount(cells, minlength=bins * len(number)).reshape(bins, len(number))
        return Tally(counts, kinds.astype(np.int32), things)

    each = np.arange(len(images), dtype=np.int32)
    labels = len(dataset.categories)
    shown = distinct(owners.astype(np.int64) * max(labels, 1) + table.labels)
    images_with = tally(shown % max(labels, 1), (shown // max(labels, 1)).astype(np.int32), labels)
    has_size = (areas > 0) & ~crowds
    has_box = (boxes[:, 2:] > 0).all(axis=1) & ~crowds
    x, y, width, height = boxes.T
    sides = np.sqrt(np.maximum(areas, 0))
    longest = np.maximum(widths, heights)[owners]
    lengths = sides * _micrometres(dataset, check)[owners]
    with np.errstate(divide="ignore", invalid="ignore"):
        aspects = np.where(has_box, _bins(width / height, ASPECTS), -1)
        column, row = ((x + width / 2) / widths[owners], (y + height / 2) / heights[owners])
    inside = has_box & (column >= 0) & (column < 1) & (row >= 0) & (row < 1)
    cell = (row * GRID).astype(np.int32, casting="unsafe") * GRID + (column * GRID).astype(np.int32, casting="unsafe")
    common, size_kinds = _common_sizes(widths, heights)
    compared, together = _compare(images_with, len(images))
    reviewed = np.array([REVIEWS.index(dataset.review(image)) for image in images], np.int32)
    return Statistics(
        splits=dataset.splits,
        classes=tuple(category.name for category in dataset.categories),
        images=np.bincount(split_of, minlength=len(number)),
        crowds=int(crowds.sum()),
        instances=tally(table.labels, owners, labels),
        images_with=images_with,
        sizes={
            side: tally(np.where(has_size, _bins(sides * side / longest, SIZES), -1), owners, len(SIZES))
            for side in sorted(set(input_sides().values()))
        },
        lengths=tally(np.where(has_size & (lengths > 0), _bins(lengths, LENGTHS), -1), owners, len(LENGTHS)),
        aspects=tally(aspects, owners, len(ASPECTS)),
        per_image=tally(_bins(np.diff(table.starts), OBJECTS), each, len(OBJECTS)),
        image_sizes=common,
        of_image_size=tally(size_kinds, each, len(common) + 1),
        positions=tally(np.where(inside, cell, -1), owners, GRID * GRID),
        together=together,
        compared=compared,
        reviews=tally(reviewed, each, len(REVIEWS)),
    )


def _micrometres(dataset: Dataset, check: Check) -> NDArray[np.float64]:
    """The side of a pixel of each image, 0 where nobody knows."""
    found = np.zeros(len(dataset.images))
    for image in paced(dataset.images):
        check()
        if (size := pixel_size(dataset, image)) is not None:
            found[image.index] = size.micrometres
    return found


def _bins(values: NDArray[np.number], edges: Edges) -> NDArray[np.integer]:
    return np.searchsorted(np.array(edges), values, side="right") - 1


def _common_sizes(widths: Numbers, heights: Numbers) -> tuple[tuple[tuple[int, int], ...], NDArray[np.integer]]:
    """The most common sizes of images, and which each has: its place among them, or the next one for any other."""
    sizes, kinds, counts = np.unique(
        np.column_stack((widths, heights)), axis=0, return_inverse=True, return_counts=True
    )
    order = np.argsort(-counts, kind="stable")[:_COMMON_SIZES]
    places = np.full(len(sizes), len(order))
    places[order] = np.arange(len(order))
    return tuple((int(width), int(height)) for width, height in sizes[order]), places[kinds.reshape(-1)]


def _compare(images_with: Tally, images: int) -> tuple[tuple[int, ...], Numbers]:
    """The classes that are compared, and the images that show two of them, for each pair."""
    totals = np.array(images_with.totals, np.int64)
    compared = np.argsort(-totals, kind="stable")[:_MOST_TOGETHER]
    place = np.full(len(totals), -1)
    place[compared] = np.arange(len(compared))
    columns = place[images_with.kinds]
    together = np.zeros((len(compared), len(compared)), np.int64)
    for first in range(0, images, _CHUNK):
        start, end = np.searchsorted(images_with.images, (first, first + _CHUNK))
        shows = np.zeros((_CHUNK, len(compared)), np.float32)  # floats are multiplied by BLAS, and exact up to 2²⁴
        known = columns[start:end] >= 0
        shows[(images_with.images[start:end] - first)[known], columns[start:end][known]] = 1
        together += (shows.T @ shows).astype(np.int64)
    return tuple(compared.tolist()), together


class _Stated(msgspec.Struct, gc=False):
    """Where nearly every annotation says how large it is."""

    bbox: tuple[float, float, float, float]
    area: float
    iscrowd: bool | int = 0


_decode = msgspec.json.Decoder(_Stated).decode


def _measure(
    dataset: Dataset, owners: NDArray[np.int32], check: Check
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Boxes ``(N, 4)`` as x, y, width, height, areas ``(N,)`` and whether it is a crowd ``(N,)`` of all annotations."""
    table = dataset.annotations
    total = len(table.order)
    boxes, areas, crowds = np.zeros((total, 4)), np.zeros(total), np.zeros(total, bool)
    bounds = [*range(0, total, _CHUNK), total]
    for start, end in paced(list(pairwise(bounds))):
        check()
        raws: Sequence[Raw] = [table.entries[place] for place in table.order[start:end]]
        found = _stated(raws)
        boxes[start:end] = [one.bbox if one else (0, 0, 0, 0) for one in found]
        areas[start:end] = [one.area if one else 0 for one in found]
        crowds[start:end] = [bool(one.iscrowd) if one else False for one in found]
    width, height = boxes[:, 2], boxes[:, 3]
    doubtful = ~((width > 0) & (height > 0) & (areas > 0) & (areas <= (width + 1) * (height + 1)))

    def reread(row: int) -> tuple[Box, float, bool]:
        check()
        image = dataset.images[owners[row]]
        raw, size = table.entries[table.order[row]], (image.height, image.width)
        if found := outlined(raw, size):
            return found
        instance = read_instance(raw, 0, int(table.labels[row]), size).instance
        return instance.box, instance.area, instance.crowd

    sample = [row for row in range(0, total, max(total // _SAMPLE, 1)) if not doubtful[row]]
    wrong = sum(contradicted_area(areas[row], reread(row)[1]) for row in paced(sample))
    if wrong > _WRONG * len(sample):
        doubtful[:] = True
    for row in paced(np.flatnonzero(doubtful).tolist()):
        boxes[row], areas[row], crowds[row] = reread(row)
    return boxes, areas, crowds


def _stated(raws: Sequence[Raw]) -> Sequence[_Stated | None]:
    try:
        return list(map(_decode, raws))
    except UNREADABLE:
        pass  # at least one is written otherwise
    found: list[_Stated | None] = []
    for raw in raws:
        try:
            found.append(_decode(raw))
        except UNREADABLE:
            found.append(None)
    return found
