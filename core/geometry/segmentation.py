"""What shape an instance has: polygons, or a mask as COCO's run-length encoding. ``None`` stands for a box alone.

Both are values that never change, and are written in JSON as COCO has them: ``to_json`` and ``from_json`` are hooks for
``msgspec``.
"""

from functools import cached_property
from typing import Any

import msgspec
import numpy as np

from core.geometry import rle
from core.geometry.masks import Mask, Size, empty
from core.geometry.polygons import Parts, outline_fault, part_fault, rasterise
from core.words import tr

Box = tuple[float, float, float, float]
"""``x, y, width, height`` in pixels."""

Extent = tuple[float, float, float, float]
"""``left, top, right, bottom`` in image pixels."""


class Segmentation:
    """``Polygons`` or ``Rle``."""

    @property
    def coco(self) -> Any:
        """What stands in a COCO file: lists, dicts, numbers and text."""
        raise NotImplementedError

    @property
    def box(self) -> Box:
        """How far it reaches: the coordinates of polygons, also outside of the image, the pixels of a mask."""
        raise NotImplementedError

    def mask(self, size: Size) -> Mask:
        """Its pixels in an image of ``size`` (height, width). Raises ``ValueError`` for one with a ``fault``."""
        raise NotImplementedError

    def area(self, size: Size) -> int:
        """The number of its pixels in an image of ``size``."""
        raise NotImplementedError

    def fault(self, size: Size) -> str | None:
        """Why it cannot be in an image of ``size``, or ``None``."""
        raise NotImplementedError


class Polygons(Segmentation):
    """Polygons with holes, see ``bridged_rings``; nobody changes ``parts``. False, as ``None`` is, without any."""

    __slots__ = ("parts",)

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def __bool__(self) -> bool:
        return bool(self.parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Polygons) and self.parts == other.parts

    def __repr__(self) -> str:
        return f"Polygons({self.parts})"

    @property
    def coco(self) -> Parts:
        return self.parts

    @property
    def box(self) -> Box:
        x = [value for part in self.parts for value in part[0::2]]
        y = [value for part in self.parts for value in part[1::2]]
        return min(x), min(y), max(x) - min(x), max(y) - min(y)

    def mask(self, size: Size) -> Mask:
        return rasterise(self.parts, size)

    def area(self, size: Size) -> int:
        return self.mask(size).area

    def fault(self, size: Size) -> str | None:
        return next(filter(None, map(part_fault, self.parts)), None) or outline_fault(self.parts)


class Rle(Segmentation):
    """A mask of an image of ``size`` (height, width). What is asked of it costs what its runs cost, however many pixels
    there are; they are read once."""

    def __init__(self, size: Size, counts: str | list[int] | rle.Counts) -> None:
        """``counts`` are run lengths as COCO writes them, compressed or not, or an array of them."""
        self.size = size
        if isinstance(counts, np.ndarray):
            self.counts = counts
        else:
            self._written = counts

    @classmethod
    def of(cls, mask: Mask) -> "Rle":
        """The pixels of a mask."""
        return cls(mask.size, rle.encode(mask.bitmap, mask.x, mask.y, *mask.size))

    @cached_property
    def counts(self) -> rle.Counts:
        """Its run lengths. Raises ``ValueError`` when they are not any."""
        return rle.read(self._written)

    @cached_property
    def _written(self) -> str | list[int]:
        """Its run lengths as they stand in a file."""
        return rle.compress(self.counts, *self.size)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Rle) and self.size == other.size and self._written == other._written)

    def __repr__(self) -> str:
        return f"Rle({self.size}, {self._written!r})"

    @property
    def coco(self) -> dict[str, Any]:
        return {"size": list(self.size), "counts": self._written}

    @cached_property
    def _measures(self) -> tuple[Box, int]:
        left, top, width, height = rle.bounds(*rle.runs(self.counts), self.size[0])
        return (float(left), float(top), float(width), float(height)), int(self.counts[1::2].sum())

    @property
    def box(self) -> Box:
        return self._measures[0]

    def area(self, size: Size | None = None) -> int:
        return self._measures[1]

    def mask(self, size: Size | None = None) -> Mask:
        rle.check(self.counts, *self.size)
        return Mask(*rle.decode(self.counts, self.size[0]), self.size)

    def fault(self, size: Size) -> str | None:
        if self.size != size:
            return tr("its mask is not one of an image of {width} × {height} pixels", width=size[1], height=size[0])
        try:
            rle.check(self.counts, *size)
        except (ValueError, TypeError, OverflowError) as error:
            return tr("its run-length encoding does not fit: {reason}", reason=error)
        return None

    def covers(self, x: int, y: int) -> bool:
        """Whether the pixel in column ``x``, row ``y`` belongs to the mask."""
        height, width = self.size
        if not (0 <= x < width and 0 <= y < height):
            return False
        return bool(np.searchsorted(np.cumsum(self.counts), x * height + y, side="right") % 2)

    def union(self, other: "Rle") -> "Rle":
        """The pixels of either of two masks of one image."""
        return self._combined(other, 1)

    def difference(self, other: "Rle") -> "Rle":
        """Its pixels that ``other``, of the same image, does not have."""
        return self._combined(other, -1)

    def _combined(self, other: "Rle", weight: int) -> "Rle":
        """The pixels where this one, counted once, and the other, counted ``weight`` times, come to more than
        nothing."""
        pixels = self.size[0] * self.size[1]
        ends = [*rle.runs(self.counts), *rle.runs(other.counts)]
        places = np.concatenate(ends)
        steps = np.repeat([1, -1, weight, -weight], [len(end) for end in ends])
        order = np.argsort(places)
        places, total = places[order], np.cumsum(steps[order])
        whole = np.append(places[1:] != places[:-1], True)[: len(places)]
        places, inside = places[whole], total[whole] > 0
        turns = places[np.diff(inside, prepend=False)]
        return Rle(self.size, np.diff(np.concatenate([[0], turns[turns < pixels], [pixels]])))


def mask_of(segmentation: Segmentation | None, size: Size) -> Mask:
    """The pixels of an instance of an image of ``size`` (height, width). Of a box alone there are none: it says where
    an object is, not what its shape is."""
    return empty(size) if segmentation is None else segmentation.mask(size)


def parts_of(segmentation: Segmentation | None) -> Parts:
    """The parts of polygons; none of a mask or of a box alone."""
    return segmentation.parts if isinstance(segmentation, Polygons) else []


def to_json(value: Any) -> Any:
    """``enc_hook`` of ``msgspec`` for segmentations."""
    if isinstance(value, Segmentation):
        return value.coco
    raise NotImplementedError(f"{type(value)} cannot be written as JSON")


def from_json(kind: type, value: Any) -> Segmentation:
    """``dec_hook`` of ``msgspec`` for segmentations. Whether one has a ``fault`` is not looked at. Raises
    ``TypeError`` for what is none."""
    if kind is not Segmentation:
        raise NotImplementedError(f"{kind} cannot be read from JSON")
    if isinstance(value, dict):
        size, counts = value.get("size"), value.get("counts")
        if not isinstance(counts, str | list) or not isinstance(size, list):
            raise TypeError("a run-length encoding has a size and counts")
        return Rle(tuple(size), counts)
    return Polygons(msgspec.convert(value, Parts))
