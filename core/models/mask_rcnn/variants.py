"""The published variants of Mask R-CNN: what each differs in from the others."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from core.models.mask_rcnn.backbones import efficientnet_b2, resnet50, swin_t


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A body, and the settings of what stands on it."""

    body: Callable[[], nn.Module]
    widths: tuple[int, ...]
    """Channels of the body at strides 4 to 32."""
    frozen: tuple[str, ...] = ()
    """Parts of the body that fine-tuning leaves as they are."""
    channels: int = 256
    """Of every pyramid level and of the mask head."""
    convolutional: bool = False
    """Heads as in torchvision's second version (arXiv 2111.11429): normalised pyramid and heads, convolutions in the
    box head, two of them in the proposal head."""
    aligned: bool = True
    """See ``RegionAlign``; also whether anchors keep their exact size instead of being rounded to whole pixels."""
    training_proposals: tuple[int, int] = (2000, 1000)
    """Of an image in training: candidates a level, kept in all."""
    proposals: tuple[int, int] = (1000, 1000)
    """The same in use."""
    proposal_overlap: float = 0.7
    """IoU above which of two proposals only the better is kept."""
    detections: int = 100
    """Most instances found in an image."""


RESNET50 = Variant(body=resnet50, widths=(256, 512, 1024, 2048), frozen=("conv1", "layer1"), aligned=False)

RESNET50_V2 = Variant(
    body=resnet50,
    widths=(256, 512, 1024, 2048),
    frozen=("conv1", "layer1"),
    aligned=False,
    convolutional=True,
    training_proposals=(2000, 2000),
)

EFFICIENTNET_B2B = Variant(
    body=efficientnet_b2,
    widths=(24, 48, 120, 352),
    channels=80,
    proposals=(800, 500),
    proposal_overlap=0.8,
    detections=500,
)

SWIN_T = Variant(body=swin_t, widths=(96, 192, 384, 768))

VARIANTS = {
    "mask_rcnn": RESNET50,
    "mask_rcnn_resnet50_v2": RESNET50_V2,
    "mask_rcnn_efficientnet_b2b": EFFICIENTNET_B2B,
    "mask_rcnn_swin_t": SWIN_T,
}
"""By the architecture that recipes and trained models name; the plain one is ResNet-50's."""
