"""The outline of what a round brush sweeps over: of a chain of capsules."""

import math
from collections.abc import Sequence

import numpy as np
import shapely

from core.geometry.bridged_rings import bridged, to_part, to_ring
from core.geometry.simplifying import simplified

Point = tuple[float, float]
"""``x, y`` in image pixels: pixel (x, y) spans x … x + 1."""

Move = tuple[Point, Point, float]
"""Straight from one point to another, both the same for a dab, with a brush of some diameter in image pixels."""

TOLERANCE = 0.25
"""Image pixels by which an outline may be off, so that it needs few corners."""

_OFF_PATH, _OFF_ARC, _OFF_EDGE = 0.03, 0.02, 0.19
"""What of it the way of the brush, the round of its tip, and the edge of both may take: most where it spares most."""


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
