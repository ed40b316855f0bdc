"""The head of RTMDet-Ins: at each cell of three levels class scores, a box and the weights that draw its mask."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from core.models.rtmdet_inst.dynamic_mask import PARAMETERS, PROTOTYPES
from core.models.rtmdet_inst.layers import ConvNorm

STRIDES = (8, 16, 32)


class Maps(NamedTuple):
    """What the head says about a batch; the lists hold one map a level, at ``STRIDES``."""

    classes: list[Tensor]
    """``(B, C, h, w)``: logits."""
    distances: list[Tensor]
    """``(B, 4, h, w)``: pixels from the cell's point to the left, top, right and bottom of its box."""
    kernels: list[Tensor]
    """``(B, PARAMETERS, h, w)``: weights of the mask's network."""
    prototypes: Tensor
    """``(B, PROTOTYPES, H/8, W/8)``."""


class Head(nn.Module):
    """Classes and boxes share one tower whose convolutions are the same on every level and whose norms are not."""

    def __init__(self, num_classes: int, channels: int = 96) -> None:
        super().__init__()
        levels = range(len(STRIDES))
        self.shared_convs = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1, bias=False) for _ in range(2))
        self.level_norms = nn.ModuleList(
            nn.ModuleList(nn.BatchNorm2d(channels) for _ in self.shared_convs) for _ in levels
        )
        self.kernel_convs = nn.ModuleList(
            nn.Sequential(ConvNorm(channels, channels, 3), ConvNorm(channels, channels, 3)) for _ in levels
        )
        self.classes = _predictors(channels, num_classes, bias=-math.log(99))  # every cell starts at a score of 1 %
        self.distances = _predictors(channels, 4, bias=1.0)
        self.kernels = _predictors(channels, PARAMETERS, bias=0.0)
        self.mask_feature = MaskFeature(channels)

    def forward(self, levels: Sequence[Tensor]) -> Maps:
        classes, distances, kernels = [], [], []
        for i, (feature, stride) in enumerate(zip(levels, STRIDES, strict=True)):
            tower = feature
            for conv, norm in zip(self.shared_convs, self.level_norms[i], strict=True):  # type: ignore[call-overload]
                tower = F.silu(norm(conv(tower)))
            classes.append(self.classes[i](tower))
            distances.append(F.relu(self.distances[i](tower)) * stride)
            kernels.append(self.kernels[i](self.kernel_convs[i](feature)))
        return Maps(classes, distances, kernels, self.mask_feature(levels))


class MaskFeature(nn.Module):
    """All levels at stride 8, turned into the prototypes that every instance's mask is mixed from."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fusion_conv = nn.Conv2d(len(STRIDES) * channels, channels, 1)
        self.stacked_convs = nn.Sequential(*(ConvNorm(channels, channels, 3) for _ in range(4)))
        self.projection = nn.Conv2d(channels, PROTOTYPES, 1)

    def forward(self, levels: Sequence[Tensor]) -> Tensor:
        finest, *coarser = levels
        enlarged = [
            F.interpolate(level, scale_factor=float(stride // STRIDES[0]), mode="bilinear", align_corners=False)
            for level, stride in zip(coarser, STRIDES[1:], strict=True)
        ]
        fused = self.fusion_conv(torch.cat([finest, *enlarged], dim=1))
        return self.projection(self.stacked_convs(fused))  # type: ignore[no-any-return]


def _predictors(channels: int, outputs: int, bias: float) -> nn.ModuleList:
    """A 1×1 convolution a level."""
    predictors = [nn.Conv2d(channels, outputs, 1) for _ in STRIDES]
    for predictor in predictors:
        nn.init.normal_(predictor.weight, std=0.01)
        nn.init.constant_(predictor.bias, bias)  # type: ignore[arg-type]
    return nn.ModuleList(predictors)


def points(level: Tensor, stride: int) -> Tensor:
    """The points of a level's cells, ``(h · w, 2)``: x, y in input pixels, row by row, of a map ``(B, C, h, w)``.

    A cell's point is its top-left corner: the offset of 0 that the public weights were trained with.
    """
    height, width = level.shape[-2:]
    y = torch.arange(height, device=level.device, dtype=torch.float32) * stride
    x = torch.arange(width, device=level.device, dtype=torch.float32) * stride
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1).flatten(0, 1)


def decode(at: Tensor, distances: Tensor) -> Tensor:
    """Boxes ``(…, 4)`` x1, y1, x2, y2 from points ``(…, 2)`` and distances ``(…, 4)``."""
    return torch.cat((at - distances[..., :2], at + distances[..., 2:]), dim=-1)
