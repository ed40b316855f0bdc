"""The layers that backbone, neck and head are made of."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name everybody reads


class ConvNorm(nn.Module):
    """Convolution that keeps the size (before its stride), batch normalisation, SiLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 1, *, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return F.silu(self.bn(self.conv(x)))


class SeparableConv(nn.Module):
    """A 5×5 convolution in two steps, per channel and across channels, each normalised."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.depthwise_conv = ConvNorm(channels, channels, 5, groups=channels)
        self.pointwise_conv = ConvNorm(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.pointwise_conv(self.depthwise_conv(x))  # type: ignore[no-any-return]


class Block(nn.Module):
    """CSPNeXt's block: 3×3, then a separable 5×5, with or without the input added."""

    def __init__(self, channels: int, *, identity: bool) -> None:
        super().__init__()
        self.conv1 = ConvNorm(channels, channels, 3)
        self.conv2 = SeparableConv(channels)
        self.identity = identity

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv2(self.conv1(x))
        return x + y if self.identity else y


class ChannelAttention(nn.Module):
    """Weighs each channel by what its mean says."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * F.hardsigmoid(self.fc(F.adaptive_avg_pool2d(x, 1)))


class CSPLayer(nn.Module):
    """Cross-stage partial layer (arXiv 1911.11929): half of the channels pass a block, half pass by."""

    def __init__(self, inputs: int, outputs: int, *, identity: bool, attention: bool) -> None:
        super().__init__()
        half = outputs // 2
        self.main_conv = ConvNorm(inputs, half)
        self.short_conv = ConvNorm(inputs, half)
        self.blocks = nn.Sequential(Block(half, identity=identity))
        self.attention = ChannelAttention(outputs) if attention else nn.Identity()
        self.final_conv = ConvNorm(outputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        halves = torch.cat((self.blocks(self.main_conv(x)), self.short_conv(x)), dim=1)
        return self.final_conv(self.attention(halves))  # type: ignore[no-any-return]


class SpatialPyramidPooling(nn.Module):
    """Adds to each cell the maxima of its 5², 9² and 13² surroundings."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = ConvNorm(channels, channels // 2)
        self.conv2 = ConvNorm(channels * 2, channels)

    def forward(self, x: Tensor) -> Tensor:
        surroundings = [self.conv1(x)]
        for _ in range(3):  # the maximum over 9² is the maximum of 5² maxima within 5², and so on
            surroundings.append(F.max_pool2d(surroundings[-1], 5, stride=1, padding=2))
        return self.conv2(torch.cat(surroundings, dim=1))  # type: ignore[no-any-return]
