"""The levels of a picture: itself and its halvings, which a view of any scale is drawn from."""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry.masks import Size
from core.images.channels import Picture

_HALVINGS = 3
"""Of what is seen of a huge picture while it is made ready: an eighth of its size."""
SMALLEST = 512
"""Pixels of the longer side of the coarsest level, at most."""

Pyramid = list[NDArray[np.uint8]]
"""RGB, shapes ``(height, width, 3)``: the picture, its half, its quarter, …; do not write to them."""


def level_sizes(size: Size) -> list[Size]:
    """Of all levels of a picture of ``size``, itself first."""
    sizes = [size]
    while max(sizes[-1]) > SMALLEST:
        sizes.append((-(-sizes[-1][0] // 2), -(-sizes[-1][1] // 2)))
    return sizes


def halved(picture: Picture) -> Pyramid:
    """The picture and its halvings, in memory."""
    levels = [picture]
    while max(levels[-1].shape[:2]) > SMALLEST:
        levels.append(half(levels[-1]))
    return levels


def half(picture: Picture) -> Picture:
    """The mean of each two by two pixels; what is odd has its last row or column twice."""
    height, width = picture.shape[:2]
    if height % 2 or width % 2:
        picture = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), "edge")
    return np.asarray(cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)


class PreviewLevel:
    """A huge picture at an eighth of its size, whose pixels come while it is shown: those of a quick look, where the
    file allows one, then the exact ones, row by row. One thread fills it; others may read it meanwhile. Takes about 6 %
    of the bytes of the picture."""

    def __init__(self, size: Size, blank: int) -> None:
        """Of a picture of ``size``; ``blank`` is the grey value where nothing is known yet."""
        self.size = size
        sizes = level_sizes(size)
        self.halvings = min(_HALVINGS, len(sizes) - 1)
        """How often the picture was halved to get the first level."""
        self.levels: Pyramid = [np.full((*each, 3), blank, np.uint8) for each in sizes[self.halvings :]]
        self._rows = [0] * len(self.levels)

    def show(self, picture: Picture) -> None:
        """Show a quick look at the whole picture, of any size."""
        height, width = self.levels[0].shape[:2]
        smaller = height < picture.shape[0]
        how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
        self.levels[0][:] = cv2.resize(picture, (width, height), interpolation=how)
        for finer, coarser in zip(self.levels, self.levels[1:], strict=False):
            coarser[:] = half(finer)

    def add(self, level: int, rows: Picture) -> None:
        """The next exact rows of a level, from top to bottom. The picture itself is level 0; fine ones are ignored."""
        place = level - self.halvings
        if place >= 0:
            at = self._rows[place]
            self.levels[place][at : at + len(rows)] = rows
            self._rows[place] = at + len(rows)
