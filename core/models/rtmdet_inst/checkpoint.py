"""Bringing weights in: the public COCO checkpoint of RTMDet-Ins tiny, by its own names."""

import re
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from core.errors import UserError
from core.models.rtmdet_inst.model import RTMDetInst

_NAMES = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # The box tower of the public model is its class tower, and their convolutions are the same on every level.
        (r"^bbox_head\.(?:cls|reg)_convs\.\d\.(\d)\.conv\.", r"head.shared_convs.\1."),
        (r"^bbox_head\.(?:cls|reg)_convs\.(\d)\.(\d)\.bn\.", r"head.level_norms.\1.\2."),
        (r"^bbox_head\.kernel_convs\.", "head.kernel_convs."),
        (r"^bbox_head\.rtm_cls\.", "head.classes."),
        (r"^bbox_head\.rtm_reg\.", "head.distances."),
        (r"^bbox_head\.rtm_kernel\.", "head.kernels."),
        (r"^bbox_head\.mask_head\.", "head.mask_feature."),
        (r"^(backbone|neck)\.", r"\1."),
    )
)
_STEM = "backbone.stem.0.conv.weight"


def load_public(model: RTMDetInst, tensors: Mapping[str, Tensor], classes: Sequence[int | None] | None = None) -> None:
    """Fill ``model`` from the state dict of the public checkpoint.

    ``classes`` says for each class of the model which of the checkpoint's it continues, ``None`` for a new one, which
    keeps its fresh weights. Without it the classes are the checkpoint's own if their number agrees, else all new.
    The public model sees BGR: its first convolution is turned round, once, here.
    Raises ``UserError`` when a tensor is missing, unknown, of a wrong shape, or differs where it should be shared.
    """
    state = _translated(tensors)
    if _STEM in state:
        state[_STEM] = state[_STEM].flip(1)
    fresh = model.state_dict()
    for name in [name for name in state if name.startswith("head.classes.")]:
        state[name] = _classes(state[name], fresh[name], classes) if name in fresh else state[name]
    wrong = [name for name in fresh.keys() & state.keys() if fresh[name].shape != state[name].shape]
    for problem, names in (
        ("lacks", fresh.keys() - state.keys()),
        ("has the unknown", state.keys() - fresh.keys()),
        ("has the wrong shape for", wrong),
    ):
        if names:
            raise UserError(
                f"the weights are not RTMDet-Ins tiny's: the file {problem} {min(names)} and {len(names) - 1} more"
            )
    model.load_state_dict(state)


def _translated(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    state: dict[str, Tensor] = {}
    for public, tensor in tensors.items():
        name = _own_name(public)
        if name in state and not torch.equal(state[name], tensor):
            raise UserError(
                f"the weights are not RTMDet-Ins tiny's: {public} differs from the tensors it is shared with"
            )
        state[name] = tensor
    return state


def _own_name(public: str) -> str:
    for pattern, replacement in _NAMES:
        if pattern.match(public):
            return pattern.sub(replacement, public)
    return public


def _classes(public: Tensor, fresh: Tensor, classes: Sequence[int | None] | None) -> Tensor:
    """A class predictor's weight or bias: the continued classes' rows in place, the others fresh."""
    if classes is None:
        return public if len(public) == len(fresh) else fresh
    rows = fresh.clone()
    for row, source in enumerate(classes):
        if source is not None:
            rows[row] = public[source]
    return rows
