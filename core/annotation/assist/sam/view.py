"""Which part of a large picture SAM looks at. It sees any part at 1024 pixels: in all of a picture of 20,000 an object
of 40 pixels would be two."""

import math
from collections.abc import Iterable

from core.geometry.masks import Size
from core.geometry.segmentation import Extent
from core.geometry.tiles import Tile

LARGE = 4096
"""Pixels of the longer side up to which SAM always looks at the whole picture."""
_AROUND = 0.125
"""How much beyond what is in view it looks on each side, as a share: a view that moves a little is still seen."""
_LEAST = 1024
"""Sides of a part at least: of fewer pixels SAM would see nothing more, and less of what is around."""
_WHOLE = 0.8
"""A part of which both sides are at least this share of the picture's is all of it."""
_FINE = 2.0
"""How much larger than needed a part may be: beyond, it is looked at anew."""


def whole(size: Size) -> Tile:
    """All of a picture."""
    return Tile(0, 0, size[1], size[0])


def region_for(size: Size, wanted: Iterable[Extent]) -> Tile:
    """The part of a picture that SAM looks at to answer about all that is ``wanted``; all of it where it is not large
    or nothing is wanted."""
    extents = list(wanted)
    if max(size) <= LARGE or not extents:
        return whole(size)
    sides = zip(*extents, strict=True)
    left, top, right, bottom = (choose(side) for choose, side in zip((min, min, max, max), sides, strict=True))
    x, width = _line(left, right, size[1])
    y, height = _line(top, bottom, size[0])
    if width >= _WHOLE * size[1] and height >= _WHOLE * size[0]:
        return whole(size)
    return Tile(x, y, width, height)


def serves(region: Tile, size: Size, wanted: Iterable[Extent]) -> bool:
    """Whether an embedding of ``region`` is good enough for what is ``wanted`` now: has all of it, large enough."""
    extents = list(wanted)
    best = region_for(size, extents)
    if max(region.width, region.height) > _FINE * max(best.width, best.height):
        return False
    return all(
        region.x <= max(left, 0)
        and region.y <= max(top, 0)
        and min(right, size[1]) <= region.x + region.width
        and min(bottom, size[0]) <= region.y + region.height
        for left, top, right, bottom in extents
    )


def _line(first: float, last: float, length: int) -> tuple[int, int]:
    """Start and length of what is looked at along a side of the picture."""
    first, last = max(first, 0), min(last, length)
    around = max(_AROUND * (last - first), (_LEAST - (last - first)) / 2)
    start, stop = max(math.floor(first - around), 0), min(math.ceil(last + around), length)
    return start, max(stop - start, 1)
