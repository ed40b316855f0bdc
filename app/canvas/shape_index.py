"""Which shapes lie where, found for thousands of them within a frame."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from app.canvas.shape import Shape

_EACH, _CORNER, _EDGE, _PIXEL = 12.0, 1.2, 0.5, 0.002
"""Microseconds that drawing takes: for a shape, a corner, a pixel of the border of its box, a pixel of its inside."""


class ShapeIndex:
    """The shapes of one picture, large ones below, small ones on top. A value: made anew when there are others."""

    def __init__(self, shapes: Sequence[Shape] = ()) -> None:
        rows = [(*shape.box.getCoords(), shape.corners, shape.area) for shape in shapes]
        table: NDArray[np.float64] = np.array(rows, float).reshape(-1, 6)
        order = np.argsort(-table[:, 5], kind="stable")
        self.shapes = [shapes[place] for place in order.tolist()]
        self.predictions = [shape for shape in self.shapes if shape.style == "prediction"]
        self._left, self._top, self._right, self._bottom, self._corners, _ = np.ascontiguousarray(table[order].T)

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
        left, top, right, bottom = area.getCoords()
        touches = (self._left <= right) & (self._right >= left) & (self._top <= bottom) & (self._bottom >= top)
        return np.flatnonzero(touches)
