"""Which instance lies where: how far the instances in view reach, and what a click among them hits."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.annotation.editing.model import Annotation
from core.geometry.mask_ops import has
from core.geometry.masks import Mask, Size
from core.geometry.polygons import reaches
from core.geometry.segmentation import Parts, Rle, parts_of
from core.pacing import paced

Extent = tuple[float, float, float, float]
"""``left, top, right, bottom`` in image pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Extents:
    """How far each of some instances reaches: of its own coordinates, for the box that a file states may be wrong.

    A value, made anew in any thread where the instances are others.
    """

    of: Mapping[int, Annotation] = field(default_factory=dict)
    ids: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    boxes: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 4)))
    """Left, top, right and bottom of each of ``ids``, shape ``(n, 4)``."""

    def renewed(self, annotations: Mapping[int, Annotation]) -> "Extents":
        """Of other instances. Only what has another shape is measured."""
        ids = np.fromiter(annotations, np.int64, len(annotations))
        fresh = {}
        for id, one in annotations.items():
            before = self.of.get(id)
            if before is not one and (
                before is None or before.segmentation is not one.segmentation or before.box != one.box
            ):
                fresh[id] = one
        boxes, there = np.zeros((len(ids), 4)), self.places(ids)
        boxes[there >= 0] = self.boxes[there[there >= 0]]
        boxes[np.isin(ids, list(fresh))] = _measured(list(fresh.values()))
        return Extents(annotations, ids, boxes)

    def places(self, ids: NDArray[np.int64]) -> NDArray[np.intp]:
        """Where some ids stand in ``ids``; -1 for one that does not."""
        if not self.ids.size:
            return np.full(len(ids), -1)
        order = np.argsort(self.ids)
        found = order[np.minimum(np.searchsorted(self.ids, ids, sorter=order), len(order) - 1)]
        return np.where(self.ids[found] == ids, found, -1)


class HitTest:
    """The instances of one image of ``size``. Masks and extents are kept as long as the annotation is the same."""

    def __init__(self, size: Size, extents: Extents | None = None) -> None:
        """``extents`` are those that a worker has measured already."""
        self._size = size
        self._masks: dict[int, tuple[Annotation, Mask]] = {}
        self.measured = extents or Extents()
        """What is known of how far they reach."""

    def remember(self, id: int, annotation: Annotation, mask: Mask) -> None:
        """A mask that somebody has made already."""
        self._masks[id] = annotation, mask

    def mask(self, id: int, annotation: Annotation) -> Mask:
        """Its pixels."""
        kept = self._masks.get(id)
        if kept is None or kept[0] is not annotation:
            kept = self._masks[id] = annotation, annotation.mask(self._size)
        return kept[1]

    def area(self, id: int, annotation: Annotation) -> float:
        """The number of its pixels; of its box where it has no shape."""
        shape = annotation.segmentation
        if isinstance(shape, Rle):
            return shape.area()
        return self.mask(id, annotation).area if shape else annotation.box[2] * annotation.box[3]

    def at(self, x: int, y: int, annotations: Mapping[int, Annotation]) -> list[int]:
        """The instances whose pixels, or whose box where they have no mask, lie under a pixel; the smallest first."""
        hit = []
        for id in self.within((x, y, x + 1, y + 1), annotations, touching=True):
            shape = annotations[id].segmentation
            if shape.covers(x, y) if isinstance(shape, Rle) else not shape or has(self.mask(id, annotations[id]), x, y):
                hit.append(id)
        return sorted(hit, key=lambda id: self.area(id, annotations[id]))

    def within(self, area: Extent, annotations: Mapping[int, Annotation], *, touching: bool) -> list[int]:
        """The instances that lie in ``area`` as a whole, or ``touching`` it with their extent."""
        extents = self._renewed(annotations)
        left, top, right, bottom = extents.boxes.T
        if touching:
            inside = (left < area[2]) & (right > area[0]) & (top < area[3]) & (bottom > area[1])
        else:
            inside = (left >= area[0]) & (right <= area[2]) & (top >= area[1]) & (bottom <= area[3])
        found: list[int] = extents.ids[inside].tolist()
        return found

    def extents(self, ids: Collection[int], annotations: Mapping[int, Annotation]) -> NDArray[np.float64]:
        """How far each of ``ids`` reaches: left, top, right, bottom, shape ``(n, 4)``."""
        extents = self._renewed(annotations)
        return extents.boxes[extents.places(np.fromiter(ids, np.int64, len(ids)))]

    def _renewed(self, annotations: Mapping[int, Annotation]) -> Extents:
        # A draft makes a new mapping for every change and never changes one that it has given.
        if annotations is not self.measured.of:
            self.measured = self.measured.renewed(annotations)
        return self.measured


def _measured(annotations: Sequence[Annotation]) -> NDArray[np.float64]:
    """Left, top, right and bottom of each, shape ``(n, 4)``."""
    boxes = np.zeros((len(annotations), 4))
    polygons: dict[int, Parts] = {}
    for place, annotation in enumerate(paced(annotations)):
        shape = annotation.segmentation
        if parts := parts_of(shape):
            polygons[place] = parts
        else:
            x, y, width, height = shape.box if shape else annotation.box
            boxes[place] = x, y, x + width, y + height
    boxes[list(polygons)] = reaches(list(polygons.values()))
    return boxes
