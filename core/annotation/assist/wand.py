"""The wand: what has the colour of a pixel and hangs together with it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry.masks import Mask


def flood(pixels: NDArray[np.uint8], seed: tuple[int, int], tolerance: float) -> Mask:
    """The pixels connected with ``seed`` (column, row) whose red, green and blue each differ from its own by no more
    than ``tolerance`` (0–255). ``pixels`` is RGB, shape ``(height, width, 3)``; pixels that touch at a corner only are
    apart. Raises ``ValueError`` for a seed outside of the image.
    """
    height, width = pixels.shape[:2]
    if not (0 <= seed[0] < width and 0 <= seed[1] < height):
        raise ValueError(f"{seed} lies outside of an image of {width} × {height} pixels")
    reached = np.zeros((height + 2, width + 2), np.uint8)  # with the frame that OpenCV asks for
    level = (tolerance,) * 3
    flags = 4 | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE | 1 << 8
    image = np.ascontiguousarray(pixels)
    _, _, _, (x, y, w, h) = cv2.floodFill(image, reached, seed, (0, 0, 0), level, level, flags)
    return Mask(x, y, reached[y + 1 : y + 1 + h, x + 1 : x + 1 + w].copy(), (height, width))
