"""Snapping to the borders of neighbours, so that instances that touch share their border."""

from collections.abc import Collection

import numpy as np
from PySide6.QtCore import QPointF

from app.tools.tool_context import ToolContext
from core.annotation.editing.model import Annotation
from core.geometry.mask_outline import run_outlines
from core.geometry.nearest import Points, nearest_corner, nearest_edge
from core.geometry.rle_ops import counts_of

_CORNER_FIRST = 0.7
"""A corner that is this share of the reach away is meant, though an edge is nearer."""


class Snapper:
    """Finds the border nearest to a point."""

    def __init__(self, context: ToolContext) -> None:
        self._context = context
        self._rings: dict[int, tuple[Annotation, list[Points]]] = {}

    def snap(self, at: QPointF, reach: float, *, without: Collection[int] = ()) -> QPointF:
        """The point nearest to ``at`` on the border of an instance other than ``without``, no farther than ``reach``
        (image pixels); ``at`` where there is none. Corners come before edges."""
        x, y = at.x(), at.y()
        near = self._context.within((x - reach, y - reach, x + reach, y + reach), touching=True)
        rings = [ring for id in near if id not in without for ring in self._borders(id)]
        for nearest, limit in ((_corner, _CORNER_FIRST * reach), (_edge, reach)):
            distance, point = min((nearest(ring, (x, y)) for ring in rings), default=(limit + 1, (x, y)))
            if distance <= limit:
                return QPointF(*point)
        return at

    def _borders(self, id: int) -> list[Points]:
        annotation = self._context.annotations[id]
        kept = self._rings.get(id)
        if kept is None or kept[0] is not annotation:
            kept = self._rings[id] = annotation, _borders(annotation)
        return kept[1]


def _corner(ring: Points, at: tuple[float, float]) -> tuple[float, tuple[float, float]]:
    place, distance = nearest_corner(ring, at)
    return distance, (float(ring[place, 0]), float(ring[place, 1]))


def _edge(ring: Points, at: tuple[float, float]) -> tuple[float, tuple[float, float]]:
    _, point, distance = nearest_edge(ring, np.roll(ring, -1, axis=0), at)
    return distance, point


def _borders(annotation: Annotation) -> list[Points]:
    """The outlines of an instance: its polygons, the pixel edges of its mask, or its box."""
    shape = annotation.segmentation
    if isinstance(shape, dict):
        return [outline.astype(float) for outline in run_outlines(counts_of(shape), shape["size"][0])]
    if shape:
        return [np.array(part, float).reshape(-1, 2) for part in shape]
    x, y, width, height = annotation.box
    return [np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]])]
