"""Which instances that two people drew on one image are the same object: those whose masks cover the most of each
other, one of one for one of the other."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from core.dataset.model import Image, Instance
from core.geometry import rle
from core.geometry.polygons import encoded
from core.geometry.segmentation import Polygons, Rle

SAME = 0.5
"""IoU from which on two instances of one class are taken for one object, as AP50 does."""
_OF_ONE_CLASS = 1e-3
"""By how much more two instances of one class are alike than their IoU: where it is equal, classes decide."""


def encoded_masks(image: Image, instances: Sequence[Instance]) -> list[dict[str, Any]]:
    """The masks of some instances of an image as ``pycocotools`` takes them; of one without a mask all of its box."""
    size = image.height, image.width
    masks = []
    for instance in instances:
        shape = instance.segmentation
        if isinstance(shape, Rle):
            masks.append({"size": list(size), "counts": rle.compress(shape.counts, *size).encode()})
        elif isinstance(shape, Polygons):
            masks.append(encoded(shape.parts, size))
        else:
            x, y, width, height = instance.box
            masks.append(encoded([[x, y, x + width, y, x + width, y + height, x, y + height]], size))
    return masks


def overlaps(left: Sequence[dict[str, Any]], right: Sequence[dict[str, Any]]) -> NDArray[np.float64]:
    """IoU of each of ``left`` with each of ``right``, of one image; shape ``(len(left), len(right))``."""
    if not left or not right:
        return np.zeros((len(left), len(right)))
    found: NDArray[np.float64] = coco_mask.iou(list(left), list(right), [0] * len(right))
    return found


def one_to_one(
    iou: NDArray[np.float64], left: Sequence[Any], right: Sequence[Any], least: float
) -> list[tuple[int, int]]:
    """Pairs of one row and one column of ``iou`` of at least ``least``: the best first, then the best of the rest.
    Where two are equally good, that of one class counts; ``left`` and ``right`` are what the instances are of."""
    rows, columns = np.nonzero((iou >= least) & (iou > 0))
    same = [left[row] == right[column] for row, column in zip(rows.tolist(), columns.tolist(), strict=True)]
    order = np.argsort(-(iou[rows, columns] + _OF_ONE_CLASS * np.array(same, float)), kind="stable")
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if row not in pairs and column not in taken:
            pairs[row] = column
            taken.add(column)
    return sorted(pairs.items())
