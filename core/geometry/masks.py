"""An instance's pixels: a bitmap cropped to its bounding box, and its trips to and from COCO's run-length encoding.

Full-size bitmaps are never kept: an image with a thousand instances would need gigabytes.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry import rle

Size = tuple[int, int]
"""``(height, width)`` in pixels, COCO's order."""


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """The pixels of one instance.

    ``bitmap`` is uint8, 0 or 1, of shape ``(h, w)``, its top-left pixel at ``(x, y)`` of an image of ``size``.
    A mask with no pixels has a bitmap of shape ``(0, 0)``.
    """

    x: int
    y: int
    bitmap: NDArray[np.uint8]
    size: Size

    @property
    def area(self) -> int:
        """Number of pixels."""
        return int(np.count_nonzero(self.bitmap))

    @property
    def box(self) -> tuple[float, float, float, float]:
        """``x, y, width, height`` in pixels."""
        height, width = self.bitmap.shape
        return float(self.x), float(self.y), float(width), float(height)

    def full(self) -> NDArray[np.uint8]:
        """The bitmap at the size of the image, shape ``size``."""
        canvas = np.zeros(self.size, np.uint8)
        height, width = self.bitmap.shape
        canvas[self.y : self.y + height, self.x : self.x + width] = self.bitmap
        return canvas


def empty(size: Size) -> Mask:
    """The mask of an image of ``size`` with no pixels."""
    return Mask(0, 0, np.zeros((0, 0), np.uint8), size)


def crop(bitmap: NDArray[Any]) -> Mask:
    """The mask of a full-size bitmap of shape ``(height, width)``; any non-zero value is inside."""
    height, width = bitmap.shape
    inside = np.ascontiguousarray(bitmap, dtype=np.uint8) if bitmap.dtype != bool else bitmap.view(np.uint8)
    x, y, w, h = cv2.boundingRect(inside)
    return Mask(x, y, (inside[y : y + h, x : x + w] > 0).astype(np.uint8), (height, width))


def from_rle(encoded: dict[str, Any]) -> Mask:
    """The mask of a COCO run-length encoding: ``{"size": [height, width], "counts": bytes | str | list[int]}``.

    Costs the size of the object, not of the image. Raises ``ValueError`` when the counts do not fit the size.
    """
    height, width = (int(side) for side in encoded["size"])
    counts = rle.read(encoded["counts"])
    rle.check(counts, height, width)
    return Mask(*rle.decode(counts, height), (height, width))


def to_rle(mask: Mask) -> dict[str, Any]:
    """COCO's compressed run-length encoding of the mask at image size; ``counts`` is ``str``, ready for JSON."""
    height, width = mask.size
    counts = rle.encode(mask.bitmap, mask.x, mask.y, height, width)
    return {"size": [height, width], "counts": rle.compress(counts, height, width)}


def paste(probabilities: NDArray[np.float32], box: NDArray[np.float32], size: Size, threshold: float = 0.5) -> Mask:
    """Put a small map of probabilities over its box and keep what lies above ``threshold``.

    ``probabilities`` has shape ``(m, m)`` and spans ``box`` = ``x1, y1, x2, y2`` (image pixels, not rounded): cell
    ``(i, j)`` has its centre at ``x1 + (j + .5) · width / m``. Values between centres are bilinear, and zero beyond
    the border cells, as in Mask R-CNN (arXiv 1703.06870).
    """
    height, width = size
    x1, y1, x2, y2 = (float(value) for value in box)
    left, top = max(int(np.floor(x1)), 0), max(int(np.floor(y1)), 0)
    right, bottom = min(int(np.ceil(x2)), width), min(int(np.ceil(y2)), height)
    if right <= left or bottom <= top or x2 <= x1 or y2 <= y1:
        return empty(size)
    rows, columns = probabilities.shape
    step_x, step_y = columns / (x2 - x1), rows / (y2 - y1)
    to_cell = np.array(
        [
            [step_x, 0, (left + 0.5 - x1) * step_x - 0.5],
            [0, step_y, (top + 0.5 - y1) * step_y - 0.5],
        ]
    )
    pasted = cv2.warpAffine(
        probabilities, to_cell, (right - left, bottom - top), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    inside = (pasted > threshold).view(np.uint8)
    x, y, w, h = cv2.boundingRect(inside)
    return Mask(left + x, top + y, inside[y : y + h, x : x + w].copy(), size)


def overlap(one: Mask, other: Mask) -> int:
    """Number of pixels that two masks of one image share. Costs what their boxes share."""
    left, top = max(one.x, other.x), max(one.y, other.y)
    right = min(one.x + one.bitmap.shape[1], other.x + other.bitmap.shape[1])
    bottom = min(one.y + one.bitmap.shape[0], other.y + other.bitmap.shape[0])
    if right <= left or bottom <= top:
        return 0
    parts = (mask.bitmap[top - mask.y : bottom - mask.y, left - mask.x : right - mask.x] for mask in (one, other))
    return int(np.count_nonzero(np.bitwise_and(*parts)))


def iou(one: Mask, other: Mask) -> float:
    """Shared pixels of two masks of one image over the pixels of either; 0 when neither has any."""
    shared = overlap(one, other)
    return shared / (one.area + other.area - shared) if shared else 0.0
