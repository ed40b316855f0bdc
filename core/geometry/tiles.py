"""Large images in pieces: a grid of overlapping tiles, what of a picture or a mask lies in one of them, and a picture
made smaller."""

from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry.masks import Mask, Size, empty

_SAMPLES = 4
"""Rows and columns of a large picture that each row and column of a small one is the mean of, at least."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A rectangle of an image, in whole pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def size(self) -> Size:
        return self.height, self.width


def tiles(size: Size, side: int, overlap: float) -> list[Tile]:
    """Tiles of ``side × side`` pixels that cover an image of ``size``, row by row from its top left.

    Neighbours share at least ``overlap`` (0 to below 1) of their side; more at the right and the bottom, where the last
    tiles are shifted inward, so that all have one size. An image that is shorter than a tile makes them as short as it
    is: a small image is one tile. The step is that of OpenVINO Model API's tilers.
    """
    step = max(int(side * (1 - overlap)), 1)
    height, width = size
    rows, columns = _starts(height, side, step), _starts(width, side, step)
    return [Tile(x, y, min(side, width), min(side, height)) for y, x in product(rows, columns)]


def _starts(length: int, side: int, step: int) -> list[int]:
    """Where tiles begin along an edge of ``length`` pixels."""
    last = max(length - side, 0)
    return [*range(0, last, step), last]


def cut_picture(picture: NDArray[np.uint8], region: Tile) -> NDArray[np.uint8]:
    """The region's part of a picture ``(h, w, …)``; a view, not a copy."""
    return picture[region.y : region.y + region.height, region.x : region.x + region.width]


def cut_mask(mask: Mask, region: Tile) -> Mask:
    """The region's part of a mask, as a mask of an image that is the region; no pixels when it lies outside."""
    height, width = mask.bitmap.shape
    left, top = max(mask.x, region.x), max(mask.y, region.y)
    right, bottom = min(mask.x + width, region.x + region.width), min(mask.y + height, region.y + region.height)
    if right <= left or bottom <= top:
        return empty(region.size)
    part = np.ascontiguousarray(mask.bitmap[top - mask.y : bottom - mask.y, left - mask.x : right - mask.x])
    x, y, w, h = cv2.boundingRect(part)
    if w == 0:
        return empty(region.size)
    return Mask(left - region.x + x, top - region.y + y, part[y : y + h, x : x + w].copy(), region.size)


def shrunk(picture: NDArray[np.uint8], size: Size) -> NDArray[np.uint8]:
    """``picture``, ``(h, w, 3)``, at a smaller ``size``: each pixel is the mean of those that it covers, or of every
    n-th of them where it covers many. A picture on the disk is read only as far as that needs."""
    step = max(min(picture.shape[0] // size[0], picture.shape[1] // size[1]) // _SAMPLES, 1)
    if step > 1:
        picture = np.ascontiguousarray(picture[step // 2 :: step, step // 2 :: step])
    return np.asarray(cv2.resize(picture, size[::-1], interpolation=cv2.INTER_AREA), np.uint8)
