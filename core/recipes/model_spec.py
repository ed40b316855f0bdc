"""What a trained model is, apart from its weights: enough to load it, feed it and name what it finds.

Written as ``model.json`` beside the weights and into the metadata of an export; read without torch.
"""

import msgspec


class InputSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a network takes: RGB, scaled to fit ``height × width`` with its proportions kept, top left, padded right and
    below with ``pad_value``, then normalised with ``mean`` and ``std`` (all on the 0–255 scale)."""

    height: int
    width: int
    pad_value: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


class ClassSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A class the model knows: ``id`` is its COCO category id in the data it was trained on."""

    id: int
    name: str


class Tiling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How images are cut up before the network sees them. The tiles of training are those of the export."""

    size: int
    """Side of a square tile, in image pixels; it is scaled to the network's input."""
    overlap: float
    """Share of a tile that its neighbour sees too."""
    whole: bool
    """Whether the whole image is looked at besides its tiles."""


class ModelSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model without its weights. The network's label ``i`` means ``classes[i]``."""

    recipe: str
    architecture: str
    backbone: str
    classes: tuple[ClassSpec, ...]
    input: InputSpec
    tiling: Tiling | None = None
    """``None``: images are seen whole."""
    confidence_threshold: float = 0.3
    """Where a display starts; metrics never cut here."""
    iou_threshold: float = 0.5
    version: int = 1
