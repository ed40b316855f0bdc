"""The outline of what a round brush sweeps over: of a chain of capsules."""

import math
from collections.abc import Sequence

import shapely

from core.geometry.rings import bridged, to_part

Point = tuple[float, float]
"""``x, y`` in image pixels: pixel (x, y) spans x … x + 1."""

Move = tuple[Point, Point, float]
"""Straight from one point to another, both the same for a dab, with a brush of some diameter in image pixels."""

TOLERANCE = 0.25
"""Image pixels by which an outline may be off, so that it needs few corners."""

_OFF_PATH, _OFF_ARC, _OFF_EDGE = 0.01, 0.01, 0.23
"""What of it the way of the brush, the round of its tip, and the edge of both may take: most where it spares most."""


def swept(moves: Sequence[Move]) -> list[list[float]]:
    """Polygons as COCO writes them, with what the brush went around as holes. No point of the outline is farther than
    ``TOLERANCE`` from the exact one, and none of the exact one from it."""
    areas = [_capsules(points, diameter / 2) for points, diameter in _paths(moves)]
    whole = shapely.simplify(shapely.union_all(areas), _OFF_EDGE)
    parts = []
    for polygon in shapely.get_parts(whole):
        loops = (polygon.exterior, *polygon.interiors)
        parts.append(to_part(bridged(*(shapely.get_coordinates(loop)[:-1] for loop in loops))))
    return parts


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
    path = shapely.simplify(shapely.linestrings(points), _OFF_PATH, preserve_topology=False)
    corners = math.ceil(math.pi / 4 / math.acos(1 - min(_OFF_ARC / radius, 1)))
    return shapely.buffer(path, radius, quad_segs=corners)
