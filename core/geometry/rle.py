"""COCO's run-length encoding as arrays of run lengths.

Runs follow the columns of the image from its top left, background first; the compressed form writes each length, from
the third on as the difference to the one before the last, in groups of five bits (``maskApi.c`` of the COCO API).
Everything here costs what the runs cost, never what the image costs, and refuses counts that do not fit.
"""

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from core.words import tr

Counts = NDArray[np.int64]
"""Lengths of the runs, of background and of object in turn."""

MAX_PIXELS = 1 << 29
"""The most pixels of an image, and so of a mask: 23,000 × 23,000."""

_LONGEST_NUMBER = 12  # groups of five bits in a signed 60-bit number


def uncompress(text: str | bytes) -> Counts:
    """Run lengths of a compressed encoding. Raises ``ValueError`` when it is not one."""
    data = text.encode("ascii", "replace") if isinstance(text, str) else text
    groups = np.frombuffer(data, np.uint8).astype(np.int64) - 48
    if groups.size == 0:
        return np.zeros(0, np.int64)
    if groups.min() < 0 or groups.max() > 63:
        raise ValueError(tr("the run lengths hold characters that do not belong there"))
    ends = np.flatnonzero((groups & 32) == 0)
    if ends.size == 0 or ends[-1] != groups.size - 1:
        raise ValueError(tr("the run lengths are cut off"))
    starts = np.concatenate(([0], ends[:-1] + 1))
    if (ends - starts).max() >= _LONGEST_NUMBER:
        raise ValueError(tr("a run length is too large"))
    place = np.arange(groups.size) - np.repeat(starts, ends - starts + 1)
    counts: Counts = np.add.reduceat((groups & 31) << (5 * place), starts)
    negative = (groups[ends] & 16) != 0
    counts[negative] -= np.int64(1) << (5 * (ends - starts + 1)[negative])
    counts[1::2] = np.cumsum(counts[1::2])
    counts[2::2] = np.cumsum(counts[2::2])
    return counts


def compress(counts: Counts, height: int, width: int) -> str:
    """Run lengths of an image of ``height × width`` as COCO compresses them, ready for JSON."""
    written = coco_mask.frPyObjects({"size": [height, width], "counts": counts.tolist()}, height, width)
    text: str = written["counts"].decode("ascii")
    return text


def read(written: str | bytes | list[int]) -> Counts:
    """Run lengths as COCO writes them, compressed or not. Raises ``ValueError`` when they are not any."""
    return np.asarray(written, np.int64) if isinstance(written, list) else uncompress(written)


def check(counts: Counts, height: int, width: int) -> None:
    """Raise ``ValueError`` unless the runs cover ``height × width`` pixels exactly."""
    if height <= 0 or width <= 0 or height * width > MAX_PIXELS:
        raise ValueError(tr("a mask of {height} × {width} pixels is not possible", height=height, width=width))
    if counts.size and (counts.min() < 0 or counts.max() > height * width):
        raise ValueError(tr("a run length is negative or larger than the image"))
    total = int(counts.sum())
    if total != height * width:
        raise ValueError(
            tr("run lengths add up to {total} instead of {height} × {width}", total=total, height=height, width=width)
        )


def runs(counts: Counts) -> tuple[Counts, Counts]:
    """Where the object begins and where it stops, one each for every stretch of pixels that follow each other."""
    ends = np.cumsum(counts)
    stops = ends[1::2]
    starts = ends[0::2][: stops.size]
    some = stops > starts
    starts, stops = starts[some], stops[some]
    apart = starts[1:] != stops[:-1]
    return starts[np.append(True, apart)[: starts.size]], stops[np.append(apart, True)[: stops.size]]


def bounds(starts: Counts, stops: Counts, height: int) -> tuple[int, int, int, int]:
    """Left, top, width and height of the box of some ``runs`` of an image of ``height``; zeros where there are none."""
    if not starts.size:
        return 0, 0, 0, 0
    left, right = int(starts[0]) // height, int(stops[-1] - 1) // height
    if (starts // height != (stops - 1) // height).any():  # one goes on at the top of the next column
        return left, 0, right - left + 1, height
    top, bottom = int((starts % height).min()), int(((stops - 1) % height).max())
    return left, top, right - left + 1, bottom - top + 1


def spans(counts: Counts, height: int) -> tuple[Counts, Counts, Counts]:
    """The object of an image of ``height`` column by column: the column of each stretch of pixels, the row in which it
    begins, and the one before which it stops."""
    starts, stops = runs(counts)
    first, last = starts // height, (stops - 1) // height
    many = last - first + 1
    run = np.repeat(np.arange(starts.size), many)
    columns = first[run] + np.arange(run.size) - np.repeat(np.cumsum(many) - many, many)
    tops = np.where(columns == first[run], starts[run] - columns * height, 0)
    bottoms = np.where(columns == last[run], stops[run] - columns * height, height)
    return columns, tops, bottoms


def decode(counts: Counts, height: int) -> tuple[int, int, NDArray[np.uint8]]:
    """The object of an image of ``height``: left, top, and its bitmap (0 or 1) cropped to its bounding box."""
    starts, stops = runs(counts)
    left, top, wide, high = bounds(starts, stops, height)
    if not starts.size:
        return 0, 0, np.zeros((0, 0), np.uint8)
    edges = np.empty(2 * starts.size + 2, np.int64)
    edges[0], edges[1:-1:2], edges[2:-1:2], edges[-1] = left * height, starts, stops, (left + wide) * height
    values = (np.arange(edges.size - 1) & 1).astype(np.uint8)
    columns = np.repeat(values, np.diff(edges)).reshape(wide, height)
    return left, top, _transposed(columns[:, top : top + high])


def _transposed(bitmap: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Four times faster than NumPy."""
    return np.asarray(cv2.transpose(bitmap), np.uint8) if bitmap.size else bitmap.T


def encode(bitmap: NDArray[np.uint8], left: int, top: int, height: int, width: int) -> Counts:
    """Run lengths of a cropped bitmap (0 or 1) whose top-left pixel lies at ``(left, top)`` of the image."""
    rows, columns = bitmap.shape
    strip = np.zeros((columns, height), np.uint8)
    strip[:, top : top + rows] = _transposed(bitmap)
    pixels = strip.ravel()
    edges = np.flatnonzero(pixels[1:] != pixels[:-1]) + 1 + left * height
    first = [left * height] if pixels.size and pixels[0] else []
    end = (left + columns) * height
    close = [end] if pixels.size and pixels[-1] and end < height * width else []
    bounds: Counts = np.concatenate(([0], first, edges, close, [height * width])).astype(np.int64)
    return bounds[1:] - bounds[:-1]
