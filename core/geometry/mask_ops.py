"""What is done to the pixels of an instance: joined, taken away, cut along a line, rid of holes and specks.

Pixels that touch at a corner only are apart, as in ``mask_outline``.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry.masks import Mask, Size, empty

Point = tuple[float, float]
"""``x, y`` in image pixels: pixel (x, y) spans x … x + 1."""

Bitmap = NDArray[np.uint8]
Labels = NDArray[np.int32]


def union(one: Mask, other: Mask) -> Mask:
    """The pixels of either."""
    return _together(one, other, np.bitwise_or)


def difference(one: Mask, other: Mask) -> Mask:
    """The pixels of ``one`` that ``other`` does not have."""
    return _together(one, other, lambda a, b: a & (1 - b))


def intersection(one: Mask, other: Mask) -> Mask:
    """The pixels that both have."""
    return _together(one, other, np.bitwise_and)


def moved(mask: Mask, across: int, down: int) -> Mask:
    """The mask elsewhere; what would lie outside of the image is cut off."""
    height, width = mask.size
    rows, columns = mask.bitmap.shape
    x, y = mask.x + across, mask.y + down
    part = mask.bitmap[max(-y, 0) : max(height - y, 0), max(-x, 0) : max(width - x, 0)]
    return trimmed(part, max(x, 0), max(y, 0), mask.size) if rows and columns else mask


def pieces(mask: Mask) -> list[Mask]:
    """What hangs together, each as a mask of its own, the largest first."""
    found = _each(*_components(mask.bitmap, 4), mask, 0)
    return sorted(found, key=lambda piece: -piece.area)


def holes(mask: Mask) -> list[Mask]:
    """The holes, each as a mask, the largest first."""
    outside = np.pad(1 - mask.bitmap, 1, constant_values=1)
    labels, stats = _components(outside, 8)
    stats[labels[0, 0]] = 0
    return sorted(_each(labels, stats, mask, 1), key=lambda hole: -hole.area)


def filled(mask: Mask, at: tuple[int, int] | None = None) -> Mask:
    """Without its holes, or without the one that has the pixel ``at`` (column, row)."""
    return _with(mask, [hole for hole in holes(mask) if at is None or has(hole, *at)])


def without_specks(mask: Mask, smallest: int) -> Mask:
    """Without pieces and holes of fewer than ``smallest`` pixels; the largest piece always stays."""
    first, *others = pieces(mask) or [mask]
    large = [piece for piece in others if piece.area >= smallest]
    kept = _with(Mask(mask.x, mask.y, np.zeros_like(mask.bitmap), mask.size), [first, *large])
    kept = trimmed(kept.bitmap, kept.x, kept.y, kept.size)
    return _with(kept, [hole for hole in holes(kept) if hole.area < smallest])


def smoothed(mask: Mask, radius: float) -> Mask:
    """With corners and bumps smaller than about ``radius`` pixels rounded off; its area stays about the same."""
    around = int(np.ceil(3 * radius))
    padded = np.pad(mask.bitmap, around).astype(np.float32)
    soft = cv2.GaussianBlur(padded, (0, 0), radius)
    left, top = mask.x - around, mask.y - around
    height, width = mask.size
    inside = (soft > 0.5).astype(np.uint8)[max(-top, 0) : height - top, max(-left, 0) : width - left]
    return trimmed(inside, max(left, 0), max(top, 0), mask.size)


def has(mask: Mask, x: int, y: int) -> bool:
    """Whether the pixel in column ``x``, row ``y`` of the image belongs to the mask."""
    row, column = y - mask.y, x - mask.x
    height, width = mask.bitmap.shape
    return 0 <= row < height and 0 <= column < width and bool(mask.bitmap[row, column])


def trimmed(bitmap: Bitmap, left: int, top: int, size: Size) -> Mask:
    """The mask of a bitmap with its top left at ``left, top`` of an image, cropped to its pixels."""
    x, y, w, h = cv2.boundingRect(np.ascontiguousarray(bitmap)) if bitmap.size else (0, 0, 0, 0)
    if w == 0:
        return empty(size)
    return Mask(left + x, top + y, bitmap[y : y + h, x : x + w].copy(), size)


def _together(one: Mask, other: Mask, combine: Callable[[Bitmap, Bitmap], Bitmap]) -> Mask:
    some = [mask for mask in (one, other) if mask.bitmap.size]
    if not some:
        return one
    left, top = min(mask.x for mask in some), min(mask.y for mask in some)
    right = max(mask.x + mask.bitmap.shape[1] for mask in some)
    bottom = max(mask.y + mask.bitmap.shape[0] for mask in some)
    first, second = np.zeros((2, bottom - top, right - left), np.uint8)
    for canvas, mask in ((first, one), (second, other)):
        height, width = mask.bitmap.shape
        if mask.bitmap.size:
            canvas[mask.y - top : mask.y - top + height, mask.x - left : mask.x - left + width] = mask.bitmap
    return trimmed(combine(first, second), left, top, one.size)


def _with(mask: Mask, others: list[Mask]) -> Mask:
    """With the pixels of others, which lie in its box."""
    bitmap = mask.bitmap.copy()
    for other in others:
        left, top, (rows, columns) = other.x - mask.x, other.y - mask.y, other.bitmap.shape
        bitmap[top : top + rows, left : left + columns] |= other.bitmap
    return Mask(mask.x, mask.y, bitmap, mask.size)


def labelled(bitmap: Bitmap, connectivity: int = 4) -> Labels:
    """The number of the piece that each pixel belongs to, from 1 on; 0 where there is none."""
    return _components(bitmap, connectivity)[0]


def _components(bitmap: Bitmap, connectivity: int) -> tuple[Labels, NDArray[np.int32]]:
    """``labelled``, and of each number the left, top, width, height and area of its piece."""
    if not bitmap.size:
        return np.zeros(bitmap.shape, np.int32), np.zeros((1, 5), np.int32)
    found = cv2.connectedComponentsWithStats(np.ascontiguousarray(bitmap), connectivity=connectivity)
    return found[1].astype(np.int32), found[2].astype(np.int32)


def _each(labels: Labels, stats: NDArray[np.int32], mask: Mask, frame: int) -> list[Mask]:
    """A mask of each piece; ``labels`` lies around the bitmap of ``mask``, a ``frame`` of pixels larger."""
    found = []
    for label, (left, top, width, height, count) in enumerate(stats.tolist()):
        if label and count:
            bitmap = (labels[top : top + height, left : left + width] == label).astype(np.uint8)
            found.append(Mask(mask.x + left - frame, mask.y + top - frame, bitmap, mask.size))
    return found
