"""Which instance lies where: masks and extents of the instances in view, made when they are first asked for."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from core.annotation.model import Annotation
from core.geometry.masks import Mask, Size

Extent = tuple[float, float, float, float]
"""``left, top, right, bottom`` in image pixels."""


class Hits:
    """The instances of one image. What was made is kept as long as the annotation is the same."""

    def __init__(self, size: Size) -> None:
        self._size = size
        self._masks: dict[int, tuple[Annotation, Mask]] = {}
        self._extents: dict[int, tuple[Annotation, Extent]] = {}
        self._known: Mapping[int, Annotation] = {}
        self._ids = np.zeros(0, np.int64)
        self._boxes = np.zeros((0, 4))

    def remember(self, id: int, annotation: Annotation, mask: Mask) -> None:
        """A mask that a worker has made already."""
        self._masks[id] = annotation, mask

    def mask(self, id: int, annotation: Annotation) -> Mask:
        """Its pixels."""
        kept = self._masks.get(id)
        if kept is None or kept[0] is not annotation:
            kept = self._masks[id] = annotation, annotation.mask(self._size)
        return kept[1]

    def at(self, x: int, y: int, annotations: Mapping[int, Annotation]) -> list[int]:
        """The instances whose pixels, or whose box where they have no mask, lie under a pixel; the smallest first."""
        near = self.within((x, y, x + 1, y + 1), annotations, touching=True)
        hit = [id for id in near if self._covers(id, annotations[id], x, y)]
        return sorted(hit, key=lambda id: self._area(id, annotations[id]))

    def within(self, area: Extent, annotations: Mapping[int, Annotation], *, touching: bool) -> list[int]:
        """The instances that lie in ``area`` as a whole, or ``touching`` it with their extent."""
        self._renew(annotations)
        left, top, right, bottom = self._boxes.T
        if touching:
            inside = (left < area[2]) & (right > area[0]) & (top < area[3]) & (bottom > area[1])
        else:
            inside = (left >= area[0]) & (right <= area[2]) & (top >= area[1]) & (bottom <= area[3])
        found: list[int] = self._ids[inside].tolist()
        return found

    def extent(self, id: int, annotation: Annotation) -> Extent:
        """How far it reaches. Of its own coordinates: the box that a file states may be wrong."""
        kept = self._extents.get(id)
        if kept is None or kept[0] is not annotation:
            kept = self._extents[id] = annotation, self._measured(id, annotation)
        return kept[1]

    def _measured(self, id: int, annotation: Annotation) -> Extent:
        if isinstance(annotation.segmentation, dict):
            x, y, width, height = self.mask(id, annotation).box
        elif annotation.segmentation:
            return _reach(annotation.segmentation)
        else:
            x, y, width, height = annotation.box
        return x, y, x + width, y + height

    def _covers(self, id: int, annotation: Annotation, x: int, y: int) -> bool:
        if not annotation.segmentation:
            return True
        mask = self.mask(id, annotation)
        row, column = y - mask.y, x - mask.x
        height, width = mask.bitmap.shape
        return 0 <= row < height and 0 <= column < width and bool(mask.bitmap[row, column])

    def _area(self, id: int, annotation: Annotation) -> float:
        return self.mask(id, annotation).area if annotation.segmentation else annotation.box[2] * annotation.box[3]

    def _renew(self, annotations: Mapping[int, Annotation]) -> None:
        # A draft makes a new mapping for every change and never changes one that it has given.
        if annotations is not self._known:
            self._known = annotations
            self._ids = np.fromiter(annotations, np.int64, len(annotations))
            extents = [self.extent(id, annotation) for id, annotation in annotations.items()]
            self._boxes: NDArray[np.float64] = np.array(extents, float).reshape(-1, 4)


def _reach(parts: list[list[float]]) -> Extent:
    return (
        min(min(part[0::2]) for part in parts),
        min(min(part[1::2]) for part in parts),
        max(max(part[0::2]) for part in parts),
        max(max(part[1::2]) for part in parts),
    )
