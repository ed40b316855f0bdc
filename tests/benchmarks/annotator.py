"""What a hand does that knows the real mask: the usual simulated annotator of interactive segmentation.

The first click falls on the middle of the object, each other one on the middle of the largest error, as in N. Xu, B.
Price, S. Cohen, J. Yang, T. Huang: Deep interactive object selection, CVPR 2016 (arXiv 1603.04042), in the form of K.
Sofiiuk, I. Petrov, A. Konushin: Reviving iterative training with mask guidance, 2021 (arXiv 2102.06583).
"""

from collections.abc import Collection
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.dataset import Dataset, Image, Instance

Bitmap = NDArray[np.uint8]
"""A mask at the size of its image, 0 or 1."""

_SMALLEST = 60
"""Pixels of an instance below which nobody would take an assisted tool."""


class Error(NamedTuple):
    """Where a mask is wrong."""

    at: tuple[float, float]
    """The middle: the centre of the pixel farthest from all that is right."""
    missing: bool
    """Whether the object is there and the mask is not; otherwise it is the other way round."""
    radius: float
    """Pixels from there to what is right; 0 when nothing is wrong."""


def worst(found: Bitmap, truth: Bitmap, clicked: Collection[tuple[float, float]] = ()) -> Error:
    """The largest error whose middle was not ``clicked`` yet."""
    best = Error((0.0, 0.0), True, 0.0)
    for wrong, missing in ((truth & ~found & 1, True), (found & ~truth & 1, False)):
        distance = cv2.distanceTransform(np.pad(wrong, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
        for x, y in clicked:
            distance[int(y), int(x)] = 0
        row, column = np.unravel_index(int(distance.argmax()), distance.shape)
        error = Error((float(column) + 0.5, float(row) + 0.5), missing, float(distance[row, column]))
        best = max(best, error, key=lambda item: item.radius)
    return best


def iou(one: Bitmap, other: Bitmap) -> float:
    """Shared pixels over the pixels of either."""
    union = np.count_nonzero(one | other)
    return np.count_nonzero(one & other) / union if union else 0.0


def outline(truth: Bitmap, tolerance: float = 0.0) -> NDArray[np.int32]:
    """The largest outline, shape ``(N, 2)``: every pixel on it, or its corners to a tolerance in pixels."""
    contours, _ = cv2.findContours(truth, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(contours, key=cv2.contourArea)
    return (cv2.approxPolyDP(largest, tolerance, True) if tolerance else largest)[:, 0, :]


def wanted(truth: Dataset, count: int, most_an_image: int | None = None) -> list[tuple[Image, list[Instance]]]:
    """The images with the fewest instances, until there are enough of them; crowds and tiny ones left out."""
    chosen, left = [], count
    for image in sorted(truth.images, key=truth.instance_count):
        usable = [
            item for item in truth.instances(image) if item.segmentation and not item.crowd and item.area > _SMALLEST
        ]
        taken = usable[:most_an_image][:left]
        if taken:
            chosen.append((image, taken))
            left -= len(taken)
    return chosen
