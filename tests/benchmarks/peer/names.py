"""Our weights by getitune's names, so that both sides begin alike."""

import re

import torch
from torch import Tensor

State = dict[str, Tensor]


def to_peer(recipe: str, state: State) -> State:
    """The state dict of our network of ``recipe`` as getitune's takes it.

    Raises ``KeyError`` for a recipe that has no counterpart there.
    """
    return _MAPS[recipe](state)


def _same(state: State) -> State:
    """Both sides took torchvision's names."""
    return state


def _rtmdet(state: State) -> State:
    """The names of the public checkpoint. There the box tower is the class tower; getitune holds two of each."""
    renamed: State = {}
    for name, tensor in state.items():
        for pattern, replacements in _RTMDET:
            if pattern.match(name):
                renamed |= {pattern.sub(replacement, name): tensor for replacement in replacements}
                break
        else:
            renamed[name] = tensor
    return renamed


def _mask_rcnn(state: State) -> State:
    """MMDetection's names and order of classes: background last, and no box or mask of it."""
    renamed: State = {}
    for own, tensor in state.items():
        name = own
        for pattern, replacement in _MASK_RCNN:
            name = pattern.sub(replacement, name)
        name = _EFFICIENTNET_UNIT.sub(_efficientnet_unit, name)
        name = _SWIN_STAGE.sub(_swin_stage, name)
        if ".fc_cls." in name:
            tensor = torch.cat((tensor[1:], tensor[:1]))
        elif ".fc_reg." in name:
            tensor = tensor[4:]
        elif ".conv_logits." in name:
            tensor = tensor[1:]
        elif ".downsample." in name:
            tensor = _merged_by_channel(tensor)
        elif name.endswith("relative_position_index"):
            tensor = tensor.reshape(49, 49)
        renamed[name] = tensor
    return renamed


def _efficientnet_unit(found: re.Match[str]) -> str:
    """timm's seven groups of blocks are five stages, cut where the stride changes."""
    group, unit, part = int(found[1]), int(found[2]), found[3]
    stage = (1, 2, 3, 4, 4, 5, 5)[group]
    before = (0, 0, 0, 0, 4, 0, 5)[group]
    return f"backbone.features.stage{stage}.unit{before + unit + 1}.{(_SEPARABLE if group == 0 else _INVERTED)[part]}."


def _swin_stage(found: re.Match[str]) -> str:
    number = int(found[1])
    stage = (number - 1) // 2
    return f"backbone.stages.{stage}.blocks." if number % 2 else f"backbone.stages.{stage}.downsample."


def _merged_by_channel(tensor: Tensor) -> Tensor:
    """Four neighbouring patches are joined: ours one patch after the other, down the columns; theirs each channel's
    four values together, along the rows."""
    channels = tensor.shape[-1] // 4
    patches = tensor.unflatten(-1, (2, 2, channels))  # column, row, channel
    return patches.movedim(-1, -3).transpose(-1, -2).flatten(-3)


def _patterns(*pairs: tuple[str, str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern), replacement) for pattern, replacement in pairs)


_RTMDET = tuple(
    (re.compile(pattern), replacements)
    for pattern, replacements in (
        (
            r"^head\.shared_convs\.(\d)\.",
            tuple(rf"bbox_head.{tower}_convs.{level}.\1.conv." for tower in ("cls", "reg") for level in range(3)),
        ),
        (r"^head\.level_norms\.(\d)\.(\d)\.", (r"bbox_head.cls_convs.\1.\2.bn.", r"bbox_head.reg_convs.\1.\2.bn.")),
        (r"^head\.kernel_convs\.", ("bbox_head.kernel_convs.",)),
        (r"^head\.classes\.", ("bbox_head.rtm_cls.",)),
        (r"^head\.distances\.", ("bbox_head.rtm_reg.",)),
        (r"^head\.kernels\.", ("bbox_head.rtm_kernel.",)),
        (r"^head\.mask_feature\.", ("bbox_head.mask_head.",)),
    )
)

_MASK_RCNN = _patterns(
    (r"^backbone\.fpn\.inner_blocks\.(\d)\.0\.", r"neck.lateral_convs.\1.conv."),
    (r"^backbone\.fpn\.layer_blocks\.(\d)\.0\.", r"neck.fpn_convs.\1.conv."),
    (r"^rpn\.head\.conv\.0\.0\.", "rpn_head.rpn_conv."),
    (r"^rpn\.head\.cls_logits\.", "rpn_head.rpn_cls."),
    (r"^rpn\.head\.bbox_pred\.", "rpn_head.rpn_reg."),
    (r"^roi_heads\.box_head\.fc6\.", "roi_head.bbox_head.shared_fcs.0."),
    (r"^roi_heads\.box_head\.fc7\.", "roi_head.bbox_head.shared_fcs.1."),
    (r"^roi_heads\.box_predictor\.cls_score\.", "roi_head.bbox_head.fc_cls."),
    (r"^roi_heads\.box_predictor\.bbox_pred\.", "roi_head.bbox_head.fc_reg."),
    (r"^roi_heads\.mask_head\.(\d)\.0\.", r"roi_head.mask_head.convs.\1.conv."),
    (r"^roi_heads\.mask_predictor\.conv5_mask\.", "roi_head.mask_head.upsample."),
    (r"^roi_heads\.mask_predictor\.mask_fcn_logits\.", "roi_head.mask_head.conv_logits."),
    # EfficientNet: timm and pytorchcv
    (r"^backbone\.body\.conv_stem\.", "backbone.features.init_block.conv.conv."),
    (r"^backbone\.body\.bn1\.", "backbone.features.init_block.conv.bn."),
    (r"\.se\.conv_reduce\.", ".se.conv1."),
    (r"\.se\.conv_expand\.", ".se.conv2."),
    # Swin: torchvision and MMDetection
    (r"^backbone\.body\.features\.0\.0\.", "backbone.patch_embed.projection."),
    (r"^backbone\.body\.features\.0\.2\.", "backbone.patch_embed.norm."),
    (r"^backbone\.body\.norms\.(\d)\.", r"backbone.norm\1."),
    (r"\.attn\.", ".attn.w_msa."),
    (r"\.mlp\.0\.", ".ffn.layers.0.0."),
    (r"\.mlp\.3\.", ".ffn.layers.1."),
)
_EFFICIENTNET_UNIT = re.compile(r"^backbone\.body\.blocks\.(\d)\.(\d)\.(\w+)\.")
_SEPARABLE = {
    "conv_dw": "dw_conv.conv",
    "bn1": "dw_conv.bn",
    "se": "se",
    "conv_pw": "pw_conv.conv",
    "bn2": "pw_conv.bn",
}
_INVERTED = {
    "conv_pw": "conv1.conv",
    "bn1": "conv1.bn",
    "conv_dw": "conv2.conv",
    "bn2": "conv2.bn",
    "se": "se",
    "conv_pwl": "conv3.conv",
    "bn3": "conv3.bn",
}
_SWIN_STAGE = re.compile(r"^backbone\.body\.features\.(\d)\.")

_MAPS = {
    "rtmdet_inst_tiny": _rtmdet,
    "maskrcnn_resnet50_v2": _same,
    "maskrcnn_efficientnet_b2b": _mask_rcnn,
    "maskrcnn_swin_t": _mask_rcnn,
}
