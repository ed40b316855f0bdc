"""The bodies of Mask R-CNN: from images to features at strides 4, 8, 16 and 32, and the pyramid on top of them."""

from collections.abc import Callable

from torch import Tensor, nn
from torchvision.models import resnet50 as classifier_resnet50
from torchvision.models import swin_t as classifier_swin_t
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.ops import FeaturePyramidNetwork
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool

LEVELS = ("0", "1", "2", "3")
"""Names of the pyramid's levels at strides 4 to 32, which regions are cut from; proposals also use a coarser one."""


class Backbone(nn.Module):
    """A body and its feature pyramid (arXiv 1612.03144), with a level more for the largest proposals."""

    def __init__(
        self, body: nn.Module, widths: tuple[int, ...], channels: int, norm: Callable[..., nn.Module] | None
    ) -> None:
        super().__init__()
        self.body = body
        self.fpn = FeaturePyramidNetwork(list(widths), channels, LastLevelMaxPool(), norm)

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Levels by name, each ``(B, channels, H / stride, W / stride)``."""
        levels: dict[str, Tensor] = self.fpn(dict(zip(LEVELS, self.body(images), strict=True)))
        return levels


def resnet50() -> nn.Module:
    """ResNet-50 (arXiv 1512.03385), 256 to 2048 channels, under torchvision's names."""
    stages = {f"layer{number}": level for number, level in enumerate(LEVELS, 1)}
    return _Stages(classifier_resnet50(weights=None), stages)


def efficientnet_b2() -> nn.Module:
    """EfficientNet-B2 (arXiv 1905.11946), 24 to 352 channels, under timm's names: padded and normalised as in
    TensorFlow."""
    import timm  # not for the other bodies: it takes its time

    body: nn.Module = timm.create_model(
        "tf_efficientnet_b2", pretrained=False, features_only=True, out_indices=(1, 2, 3, 4)
    )
    return body


def swin_t() -> nn.Module:
    """Swin-T (arXiv 2103.14030), 96 to 768 channels, under torchvision's names."""
    return _Swin()


class _Stages(IntermediateLayerGetter):  # type: ignore[misc]
    def forward(self, images: Tensor) -> list[Tensor]:
        return list(super().forward(images).values())


class _Swin(nn.Module):
    """Each stage's output is normalised, as for Swin's detectors."""

    def __init__(self) -> None:
        super().__init__()
        # patches, blocks, merged patches, blocks, …
        self.features = classifier_swin_t(weights=None).features  # stochastic depth 0.2, as for detectors
        self.norms = nn.ModuleList(nn.LayerNorm(96 << stage) for stage in range(len(LEVELS)))

    def forward(self, images: Tensor) -> list[Tensor]:
        levels = []
        x = images
        for stage, norm in enumerate(self.norms):
            x = self.features[2 * stage + 1](self.features[2 * stage](x))
            levels.append(norm(x).permute(0, 3, 1, 2))  # a view that is channels-last already
        return levels
