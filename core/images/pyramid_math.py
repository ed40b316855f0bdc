"""A picture and its halvings: what a view of any scale is drawn from."""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry.masks import Size
from core.images.channels import Picture

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
