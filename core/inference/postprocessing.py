"""From a network's three outputs to instances in the picture's own pixels."""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry.masks import Size
from core.inference.prediction import Prediction
from core.inference.preprocessing import Placement


def to_prediction(
    boxes: NDArray[np.float32],
    labels: NDArray[np.int64],
    masks: NDArray[np.float32],
    place: Placement,
    size: Size,
    most: int,
) -> Prediction:
    """The instances of an image of ``size`` = (height, width) that lay at ``place`` in the network's input.

    ``boxes`` ``(1, N, 5)``: x1, y1, x2, y2 in input pixels, and the score; ``labels`` ``(1, N)``; ``masks`` ``(1, N, m,
    m)``. Boxes are cut at the image's border, and their masks with them; instances outside the image are dropped. At
    most ``most`` instances, the best, are kept.
    """
    height, width = size
    whole = boxes[0, :, :4] / np.array([place.scale_x, place.scale_y] * 2, np.float32)
    inside = np.clip(whole, 0, np.array([width, height] * 2, np.float32))
    extent = inside[:, 2:] - inside[:, :2]
    order = np.argsort(-boxes[0, :, 4], kind="stable")[:most]
    missing_below = float(boxes[0, order[-1], 4]) if len(order) == most else 0.0
    order = order[(extent[order] > 0).all(axis=1)]
    maps = masks[0, order].astype(np.float32)
    for index, source in enumerate(order):
        if (whole[source] != inside[source]).any():
            maps[index] = _cut(maps[index], whole[source], inside[source])
    return Prediction(
        boxes=inside[order].astype(np.float32),
        scores=boxes[0, order, 4].astype(np.float32),
        labels=labels[0, order].astype(np.int64),
        masks=maps,
        size=size,
        missing_below=missing_below,
    )


def _cut(
    probabilities: NDArray[np.float32], whole: NDArray[np.float32], part: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The map ``(m, m)`` over the box ``whole``, sampled anew over the box ``part`` that lies within it."""
    side = len(probabilities)
    zoom = (part[2:] - part[:2]) / (whole[2:] - whole[:2])
    shift = (part[:2] - whole[:2]) / (whole[2:] - whole[:2]) * side + zoom / 2 - 0.5
    to_cell = np.array([[zoom[0], 0, shift[0]], [0, zoom[1], shift[1]]], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cut = cv2.warpAffine(probabilities, to_cell, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, np.float32)
