"""Polygons as areas: joined, taken from and cut to one another, with every corner that stays as it was, to the bit.

Shapes are parts as COCO writes them, even-odd inside a part and joined between parts; holes are rings that walk into
them and back, see ``core.geometry.bridged_rings``. Parts that meet no other shape are left alone. New corners lie where
outlines cross, to a hundredth of a pixel. Pieces and holes that come of it and cover no pixel of the image, or less
than a square one, are left out.

``None`` is returned where a part that matters crosses itself: then inside and outside are not what the eye takes them
for.
"""

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from core.geometry import bridged_rings
from core.geometry.boxes import meeting
from core.geometry.masks import Size
from core.geometry.polygons import Parts, nearest_corner, outline_fault, rasterise

Area = Any
"""A ``Polygon`` or a ``MultiPolygon``."""

_DECIMALS = 2
"""Of the coordinates of a new corner."""

_SAME = 1e-6
"""Image pixels: a corner that is no farther from one that was there is that one. Where outlines are nearly parallel, an
overlay may move corners by less."""


def united(shapes: Sequence[Parts], size: Size) -> Parts | None:
    """All shapes as one: a single outline where parts of different ones overlap or share a border."""
    parts = [part for shape in shapes for part in shape]
    pairs = _near(parts, np.repeat(np.arange(len(shapes)), [len(shape) for shape in shapes]))
    areas: dict[int, Any] = {place: _area(parts[place]) for place in np.unique(pairs).tolist()}
    if None in areas.values():
        return None
    meeting = {place for pair in pairs.tolist() if areas[pair[0]].intersects(areas[pair[1]]) for place in pair}
    apart = [part for place, part in enumerate(parts) if place not in meeting]
    whole = shapely.union_all([areas[place] for place in meeting])
    return [*_written(whole, [parts[place] for place in meeting], size), *apart]


def without(shape: Parts, other: Parts, size: Size) -> Parts | None:
    """What of a shape the ``other`` does not cover; no parts where that is nothing."""
    gone = _whole(other)
    near = set(_near([*shape, *other], np.repeat([0, 1], [len(shape), len(other)]))[:, 0].tolist())
    rest: Parts = []
    for place, part in enumerate(shape):
        if place not in near:
            rest.append(part)
            continue
        area = _area(part)
        if area is None or gone is None:
            return None
        overlap = area.intersects(gone) and not area.touches(gone)
        rest += _written(area.difference(gone), [part, *other], size) if overlap else [part]
    return rest


def common(shapes: Sequence[Parts], size: Size) -> Parts | None:
    """What all shapes cover; no parts where that is nothing."""
    areas = [_whole(shape) for shape in shapes]
    if None in areas:
        return None
    return _written(reduce(shapely.intersection, areas), [part for shape in shapes for part in shape], size)


def untangled(shape: Parts, size: Size) -> Parts:
    """The same area by outlines that do not cross themselves; parts that don't stay as they are."""
    rest: Parts = []
    for part in shape:
        crossing = _area(part) is None
        whole = shapely.make_valid(Polygon(bridged_rings.to_ring(part))) if crossing else None
        rest += [part] if whole is None else _written(whole, [part], size)
    return rest


def _near(parts: Parts, owners: NDArray[np.intp]) -> NDArray[np.intp]:
    """Pairs of parts of different owners whose boxes meet, shape ``(N, 2)``."""
    boxes = [(min(part[0::2]), min(part[1::2]), max(part[0::2]), max(part[1::2])) for part in parts]
    pairs = meeting(boxes, boxes)
    return pairs[owners[pairs[:, 0]] < owners[pairs[:, 1]]]


def _whole(shape: Parts) -> Area | None:
    """What the parts of a shape cover together."""
    areas = [_area(part) for part in shape]
    return None if None in areas else shapely.union_all(areas)


def _area(part: list[float]) -> Area | None:
    """What a part covers; ``None`` where it crosses itself."""
    loops = bridged_rings.loops(bridged_rings.to_ring(part))
    if not loops:
        return None
    whole = Polygon(loops[0], loops[1:])
    if whole.is_valid:
        return whole
    each = [Polygon(loop) for loop in loops]  # a bridge that leads past a corner mixes the rings it joins
    return reduce(shapely.symmetric_difference, each) if all(loop.is_valid for loop in each) else None


def _written(area: Area, before: Parts, size: Size) -> Parts:
    """An area as COCO writes it. Its corners are those that parts had ``before``, and new ones."""
    corners = _Corners(before)
    polygons = [polygon for polygon in shapely.get_parts(area) if isinstance(polygon, Polygon)]
    return [_part(polygon, corners, size) for polygon in polygons if _counts(polygon.exterior, size)]


def _part(polygon: Polygon, corners: "_Corners", size: Size) -> list[float]:
    loops = [polygon.exterior, *(hole for hole in polygon.interiors if _counts(hole, size))]
    outer, *holes = (corners.placed(loop, _DECIMALS) for loop in loops)
    if not Polygon(outer, holes).is_valid:  # so narrow that rounding makes it cross itself
        outer, *holes = (corners.placed(loop, 3 * _DECIMALS) for loop in loops)
    return bridged_rings.to_exact_part(bridged_rings.bridged(outer, *holes))


class _Corners:
    """Those that there were before."""

    def __init__(self, parts: Parts) -> None:
        self._all = np.concatenate([np.zeros((0, 2)), *map(bridged_rings.to_ring, parts)])
        self._exact = set(map(tuple, self._all.tolist()))

    def placed(self, loop: shapely.LinearRing, decimals: int) -> bridged_rings.Ring:
        """The corners of a loop: where they were, or rounded; none twice in a row."""
        ring: bridged_rings.Ring = shapely.get_coordinates(loop)[:-1]
        for place, corner in enumerate(map(tuple, ring.tolist())):
            if corner not in self._exact:
                near, distance = nearest_corner(self._all, corner)
                ring[place] = self._all[near] if distance < _SAME else np.round(corner, decimals)
        placed: bridged_rings.Ring = ring[(ring != np.roll(ring, 1, axis=0)).any(1)]
        return placed


def _counts(loop: shapely.LinearRing, size: Size) -> bool:
    """Whether a loop is large enough to be a piece or a hole."""
    if Polygon(loop).area < 1:
        return False
    part = bridged_rings.to_exact_part(shapely.get_coordinates(loop)[:-1])
    return outline_fault([part]) is not None or rasterise([part], size).area > 0
