"""What a draft is made of."""

import math

import msgspec

from core.dataset.model import Review
from core.geometry.masks import Mask, Size
from core.geometry.segmentation import Box, Segmentation, mask_of
from core.words import tr

__all__ = ["Annotation", "Review", "fault", "same"]


class Annotation(msgspec.Struct, frozen=True):
    """One instance while it is edited. Its class is a category id, which stays while classes come and go.

    Its own id, the key it is kept under, is its ``id`` in the COCO file: new ones are never used twice.
    """

    category: int
    """``Category.id`` of the draft."""
    segmentation: Segmentation | None
    """What the person drew is what is kept: polygons stay polygons (a part with holes is one ring that walks into them
    and back, see ``core.geometry.bridged_rings``), painted masks are run-length encoded. ``None`` for a box alone."""
    box: Box
    crowd: bool = False
    stated: tuple[Box, float] | None = None
    """Box and area that the file is to state for the shape it has; ``None``: what it states. Another shape is
    measured when it is saved."""

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
        return tr("its box is {x}, {y}, {width}, {height}", x=x, y=y, width=width, height=height)
    return annotation.segmentation.fault(size) if annotation.segmentation else None
