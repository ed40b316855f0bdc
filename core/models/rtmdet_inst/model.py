"""RTMDet-Ins tiny behind the interface of every segmenter."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor
from torchvision.ops import nms

from core.models.rtmdet_inst.backbone import CHANNELS, CSPNeXt, PathAggregation
from core.models.rtmdet_inst.checkpoint import BUNDLED, PUBLIC, translate
from core.models.rtmdet_inst.dynamic_mask import PARAMETERS, crop_probabilities, mask_logits
from core.models.rtmdet_inst.head import STRIDES, Head, Maps, decode, points
from core.models.rtmdet_inst.losses import weighted_losses
from core.models.segmenter import ClassRows, Detections, Segmenter, Target, Weights
from core.recipes.model_spec import COCO_DETECTIONS

SCORE_THRESHOLD = 0.05
NMS_IOU = 0.5
CANDIDATES = 3
"""Kept of each level before non-maximum suppression, for each instance that may be found."""
MASKS_AT_ONCE = 100


class RTMDetInst(Segmenter):
    """RTMDet-Ins tiny (arXiv 2212.07784): 5.638 million parameters at 80 classes."""

    class_rows = ClassRows({"head.classes.": 1})
    public_weights = PUBLIC
    bundled_weights = BUNDLED

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.backbone = CSPNeXt()
        self.neck = PathAggregation(CHANNELS, outputs=96)
        self.head = Head(num_classes)
        self.max_detections = COCO_DETECTIONS

    def translate(self, tensors: Mapping[str, Tensor]) -> Weights:
        ours = tensors.keys() == self.state_dict().keys()
        return Weights(dict(tensors), None) if ours else translate(tensors)

    def count_operations(self, images: Tensor, instances: int) -> None:
        prototypes = self(images).prototypes[0]
        mask_logits(prototypes, torch.zeros(instances, PARAMETERS), torch.zeros(instances, 2), torch.zeros(instances))

    def limit_detections(self, most: int) -> None:
        self.max_detections = most

    def forward(self, images: Tensor) -> Maps:
        """The head's maps in float32, whatever precision the network ran in."""
        maps = self.head(self.neck(self.backbone(images)))
        return Maps(
            [level.float() for level in maps.classes],
            [level.float() for level in maps.distances],
            [level.float() for level in maps.kernels],
            maps.prototypes.float(),
        )

    def losses(self, images: Tensor, targets: list[Target]) -> dict[str, Tensor]:
        maps = self(images)
        with torch.autocast(images.device.type, enabled=False):
            return weighted_losses(maps, targets)

    def detect(self, images: Tensor) -> Detections:
        maps = self(images)
        with torch.autocast(images.device.type, enabled=False):
            candidates = _candidates(maps, CANDIDATES * self.max_detections)
            found = _best(candidates, self.num_classes, images).take(slice(self.max_detections))
            masks = _masks(maps.prototypes[0], found)
        boxes = torch.cat((found.boxes, found.scores[:, None]), dim=1)
        return Detections(boxes[None], found.labels[None], masks[None])


class Candidates(NamedTuple):
    """N pairs of a cell and a class, one row each."""

    scores: Tensor
    labels: Tensor
    boxes: Tensor
    kernels: Tensor
    points: Tensor
    strides: Tensor

    def take(self, rows: Tensor | slice) -> "Candidates":
        """Only these rows, in this order."""
        return Candidates(*(values[rows] for values in self))


def _masks(prototypes: Tensor, found: Candidates) -> Tensor:
    """``(N, 28, 28)``. A thousand at once would take half a gigabyte at 640², so some come after the others; not in a
    graph, which knows no N."""
    if not torch.jit.is_tracing() and len(found.scores) > MASKS_AT_ONCE:  # type: ignore[attr-defined, no-untyped-call]
        parts = found.take(slice(MASKS_AT_ONCE)), found.take(slice(MASKS_AT_ONCE, None))
        return torch.cat([_masks(prototypes, part) for part in parts])
    return crop_probabilities(mask_logits(prototypes, found.kernels, found.points, found.strides), found.boxes)


def _candidates(maps: Maps, most: int) -> Candidates:
    """The ``most`` best of each level, of the first image."""
    levels = [
        _level_candidates(classes[0], distances[0], kernels[0], stride, most)
        for classes, distances, kernels, stride in zip(*maps[:3], STRIDES, strict=True)
    ]
    return Candidates(*(torch.cat(values) for values in zip(*levels, strict=True)))


def _level_candidates(classes: Tensor, distances: Tensor, kernels: Tensor, stride: int, most: int) -> Candidates:
    logits = classes.flatten(1)
    threshold = math.log(SCORE_THRESHOLD / (1 - SCORE_THRESHOLD))
    label, cell = (logits >= threshold).nonzero().unbind(1)
    values, order = logits[label, cell].sort(descending=True)
    best = order[:most]
    label, cell = label[best], cell[best]
    at = points(classes, stride)[cell]
    boxes = decode(at, distances.flatten(1)[:, cell].T)
    scores = values[:most].sigmoid()
    return Candidates(scores, label, boxes, kernels.flatten(1)[:, cell].T, at, torch.full_like(scores, stride))


def _best(found: Candidates, num_classes: int, images: Tensor) -> Candidates:
    """What remains within the image after non-maximum suppression in each class, best first."""
    height, width = images.shape[-2:]
    x1, y1, x2, y2 = found.boxes.unbind(1)
    boxes = torch.stack((x1.clamp(0, width), y1.clamp(0, height), x2.clamp(0, width), y2.clamp(0, height)), dim=1)
    solid = ((boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])).nonzero().squeeze(1)
    found = found._replace(boxes=boxes).take(solid)
    # One suppression serves all classes when each has a tile of its own. Tiles in a square keep the numbers small,
    # so that float32 still resolves a thousandth of a pixel.
    side = math.ceil(math.sqrt(num_classes))
    tile = torch.stack((found.labels % side * width, found.labels // side * height), dim=1).float()
    kept = nms(found.boxes + tile.repeat(1, 2), found.scores, NMS_IOU)
    return found.take(kept)
