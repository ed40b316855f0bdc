"""An instance as the view draws it."""

import struct
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QDataStream, QRectF
from PySide6.QtGui import QColor, QPainterPath

from core.geometry.masks import Mask
from core.geometry.outlines import outlines

Style = Literal["truth", "prediction", "crowd"]
"""Ground truth has a solid outline, a prediction a dashed one, a crowd region is hatched."""

_TOLERANCE = 0.75
"""How far a simplified outline may be off, in screen pixels."""


class Shape:
    """One instance with its outline along the pixel edges. Make it in a worker; then it belongs to the GUI thread,
    where only ``visible`` may change (call ``ImageView.refresh`` afterwards)."""

    def __init__(self, mask: Mask, color: tuple[int, int, int], text: str, style: Style = "truth", key: int = 0):
        """``key`` is the maker's own, to find the instance again."""
        self.mask = mask
        self.color = QColor(*color)
        self.text = text
        self.style: Style = style
        self.key = key
        self.visible = True
        self.area = mask.area
        self.box = QRectF(*mask.box)
        offset = np.array([mask.x, mask.y], np.int32)
        self._outlines = [outline + offset for outline in outlines(mask.bitmap)]
        self._paths = {0: _path(self._outlines)}
        self.corners = sum(len(outline) for outline in self._outlines)
        """How much there is to draw."""

    def path(self, zoom: float) -> QPainterPath:
        """The outline in image pixels: exact from 100 % on; below, as coarse as ``zoom`` lets nobody see."""
        level = 0
        while zoom < 1 and level < 8:
            zoom *= 2
            level += 1
        if level not in self._paths:
            tolerance = _TOLERANCE * 2**level / 2
            self._paths[level] = _path([_simplified(outline, tolerance) for outline in self._outlines])
        return self._paths[level]

    def contains(self, x: int, y: int) -> bool:
        """Whether the pixel in column ``x``, row ``y`` belongs to the instance."""
        column, row = x - self.mask.x, y - self.mask.y
        height, width = self.mask.bitmap.shape
        return 0 <= row < height and 0 <= column < width and bool(self.mask.bitmap[row, column])


def _simplified(outline: NDArray[np.int32], tolerance: float) -> NDArray[np.int32]:
    fewer = cv2.approxPolyDP(outline.reshape(-1, 1, 2), tolerance, True).reshape(-1, 2)
    return fewer.astype(np.int32) if len(fewer) > 2 else outline[:: max(len(outline) // 4, 1)]


_ELEMENT = np.dtype([("type", ">i4"), ("x", ">f8"), ("y", ">f8")])
_MOVE_TO, _LINE_TO = 0, 1


def _path(loops: list[NDArray[np.int32]]) -> QPainterPath:
    """One path; holes stay empty by the even-odd rule.

    Built as the bytes that ``QDataStream`` reads a path from: twenty times faster than point by point.
    """
    path = QPainterPath()
    if not loops:
        return path
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
