"""How large a shape is, without making its mask: for thousands of instances in a moment, and to be compared with what
a file states."""

import math
from operator import mul
from typing import NamedTuple

from core.geometry.masks import Size
from core.geometry.segmentation import Box, Rle, Segmentation, parts_of

_SLACK = 8.0
"""Pixels by which areas may differ in any case: those along the outline of a small object."""
_NARROW = 2.0
"""Pixels: narrower shapes may cover none."""
_LEAST_IOU = 0.5
_LEAST_DIFFERENCE = 2.0
"""Pixels between the sides of boxes that differ."""


class Measures(NamedTuple):
    """Of a polygon or a run-length encoding."""

    box: Box
    """How far it reaches, also outside the image."""
    area: float
    """In square pixels, also outside the image: that of its outlines, which is the number of pixels of a simple shape
    but for those along the border."""
    thin: bool
    """Whether it may have no pixel at all."""
    outside: bool
    """Whether it lies outside the image."""
    between_0_and_1: bool
    """Whether it would be an object if its coordinates were shares of the sides of the image."""


def measure(segmentation: Segmentation | None, size: Size) -> Measures:
    """The measures of a segmentation, none of whose parts is faulty, of an image of ``size`` (height, width)."""
    if isinstance(segmentation, Rle):
        pixels = segmentation.area()
        return Measures(segmentation.box, float(pixels), not pixels, False, False)
    left = top = math.inf
    right = bottom = -math.inf
    area = 0.0
    for part in parts_of(segmentation):  # an image may have thousands: this is three times as fast as arrays are
        x, y = part[0::2], part[1::2]
        left, top, right, bottom = min(left, min(x)), min(top, min(y)), max(right, max(x)), max(bottom, max(y))
        area += abs(sum(map(mul, x, y[1:])) - sum(map(mul, y, x[1:])) + x[-1] * y[0] - y[-1] * x[0]) / 2
    width, height = right - left, bottom - top
    outside = right <= 0 or bottom <= 0 or left >= size[1] or top >= size[0]
    thin = outside or width < _NARROW or height < _NARROW or area < _NARROW
    shares = right <= 1 and bottom <= 1 and left >= 0 and top >= 0 and min(size) > _SLACK
    return Measures((left, top, width, height), area, thin, outside, shares)


def coverage(segmentation: Segmentation | None, size: Size) -> tuple[float, float, float]:
    """About how many pixels of an image of ``size`` (height, width) a segmentation covers, and the width and the height
    of what it covers there."""
    _, _, width, height = (measures := measure(segmentation, size)).box
    left, top, right, bottom = _inside(measures.box, size)
    wide, high = right - left, bottom - top
    share = wide * high / (width * height) if width * height else 0.0
    return measures.area * share, wide, high


def contradicts(stated: Box, measures: Measures, size: Size) -> bool:
    """Whether a box can't be that of a shape: within the image, they share less than half of what either covers; or its
    last two numbers are the far corner of the shape, where COCO has width and height."""
    x, y, width, height = stated
    left, top, wide, high = measures.box
    near = abs(x - left) + abs(y - top)
    if near + abs(width - wide) + abs(height - high) <= _LEAST_DIFFERENCE:
        return False
    if near + abs(width - left - wide) + abs(height - top - high) <= _LEAST_DIFFERENCE < left + top:
        return True
    one, other = _inside(stated, size), _inside(measures.box, size)
    if max(abs(a - b) for a, b in zip(one, other, strict=True)) <= _LEAST_DIFFERENCE:
        return False
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(width, 0.0) * max(height, 0.0)
    either = sum((right - left) * (bottom - top) for left, top, right, bottom in (one, other)) - shared
    return shared < _LEAST_IOU * either


def _inside(box: Box, size: Size) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what lies in the image."""
    x, y, width, height = box
    left, right = (min(max(side, 0.0), float(size[1])) for side in (x, x + width))
    top, bottom = (min(max(side, 0.0), float(size[0])) for side in (y, y + height))
    return left, top, right, bottom


def contradicted_area(stated: float, area: float) -> bool:
    """Whether an area can't be meant: it is less than half or more than twice another."""
    return not area / 2 - _SLACK <= stated <= area * 2 + _SLACK
