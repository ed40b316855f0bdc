"""Masks as they are kept, COCO's run-length encodings: measured, joined and taken from each other without their pixels.

Everything here costs what the runs cost: a stroke on an object that fills the image costs what its outline costs.
"""

from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from core.geometry import rle

Encoded = dict[str, Any]
"""``{"size": [height, width], "counts": str | list[int]}``; never one whose counts do not fit its size."""


def counts_of(encoded: Encoded) -> rle.Counts:
    """Its run lengths. Raises ``ValueError`` when they are not any."""
    counts = encoded["counts"]
    return np.asarray(counts, np.int64) if isinstance(counts, list) else rle.uncompress(counts)


def packed(counts: rle.Counts, height: int, width: int) -> Encoded:
    """Run lengths as COCO compresses them; ``counts`` is ``str``, ready for JSON."""
    written = coco_mask.frPyObjects({"size": [height, width], "counts": counts.tolist()}, height, width)
    return {"size": [height, width], "counts": written["counts"].decode("ascii")}


def area(encoded: Encoded) -> int:
    """Number of pixels."""
    return int(counts_of(encoded)[1::2].sum())


def box(encoded: Encoded) -> tuple[float, float, float, float]:
    """``x, y, width, height`` in pixels; zeros without any."""
    left, top, width, height = rle.bounds(*rle.runs(counts_of(encoded)), encoded["size"][0])
    return float(left), float(top), float(width), float(height)


def covers(encoded: Encoded, x: int, y: int) -> bool:
    """Whether the pixel in column ``x``, row ``y`` belongs to the mask."""
    height, width = encoded["size"]
    if not (0 <= x < width and 0 <= y < height):
        return False
    return bool(np.searchsorted(np.cumsum(counts_of(encoded)), x * height + y, side="right") % 2)


def union(one: Encoded, other: Encoded) -> Encoded:
    """The pixels of either of two masks of one image."""
    return _combined(one, other, 1)


def difference(one: Encoded, other: Encoded) -> Encoded:
    """The pixels of ``one`` that ``other``, of the same image, does not have."""
    return _combined(one, other, -1)


def _combined(one: Encoded, other: Encoded, weight: int) -> Encoded:
    """The pixels where ``one``, counted once, and ``other``, counted ``weight`` times, come to more than nothing."""
    height, width = one["size"]
    ends = [*rle.runs(counts_of(one)), *rle.runs(counts_of(other))]
    places = np.concatenate(ends)
    steps = np.repeat([1, -1, weight, -weight], [len(end) for end in ends])
    order = np.argsort(places)
    places, total = places[order], np.cumsum(steps[order])
    whole = np.append(places[1:] != places[:-1], True)[: len(places)]
    places, inside = places[whole], total[whole] > 0
    turns = places[np.diff(inside, prepend=False)]
    bounds = np.concatenate([[0], turns[turns < height * width], [height * width]])
    return packed(np.diff(bounds), height, width)
