"""Where points come to lie."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF

from core.dataset.coco.annotations import mask_of
from core.geometry.masks import Size


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


def covers(ring: list[float], size: Size) -> bool:
    """Whether at least one pixel of the image belongs to the polygon."""
    return len(ring) >= 6 and mask_of([ring], size).area > 0


def pixel(at: QPointF) -> tuple[int, int]:
    """Column and row of the pixel that holds a point."""
    return math.floor(at.x()), math.floor(at.y())
