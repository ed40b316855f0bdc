"""Where a picture, or a part of it, lies in the square that SAM sees, and the way back to its pixels.

It is scaled until its long side fills the square, and lies at its top left. Positions are always those in the whole
picture, as in ``core.geometry``: pixel ``(x, y)`` covers ``[x, x+1) × [y, y+1)``.
"""

import math
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry.masks import Mask, Size, crop
from core.geometry.tiles import Tile, cut_mask, cut_picture, shrunk
from core.inference.preprocessing import Placement, placement
from core.recipes.model_spec import InputSpec

Logits = NDArray[np.float32]
"""A mask as SAM gives it and takes it back: ``(cells, cells)`` over the whole square, positive inside."""

MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
CONFIDENT = 10.0
"""The logit of a cell that a mask covers as a whole; its negative where it covers nothing."""
_ROWS = 1024
"""Of a mask that are worked on at once."""


class Frame:
    """The place of a picture of ``size`` in a square of ``side`` input pixels. With ``region``, only that part of the
    picture is in the square."""

    def __init__(self, size: Size, side: int, region: Tile | None = None) -> None:
        self.size, self.side = size, side
        self.region = region or Tile(0, 0, size[1], size[0])
        self.place: Placement = placement(self.region.size, InputSpec(side, side, 0, MEAN, STD))

    def canvas(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """An RGB image ``(h, w, 3)`` in its square ``(side, side, 3)``, values as they are. The rest is filled with the
        mean, which normalisation turns into the zeros that SAM was trained with."""
        place, part = self.place, cut_picture(image, self.region)
        canvas = np.empty((self.side, self.side, 3), np.float32)
        canvas[:] = MEAN
        canvas[: place.height, : place.width] = (
            shrunk(part, (place.height, place.width))
            if place.scale_x < 1
            else cv2.resize(part, (place.width, place.height), interpolation=cv2.INTER_LINEAR)
        )
        return canvas

    def coordinates(self, points: Sequence[tuple[float, float]]) -> NDArray[np.float32]:
        """Positions in the picture as SAM's coordinates, shape ``(n, 2)``: SAM counts from the centre of a pixel and
        adds the half itself."""
        scale = np.array([self.place.scale_x, self.place.scale_y])
        places = np.asarray(points, np.float64).reshape(-1, 2) - (self.region.x, self.region.y)
        coordinates: NDArray[np.float64] = places * scale - 0.5
        return coordinates.astype(np.float32)

    def mask(self, logits: Logits) -> Mask:
        """The pixels where ``logits``, bilinear between the centres of their cells, are positive."""
        cells = len(logits)
        # Up to the last cell whose centre is less than a cell beyond that of the picture's last pixel.
        tall, wide = (math.ceil(length * cells / self.side + 0.5) for length in (self.place.height, self.place.width))
        x, y, w, h = cv2.boundingRect((logits[:tall, :wide] > 0).view(np.uint8))
        if w == 0:
            return Mask(0, 0, np.zeros((0, 0), np.uint8), self.size)
        seen_y, seen_x = slice(max(y - 1, 0), y + h + 1), slice(max(x - 1, 0), x + w + 1)
        top, rows = _interpolation(seen_y, cells, self.place.scale_y * cells / self.side, self.region.height)
        left, columns = _interpolation(seen_x, cells, self.place.scale_x * cells / self.side, self.region.width)
        part = crop(_positive(rows, logits[seen_y, seen_x] @ columns.T))
        return Mask(part.x + left + self.region.x, part.y + top + self.region.y, part.bitmap, self.size)

    def logits(self, mask: Mask, cells: int) -> Logits:
        """A mask as logits: from ``-CONFIDENT`` to ``CONFIDENT`` as it covers more of a cell."""
        mask = cut_mask(mask, self.region)
        height, width = mask.bitmap.shape
        rows = _coverage(mask.y, mask.y + height, cells, self.place.scale_y * cells / self.side)
        columns = _coverage(mask.x, mask.x + width, cells, self.place.scale_x * cells / self.side)
        covered = np.zeros((cells, width), np.float32)
        for part in _parts(height):
            covered += rows[:, part] @ mask.bitmap[part].astype(np.float32)
        return (covered @ columns.T * 2 - 1) * np.float32(CONFIDENT)


def _positive(rows: NDArray[np.float32], across: NDArray[np.float32]) -> NDArray[np.bool_]:
    """``rows @ across > 0``, where the product alone would take gigabytes for a huge picture."""
    positive = np.empty((len(rows), across.shape[1]), bool)
    for part in _parts(len(rows)):
        positive[part] = rows[part] @ across > 0
    return positive


def _parts(rows: int) -> Iterator[slice]:
    return (slice(first, first + _ROWS) for first in range(0, rows, _ROWS))


def _interpolation(seen: slice, cells: int, scale: float, length: int) -> tuple[int, NDArray[np.float32]]:
    """Of the pixels of a line of ``length`` that lie between the centres of the cells ``seen`` the first, and how much
    each of these cells counts for each of these pixels, shape ``(pixels, cells seen)``. A pixel is ``scale`` cells
    wide. Beyond the first and the last of all cells their values go on."""
    first, last = seen.start, min(seen.stop, cells) - 1
    start = 0 if first == 0 else max(math.ceil((first + 0.5) / scale - 0.5), 0)
    stop = length if last == cells - 1 else min(math.floor((last + 0.5) / scale - 0.5) + 1, length)
    place = np.clip((np.arange(start, stop) + 0.5) * scale - 0.5, first, last)
    return start, np.maximum(1 - np.abs(place[:, None] - np.arange(first, last + 1)), 0).astype(np.float32)


def _coverage(first: int, end: int, cells: int, scale: float) -> NDArray[np.float32]:
    """How much of each cell each of the pixels ``first`` to ``end - 1`` covers, shape ``(cells, end - first)``."""
    pixel, cell = np.arange(first, end), np.arange(cells)[:, None]
    overlap = np.minimum((pixel + 1) * scale, cell + 1) - np.maximum(pixel * scale, cell)
    covered: NDArray[np.float64] = np.maximum(overlap, 0)
    return covered.astype(np.float32)
