"""What a draft is made of."""

import math

import msgspec
import numpy as np

from core.dataset.coco.annotations import mask_of
from core.dataset.model import Box, Review, Segmentation
from core.geometry import rle
from core.geometry.masks import Mask, Size
from core.geometry.polygons import outline_fault, part_fault

__all__ = ["Annotation", "Review", "fault", "same"]


class Annotation(msgspec.Struct, frozen=True):
    """One instance while it is edited. Its class is a category id, which stays while classes come and go.

    Its own id, the key it is kept under, is its ``id`` in the COCO file: new ones are never used twice.
    """

    category: int
    """``Category.id`` of the draft."""
    segmentation: Segmentation
    """What the person drew is what is kept: polygons stay polygons (a part with holes is one ring that walks into them
    and back, see ``core.geometry.bridged_rings``), painted masks are run-length encoded. ``None`` for a box alone."""
    box: Box
    crowd: bool = False

    def mask(self, size: Size) -> Mask:
        """Its pixels in an image of ``size``: what COCO tools see."""
        return mask_of(self.segmentation, size)


def same(one: Annotation, other: Annotation) -> bool:
    """Whether two are the same instance to a COCO file, where the box of a shape is counted from its pixels."""
    return one is other or (
        one.category == other.category
        and one.crowd == other.crowd
        and (one.segmentation or None) == (other.segmentation or None)
        and (bool(one.segmentation) or one.box == other.box)
    )


def fault(annotation: Annotation, size: Size) -> str | None:
    """Why an instance cannot be one of an image of ``size``, or ``None``. What has no fault can be rasterised."""
    x, y, width, height = annotation.box
    if not all(map(math.isfinite, annotation.box)) or width < 0 or height < 0:
        return f"its box is {x}, {y}, {width}, {height}"
    shape = annotation.segmentation
    if isinstance(shape, dict):
        return _rle_fault(shape, size)
    return next(filter(None, map(part_fault, shape or ())), None) or (outline_fault(shape) if shape else None)


def _rle_fault(shape: dict[str, object], size: Size) -> str | None:
    counts = shape.get("counts")
    if shape.get("size") not in (list(size), size) or not isinstance(counts, str | list):
        return f"its mask is not one of an image of {size[1]} × {size[0]} pixels"
    try:
        rle.check(rle.uncompress(counts) if isinstance(counts, str) else np.asarray(counts, np.int64), *size)
    except (ValueError, TypeError, OverflowError) as error:
        return f"its run-length encoding does not fit: {error}"
    return None
