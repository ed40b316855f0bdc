"""What a round brush covers while it moves over an image: pixels, and the outline of a chain of capsules."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray

from core.geometry.bridged_rings import bridged, to_part, to_ring
from core.geometry.mask_ops import Point
from core.geometry.mask_outline import traced
from core.geometry.masks import Mask, Size, empty
from core.geometry.simplifying import simplified

Move = tuple[Point, Point, float]
"""Straight from one point to another, both the same for a dab, with a brush of some diameter in image pixels."""

TOLERANCE = 0.25
"""Image pixels by which an outline may be off, so that it needs few corners."""

_OFF_PATH, _OFF_ARC, _OFF_EDGE = 0.03, 0.02, 0.19
"""What of it the way of the brush, the round of its tip, and the edge of both may take: most where it spares most."""

Bounds = tuple[int, int, int, int]
"""``left, top, right, bottom`` in whole image pixels, right and bottom not included."""

_THIN = 2.0
"""Image pixels: a thinner brush paints one pixel after the other."""


@dataclass(frozen=True)
class Painted:
    """A stroke at its end."""

    mask: Mask
    moves: tuple[Move, ...]

    @cached_property
    def outline(self) -> list[list[float]]:
        """The stroke as polygons, see ``swept``: every pixel is on the same side of them but those that they run
        through. They go on where the brush went over the border of the image. Those of a brush of less than two pixels
        run along the edges of the painted pixels."""
        thin = any(diameter < _THIN for _, _, diameter in self.moves)
        return traced(self.mask) if thin else swept(self.moves)


class Stroke:
    """The pixels that a brush has been over, of an image of ``size``. A step costs what the brush sweeps over, not what
    the image holds: memory that is never painted on is never touched."""

    def __init__(self, size: Size) -> None:
        self.bitmap: NDArray[np.uint8] = np.zeros(size, np.uint8)
        """Of shape ``size``, 0 or 1."""
        self.window: Bounds = (0, 0, 0, 0)
        """Outside of it nothing is painted."""
        self._moves: list[Move] = []

    def move(self, start: Point, end: Point, diameter: float) -> Bounds:
        """Draw a straight line from ``start`` to ``end``; both the same for a dab. A pixel is painted when its centre
        lies no farther than half of ``diameter`` (image pixels) from the line, and always those under both ends.

        Returns where something may have changed; empty when all of it lies outside of the image.
        """
        radius = max(diameter / 2, 0.5)
        self._moves.append((start, end, 2 * radius))
        height, width = self.bitmap.shape
        left, right = _span(start[0], end[0], radius, width)
        top, bottom = _span(start[1], end[1], radius, height)
        if right <= left or bottom <= top:
            return 0, 0, 0, 0
        part = self.bitmap[top:bottom, left:right]
        part |= _near(start, end, radius, (left, top, right, bottom))
        for x, y in (start, end):
            if 0 <= x < width and 0 <= y < height:
                self.bitmap[int(y), int(x)] = 1
        self.window = _joined(self.window, (left, top, right, bottom))
        return left, top, right, bottom

    def mask(self) -> Mask:
        """What was painted."""
        left, top, right, bottom = self.window
        size = self.bitmap.shape[0], self.bitmap.shape[1]
        painted = np.ascontiguousarray(self.bitmap[top:bottom, left:right])
        if not painted.any():
            return empty(size)
        x, y, w, h = cv2.boundingRect(painted)
        return Mask(left + x, top + y, painted[y : y + h, x : x + w].copy(), size)

    def painted(self) -> "Painted":
        """What was painted, as a value."""
        return Painted(self.mask(), tuple(self._moves))


def _span(start: float, end: float, radius: float, limit: int) -> tuple[int, int]:
    return max(math.floor(min(start, end) - radius), 0), min(math.ceil(max(start, end) + radius) + 1, limit)


def _near(start: Point, end: Point, radius: float, window: Bounds) -> NDArray[np.bool_]:
    """Which pixels of ``window`` have their centre within ``radius`` of the line."""
    left, top, right, bottom = window
    x = np.arange(left, right, dtype=np.float32)[None, :] + np.float32(0.5 - start[0])
    y = np.arange(top, bottom, dtype=np.float32)[:, None] + np.float32(0.5 - start[1])
    across, down = np.float32(end[0] - start[0]), np.float32(end[1] - start[1])
    length = across * across + down * down
    if length == 0:
        return np.asarray(x * x + y * y <= np.float32(radius * radius))
    along = np.clip((x * across + y * down) / length, 0, 1)
    x, y = x - along * across, y - along * down
    return np.asarray(x * x + y * y <= np.float32(radius * radius))


def _joined(one: Bounds, other: Bounds) -> Bounds:
    if one[2] <= one[0]:
        return other
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def swept(moves: Sequence[Move]) -> list[list[float]]:
    """Polygons as COCO writes them, with what the brush went around as holes. No point of the outline is farther than
    ``TOLERANCE`` from the exact one, and none of the exact one from it."""
    areas = [_capsules(points, diameter / 2) for points, diameter in _paths(moves)]
    return [_part(polygon) for polygon in shapely.get_parts(shapely.union_all(areas))]


def _part(polygon: shapely.Polygon) -> list[float]:
    loops = [shapely.get_coordinates(loop)[:-1] for loop in (polygon.exterior, *polygon.interiors)]
    outer, *holes = (to_ring(simplified(loop.ravel(), _OFF_EDGE)) for loop in loops)
    if not shapely.Polygon(outer, holes).is_valid:  # so narrow that they would cross
        outer, *holes = loops
    return to_part(bridged(outer, *holes))


def _paths(moves: Sequence[Move]) -> list[tuple[list[Point], float]]:
    """The ways that go on without a gap and with one diameter."""
    paths: list[tuple[list[Point], float]] = []
    for start, end, diameter in moves:
        if paths and paths[-1][1] == diameter and paths[-1][0][-1] == start:
            paths[-1][0].append(end)
        else:
            paths.append(([start, end], diameter))
    return paths


def _capsules(points: list[Point], radius: float) -> shapely.Polygon:
    """Each on its own: around a way that is tangled, a buffer of all of it would lack parts (GEOS 3.14)."""
    line = shapely.linestrings(np.round(points, 3))  # next to nothing between two points is too little to count with
    path = shapely.get_coordinates(shapely.simplify(line, _OFF_PATH, preserve_topology=False))
    ways = shapely.linestrings(np.stack([path[:-1], path[1:]], axis=1))
    corners = math.ceil(math.pi / 4 / math.acos(1 - min(_OFF_ARC / radius, 1)))
    return shapely.union_all(shapely.buffer(ways, radius, quad_segs=corners))
