"""Polygons as COCO writes them: flat lists ``x1, y1, x2, y2, …``, several parts for one instance, even-odd inside a
part and joined between parts."""

import math
from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from core.geometry import rle
from core.geometry.masks import Mask, Size, empty
from core.words import tr

Part = Sequence[float]

MAX_OUTLINE = 2_000_000
"""Pixels that the outline of one instance may run through. Rasterising costs time and memory in proportion."""

_AT_ONCE = 256
"""Polygons that are measured together: longer, and a thread would keep all others waiting."""


def part_fault(part: Part) -> str | None:
    """What is wrong with one part of a polygon, or ``None``: it needs three points, in pairs of finite numbers."""
    if not all(map(math.isfinite, part)):
        return tr("a polygon has coordinates that are not numbers")
    if len(part) < 6:
        return tr("a polygon has {part} numbers; three points are the least", part=len(part))
    if len(part) % 2:
        return tr("a polygon has {part} numbers, which is odd", part=len(part))
    return None


def outline_fault(parts: Sequence[Part]) -> str | None:
    """What is wrong with the parts taken together, or ``None``: they must not run through too many pixels."""
    reaches = [max(max(part), -min(part)) for part in parts]
    if sum(len(part) * reach for part, reach in zip(parts, reaches, strict=True)) <= MAX_OUTLINE:
        return None  # however it zigzags
    outline = max(reaches)
    for part in parts if outline <= MAX_OUTLINE else ():
        points = np.asarray(part, float).reshape(-1, 2)
        outline += float(np.abs(points - np.roll(points, 1, 0)).max(1).sum())
    return None if outline <= MAX_OUTLINE else tr("its polygons are too long, or reach too far outside the image")


def reaches(shapes: Sequence[Sequence[Part]]) -> NDArray[np.float64]:
    """How far the points of each of some polygons, none of them empty, reach: left, top, right and bottom, shape
    ``(n, 4)``. Fast for thousands."""
    found = [_reaches(shapes[first : first + _AT_ONCE]) for first in range(0, len(shapes), _AT_ONCE)]
    return np.concatenate(found) if found else np.zeros((0, 4))


def _reaches(shapes: Sequence[Sequence[Part]]) -> NDArray[np.float64]:
    numbers = [sum(map(len, parts)) for parts in shapes]
    flat = chain.from_iterable(chain.from_iterable(shapes))
    points = np.fromiter(flat, float, sum(numbers)).reshape(-1, 2)
    starts = np.cumsum([0, *numbers[:-1]]) // 2
    return np.concatenate([np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)], axis=1)


def rasterise(parts: Sequence[Part], size: Size) -> Mask:
    """The pixels of a polygon, exactly those of ``pycocotools`` ``annToMask``; what lies outside the image is cut off.

    Costs the length of the outline and the size of the object, not of the image. Raises ``ValueError`` for a part with
    a ``part_fault`` or parts with an ``outline_fault``.
    """
    height, width = size
    fault = next(filter(None, map(part_fault, parts)), None) or outline_fault(parts)
    if fault:
        raise ValueError(fault)
    if not parts:
        return empty(size)
    encoded = coco_mask.frPyObjects([list(part) for part in parts], height, width)
    merged = encoded[0] if len(encoded) == 1 else coco_mask.merge(encoded)
    return Mask(*rle.decode(rle.uncompress(merged["counts"]), height), size)
