"""Which instance lies where: how far the instances in view reach, and what a click among them hits."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.annotation.editing.model import Annotation
from core.geometry.mask_ops import has
from core.geometry.masks import Mask, Size
from core.geometry.polygons import Parts, reaches
from core.geometry.segmentation import Extent, Rle, parts_of
from core.pacing import paced


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
    """The instances of one image. Masks and extents are kept as long as the annotation is the same."""

    def __init__(
        self, size: Size, instances: Callable[[], Mapping[int, Annotation]] = dict, extents: Extents | None = None
    ) -> None:
        """``instances`` returns those that there are now; ``extents`` are those that a worker has measured already."""
        self._size, self._instances = size, instances
        self._masks: dict[int, tuple[Annotation, Mask]] = {}
        self.measured = extents or Extents()
        """What is known of how far they reach; a worker may bring it up to date."""

    def remember(self, id: int, annotation: Annotation, mask: Mask) -> None:
        """A mask that somebody has made already."""
        self._masks[id] = annotation, mask

    def mask(self, id: int) -> Mask:
        """The pixels of an instance."""
        annotation = self._instances()[id]
        kept = self._masks.get(id)
        if kept is None or kept[0] is not annotation:
            kept = self._masks[id] = annotation, annotation.mask(self._size)
        return kept[1]

    def area(self, id: int) -> float:
        """The number of pixels of an instance; of its box where it has no shape."""
        annotation = self._instances()[id]
        shape = annotation.segmentation
        if isinstance(shape, Rle):
            return shape.area()
        return self.mask(id).area if shape else annotation.box[2] * annotation.box[3]

    def at(self, x: int, y: int) -> list[int]:
        """The instances whose pixels, or whose box where they have no mask, lie under a pixel; the smallest first."""
        instances, hit = self._instances(), []
        for id in self.within((x, y, x + 1, y + 1), touching=True):
            shape = instances[id].segmentation
            if shape.covers(x, y) if isinstance(shape, Rle) else not shape or has(self.mask(id), x, y):
                hit.append(id)
        return sorted(hit, key=self.area)

    def within(self, area: Extent, *, touching: bool) -> list[int]:
        """The instances that lie in ``area`` as a whole, or ``touching`` it with their extent."""
        extents = self._renewed()
        left, top, right, bottom = extents.boxes.T
        if touching:
            inside = (left < area[2]) & (right > area[0]) & (top < area[3]) & (bottom > area[1])
        else:
            inside = (left >= area[0]) & (right <= area[2]) & (top >= area[1]) & (bottom <= area[3])
        found: list[int] = extents.ids[inside].tolist()
        return found

    def extents(self, ids: Collection[int]) -> NDArray[np.float64]:
        """How far each of ``ids`` reaches: left, top, right, bottom, shape ``(n, 4)``."""
        extents = self._renewed()
        return extents.boxes[extents.places(np.fromiter(ids, np.int64, len(ids)))]

    def _renewed(self) -> Extents:
        instances = self._instances()
        # A draft makes a new mapping for every change and never changes one that it has given.
        if instances is not self.measured.of:
            self.measured = self.measured.renewed(instances)
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
