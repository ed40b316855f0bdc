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
    return _readable(written)


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
    return _readable(coco_mask.merge([_compressed(one), _compressed(other)]))


def difference(one: Encoded, other: Encoded) -> Encoded:
    """The pixels of ``one`` that ``other``, of the same image, does not have."""
    return _readable(coco_mask.merge([_compressed(one), _compressed(_inverted(other))], intersect=True))


def _inverted(encoded: Encoded) -> Encoded:
    """Object where there is none, and the other way round."""
    counts, (height, width) = counts_of(encoded), encoded["size"]
    return packed(counts[1:] if counts[0] == 0 else np.append(0, counts), height, width)


def _compressed(encoded: Encoded) -> Encoded:
    height, width = encoded["size"]
    return packed(counts_of(encoded), height, width) if isinstance(encoded["counts"], list) else encoded


def _readable(encoded: Encoded) -> Encoded:
    return {"size": list(encoded["size"]), "counts": encoded["counts"].decode("ascii")}
