"""The corners and edges of the selected polygons that a person can take hold of."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from app.canvas.viewport import Viewport, extent
from app.style import tokens
from app.tools import painting
from app.tools.tool import Pointer
from app.tools.tool_context import ToolContext
from core.annotation.editing.model import Annotation
from core.geometry.polygons import Parts, Points, nearest_corner, nearest_edge
from core.geometry.segmentation import parts_of

Place = tuple[int, int]
"""Part, and position of a point in it."""

_MOST_INSTANCES = 20
"""More selected instances are moved and deleted, not shaped: their handles would cover the picture."""

_MOST_IN_VIEW = 600
"""More corners in view show no handles before one zooms in; those under the mouse always can be taken."""


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

    def within(self, area: tuple[float, float, float, float]) -> list[int]:
        """The corners in ``area``: left, top, right, bottom."""
        x, y = self.points.T
        inside: list[int] = np.flatnonzero((x >= area[0]) & (y >= area[1]) & (x <= area[2]) & (y <= area[3])).tolist()
        return inside

    def moved(self, chosen: Iterable[int], by: QPointF) -> Parts:
        """The polygons with some corners moved by the same way."""
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
    """The corners and edges of polygons."""
    numbers: dict[tuple[int, float, float], int] = {}
    places: list[list[Place]] = []
    edges: list[tuple[int, int]] = []
    starts: list[Place] = []
    for part, flat in enumerate(parts):
        ring = []
        for position, point in enumerate(zip(flat[0::2], flat[1::2], strict=True)):
            number = numbers.setdefault((part, *point), len(numbers))
            if number == len(places):
                places.append([])
            places[number].append((part, position))
            ring.append(number)
        around = list(zip(ring, ring[1:] + ring[:1], strict=True))
        there = set(around)
        for position, (one, other) in enumerate(around):
            if one != other and (other, one) not in there:
                edges.append((one, other))
                starts.append((part, position))
    points = np.array([key[1:] for key in numbers], float).reshape(-1, 2)
    return Corners(parts, points, places, np.array(edges, np.intp).reshape(-1, 2), starts)


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


@dataclass(frozen=True, slots=True)
class Grip:
    """A corner, or a place on an edge, of a selected polygon."""

    id: int
    at: QPointF
    corner: int | None
    edge: int = -1


class Handles:
    """Of the selected instances that are polygons and not locked."""

    def __init__(self, context: ToolContext) -> None:
        self._context = context
        self._known: dict[int, tuple[Annotation, Corners]] = {}
        self._chosen: dict[int, frozenset[int]] = {}

    def all(self) -> dict[int, Corners]:
        """Corners and edges by id."""
        context, before = self._context, self._known
        self._known = {}
        for id in context.order if len(context.order) <= _MOST_INSTANCES else ():
            annotation = context.annotations[id]
            if id in context.locked or id in context.hidden or not (parts := parts_of(annotation.segmentation)):
                continue
            known = before.get(id)
            same = known is not None and known[0] is annotation
            self._known[id] = known if known is not None and same else (annotation, corners_of(parts))
        return {id: corners for id, (_, corners) in self._known.items()}

    @property
    def chosen(self) -> dict[int, frozenset[int]]:
        """Corners that are moved and deleted together. Those of instances that changed their number are none."""
        known = self.all()
        return {
            id: numbers
            for id, numbers in self._chosen.items()
            if numbers and id in known and max(numbers) < len(known[id].points)
        }

    def choose(self, chosen: Mapping[int, frozenset[int]], *, add: bool = False) -> None:
        """Choose these corners, in place of the others or in addition."""
        before = self.chosen if add else {}
        self._chosen = {id: before.get(id, frozenset()) | chosen.get(id, frozenset()) for id in {**before, **chosen}}

    def hold(self, grip: Grip, *, add: bool = False) -> None:
        """Choose a corner that is pressed on; one of several chosen ones leaves all of them chosen."""
        if grip.corner is not None and grip.corner not in self.chosen.get(grip.id, ()):
            self.choose({grip.id: frozenset((grip.corner,))}, add=add)

    def within(self, area: tuple[float, float, float, float]) -> dict[int, frozenset[int]]:
        """The corners in a rectangle; empty where that holds a whole instance, or none of any."""
        known = self.all()
        found = {id: corners.within(area) for id, corners in known.items()}
        if any(len(numbers) == len(known[id].points) for id, numbers in found.items()):
            return {}
        return {id: frozenset(numbers) for id, numbers in found.items() if numbers}

    def grip(self, pointer: Pointer) -> Grip | None:
        """The corner under the mouse, else the place on an edge."""
        at, reach = (pointer.at.x(), pointer.at.y()), tokens.REACH / pointer.scale
        corners, edges = [], []
        for id, known in self.all().items():
            number, distance = nearest_corner(known.points, at)
            corners.append((distance, Grip(id, QPointF(*known.points[number]), number)))
            begins, ends = known.points[known.edges[:, 0]], known.points[known.edges[:, 1]]
            edge, point, distance = nearest_edge(begins, ends, at)
            edges.append((distance, Grip(id, QPointF(*point), None, edge)))
        for found, limit in ((corners, reach), (edges, reach / 2)):
            distance, grip = min(found, key=lambda entry: entry[0], default=(limit + 1, None))
            if distance <= limit:
                return grip
        return None

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Handles on the corners in view."""
        visible = extent(viewport.to_image_rect(QRectF(painter.viewport())))
        known, chosen = self.all(), self.chosen
        shown = {id: corners.within(visible) for id, corners in known.items()}
        few = sum(map(len, shown.values())) <= _MOST_IN_VIEW
        for id, numbers in shown.items():
            mine = chosen.get(id, frozenset())
            numbers = numbers if few else [number for number in numbers if number in mine]
            points = [QPointF(*known[id].points[number]) for number in numbers]
            marked = [place for place, number in enumerate(numbers) if number in mine]
            color = painting.instance_color(self._context, id)
            painting.draw_handles(painter, viewport, points, color, chosen=marked)
