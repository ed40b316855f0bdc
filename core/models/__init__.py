"""The networks: each stands behind ``core.models.segmenter.Segmenter``."""

from typing import TYPE_CHECKING

from core.errors import UserError

if TYPE_CHECKING:
    from core.models.segmenter import Segmenter


def build(architecture: str, num_classes: int) -> "Segmenter":
    """A network with fresh weights for ``num_classes`` classes; ``architecture`` is a recipe's.

    Imports torch only now. Raises ``UserError`` when no such architecture exists.
    """
    if architecture == "rtmdet_inst":
        from core.models.rtmdet_inst import RTMDetInst

        return RTMDetInst(num_classes)
    from core.models.mask_rcnn import VARIANTS, MaskRCNN

    if architecture in VARIANTS:
        return MaskRCNN(num_classes, VARIANTS[architecture])
    raise UserError(f"there is no architecture called “{architecture}”")
