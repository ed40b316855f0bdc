"""The description of a trained model: all that is needed to load its weights, feed it and name what it finds.

Written as ``model.json`` beside the weights and into the metadata of weights and exports; read without torch.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from core.channel_settings import ChannelSettings

COCO_DETECTIONS = 100
"""Detections of an image that count by COCO's protocol."""
TILED_DETECTIONS = 1000
"""The same for images that are put together from tiles, as those tend to be large."""
MAX_DETECTIONS = 5000
"""The largest limit. More objects in an image would take minutes each, and networks place objects in no more than a few
thousand cells."""
_BEFORE = {"mask_rcnn_efficientnet_b2b": 500}
"""Limit of one pass in models from before ``max_detections`` was a setting, by architecture, where it was not 100."""


InputSide = Annotated[int, Meta(ge=32, le=8192, multiple_of=32)]
"""Side of a network's input, in pixels. What is far beyond would not fit into any memory."""
Pixel = Annotated[int, Meta(ge=0, le=255)]
Mean = Annotated[float, Meta(ge=-1e4, le=1e4)]
Deviation = Annotated[float, Meta(ge=1e-3, le=1e4)]
Share = Annotated[float, Meta(ge=0, le=1)]


class InputSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a network takes: RGB, scaled to fit ``height × width`` with its proportions kept, top left, padded right and
    below with ``pad_value``, then normalised with ``mean`` and ``std`` (all on the 0–255 scale)."""

    height: InputSide
    width: InputSide
    pad_value: Pixel
    mean: tuple[Mean, Mean, Mean]
    std: tuple[Deviation, Deviation, Deviation]


class ClassSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A class the model knows: ``id`` is its COCO category id in the data it was trained on."""

    id: int
    name: str


class Tiling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How images are cut up before the network sees them. The tiles of training are those of the export."""

    size: Annotated[int, Meta(ge=32, le=16_384)]
    """Side of a square tile, in image pixels; it is scaled to the network's input."""
    overlap: Annotated[float, Meta(ge=0, le=0.9)]
    """Share of a tile that its neighbour sees too."""
    whole: bool
    """Whether the whole image is looked at besides its tiles."""
    max_detections: Annotated[int, Meta(ge=1, le=MAX_DETECTIONS)] | None = None
    """Most instances that the network finds in one tile. ``None``: as many as in an image, or as it did before."""


class ModelSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model without its weights. The network's label ``i`` means ``classes[i]``."""

    recipe: str
    architecture: str
    backbone: str
    classes: Annotated[tuple[ClassSpec, ...], Meta(min_length=1)]
    input: InputSpec
    tiling: Tiling | None = None
    """``None``: images are seen whole."""
    confidence_threshold: Share = 0.3
    """The confidence cut that a display starts with; metrics never cut."""
    iou_threshold: Share = 0.5
    max_detections: Annotated[int, Meta(ge=1, le=MAX_DETECTIONS)] | None = None
    """Most instances of an image that are found, and that count in its AP. ``None`` in models from before this was a
    setting."""
    channels: ChannelSettings | None = None
    """How pictures are read, as the dataset that it learnt from has it; ``None``: as files hold them."""
    version: int = 1

    def with_limit(self, most: int) -> "ModelSpec":
        """A model that finds ``most`` instances in an image, and in a tile."""
        tiling = msgspec.structs.replace(self.tiling, max_detections=most) if self.tiling else None
        return msgspec.structs.replace(self, max_detections=most, tiling=tiling)

    @property
    def in_one_look(self) -> int:
        """Most instances that the network finds in one pass: of an image, or of a tile."""
        limits = (self.tiling.max_detections if self.tiling else None, self.max_detections)
        return min(filter(None, limits), default=_BEFORE.get(self.architecture, COCO_DETECTIONS))

    @property
    def in_tiles(self) -> int:
        """Most instances of an image that is put together from tiles."""
        return self.max_detections or TILED_DETECTIONS

    @property
    def counted(self) -> int:
        """Most instances of an image that count in its AP."""
        return self.max_detections or COCO_DETECTIONS
