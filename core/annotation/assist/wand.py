"""The wand: what has the color of a pixel and hangs together with it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry.masks import Mask, Size
from core.geometry.tiles import Tile, cut_picture

FAR = 2048
"""Pixels from the one that was clicked to which it looks in each direction. A mask of all that has one color in a huge
picture would take more memory than the picture."""
_NEAR = 512
"""It looks this far first, and twice as far as long as the color goes on."""


def flood(pixels: NDArray[np.uint8], seed: tuple[int, int], tolerance: float) -> Mask:
    """The pixels connected with ``seed`` (column, row) whose red, green and blue each differ from its own by no more
    than ``tolerance`` (0–255), no farther than ``FAR`` from it. ``pixels`` is RGB, shape ``(height, width, 3)``; pixels
    that touch at a corner only are apart. Raises ``ValueError`` for a seed outside of the image.
    """
    height, width = pixels.shape[:2]
    if not (0 <= seed[0] < width and 0 <= seed[1] < height):
        raise ValueError(f"{seed} lies outside of an image of {width} × {height} pixels")
    reach = min(_NEAR, FAR)
    while True:
        region = _around(seed, reach, (height, width))
        part = np.ascontiguousarray(cut_picture(pixels, region))
        found = _flood(part, (seed[0] - region.x, seed[1] - region.y), tolerance)
        mask = Mask(found.x + region.x, found.y + region.y, found.bitmap, (height, width))
        if reach >= FAR or not _goes_on(mask, region):
            return mask
        reach = min(2 * reach, FAR)


def was_cut(mask: Mask, seed: tuple[int, int]) -> bool:
    """Whether the color went on beyond ``FAR``, where ``flood`` found ``mask`` from ``seed``."""
    return _goes_on(mask, _around(seed, FAR, mask.size))


def _around(seed: tuple[int, int], reach: int, size: Size) -> Tile:
    left, top = max(seed[0] - reach, 0), max(seed[1] - reach, 0)
    right, bottom = min(seed[0] + reach + 1, size[1]), min(seed[1] + reach + 1, size[0])
    return Tile(left, top, right - left, bottom - top)


def _goes_on(mask: Mask, region: Tile) -> bool:
    """Whether a mask touches a side of the region beyond which the picture goes on."""
    height, width = mask.bitmap.shape
    right, bottom = region.x + region.width, region.y + region.height
    return (
        0 < region.x == mask.x
        or 0 < region.y == mask.y
        or mask.x + width == right < mask.size[1]
        or mask.y + height == bottom < mask.size[0]
    )


def _flood(image: NDArray[np.uint8], seed: tuple[int, int], tolerance: float) -> Mask:
    height, width = image.shape[:2]
    reached = np.zeros((height + 2, width + 2), np.uint8)  # with the frame that OpenCV asks for
    level = (tolerance,) * 3
    flags = 4 | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE | 1 << 8
    _, _, _, (x, y, w, h) = cv2.floodFill(image, reached, seed, (0, 0, 0), level, level, flags)
    return Mask(x, y, reached[y + 1 : y + 1 + h, x + 1 : x + 1 + w].copy(), (height, width))
