"""What a draft is made of."""

from typing import Literal

import msgspec

from core.dataset.annotations import mask_of
from core.dataset.model import Box, Segmentation
from core.geometry.masks import Mask, Size

Review = Literal["", "to do", "done", "to fix"]
"""What a person said of an image; empty when nobody said anything."""


class Annotation(msgspec.Struct, frozen=True):
    """One instance while it is edited. Its class is a category id, which stays while classes come and go.

    Its own id, the key it is kept under, is its ``id`` in the COCO file: new ones are never used twice.
    """

    category: int
    """``Category.id`` of the draft."""
    segmentation: Segmentation
    """What the person drew is what is kept: polygons stay polygons (a part with holes is one ring that walks into them
    and back, see ``core.geometry.rings``), painted masks are run-length encoded. ``None`` for a box alone."""
    box: Box
    crowd: bool = False

    def mask(self, size: Size) -> Mask:
        """Its pixels in an image of ``size``: what COCO tools see."""
        return mask_of(self.segmentation, size)
