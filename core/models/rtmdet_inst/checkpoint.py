"""Public weights for RTMDet-Ins tiny: the COCO checkpoint of mmdetection."""

from collections.abc import Mapping

from torch import Tensor

from core.models.segmenter import Weights
from core.models.weights.coco_classes import CLASSES
from core.models.weights.published import PublicWeights
from core.models.weights.renaming import renamed, rules
from core.words import tr

PUBLIC = {
    "rtmdet_ins_tiny_coco": PublicWeights(
        tr("RTMDet-Ins tiny trained on COCO"),
        "https://download.openmmlab.com/mmdetection/v3.0/rtmdet/rtmdet-ins_tiny_8xb32-300e_coco/"
        "rtmdet-ins_tiny_8xb32-300e_coco_20221130_151727-ec670f7e.pth",
        "ec670f7ee9e20bd7931e15f15b7016f7fe531baaab81f2e6153382d046111885",
        "Apache-2.0",
    ),
}
BUNDLED = {"rtmdet_inst_tiny_shapes": tr("the shapes that ship with Maskwright")}
"""Made by ``packaging/make_starting_weights.py``."""

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
    learnt = {name: tensor for name, tensor in tensors.items() if not name.startswith("data_preprocessor.")}
    state = renamed(learnt, _MMDETECTION)
    if _STEM in state:
        state[_STEM] = state[_STEM].flip(1)
    scores = state.get("head.classes.0.bias")
    return Weights(state, CLASSES if scores is not None and len(scores) == len(CLASSES) else None)
