"""A picture with many polygons, for the benchmarks of views: as a COCO dataset and as labelme keeps it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

POINTS = 60
CLASSES = 8
PICTURE = "1.jpg"
_NEAR = 400, 250
"""How far from the middle of the picture the corner to drag may lie, each way."""
_APART = 3.0
"""Pixels that must be free around the place where its instance is clicked on."""

Ring = NDArray[np.float64]
"""Shape ``(POINTS, 2)``."""


@dataclass(frozen=True)
class Corner:
    """A corner that can be taken hold of without touching another instance."""

    instance: int
    """Position among the rings."""
    number: int
    """Position in its ring."""
    grab: tuple[float, float]
    """A place that belongs to this instance only."""


def make_picture(path: Path, width: int, height: int) -> None:
    """Soft patches of color."""
    random = np.random.default_rng(0)
    small = random.integers(0, 255, (max(height // 50, 2), max(width // 50, 2), 3), np.uint8)
    cv2.imwrite(str(path), cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC))


def make_rings(width: int, height: int, instances: int) -> list[Ring]:
    """Wavy rings that overlap here and there."""
    random = np.random.default_rng(1)
    angles = np.linspace(0, 2 * np.pi, POINTS, endpoint=False)
    radius = 0.55 * (width * height / max(instances, 1)) ** 0.5
    rings = []
    for _ in range(instances):
        x, y = random.uniform(radius, width - radius), random.uniform(radius, height - radius)
        reach = radius * (0.8 + 0.2 * np.sin(angles * random.integers(3, 9)))
        rings.append(np.stack([x + reach * np.cos(angles), y + reach * np.sin(angles)], 1).round(2))
    return rings


def write_coco(folder: Path, width: int, height: int, rings: list[Ring]) -> None:
    """``instances.json``, with boxes and areas as COCO files have them."""
    annotations = []
    for id, ring in enumerate(rings, 1):
        box = [*ring.min(0).tolist(), *np.ptp(ring, axis=0).tolist()]
        entry = {"id": id, "image_id": 1, "category_id": id % CLASSES + 1, "iscrowd": 0}
        shape = {"segmentation": [ring.ravel().tolist()], "bbox": box}
        annotations.append(entry | shape | {"area": float(cv2.contourArea(ring.astype(np.float32)))})
    images = [{"id": 1, "file_name": PICTURE, "width": width, "height": height}]
    categories = [{"id": id, "name": f"class {id}"} for id in range(1, CLASSES + 1)]
    content = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "instances.json").write_text(json.dumps(content))


def write_labelme(folder: Path, width: int, height: int, rings: list[Ring]) -> None:
    """``1.json`` beside the picture, in labelme's own format: one shape an instance, the picture not in it."""
    shapes: list[dict[str, Any]] = [
        {"label": f"class {id % CLASSES + 1}", "points": ring.tolist(), "shape_type": "polygon"}
        | {"group_id": None, "description": "", "flags": {}, "mask": None}
        for id, ring in enumerate(rings, 1)
    ]
    size = {"imageHeight": height, "imageWidth": width}
    content = {"version": "6.3.1", "flags": {}, "shapes": shapes, "imagePath": PICTURE, "imageData": None}
    (folder / Path(PICTURE).with_suffix(".json")).write_text(json.dumps(content | size, indent=2))


def free_corner(width: int, height: int, rings: list[Ring]) -> Corner:
    """Of the corners near the middle of the picture the one farthest from those of other instances, of an instance that
    has a place for itself."""
    corners = np.concatenate(rings)
    owners = np.repeat(np.arange(len(rings)), POINTS)
    middle = np.array([width, height]) / 2
    seen = np.flatnonzero((np.abs(corners - middle) <= np.array(_NEAR)).all(1))
    around = np.flatnonzero((np.abs(corners - middle) <= np.array(_NEAR) * 1.5).all(1))
    room = [_room(corners[place], corners[around[owners[around] != owners[place]]]) for place in seen]
    for place in seen[np.argsort(room)[::-1]]:
        instance = int(owners[place])
        grab = _own_place(rings, instance)
        if grab is not None:
            return Corner(instance, int(place) % POINTS, grab)
    raise ValueError("no instance near the middle of the picture has a place for itself")


def _room(corner: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    return float(np.abs(others - corner).max(1).min(initial=np.inf))


def _own_place(rings: list[Ring], instance: int) -> tuple[float, float] | None:
    """The place of an instance that is farthest from all that is not it alone."""
    ring = rings[instance]
    corner = np.floor(ring.min(0)).astype(int)
    width, height = (np.ceil(ring.max(0)).astype(int) - corner + 1).tolist()
    own = np.zeros((height, width), np.uint8)
    cv2.fillPoly(own, [(ring - corner).round().astype(np.int32)], 1)
    for number, other in enumerate(rings):
        if number != instance and (other.min(0) <= ring.max(0)).all() and (other.max(0) >= ring.min(0)).all():
            cv2.fillPoly(own, [(other - corner).round().astype(np.int32)], 0)
    distance = cv2.distanceTransform(np.pad(own, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    row, column = np.unravel_index(int(distance.argmax()), distance.shape)
    free = float(distance[row, column]) > _APART
    return (float(corner[0] + column) + 0.5, float(corner[1] + row) + 0.5) if free else None
