"""From images to features at three strides: the backbone CSPNeXt, and the pyramid on top of it."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from core.models.rtmdet_inst.layers import ConvNorm, CSPLayer, SpatialPyramidPooling

CHANNELS = (96, 192, 384)
"""Channels at strides 8, 16 and 32."""


class CSPNeXt(nn.Module):
    """CSPNeXt, tiny: 0.375 of the full width, one block a stage (arXiv 2212.07784, section 3.2). From ``(B, 3, H, W)``
    to features of ``CHANNELS`` at strides 8, 16 and 32."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(ConvNorm(3, 12, 3, stride=2), ConvNorm(12, 12, 3), ConvNorm(12, 24, 3))
        self.stage1 = _stage(24, 48)
        self.stage2 = _stage(48, 96)
        self.stage3 = _stage(96, 192)
        self.stage4 = _stage(192, 384, last=True)

    def forward(self, images: Tensor) -> list[Tensor]:
        at8 = self.stage2(self.stage1(self.stem(images)))
        at16 = self.stage3(at8)
        return [at8, at16, self.stage4(at16)]


def _stage(inputs: int, outputs: int, *, last: bool = False) -> nn.Sequential:
    parts: list[nn.Module] = [ConvNorm(inputs, outputs, 3, stride=2)]
    if last:
        parts.append(SpatialPyramidPooling(outputs))
    parts.append(CSPLayer(outputs, outputs, identity=not last, attention=True))
    return nn.Sequential(*parts)


class PathAggregation(nn.Module):
    """RTMDet's pyramid (arXiv 2212.07784, section 3.3): features go down the levels and up again, from the three levels
    of the backbone to three of ``outputs`` channels, sizes unchanged."""

    def __init__(self, channels: tuple[int, int, int], outputs: int) -> None:
        super().__init__()
        fine, middle, coarse = channels
        self.reduce_layers = nn.ModuleList((ConvNorm(coarse, middle), ConvNorm(middle, fine)))
        self.top_down_blocks = nn.ModuleList((_mix(2 * middle, middle), _mix(2 * fine, fine)))
        self.downsamples = nn.ModuleList((ConvNorm(fine, fine, 3, stride=2), ConvNorm(middle, middle, 3, stride=2)))
        self.bottom_up_blocks = nn.ModuleList((_mix(2 * fine, middle), _mix(2 * middle, coarse)))
        self.out_convs = nn.ModuleList(ConvNorm(channel, outputs, 3) for channel in channels)

    def forward(self, features: Sequence[Tensor]) -> list[Tensor]:
        fine, middle, coarse = features
        top = self.reduce_layers[0](coarse)
        centre = self.reduce_layers[1](self.top_down_blocks[0](torch.cat((_doubled(top), middle), dim=1)))
        bottom = self.top_down_blocks[1](torch.cat((_doubled(centre), fine), dim=1))
        up = self.bottom_up_blocks[0](torch.cat((self.downsamples[0](bottom), centre), dim=1))
        upper = self.bottom_up_blocks[1](torch.cat((self.downsamples[1](up), top), dim=1))
        return [conv(level) for conv, level in zip(self.out_convs, (bottom, up, upper), strict=True)]


def _mix(inputs: int, outputs: int) -> CSPLayer:
    return CSPLayer(inputs, outputs, identity=False, attention=False)


def _doubled(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")
