"""What a shape is drawn from: a mask, along the edges of its pixels, or polygons, as somebody drew them.

Each class has the ``area`` in pixels (of polygons that of what is drawn), the ``box`` (``x, y, width, height``), the
number of ``corners`` (how much there is to draw), the ``groups`` of loops (even-odd inside a group, joined between
groups), the ``mask``, and ``covers(x, y)``. None is changed once it is made, so that any thread may look at it.
"""

from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry import bridged_rings
from core.geometry.mask_ops import has
from core.geometry.mask_outline import outlines, run_outlines
from core.geometry.masks import Mask, Size
from core.geometry.polygons import rasterise
from core.geometry.segmentation import Box, Rle

Loop = NDArray[np.int32] | NDArray[np.float64]
"""Corners of a closed line in image pixels, shape ``(n, 2)`` as x, y."""


class PixelOutline:
    """Follows the pixels of a mask exactly."""

    def __init__(self, mask: Mask) -> None:
        self.mask = mask
        self.area = float(mask.area)
        self.box = mask.box
        offset = np.array([mask.x, mask.y], np.int32)
        self.groups: list[list[Loop]] = [[outline + offset for outline in outlines(mask.bitmap)]]
        self.corners = sum(map(len, self.groups[0]))

    def covers(self, x: int, y: int) -> bool:
        return has(self.mask, x, y)


class RunOutline:
    """Follows the pixels of a mask that is kept run-length encoded: costs what its outlines are long, however large it
    is."""

    def __init__(self, shape: Rle) -> None:
        self._shape = shape
        self.area, self.box = float(shape.area()), shape.box
        self.groups: list[list[Loop]] = [list(run_outlines(shape.counts, shape.size[0]))]
        self.corners = sum(map(len, self.groups[0]))

    @cached_property
    def mask(self) -> Mask:
        return self._shape.mask()

    def covers(self, x: int, y: int) -> bool:
        return self._shape.covers(x, y)


class PolygonOutline:
    """The polygons of an instance of an image of ``size``, each part a flat list ``x1, y1, x2, y2, …``. Made thousands
    at a time, so that what is expensive is computed when it is first used."""

    def __init__(self, parts: list[list[float]], size: Size) -> None:
        self._parts, self._size = parts, size
        left, top = min(min(part[0::2]) for part in parts), min(min(part[1::2]) for part in parts)
        right, bottom = max(max(part[0::2]) for part in parts), max(max(part[1::2]) for part in parts)
        self.box = left, top, right - left, bottom - top
        self.area = sum(cv2.contourArea(np.array(part, np.float32).reshape(-1, 1, 2)) for part in parts)
        self.corners = sum(map(len, parts)) // 2

    @cached_property
    def groups(self) -> list[list[Loop]]:
        """Without the ways into holes."""
        return [list(bridged_rings.loops(bridged_rings.to_ring(part))) for part in self._parts]

    @cached_property
    def mask(self) -> Mask:
        """The pixels that COCO tools see."""
        return rasterise(self._parts, self._size)

    def covers(self, x: int, y: int) -> bool:
        return has(self.mask, x, y)


class BoxOutline:
    """The box ``x, y, width, height`` of an instance of which nothing else is known: it has no pixels."""

    def __init__(self, box: Box, size: Size) -> None:
        left, top, width, height = self.box = box
        right, bottom = left + width, top + height
        self.area, self.corners = width * height, 4
        self.groups: list[list[Loop]] = [[np.array([(left, top), (right, top), (right, bottom), (left, bottom)])]]
        self.mask = Mask(0, 0, np.zeros((0, 0), np.uint8), size)

    def covers(self, x: int, y: int) -> bool:
        left, top, width, height = self.box
        return left <= x + 0.5 < left + width and top <= y + 0.5 < top + height


Outline = PixelOutline | RunOutline | PolygonOutline | BoxOutline
