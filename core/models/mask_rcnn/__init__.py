"""Mask R-CNN (arXiv 1703.06870): one network in several published variants."""

from core.models.mask_rcnn.model import MaskRCNN
from core.models.mask_rcnn.variants import VARIANTS

__all__ = ["VARIANTS", "MaskRCNN", "build"]


def build(num_classes: int, variant: str) -> MaskRCNN:
    """The ``variant`` of ``VARIANTS`` for ``num_classes`` classes."""
    return MaskRCNN(num_classes, VARIANTS[variant])
