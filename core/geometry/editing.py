"""What is done to the pixels of an instance: joined, taken away, cut along a line, rid of holes and specks.

Pixels that touch at a corner only are apart, as in ``outlines``.
"""

from collections.abc import Callable, Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry.masks import Mask, Size

Point = tuple[float, float]
"""``x, y`` in image pixels."""

Bitmap = NDArray[np.uint8]
_Labels = NDArray[np.int32]


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
    return _by_label(_labelled(mask.bitmap), mask)


def holes(mask: Mask) -> list[Mask]:
    """The holes, each as a mask."""
    outside = np.pad(1 - mask.bitmap, 1, constant_values=1)
    labels = _labelled(outside, connectivity=8)
    labels[labels == labels[0, 0]] = 0
    return _by_label(labels[1:-1, 1:-1], mask)


def filled(mask: Mask, at: tuple[int, int] | None = None) -> Mask:
    """Without its holes, or without the one that has the pixel ``at`` (column, row)."""
    for hole in holes(mask):
        if at is None or has(hole, *at):
            mask = union(mask, hole)
    return mask


def without_specks(mask: Mask, smallest: int) -> Mask:
    """Without pieces and holes of fewer than ``smallest`` pixels; the largest piece always stays."""
    first, *others = pieces(mask) or [mask]
    for piece in others:
        if piece.area >= smallest:
            first = union(first, piece)
    for hole in holes(first):
        if hole.area < smallest:
            first = union(first, hole)
    return first


def smoothed(mask: Mask, radius: float) -> Mask:
    """With corners and bumps smaller than about ``radius`` pixels rounded off; its area stays about the same."""
    around = int(np.ceil(3 * radius))
    padded = np.pad(mask.bitmap, around).astype(np.float32)
    soft = cv2.GaussianBlur(padded, (0, 0), radius)
    left, top = mask.x - around, mask.y - around
    height, width = mask.size
    inside = (soft > 0.5).astype(np.uint8)[max(-top, 0) : height - top, max(-left, 0) : width - left]
    return trimmed(inside, max(left, 0), max(top, 0), mask.size)


def cut(mask: Mask, start: Point, end: Point) -> list[Mask]:
    """What comes of cutting along the line from ``start`` to ``end``: every pixel is in one of the masks. Only what the
    line runs all the way through is cut; pieces that it does not touch stay with the largest."""
    if not mask.bitmap.size:
        return [mask]
    line = np.zeros_like(mask.bitmap)
    ends = [(int(np.floor(x)) - mask.x, int(np.floor(y)) - mask.y) for x, y in (start, end)]
    cv2.line(line, ends[0], ends[1], 1)
    labels = _labelled(mask.bitmap & (1 - line))
    if labels.max() <= _labelled(mask.bitmap).max():
        return [mask]
    labels = _grown(labels, mask.bitmap)
    touched = np.unique(labels[cv2.dilate(line, np.ones((3, 3), np.uint8)) > 0])
    parts = _by_label(np.where(np.isin(labels, touched), labels, 0).astype(np.int32), mask)
    rest = _by_label((~np.isin(labels, touched)).astype(np.int32) * mask.bitmap, mask)
    return [union(parts[0], rest[0]) if rest else parts[0], *parts[1:]]


def has(mask: Mask, x: int, y: int) -> bool:
    """Whether the pixel in column ``x``, row ``y`` of the image belongs to the mask."""
    row, column = y - mask.y, x - mask.x
    height, width = mask.bitmap.shape
    return 0 <= row < height and 0 <= column < width and bool(mask.bitmap[row, column])


def trimmed(bitmap: Bitmap, left: int, top: int, size: Size) -> Mask:
    """The mask of a bitmap with its top left at ``left, top`` of an image, cropped to its pixels."""
    x, y, w, h = cv2.boundingRect(np.ascontiguousarray(bitmap)) if bitmap.size else (0, 0, 0, 0)
    if w == 0:
        return Mask(0, 0, np.zeros((0, 0), np.uint8), size)
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


def _labelled(bitmap: Bitmap, connectivity: int = 4) -> _Labels:
    """The number of the piece that each pixel belongs to, from 1 on; 0 where there is none."""
    if not bitmap.size:
        return np.zeros(bitmap.shape, np.int32)
    return cv2.connectedComponents(np.ascontiguousarray(bitmap), connectivity=connectivity)[1].astype(np.int32)


def _by_label(labels: _Labels, mask: Mask) -> list[Mask]:
    """The pixels of each label above 0, the most first; ``labels`` lies where the bitmap of ``mask`` does."""
    found: Iterable[int] = (int(label) for label in np.unique(labels) if label)
    masks = [trimmed((labels == label).astype(np.uint8), mask.x, mask.y, mask.size) for label in found]
    return sorted(masks, key=lambda part: -part.area)


def _grown(labels: _Labels, bitmap: Bitmap) -> _Labels:
    """Labels spread over the pixels of ``bitmap`` that have none, from their neighbours, until all have one."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    while (missing := (bitmap > 0) & (labels == 0)).any():
        spread = cv2.dilate(labels.astype(np.float32), cross).astype(np.int32)
        if not spread[missing].any():  # a piece that the line covers as a whole
            labels = np.where(missing, labels.max() + 1, labels).astype(np.int32)
            break
        labels = np.where(missing, spread, labels).astype(np.int32)
    return labels
