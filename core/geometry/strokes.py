"""What a round brush covers while it moves over an image."""

import math
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry.mask_to_polygons import traced
from core.geometry.masks import Mask, Size, empty
from core.geometry.stroke_outline import Move, Point, swept

Window = tuple[int, int, int, int]
"""``left, top, right, bottom`` in whole image pixels, right and bottom not included."""

_THIN = 2.0
"""Image pixels: a thinner brush paints one pixel after the other."""


@dataclass(frozen=True)
class Painted:
    """A stroke at its end."""

    mask: Mask
    moves: tuple[Move, ...]

    @cached_property
    def outline(self) -> list[list[float]]:
        """The stroke as polygons, see ``swept``: every pixel is on the same side of them but those that they run
        through. They go on where the brush went over the border of the image. Those of a brush of less than two pixels
        run along the edges of the painted pixels."""
        thin = any(diameter < _THIN for _, _, diameter in self.moves)
        return traced(self.mask) if thin else swept(self.moves)


class Stroke:
    """The pixels that a brush has been over, of an image of ``size``. A step costs what the brush sweeps over, not what
    the image holds: memory that is never painted on is never touched."""

    def __init__(self, size: Size) -> None:
        self.bitmap: NDArray[np.uint8] = np.zeros(size, np.uint8)
        """Of shape ``size``, 0 or 1."""
        self.window: Window = (0, 0, 0, 0)
        """Outside of it nothing is painted."""
        self._moves: list[Move] = []

    def move(self, start: Point, end: Point, diameter: float) -> Window:
        """Draw a straight line from ``start`` to ``end``; both the same for a dab. A pixel is painted when its centre
        lies no farther than half of ``diameter`` (image pixels) from the line, and always those under both ends.

        Returns where something may have changed; empty when all of it lies outside of the image.
        """
        radius = max(diameter / 2, 0.5)
        self._moves.append((start, end, 2 * radius))
        height, width = self.bitmap.shape
        left, right = _span(start[0], end[0], radius, width)
        top, bottom = _span(start[1], end[1], radius, height)
        if right <= left or bottom <= top:
            return 0, 0, 0, 0
        part = self.bitmap[top:bottom, left:right]
        part |= _near(start, end, radius, (left, top, right, bottom))
        for x, y in (start, end):
            if 0 <= x < width and 0 <= y < height:
                self.bitmap[int(y), int(x)] = 1
        self.window = _joined(self.window, (left, top, right, bottom))
        return left, top, right, bottom

    def mask(self) -> Mask:
        """What was painted."""
        left, top, right, bottom = self.window
        size = self.bitmap.shape[0], self.bitmap.shape[1]
        painted = np.ascontiguousarray(self.bitmap[top:bottom, left:right])
        if not painted.any():
            return empty(size)
        x, y, w, h = cv2.boundingRect(painted)
        return Mask(left + x, top + y, painted[y : y + h, x : x + w].copy(), size)

    def painted(self) -> "Painted":
        """What was painted, as a value."""
        return Painted(self.mask(), tuple(self._moves))


def _span(start: float, end: float, radius: float, limit: int) -> tuple[int, int]:
    return max(math.floor(min(start, end) - radius), 0), min(math.ceil(max(start, end) + radius) + 1, limit)


def _near(start: Point, end: Point, radius: float, window: Window) -> NDArray[np.bool_]:
    """Which pixels of ``window`` have their centre within ``radius`` of the line."""
    left, top, right, bottom = window
    x = np.arange(left, right, dtype=np.float32)[None, :] + np.float32(0.5 - start[0])
    y = np.arange(top, bottom, dtype=np.float32)[:, None] + np.float32(0.5 - start[1])
    across, down = np.float32(end[0] - start[0]), np.float32(end[1] - start[1])
    length = across * across + down * down
    if length == 0:
        return np.asarray(x * x + y * y <= np.float32(radius * radius))
    along = np.clip((x * across + y * down) / length, 0, 1)
    x, y = x - along * across, y - along * down
    return np.asarray(x * x + y * y <= np.float32(radius * radius))


def _joined(one: Window, other: Window) -> Window:
    if one[2] <= one[0]:
        return other
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])
