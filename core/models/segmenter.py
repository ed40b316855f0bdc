"""The one interface behind which every architecture stands."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from core.models.weights.published import PublicWeights


@dataclass(slots=True)
class Target:
    """The instances of one training image, in network-input pixels; none of them is a crowd."""

    boxes: Tensor
    """``(n, 4)`` float32: x1, y1, x2, y2."""
    labels: Tensor
    """``(n,)`` int64: 0-based class index."""
    masks: Tensor
    """``(n, H, W)`` uint8, 0 or 1, at the size of the network's input."""
    unknown: Tensor | None = None
    """``(H, W)`` uint8, 1 where it is not known what there is: crowds, what is not labelled. In no instance's mask.
    ``None``: nowhere."""

    def to(self, device: torch.device) -> "Target":
        """A copy on ``device``."""
        boxes, labels, masks = (value.to(device, non_blocking=True) for value in (self.boxes, self.labels, self.masks))
        unknown = None if self.unknown is None else self.unknown.to(device, non_blocking=True)
        return Target(boxes, labels, masks, unknown)


class Detections(NamedTuple):
    """The network's answer for one image, and the three outputs of an exported model.

    Sorted by score, best first; N varies from image to image.
    """

    boxes: Tensor
    """``(1, N, 5)``: x1, y1, x2, y2 in network-input pixels, and the score."""
    labels: Tensor
    """``(1, N)`` int64, 0-based."""
    masks: Tensor
    """``(1, N, 28, 28)``: the mask's probabilities over its box."""


class ClassRows(NamedTuple):
    """Where an architecture keeps what it knows about each class: in the rows of its last layers."""

    rows: Mapping[str, int]
    """How many rows a class has in the tensors whose names begin so; the classes follow one another."""
    background: int = 0
    """1 where the rows of the background come before those of the classes."""


class Weights(NamedTuple):
    """What a file holds, by our names."""

    tensors: dict[str, Tensor]
    classes: Sequence[str | None] | None
    """What its heads know, in their order; ``None`` in it for a row without a meaning, instead of it when unknown."""
    without: tuple[str, ...] = ()
    """How the names of those tensors begin that such a file does not have: they keep their fresh weights."""


def normalise(pixels: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """``(B, H, W, 3)`` uint8 to a segmenter's ``(B, 3, H, W)`` float32, channels last in memory, as
    ``core.inference.preprocessing.normalise`` does; ``mean`` and ``std`` ``(3,)`` on the 0–255 scale."""
    return ((pixels.float() - mean) / std).permute(0, 3, 1, 2)


class Segmenter(nn.Module):
    """An instance-segmentation network. Inputs are float32 ``(B, 3, H, W)``, RGB, already normalised, H and W multiples
    of 32."""

    class_rows: ClassVar[ClassRows]
    public_weights: ClassVar[Mapping[str, PublicWeights]] = {}
    """Published weights that it can start from, by the names that recipes use; ``translate`` reads them."""
    bundled_weights: ClassVar[Mapping[str, str]] = {}
    """Likewise those that ship, ``resources/weights/<name>.safetensors``, and what sentences call them."""

    def translate(self, tensors: Mapping[str, Tensor]) -> Weights:
        """What a file holds, by the names of this network: public weights that it can start from are translated, its
        own come back as they are. Raises ``UserError`` for tensors that are neither."""
        return Weights(dict(tensors), None)

    def freeze_pretrained(self) -> None:
        """Fix the layers that fine-tuning leaves as they are. Called once public weights are loaded, and again before
        the optimizer is made when such a training is resumed."""

    @abstractmethod
    def limit_detections(self, most: int) -> None:
        """Find up to ``most`` instances in an image from now on. What leads to them, such as candidates before
        non-maximum suppression, must not be the limit instead."""

    @abstractmethod
    def losses(self, images: Tensor, targets: list[Target]) -> dict[str, Tensor]:
        """The weighted loss terms of a batch, scalars by name; their sum is what is minimised. Images without
        instances are allowed. What is found where a target is unknown is not taken for background: it changes no term,
        unless it answers to an instance."""

    @abstractmethod
    def count_operations(self, images: Tensor, instances: int) -> None:
        """Run the convolutions and matrix products of a pass in which so many instances are found, for a counter: the
        tensors have shapes and no content."""

    @abstractmethod
    def detect(self, images: Tensor) -> Detections:
        """Instances of a batch of one image. Traceable: this is the graph that is exported."""
