"""An instance as the view draws it."""

import struct
from typing import Literal, cast

import cv2
import numpy as np
from PySide6.QtCore import QByteArray, QDataStream, QRectF
from PySide6.QtGui import QColor, QPainterPath

from app.canvas.outline import Loop, Outline, PixelOutline
from app.canvas.viewport import extent
from core.geometry.masks import Mask

ShapeStyle = Literal["truth", "prediction", "crowd", "box"]
"""Ground truth has a solid outline, a prediction a dashed one, a crowd region is hatched, a box alone is not filled."""

_TOLERANCE = 0.75
"""How far a simplified outline may be off, in screen pixels."""
_COARSEST = 8


class Shape:
    """One instance with its outline. Make it in a worker; then it belongs to the GUI thread, where only ``visible`` may
    change (call ``ImageView.refresh`` afterwards)."""

    def __init__(
        self, source: Mask | Outline, color: tuple[int, int, int], text: str, style: ShapeStyle = "truth", key: int = 0
    ) -> None:
        """A mask is drawn along the edges of its pixels. ``key`` is the maker's own, to find the instance again."""
        self._outline = PixelOutline(source) if isinstance(source, Mask) else source
        self.color = QColor(*color)
        self.text = text
        self.style: ShapeStyle = style
        self.key = key
        self.visible = True
        self.area = self._outline.area
        self.box = QRectF(*self._outline.box)
        self._paths: dict[int, QPainterPath] = {}
        self.corners = self._outline.corners
        """How much there is to draw."""

    def restyled(self, color: tuple[int, int, int], text: str, style: ShapeStyle) -> "Shape":
        """The same outline with another look: nothing of it is made anew."""
        shape = Shape(self._outline, color, text, style, self.key)
        shape._paths = self._paths
        return shape

    @property
    def mask(self) -> Mask:
        """Its pixels, counted out of its polygons or its runs when first asked for."""
        return self._outline.mask

    def path(self, zoom: float) -> QPainterPath:
        """The outline in image pixels: exact from 100 % on; below, simplified by less than can be seen at ``zoom``."""
        level = 0
        while zoom < 1 and level < _COARSEST:
            zoom *= 2
            level += 1
        if level not in self._paths:
            tolerance = _TOLERANCE * 2**level / 2
            groups = self._outline.groups
            if level:
                groups = [[_simplified(loop, tolerance) for loop in loops] for loops in groups]
            self._paths[level] = _joined([_path(loops) for loops in groups if loops])
        return self._paths[level]

    def contains(self, x: int, y: int) -> bool:
        """Whether the pixel in column ``x``, row ``y`` belongs to the instance."""
        return self.box.adjusted(-1, -1, 1, 1).contains(x, y) and self._outline.covers(x, y)


def _simplified(loop: Loop, tolerance: float) -> Loop:
    points = loop.astype(np.float32) if loop.dtype == np.float64 else loop
    fewer = cv2.approxPolyDP(points.reshape(-1, 1, 2), tolerance, True).reshape(-1, 2)
    return cast(Loop, fewer.astype(loop.dtype)) if len(fewer) > 2 else loop[:: max(len(loop) // 4, 1)]


def _joined(paths: list[QPainterPath]) -> QPainterPath:
    """One path for several parts. Where parts may overlap, what they share must not become a hole."""
    if len(paths) == 1:
        return paths[0]
    left, top, right, bottom = np.array([extent(path.controlPointRect()) for path in paths]).reshape(-1, 4).T
    across = (left[:, None] < right) & (right[:, None] > left)
    down = (top[:, None] < bottom) & (bottom[:, None] > top)
    overlap = np.count_nonzero(across & down) > len(paths)
    whole = QPainterPath()
    for path in paths:
        if overlap:
            whole = whole.united(path)
        else:
            whole.addPath(path)
    return whole


_ELEMENT = np.dtype([("type", ">i4"), ("x", ">f8"), ("y", ">f8")])
_MOVE_TO, _LINE_TO = 0, 1


def _path(loops: list[Loop]) -> QPainterPath:
    """One path; holes stay empty by the even-odd rule.

    Built as the bytes that ``QDataStream`` reads a path from: twenty times faster than point by point.
    """
    path = QPainterPath()
    closed = [np.concatenate([loop, loop[:1]]) for loop in loops]
    points = np.concatenate(closed)
    elements = np.empty(len(points), _ELEMENT)
    elements["type"] = _LINE_TO
    starts = np.cumsum([0, *(len(loop) for loop in closed[:-1])])
    elements["type"][starts] = _MOVE_TO
    elements["x"], elements["y"] = points.T
    even_odd = 0
    data = struct.pack(">i", len(points)) + elements.tobytes() + struct.pack(">ii", int(starts[-1]), even_odd)
    QDataStream(QByteArray(data)) >> path
    return path
