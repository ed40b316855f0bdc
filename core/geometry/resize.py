"""Pictures made smaller, at a cost that does not grow with them."""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry.masks import Size

_SAMPLES = 4
"""Rows and columns of a large picture that each row and column of a small one is the mean of, at least."""


def shrunk(picture: NDArray[np.uint8], size: Size) -> NDArray[np.uint8]:
    """``picture``, ``(h, w, 3)``, at a smaller ``size``: each pixel is the mean of those that it covers, or of every
    n-th of them where it covers many. A picture on the disk is read only as far as that needs."""
    step = max(min(picture.shape[0] // size[0], picture.shape[1] // size[1]) // _SAMPLES, 1)
    if step > 1:
        picture = np.ascontiguousarray(picture[step // 2 :: step, step // 2 :: step])
    return np.asarray(cv2.resize(picture, size[::-1], interpolation=cv2.INTER_AREA), np.uint8)
