"""A huge picture at an eighth of its size: what is seen of it while it is made ready."""

import cv2
import numpy as np

from core.geometry.masks import Size
from core.images.channels import Picture
from core.images.pyramid_math import Pyramid, half, level_sizes

_HALVINGS = 3


class PreviewLevel:
    """Its pixels come while it is shown: those of a quick look, where the file allows one, then the exact ones, row by
    row. One thread fills it; others may read it meanwhile. Takes about 6 % of the bytes of the picture."""

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
