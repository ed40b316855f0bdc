"""What a dataset lacks as a whole: counted fast, to be said as soon as it is open."""

import re
from contextlib import suppress
from typing import NamedTuple

import numpy as np

from core.dataset.dataset import Dataset
from core.dataset.model import Image
from core.errors import UserError
from core.pacing import paced

_LOOKED_AT = 8
"""Pictures whose headers are looked at."""
_NO_SHAPE = re.compile(rb'"segmentation"\s*:\s*(?:null|""|\[\s*\]|\{\s*\})')


class Shortcomings(NamedTuple):
    """What a dataset lacks."""

    missing: int = 0
    """Pictures."""
    boxes: int = 0
    """Instances that have only a box."""
    with_boxes: Image | None = None
    """The first image with one."""
    deep: bool = False
    """Whether pictures have more than 8 bits a channel, or a person chose how they are read: there is a choice."""


def shortcomings(dataset: Dataset) -> Shortcomings:
    """Count what a dataset lacks. Decodes no annotation: 860,000 of them take about a second."""
    missing = sum(not dataset.has_picture(image) for image in dataset.images)
    rows = _rows_without_shape(dataset)
    first = int(np.searchsorted(dataset.annotations.starts, rows[0], "right")) - 1 if rows else None
    deep = dataset.channels is not None or _is_deep(dataset)
    return Shortcomings(missing, len(rows), dataset.images[first] if first is not None else None, deep)


def boxed_images(dataset: Dataset) -> frozenset[int]:
    """``Image.index`` of the images that have instances of which none has more than a box: nobody has labelled them
    as far as masks go. As fast as ``shortcomings``."""
    starts = dataset.annotations.starts
    boxes = np.zeros(int(starts[-1]), np.int64)
    boxes[_rows_without_shape(dataset)] = 1
    upto = np.concatenate([[0], np.cumsum(boxes)])
    instances = np.diff(starts)
    return frozenset(np.flatnonzero((instances > 0) & (upto[starts[1:]] - upto[starts[:-1]] == instances)).tolist())


def _rows_without_shape(dataset: Dataset) -> list[int]:
    """The rows of ``Dataset.annotations`` that have only a box."""
    table = dataset.annotations

    def look() -> list[int]:
        entries = ((row, bytes(table.entries[place])) for row, place in enumerate(paced(table.order.tolist())))
        return [row for row, entry in entries if b'"segmentation"' not in entry or _NO_SHAPE.search(entry)]

    return dataset.once("rows without shape", look)


def _is_deep(dataset: Dataset) -> bool:
    """Whether one of a few pictures, from all over the dataset, has more than 8 bits a channel."""
    from core.images.decoding import is_plain  # Pillow, which not everybody who opens a dataset needs

    step = max(len(dataset.images) // _LOOKED_AT, 1)
    for image in dataset.images[::step]:
        with suppress(UserError):
            if dataset.has_picture(image) and not is_plain(dataset.image_path(image)):
                return True
    return False
