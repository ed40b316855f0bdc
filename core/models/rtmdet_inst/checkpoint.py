"""Public weights for RTMDet-Ins tiny: the COCO checkpoint of mmdetection."""

from collections.abc import Mapping

import torch
from torch import Tensor

from core.errors import UserError
from core.models.segmenter import Weights
from core.models.weights.coco_classes import CLASSES
from core.models.weights.renaming import own_name, rules
from core.words import tr

_MMDETECTION = rules(
    # The box tower of the public model is its class tower, and their convolutions are the same on every level.
    (r"^bbox_head\.(?:cls|reg)_convs\.\d\.(\d)\.conv\.", r"head.shared_convs.\1."),
    (r"^bbox_head\.(?:cls|reg)_convs\.(\d)\.(\d)\.bn\.", r"head.level_norms.\1.\2."),
    (r"^bbox_head\.kernel_convs\.", "head.kernel_convs."),
    (r"^bbox_head\.rtm_cls\.", "head.classes."),
    (r"^bbox_head\.rtm_reg\.", "head.distances."),
    (r"^bbox_head\.rtm_kernel\.", "head.kernels."),
    (r"^bbox_head\.mask_head\.", "head.mask_feature."),
)

_STEM = "backbone.stem.0.conv.weight"


def translate(tensors: Mapping[str, Tensor]) -> Weights:
    """The public state dict by our names.

    The public model sees BGR: its first convolution is turned round, once, here. Raises ``UserError`` for tensors that
    differ where they should be shared.
    """
    state: dict[str, Tensor] = {}
    for public, tensor in tensors.items():
        if public.startswith("data_preprocessor."):  # the mean and deviation of the pictures
            continue
        name = own_name(public, _MMDETECTION)
        if name in state and not torch.equal(state[name], tensor):
            raise UserError(tr("{public} differs from the tensors it is shared with", public=public))
        state[name] = tensor
    if _STEM in state:
        state[_STEM] = state[_STEM].flip(1)
    scores = state.get("head.classes.0.bias")
    return Weights(state, CLASSES if scores is not None and len(scores) == len(CLASSES) else None)
