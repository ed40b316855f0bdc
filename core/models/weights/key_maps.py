"""Tables that rename the tensors of published checkpoints to our names: patterns and replacements.

A name is changed by every pattern that it matches, in order; one that matches none stays as it is.
"""

import re
from collections.abc import Mapping

from torch import Tensor

Rules = tuple[tuple[re.Pattern[str], str], ...]


def _rules(*pairs: tuple[str, str]) -> Rules:
    return tuple((re.compile(pattern), replacement) for pattern, replacement in pairs)


def own_name(name: str, rules: Rules) -> str:
    """Our name of what a checkpoint calls ``name``."""
    for pattern, replacement in rules:
        name = pattern.sub(replacement, name)
    return name


def renamed(tensors: Mapping[str, Tensor], rules: Rules) -> dict[str, Tensor]:
    """``tensors`` by our names."""
    return {own_name(name, rules): tensor for name, tensor in tensors.items()}


TORCHVISION_MASK_RCNN = _rules(
    # Its first checkpoint was published before these were given norms.
    (r"^rpn\.head\.conv\.(weight|bias)$", r"rpn.head.conv.0.0.\1"),
    (r"^backbone\.fpn\.(inner|layer)_blocks\.(\d)\.(weight|bias)$", r"backbone.fpn.\1_blocks.\2.0.\3"),
    (r"^roi_heads\.mask_head\.mask_fcn1\.", "roi_heads.mask_head.0.0."),
    (r"^roi_heads\.mask_head\.mask_fcn2\.", "roi_heads.mask_head.1.0."),
    (r"^roi_heads\.mask_head\.mask_fcn3\.", "roi_heads.mask_head.2.0."),
    (r"^roi_heads\.mask_head\.mask_fcn4\.", "roi_heads.mask_head.3.0."),
)

CLASSIFIER = _rules((r"^", "backbone.body."))
"""Of torchvision and timm: the body alone, under their names, which are ours."""

MMDETECTION_MASK_RCNN = _rules(
    (r"^neck\.lateral_convs\.(\d)\.conv\.", r"backbone.fpn.inner_blocks.\1.0."),
    (r"^neck\.fpn_convs\.(\d)\.conv\.", r"backbone.fpn.layer_blocks.\1.0."),
    (r"^rpn_head\.rpn_conv\.", "rpn.head.conv.0.0."),
    (r"^rpn_head\.rpn_cls\.", "rpn.head.cls_logits."),
    (r"^rpn_head\.rpn_reg\.", "rpn.head.bbox_pred."),
    (r"^roi_head\.bbox_head\.shared_fcs\.0\.", "roi_heads.box_head.fc6."),
    (r"^roi_head\.bbox_head\.shared_fcs\.1\.", "roi_heads.box_head.fc7."),
    (r"^roi_head\.bbox_head\.fc_cls\.", "roi_heads.box_predictor.cls_score."),
    (r"^roi_head\.bbox_head\.fc_reg\.", "roi_heads.box_predictor.bbox_pred."),
    (r"^roi_head\.mask_head\.convs\.(\d)\.conv\.", r"roi_heads.mask_head.\1.0."),
    (r"^roi_head\.mask_head\.upsample\.", "roi_heads.mask_predictor.conv5_mask."),
    (r"^roi_head\.mask_head\.conv_logits\.", "roi_heads.mask_predictor.mask_fcn_logits."),
    # Its Swin counts stages; ours counts stages and what merges patches between them.
    (r"^backbone\.patch_embed\.projection\.", "backbone.body.features.0.0."),
    (r"^backbone\.patch_embed\.norm\.", "backbone.body.features.0.2."),
    *((rf"^backbone\.stages\.{i}\.blocks\.", f"backbone.body.features.{2 * i + 1}.") for i in range(4)),
    *((rf"^backbone\.stages\.{i}\.downsample\.", f"backbone.body.features.{2 * i + 2}.") for i in range(3)),
    (r"^backbone\.norm(\d)\.", r"backbone.body.norms.\1."),
    (r"\.attn\.w_msa\.", ".attn."),
    (r"\.ffn\.layers\.0\.0\.", ".mlp.0."),
    (r"\.ffn\.layers\.1\.", ".mlp.3."),
)

MMDETECTION_RTMDET_INS = _rules(
    # The box tower of the public model is its class tower, and their convolutions are the same on every level.
    (r"^bbox_head\.(?:cls|reg)_convs\.\d\.(\d)\.conv\.", r"head.shared_convs.\1."),
    (r"^bbox_head\.(?:cls|reg)_convs\.(\d)\.(\d)\.bn\.", r"head.level_norms.\1.\2."),
    (r"^bbox_head\.kernel_convs\.", "head.kernel_convs."),
    (r"^bbox_head\.rtm_cls\.", "head.classes."),
    (r"^bbox_head\.rtm_reg\.", "head.distances."),
    (r"^bbox_head\.rtm_kernel\.", "head.kernels."),
    (r"^bbox_head\.mask_head\.", "head.mask_feature."),
)
