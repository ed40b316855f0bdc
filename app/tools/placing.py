"""Where a point is set: kept inside the image, at right angles, snapped to what lies near."""

import math
from collections.abc import Collection, Sequence

import numpy as np
from PySide6.QtCore import QPointF

from app.tools.tool_context import ToolContext
from core.annotation.editing.model import Annotation
from core.geometry.mask_outline import run_outlines
from core.geometry.masks import Size
from core.geometry.polygons import Points, nearest_corner, nearest_edge, rasterise
from core.geometry.segmentation import Rle, parts_of


def inside(at: QPointF, size: Size) -> QPointF:
    """The point of the image that is nearest to ``at``."""
    height, width = size
    return QPointF(min(max(at.x(), 0.0), width), min(max(at.y(), 0.0), height))


def distance(one: QPointF, other: QPointF) -> float:
    """How far two points are apart."""
    return math.hypot(one.x() - other.x(), one.y() - other.y())


def at_45_degrees(start: QPointF, at: QPointF) -> QPointF:
    """The point nearest to ``at`` that lies level with ``start``, straight above or below it, or halfway between."""
    across, down = at.x() - start.x(), at.y() - start.y()
    turn = round(math.atan2(down, across) / (math.pi / 4)) * (math.pi / 4)
    length = across * math.cos(turn) + down * math.sin(turn)
    return start + QPointF(length * math.cos(turn), length * math.sin(turn))


def flat(points: Sequence[QPointF]) -> list[float]:
    """Points as COCO writes a polygon, to a hundredth of a pixel, none twice in a row."""
    ring: list[float] = []
    for point in points:
        x, y = round(point.x(), 2), round(point.y(), 2)
        if ring[-2:] != [x, y]:
            ring += [x, y]
    return ring[:-2] if ring[:2] == ring[-2:] else ring


def corners(one: QPointF, other: QPointF) -> list[float]:
    """The rectangle between two corners as COCO writes a polygon, clockwise from its top left, on whole pixels."""
    left, right = sorted((round(one.x()), round(other.x())))
    top, bottom = sorted((round(one.y()), round(other.y())))
    return [float(side) for side in (left, top, right, top, right, bottom, left, bottom)]


def square(start: QPointF, at: QPointF) -> QPointF:
    """The corner opposite to ``start`` of the square that reaches as far as ``at``."""
    across, down = at.x() - start.x(), at.y() - start.y()
    side = max(abs(across), abs(down))
    return start + QPointF(math.copysign(side, across), math.copysign(side, down))


def box_between(one: QPointF, other: QPointF, size: Size) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what lies between two points and inside the image."""
    one, other = inside(one, size), inside(other, size)
    (left, right), (top, bottom) = sorted((one.x(), other.x())), sorted((one.y(), other.y()))
    return left, top, right, bottom


def covers(ring: list[float], size: Size) -> bool:
    """Whether at least one pixel of the image belongs to the polygon."""
    return len(ring) >= 6 and rasterise([ring], size).area > 0


def pixel(at: QPointF) -> tuple[int, int]:
    """Column and row of the pixel that holds a point."""
    return math.floor(at.x()), math.floor(at.y())


_CORNER_FIRST = 0.7
"""A corner that is this share of the reach away is meant, though an edge is nearer."""


class Snapper:
    """Finds the border nearest to a point."""

    def __init__(self, context: ToolContext) -> None:
        self._context = context
        self._outlines: dict[int, tuple[Annotation, list[Points]]] = {}
        """Of instances, as they were when they were last near the mouse."""

    def snap(self, at: QPointF, reach: float, *, without: Collection[int] = ()) -> QPointF:
        """The point nearest to ``at`` on the border of an instance other than ``without``, no farther than ``reach``
        (image pixels); ``at`` where there is none. Corners come before edges."""
        place = at.x(), at.y()
        near = self._context.within((at.x() - reach, at.y() - reach, at.x() + reach, at.y() + reach), touching=True)
        corners: list[tuple[float, float, float]] = []
        edges: list[tuple[float, float, float]] = []
        for outline in [outline for id in near if id not in without for outline in self._outlines_of(id)]:
            number, distance = nearest_corner(outline, place)
            corners.append((distance, *outline[number].tolist()))
            _, point, distance = nearest_edge(outline, np.roll(outline, -1, axis=0), place)
            edges.append((distance, *point))
        for found, limit in ((corners, _CORNER_FIRST * reach), (edges, reach)):
            distance, x, y = min(found, default=(limit + 1, *place))
            if distance <= limit:
                return QPointF(x, y)
        return at

    def _outlines_of(self, id: int) -> list[Points]:
        """The polygons of an instance, the pixel edges of its mask, or its box."""
        annotation = self._context.annotations[id]
        known = self._outlines.get(id)
        if known is not None and known[0] is annotation:
            return known[1]
        shape = annotation.segmentation
        if isinstance(shape, Rle):
            outlines = [outline.astype(float) for outline in run_outlines(shape.counts, shape.size[0])]
        elif parts := parts_of(shape):
            outlines = [np.array(part, float).reshape(-1, 2) for part in parts]
        else:
            x, y, width, height = annotation.box
            outlines = [np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]])]
        self._outlines[id] = annotation, outlines
        return outlines
