"""The corners and edges of polygons that a person can take hold of."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF

from core.geometry.nearest import Points, nearest_corner, nearest_edge

Parts = list[list[float]]
Place = tuple[int, int]
"""Part, and position of a point in it."""


@dataclass(frozen=True, slots=True, eq=False)
class Corners:
    """Of one instance. Points of a part that lie in the same place are one corner: a ring that walks into a hole and
    back passes its bridge twice, and moves as one."""

    parts: Parts
    points: Points
    """One a corner, shape ``(N, 2)``."""
    places: list[list[Place]]
    """Where each corner stands in ``parts``."""
    edges: NDArray[np.intp]
    """Corners at both ends, shape ``(M, 2)``, without the bridges to holes."""
    starts: list[Place]
    """Where each edge begins."""

    def nearest(self, at: QPointF) -> tuple[int, float]:
        """The corner nearest to ``at`` and its distance in image pixels."""
        return nearest_corner(self.points, (at.x(), at.y()))

    def nearest_edge(self, at: QPointF) -> tuple[int, QPointF, float]:
        """The edge nearest to ``at``, the point on it, and its distance."""
        begins, ends = self.points[self.edges[:, 0]], self.points[self.edges[:, 1]]
        edge, point, distance = nearest_edge(begins, ends, (at.x(), at.y()))
        return edge, QPointF(*point), distance

    def within(self, area: tuple[float, float, float, float]) -> list[int]:
        """The corners in ``area``: left, top, right, bottom."""
        x, y = self.points.T
        inside: list[int] = np.flatnonzero((x >= area[0]) & (y >= area[1]) & (x <= area[2]) & (y <= area[3])).tolist()
        return inside

    def moved(self, chosen: Iterable[int], by: QPointF) -> Parts:
        """The polygons with some corners elsewhere."""
        return self.placed({number: QPointF(*self.points[number]) + by for number in chosen})

    def placed(self, where: dict[int, QPointF]) -> Parts:
        """The polygons with corners at other places."""
        parts = [list(part) for part in self.parts]
        for number, point in where.items():
            for part, position in self.places[number]:
                parts[part][2 * position : 2 * position + 2] = [round(point.x(), 2), round(point.y(), 2)]
        return parts

    def with_corner(self, edge: int, at: QPointF) -> Parts:
        """The polygons with one more corner, on an edge."""
        parts = [list(part) for part in self.parts]
        part, position = self.starts[edge]
        parts[part][2 * position + 2 : 2 * position + 2] = [round(at.x(), 2), round(at.y(), 2)]
        return parts

    def without(self, chosen: Collection[int]) -> Parts:
        """The polygons without some corners; parts of which less than a triangle is left are gone.

        A corner goes by being pulled onto the next one along its outline: so the bridge to a hole stays one.
        """
        following = {int(one): int(other) for one, other in self.edges[::-1]}
        target = {}
        for number in chosen:
            other = number
            for _ in range(len(self.points)):
                other = following.get(other, other)
                if other not in chosen:
                    break
            target[number] = QPointF(*self.points[other])
        rings = [_tidied(part) for part in self.placed(target)]
        return [ring for ring in rings if len(ring) >= 6]


def corners_of(parts: Parts) -> Corners:
    """What there is to take hold of."""
    numbers: dict[tuple[int, float, float], int] = {}
    places: list[list[Place]] = []
    rings: list[list[int]] = []
    for part, flat in enumerate(parts):
        ring = []
        for position, point in enumerate(zip(flat[0::2], flat[1::2], strict=True)):
            number = numbers.setdefault((part, *point), len(numbers))
            if number == len(places):
                places.append([])
            places[number].append((part, position))
            ring.append(number)
        rings.append(ring)
    points = np.array([key[1:] for key in numbers], float).reshape(-1, 2)
    edges, starts = _edges(rings)
    return Corners(parts, points, places, np.array(edges, np.intp).reshape(-1, 2), starts)


def _edges(rings: list[list[int]]) -> tuple[list[tuple[int, int]], list[Place]]:
    edges, starts = [], []
    for part, ring in enumerate(rings):
        around = list(zip(ring, ring[1:] + ring[:1], strict=True))
        there = set(around)
        for position, (one, other) in enumerate(around):
            if one != other and (other, one) not in there:
                edges.append((one, other))
                starts.append((part, position))
    return edges, starts


def _tidied(flat: list[float]) -> list[float]:
    """The ring without points that follow themselves and ways that go out and straight back."""
    ring: list[tuple[float, float]] = []
    for point in zip(flat[0::2], flat[1::2], strict=True):
        ring.append(point)
        while len(ring) >= 2 and (ring[-1] == ring[-2] or (len(ring) >= 3 and ring[-1] == ring[-3])):
            del ring[-1 if ring[-1] == ring[-2] else slice(-2, None)]
    while len(ring) > 1 and ring[0] == ring[-1]:
        ring.pop()
    return [value for point in ring for value in point]
