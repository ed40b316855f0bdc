"""CSPNeXt, tiny: 0.375 of the full width, one block a stage (arXiv 2212.07784, section 3.2)."""

from torch import Tensor, nn

from core.models.rtmdet_inst.layers import ConvNorm, CSPLayer, SpatialPyramidPooling

CHANNELS = (96, 192, 384)
"""Channels at strides 8, 16 and 32."""


class CSPNeXt(nn.Module):
    """From ``(B, 3, H, W)`` to features of ``CHANNELS`` at strides 8, 16 and 32."""

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
