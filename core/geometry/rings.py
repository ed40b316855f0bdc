"""Polygons with holes as COCO can write them: one ring that walks from the outside into each hole and back.

Inside and outside of a ring are told apart by the even-odd rule, and the way in lies on the way back: nothing of it is
seen. All rings are arrays of shape ``(N, 2)``, x and y, without the first point again at the end.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Ring = NDArray[np.float64]


def to_ring(part: list[float]) -> Ring:
    """A part as COCO writes it, ``x1, y1, x2, y2, …``, as points."""
    return np.array(part, float).reshape(-1, 2)


def to_part(ring: Ring) -> list[float]:
    """Points as COCO writes them, to a hundredth of a pixel."""
    part: list[float] = np.round(ring, 2).ravel().tolist()
    return part


def area(ring: Ring) -> float:
    """Signed area in square pixels: positive for a ring that runs clockwise on the screen."""
    x, y = ring.T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def bridged(outer: Ring, *holes: Ring) -> Ring:
    """``outer`` with the way into each hole and back."""
    ring = outer
    for hole in holes:
        first = int(hole[:, 0].argmin())
        entry = np.roll(hole, -first, axis=0)
        at = int(((ring - entry[0]) ** 2).sum(1).argmin())
        ring = np.concatenate([ring[: at + 1], entry, entry[:1], ring[at:]])
    return ring


def loops(ring: Ring) -> list[Ring]:
    """The rings that a ring with bridges is made of, the largest first: together, even-odd, they cover the same.

    A ring that touches itself in a corner falls apart there too. Ways out and straight back are left out.
    """
    found: list[list[tuple[float, float]]] = []
    way: list[tuple[float, float]] = []
    places: dict[tuple[float, float], int] = {}
    for point in map(tuple, ring.tolist()):
        if point in places:
            start = places[point]
            found.append(way[start:])
            for left in way[start:]:
                places.pop(left, None)
            del way[start:]
        places[point] = len(way)
        way.append(point)
    found.append(way)
    rings = [np.array(loop) for loop in found if len(loop) > 2]
    return sorted(rings, key=lambda loop: -abs(area(loop)))


def smoothed(ring: Ring) -> Ring:
    """With every corner cut at a quarter of its edges (G. Chaikin, 1974)."""
    following = np.roll(ring, -1, axis=0)
    return np.stack([0.75 * ring + 0.25 * following, 0.25 * ring + 0.75 * following], 1).reshape(-1, 2)


def cut(ring: Ring, start: tuple[float, float], end: tuple[float, float]) -> list[Ring]:
    """What comes of cutting a ring that does not touch itself along the line from ``start`` to ``end``. Only what the
    line runs all the way through is cut."""
    begin, along = np.array(start), np.subtract(end, start)
    marked, crossings = _with_crossings(ring, begin, along)
    rings = [marked]
    for one, other in pairwise(crossings):
        if covers(ring, (one + other) / 2):
            rings = [piece for whole in rings for piece in _split(whole, one, other)]
    return rings


def covers(ring: Ring, at: NDArray[np.float64]) -> bool:
    """Whether a point lies in the ring, by the even-odd rule."""
    x, y = ring.T
    to_x, to_y = np.roll(ring, -1, axis=0).T
    spans = (y > at[1]) != (to_y > at[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = x + (at[1] - y) / (to_y - y) * (to_x - x)
    return bool(np.count_nonzero(spans & (at[0] < crossing)) % 2)


def _with_crossings(ring: Ring, begin: Ring, along: Ring) -> tuple[Ring, list[Ring]]:
    """The ring with a corner wherever the line crosses it, and these corners in the order of the line."""
    points: list[Ring] = []
    crossings: list[tuple[float, Ring]] = []
    for corner, following in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        points.append(corner)
        edge = following - corner
        turn = along[0] * edge[1] - along[1] * edge[0]
        if turn == 0:
            continue
        away = corner - begin
        on_line = (away[0] * edge[1] - away[1] * edge[0]) / turn
        on_edge = (away[0] * along[1] - away[1] * along[0]) / turn
        if 0 <= on_line <= 1 and 0 <= on_edge < 1:
            crossing = corner if on_edge == 0 else corner + on_edge * edge
            crossings.append((float(on_line), crossing))
            if on_edge > 0:
                points.append(crossing)
    return np.array(points), [point for _, point in sorted(crossings, key=lambda crossing: crossing[0])]


def _split(ring: Ring, one: Ring, other: Ring) -> list[Ring]:
    """The ring in two, along the line between two of its corners; as it is where it does not have both."""
    first, second = (np.flatnonzero((ring == point).all(1)) for point in (one, other))
    if not first.size or not second.size:
        return [ring]
    low, high = sorted((int(first[0]), int(second[0])))
    parts = ring[low : high + 1], np.concatenate([ring[high:], ring[: low + 1]])
    return [part for part in parts if len(part) > 2 and area(part) != 0]
