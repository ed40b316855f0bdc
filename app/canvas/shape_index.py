"""Which shapes lie where, found for thousands of them within a frame."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from app.canvas.shape import Shape
from app.canvas.viewport import extent

_EACH, _CORNER, _EDGE, _PIXEL = 12.0, 1.2, 0.5, 0.002
"""Microseconds that drawing takes: for a shape, a corner, a pixel of the border of its box, a pixel of its inside."""

_AREA = 5
"""Column of the table."""
_FEW = 64
"""Shapes up to which an index is changed and not made anew."""


class ShapeIndex:
    """The shapes of one picture, large ones below, small ones on top. Never changed: other shapes get another index."""

    def __init__(self, shapes: Sequence[Shape] = (), table: NDArray[np.float64] | None = None) -> None:
        """``table`` is that of ``shapes`` where they are in order already."""
        if table is None:
            table = _table(shapes)
            order = np.argsort(-table[:, _AREA], kind="stable")
            shapes, table = [shapes[place] for place in order.tolist()], table[order]
        self.shapes = list(shapes)
        self.known = frozenset(shapes)
        self.predictions = [shape for shape in shapes if shape.style == "prediction"]
        self._table = table
        self._left, self._top, self._right, self._bottom, self._corners, _ = np.ascontiguousarray(table.T)

    def changed(self, shapes: Sequence[Shape], ahead: "ShapeIndex | None" = None) -> "ShapeIndex":
        """The index of ``shapes``. Costs little where most of them are those of before, as after an edit, and nothing
        where a worker has made it ``ahead``."""
        wanted = frozenset(shapes)
        if ahead is not None:
            return ahead if ahead.known == wanted else ahead.changed(shapes)
        fresh, gone = list(wanted - self.known), self.known - wanted
        if len(fresh) + len(gone) > _FEW:
            return ShapeIndex(shapes)
        places = [self.shapes.index(shape) for shape in gone]
        kept, table = self.shapes.copy(), np.delete(self._table, places, axis=0)
        for place in sorted(places, reverse=True):
            del kept[place]
        for shape, row in zip(fresh, _table(fresh), strict=True):
            place = int(np.searchsorted(-table[:, _AREA], -shape.area, side="right"))
            kept.insert(place, shape)
            table = np.insert(table, place, row, axis=0)
        return ShapeIndex(kept, table)

    def part(self, shapes: Iterable[Shape]) -> "ShapeIndex":
        """The index of some of its shapes, which costs little."""
        wanted = self.known.intersection(shapes)
        if len(wanted) == len(self.shapes):
            return self
        kept = np.fromiter((shape in wanted for shape in self.shapes), bool, len(self.shapes))
        return ShapeIndex([shape for shape in self.shapes if shape in wanted], self._table[kept])

    def touching(self, area: QRectF) -> list[Shape]:
        """The visible shapes whose box reaches into ``area`` (image pixels), from the lowest to the one on top."""
        shapes = self.shapes
        return [shapes[place] for place in self._places(area).tolist() if shapes[place].visible]

    def at(self, x: int, y: int) -> Shape | None:
        """The visible shape on top of the pixel in column ``x``, row ``y``."""
        found = (self.shapes[place] for place in reversed(self._places(QRectF(x, y, 1, 1)).tolist()))
        return next((shape for shape in found if shape.visible and shape.contains(x, y)), None)

    def cost(self, area: QRectF, zoom: float) -> float:
        """About how many microseconds it takes to draw what lies in ``area`` with ``zoom`` device pixels an image
        pixel."""
        places = self._places(area)
        width = np.minimum(self._right[places], area.right()) - np.maximum(self._left[places], area.left())
        height = np.minimum(self._bottom[places], area.bottom()) - np.maximum(self._top[places], area.top())
        edges, insides = (width + height).sum() * zoom, (width * height).sum() * zoom**2
        corners = self._corners[places].sum() * min(zoom, 1.0)
        return float(_EACH * len(places) + _CORNER * corners + _EDGE * edges + _PIXEL * insides)

    def _places(self, area: QRectF) -> NDArray[np.intp]:
        left, top, right, bottom = extent(area)
        touches = (self._left <= right) & (self._right >= left) & (self._top <= bottom) & (self._bottom >= top)
        return np.flatnonzero(touches)


def _table(shapes: Sequence[Shape]) -> NDArray[np.float64]:
    """Left, top, right, bottom, corners and area of each, shape ``(n, 6)``."""
    rows = [(*extent(shape.box), shape.corners, shape.area) for shape in shapes]
    return np.array(rows, float).reshape(-1, 6)
