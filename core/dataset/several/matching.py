"""Which instances that two people drew on one image are the same object: those whose masks cover the most of each
other, one of one for one of the other."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from core.dataset.model import Image, Instance
from core.geometry import rle
from core.geometry.boxes import meeting
from core.geometry.masks import Size
from core.geometry.polygons import encoded
from core.geometry.segmentation import Box, Polygons, Rle, Segmentation

SAME = 0.5
"""IoU from which on two instances of one class are taken for one object, as AP50 does."""
_AT_ONCE = 2048
"""Pairs of masks that are read and intersected together."""
_OF_ONE_CLASS = 1e-3
"""By how much more two instances of one class are alike than their IoU: where it is equal, classes decide."""


def encoded_masks(image: Image, instances: Sequence[Instance]) -> list[dict[str, Any]]:
    """The masks of some instances of an image as ``pycocotools`` takes them; of one without a mask all of its box."""
    size = image.height, image.width
    return [encoded_mask(one.segmentation or Polygons([_outline(one.box)]), size) for one in instances]


def encoded_mask(shape: Segmentation, size: Size) -> dict[str, Any]:
    """A mask of an image of ``size`` as ``pycocotools`` takes it."""
    if isinstance(shape, Rle):
        return {"size": list(size), "counts": rle.compress(shape.counts, *size).encode()}
    assert isinstance(shape, Polygons)
    return encoded(shape.parts, size)


def _outline(box: Box) -> list[float]:
    x, y, width, height = box
    return [x, y, x + width, y, x + width, y + height, x, y + height]


def inside(masks: Sequence[dict[str, Any]], region: Segmentation | None, size: Size) -> list[bool]:
    """Which masks of an image of ``size`` lie in ``region`` with at least half of their pixels: the overlap by which
    COCO's evaluation gives a detection to a crowd."""
    if not masks or not region:
        return [False] * len(masks)
    found: list[bool] = (coco_mask.iou(list(masks), [encoded_mask(region, size)], [1])[:, 0] >= SAME).tolist()
    return found


class Overlaps(NamedTuple):
    """The pairs of one instance and one other of an image that share pixels, in order; columns of one length."""

    rows: NDArray[np.int64]
    """The position of the one."""
    columns: NDArray[np.int64]
    """Of the other."""
    iou: NDArray[np.float64]

    def among(self, wanted: NDArray[np.bool_]) -> "Overlaps":
        """Those of them that are ``wanted``."""
        return Overlaps(self.rows[wanted], self.columns[wanted], self.iou[wanted])


def overlaps(left: Sequence[dict[str, Any]], right: Sequence[dict[str, Any]]) -> Overlaps:
    """IoU of those of ``left`` and ``right``, masks of one image, that overlap. An image may have more cells than there
    is room for a table of all pairs: of many, those whose boxes meet are looked at, some at a time."""
    if len(left) * len(right) <= _AT_ONCE:  # sooner looked at than their boxes
        table = np.reshape(coco_mask.iou(list(left), list(right), [0] * len(right)), (len(left), len(right)))
        rows, columns = np.nonzero(table)
        return Overlaps(rows, columns, table[rows, columns])
    boxes = [coco_mask.toBbox(list(some)) for some in (left, right)]
    pairs = meeting(*(np.hstack([each[:, :2], each[:, :2] + each[:, 2:]]) for each in boxes))
    iou = np.zeros(len(pairs))
    for first in range(0, len(pairs), _AT_ONCE):
        some = slice(first, first + _AT_ONCE)
        (ones, row), (others, column) = (np.unique(side, return_inverse=True) for side in pairs[some].T)
        masks = [left[place] for place in ones], [right[place] for place in others]
        iou[some] = coco_mask.iou(*masks, [0] * len(others))[row, column]
    return Overlaps(pairs[:, 0], pairs[:, 1], iou).among(iou > 0)


def one_to_one(
    found: Overlaps, left: Sequence[Any], right: Sequence[Any], least: float
) -> dict[int, tuple[int, float]]:
    """For each of ``left`` the one of ``right`` with which it has an IoU of at least ``least``, and that: the best pair
    first, then the best of the rest. Where two are equally good, that of one class counts; ``left`` and ``right`` are
    what the instances are of."""
    rows, columns, iou = (column.tolist() for column in found.among(found.iou >= least))
    same = [left[row] == right[column] for row, column in zip(rows, columns, strict=True)]
    order = np.argsort(-(np.array(iou) + _OF_ONE_CLASS * np.array(same, float)), kind="stable")
    pairs: dict[int, tuple[int, float]] = {}
    taken: set[int] = set()
    for place in order.tolist():
        if rows[place] not in pairs and columns[place] not in taken:
            pairs[rows[place]] = columns[place], iou[place]
            taken.add(columns[place])
    return pairs
