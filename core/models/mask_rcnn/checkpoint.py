"""Public weights for Mask R-CNN: COCO checkpoints of torchvision and mmdetection, and ImageNet classifiers."""

from collections.abc import Mapping

import torch
from torch import Tensor

from core.errors import UserError
from core.models.segmenter import Weights
from core.models.weights.coco_classes import CLASSES, CLASSES_BY_ID
from core.models.weights.published import PublicWeights
from core.models.weights.renaming import renamed, rules
from core.words import tr

PUBLIC = {
    "maskrcnn_resnet50_coco": PublicWeights(
        tr("Mask R-CNN R50-FPN trained on COCO"),
        "https://download.pytorch.org/models/maskrcnn_resnet50_fpn_coco-bf2d0c1e.pth",
        "bf2d0c1efbc936eeee2bc95a48e80ebc86b891f61b0106485937fc29f9315fc0",
        "BSD-3-Clause",
    ),
    "maskrcnn_resnet50_v2_coco": PublicWeights(
        tr("Mask R-CNN R50-FPN V2 trained on COCO"),
        "https://download.pytorch.org/models/maskrcnn_resnet50_fpn_v2_coco-73cbd019.pth",
        "73cbd0190fcbe3ba339921fbce2c3a0b6bb9126c9a133c85e43a2a8e060a109e",
        "BSD-3-Clause",
        185_828_065,
    ),
    "maskrcnn_swin_t_coco": PublicWeights(
        tr("Mask R-CNN Swin-T trained on COCO"),
        "https://download.openmmlab.com/mmdetection/v2.0/swin/mask_rcnn_swin-t-p4-w7_fpn_ms-crop-3x_coco/"
        "mask_rcnn_swin-t-p4-w7_fpn_ms-crop-3x_coco_20210906_131725-bacf6f7b.pth",
        "bacf6f7b",
        "Apache-2.0",
    ),
    "efficientnet_b2_imagenet": PublicWeights(
        tr("EfficientNet-B2 trained on ImageNet"),
        "https://github.com/huggingface/pytorch-image-models/releases/download/v0.1-weights/"
        "tf_efficientnet_b2_ns-00306e48.pth",
        "00306e48",
        "Apache-2.0",
    ),
    "swin_t_imagenet": PublicWeights(
        tr("Swin-T trained on ImageNet"),
        "https://download.pytorch.org/models/swin_t-704ceda3.pth",
        "704ceda373461b0a224fcdddd75cd2a5e9f8064512ed47adbddef7f343fd147b",
        "BSD-3-Clause",
        113_445_839,
    ),
    "resnet50_imagenet": PublicWeights(
        tr("ResNet-50 trained on ImageNet"),
        "https://download.pytorch.org/models/resnet50-0676ba61.pth",
        "0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a",
        "BSD-3-Clause",
        102_530_333,
    ),
}

_TORCHVISION = rules(
    # Its first checkpoint was published before these were given norms.
    (r"^rpn\.head\.conv\.(weight|bias)$", r"rpn.head.conv.0.0.\1"),
    (r"^backbone\.fpn\.(inner|layer)_blocks\.(\d)\.(weight|bias)$", r"backbone.fpn.\1_blocks.\2.0.\3"),
    (r"^roi_heads\.mask_head\.mask_fcn1\.", "roi_heads.mask_head.0.0."),
    (r"^roi_heads\.mask_head\.mask_fcn2\.", "roi_heads.mask_head.1.0."),
    (r"^roi_heads\.mask_head\.mask_fcn3\.", "roi_heads.mask_head.2.0."),
    (r"^roi_heads\.mask_head\.mask_fcn4\.", "roi_heads.mask_head.3.0."),
)

_CLASSIFIER = rules((r"^", "backbone.body."))
"""Of torchvision and timm: the body alone, under their names, which are ours."""

_MMDETECTION = rules(
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

_PUBLISHED_EPSILON, _EPSILON = 0.0, 1e-5
_STEM = "backbone.body.conv_stem.weight"
_MERGED_PATCHES = tuple(f"backbone.body.features.{place}." for place in (2, 4, 6))
"""Swin's layers that merge patches."""
_DEVIATION = (58.395, 57.12, 57.375)
"""Of ImageNet's red, green and blue, on the 0–255 scale."""


def translate(tensors: Mapping[str, Tensor]) -> Weights:
    """A public state dict by our names. Raises ``UserError`` for one that is none of Mask R-CNN or a classifier."""
    if "rpn.head.cls_logits.weight" in tensors:
        return _from_torchvision(tensors)
    if "rpn_head.rpn_cls.weight" in tensors:
        return _from_mmdetection(tensors)
    if any(name.startswith(("conv1.", "conv_stem.", "features.0.")) for name in tensors):
        return _from_classifier(tensors)
    raise UserError(tr("it holds neither a Mask R-CNN nor an image classifier"))


def _from_torchvision(tensors: Mapping[str, Tensor]) -> Weights:
    state = renamed(tensors, _TORCHVISION)
    coco = _labels(state) == 1 + len(CLASSES_BY_ID)
    if coco and not any(name.endswith("num_batches_tracked") for name in state):
        # The first checkpoint was trained with frozen statistics and no epsilon under their root (torchvision pull
        # request 2933). Ours has one: it is taken off the variance.
        for name in [name for name in state if name.endswith("running_var")]:
            state[name] = state[name] + (_PUBLISHED_EPSILON - _EPSILON)
    return Weights(state, CLASSES_BY_ID if coco else None)


def _from_mmdetection(tensors: Mapping[str, Tensor]) -> Weights:
    """It was trained on RGB images; its background is the last class, and has neither box nor mask."""
    state = renamed(tensors, _MMDETECTION)
    for name, tensor in list(state.items()):
        if name.endswith("relative_position_index"):  # a constant, and the same as ours
            del state[name]
        elif name.startswith("roi_heads.box_predictor.cls_score."):
            state[name] = torch.cat((tensor[-1:], tensor[:-1]))
        elif name.startswith("roi_heads.box_predictor.bbox_pred."):
            state[name] = torch.cat((torch.zeros_like(tensor[:4]), tensor))
        elif name.startswith("roi_heads.mask_predictor.mask_fcn_logits."):
            state[name] = torch.cat((torch.zeros_like(tensor[:1]), tensor))
        elif name.startswith(_MERGED_PATCHES):
            # Four neighbours become one. mmdetection lists, channel by channel, upper left, upper right, lower left,
            # lower right; ours, neighbour by neighbour, upper left, lower left, upper right, lower right.
            neighbours = tensor.reshape(*tensor.shape[:-1], -1, 2, 2)  # …, channel, row, column
            state[name] = neighbours.movedim(-3, -1).transpose(-3, -2).flatten(-3)
    return Weights(state, CLASSES if _labels(state) == 1 + len(CLASSES) else None)


def _labels(state: Mapping[str, Tensor]) -> int:
    scores = state.get("roi_heads.box_predictor.cls_score.bias")
    return 0 if scores is None else scores.numel()


def _from_classifier(tensors: Mapping[str, Tensor]) -> Weights:
    last = ("fc.", "classifier.", "head.", "norm.", "conv_head.", "bn2.")
    state = renamed({name: tensor for name, tensor in tensors.items() if not name.startswith(last)}, _CLASSIFIER)
    if _STEM in state:  # EfficientNet-B2b sees images whose deviation is left as it is
        state[_STEM] = state[_STEM] / state[_STEM].new_tensor(_DEVIATION)[:, None, None]
    return Weights(state, None, without=("backbone.fpn.", "backbone.body.norms.", "rpn.", "roi_heads."))
