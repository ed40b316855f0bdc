"""Bringing weights into Mask R-CNN: torchvision's COCO checkpoint, or an ImageNet ResNet-50 for its body."""

import re
from collections.abc import Iterable, Mapping

from torch import Tensor

from core.errors import UserError
from core.models.mask_rcnn.model import MaskRCNN

_RENAMED = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # As torchvision named them when it published the checkpoint.
        (r"^rpn\.head\.conv\.(weight|bias)$", r"rpn.head.conv.0.0.\1"),
        (r"^backbone\.fpn\.(inner|layer)_blocks\.(\d)\.(weight|bias)$", r"backbone.fpn.\1_blocks.\2.0.\3"),
        (r"^roi_heads\.mask_head\.mask_fcn1\.", "roi_heads.mask_head.0.0."),
        (r"^roi_heads\.mask_head\.mask_fcn2\.", "roi_heads.mask_head.1.0."),
        (r"^roi_heads\.mask_head\.mask_fcn3\.", "roi_heads.mask_head.2.0."),
        (r"^roi_heads\.mask_head\.mask_fcn4\.", "roi_heads.mask_head.3.0."),
        # A classifier's body.
        (r"^(conv1|bn1|layer\d)\.", r"backbone.body.\1."),
    )
)
PREDICTORS = ("roi_heads.box_predictor.", "roi_heads.mask_predictor.mask_fcn_logits.")
"""What depends on the classes."""
_COCO_LABELS = 91
_PUBLISHED_EPSILON, _EPSILON = 0.0, 1e-5


def load_public(model: MaskRCNN, tensors: Mapping[str, Tensor]) -> None:
    """Fill ``model`` from torchvision's state dict of a Mask R-CNN R50-FPN, or its body from that of a ResNet-50.

    Predictors for another number of classes keep their fresh weights. Raises ``UserError`` when a tensor is missing,
    unknown, or of a wrong shape.
    """
    state = {_own_name(name): tensor for name, tensor in tensors.items() if not name.startswith("fc.")}
    own = model.state_dict()
    wanted = {name for name in own if not name.endswith("num_batches_tracked")}
    if not any(name.startswith("rpn.") for name in state):
        wanted = {name for name in wanted if name.startswith("backbone.body.")}
    else:
        _undo_epsilon(state)
    if any(name in state and state[name].shape != own[name].shape for name in wanted if name.startswith(PREDICTORS)):
        state = {name: tensor for name, tensor in state.items() if not name.startswith(PREDICTORS)}
        wanted = {name for name in wanted if not name.startswith(PREDICTORS)}
    _refuse("lacks", wanted - state.keys())
    _refuse("has the unknown", state.keys() - own.keys())
    _refuse("has the wrong shape for", (name for name in state if state[name].shape != own[name].shape))
    model.load_state_dict(state, strict=False)


def _own_name(name: str) -> str:
    for pattern, replacement in _RENAMED:
        name = pattern.sub(replacement, name)
    return name


def _undo_epsilon(state: dict[str, Tensor]) -> None:
    """The published COCO checkpoint was trained with frozen statistics and no epsilon under their root (torchvision
    pull request 2933). Ours has one: it is taken off the variance."""
    frozen = not any(name.endswith("num_batches_tracked") for name in state)
    classes = state.get("roi_heads.box_predictor.cls_score.bias")
    if frozen and classes is not None and len(classes) == _COCO_LABELS:
        for name in [name for name in state if name.endswith("running_var")]:
            state[name] = state[name] + (_PUBLISHED_EPSILON - _EPSILON)


def _refuse(problem: str, names: Iterable[str]) -> None:
    found = sorted(names)
    if found:
        others = f" and {len(found) - 1} more" if len(found) > 1 else ""
        raise UserError(f"the weights are not Mask R-CNN R50's: the file {problem} {found[0]}{others}")
