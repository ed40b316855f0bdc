"""How many objects may be found in an image: decided once a training, from its data. Torch-free."""

import math
from typing import NamedTuple

import msgspec
import numpy as np

from core.dataset import Dataset, Image
from core.geometry.tiles import tiles
from core.recipes.model_spec import COCO_DETECTIONS, MAX_DETECTIONS, TILED_DETECTIONS, Tiling
from core.recipes.schema import TrainingSettings
from core.words import tr, tr_n

HEADROOM = 1.5
"""Finds for each object that is there: wrong ones come between the right ones, and must not take their place."""


class Limit(NamedTuple):
    """Most objects of an image, its tiles with the most of each, and the reason in a sentence for people."""

    most: int
    tiling: Tiling | None
    why: str


def choose_limit(dataset: Dataset, settings: TrainingSettings, tiling: Tiling | None) -> Limit:
    """The limit that ``settings.max_detections`` asks for.

    0 takes ``HEADROOM`` times the instances of the image of the dataset that has the most, whatever its split, and at
    least COCO's hundred; with tiles a thousand, for pictures in use that are larger. In a tile as many are found as the
    fullest tile asks for in the same way, or as the fullest image does where whole images are looked at too.
    """
    fullest = max(dataset.instance_count(image) for image in dataset.images)
    least = TILED_DETECTIONS if tiling else COCO_DETECTIONS
    limit = settings.max_detections or _with_room(fullest, least)
    if tiling:
        seen = fullest if tiling.whole else max(_in_fullest_tile(dataset, image, tiling) for image in dataset.images)
        tiling = msgspec.structs.replace(tiling, max_detections=min(_with_room(seen, COCO_DETECTIONS), limit))
    if limit == COCO_DETECTIONS:
        return Limit(limit, tiling, "")
    return Limit(
        limit,
        tiling,
        tr(
            "At most {objects} an image are found and count in mAP; the fullest image has {fullest:,}. "
            "Where COCO’s limit of {standard} gives another figure, that is named too.",
            objects=tr_n("{n} object", "{n} objects", limit),
            fullest=fullest,
            standard=COCO_DETECTIONS,
        ),
    )


def _with_room(objects: int, least: int) -> int:
    """A round number with ``HEADROOM``."""
    return min(max(10 * math.ceil(HEADROOM * objects / 10), least), MAX_DETECTIONS)


def _in_fullest_tile(dataset: Dataset, image: Image, tiling: Tiling) -> int:
    """How many objects have their middle in one tile of an image, at most."""
    if dataset.instance_count(image) * HEADROOM <= COCO_DETECTIONS:
        return 0
    boxes = np.array([one.box for one in dataset.instances(image)])
    x, y = (boxes[:, :2] + boxes[:, 2:] / 2).T
    return max(
        int(((x >= at.x) & (x < at.x + at.width) & (y >= at.y) & (y < at.y + at.height)).sum())
        for at in tiles((image.height, image.width), tiling.size, tiling.overlap)
    )
