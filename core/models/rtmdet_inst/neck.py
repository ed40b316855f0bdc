"""The path-aggregation pyramid of RTMDet: features go down the levels and up again (arXiv 2212.07784, section 3.3)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from core.models.rtmdet_inst.layers import ConvNorm, CSPLayer


class PathAggregation(nn.Module):
    """From the three levels of the backbone to three levels of ``outputs`` channels, sizes unchanged."""

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
        centre = self.reduce_layers[1](self.top_down_blocks[0](_beside(_doubled(top), middle)))
        bottom = self.top_down_blocks[1](_beside(_doubled(centre), fine))
        up = self.bottom_up_blocks[0](_beside(self.downsamples[0](bottom), centre))
        upper = self.bottom_up_blocks[1](_beside(self.downsamples[1](up), top))
        return [conv(level) for conv, level in zip(self.out_convs, (bottom, up, upper), strict=True)]


def _mix(inputs: int, outputs: int) -> CSPLayer:
    return CSPLayer(inputs, outputs, identity=False, attention=False)


def _doubled(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


def _beside(a: Tensor, b: Tensor) -> Tensor:
    return torch.cat((a, b), dim=1)
