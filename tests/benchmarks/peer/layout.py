"""A COCO dataset as getitune wants to find it."""

import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.geometry.masks import from_rle

SPLITS = ("train", "val", "test")
"""getitune asks for a test split; it gets the validation images, and nothing is measured on it."""


def lay_out(source: Path, target: Path) -> Path:
    """``images/{train,val,test}`` and ``annotations/instances_{train,val,test}.json`` in ``target``, pictures as links.

    getitune stops at run-length masks: it gets the outline of their largest piece, which its rasteriser fills to the
    same pixels. It stops at an annotation without a segmentation and at a training image without annotations, too:
    those are left out. Nothing else is changed.
    """
    if target.exists():
        shutil.rmtree(target)
    (target / "annotations").mkdir(parents=True)
    for split in SPLITS:
        content = json.loads(
            (source / "annotations" / f"instances_{'val' if split == 'test' else split}.json").read_text()
        )
        content["annotations"] = [entry for entry in content["annotations"] if entry.get("segmentation")]
        if split == "train":
            shown = {entry["image_id"] for entry in content["annotations"]}
            content["images"] = [image for image in content["images"] if image["id"] in shown]
        folder = target / "images" / split
        folder.mkdir(parents=True)
        for image in content["images"]:
            _lay_picture(source / "images" / image["file_name"], folder / image["file_name"])
        for entry in content["annotations"]:
            if isinstance(entry["segmentation"], dict):
                entry["segmentation"] = [_outline(entry["segmentation"])]
        (target / "annotations" / f"instances_{split}.json").write_text(json.dumps(content))
    return target


def lay_out_part(source: Path, target: Path, train: int | None, val: int | None) -> Path:
    """A COCO folder of the first ``train`` and ``val`` images of ``source`` (all where ``None``), pictures as links."""
    (target / "annotations").mkdir(parents=True, exist_ok=True)
    for split, most in (("train", train), ("val", val)):
        content = json.loads((source / "annotations" / f"instances_{split}.json").read_text())
        content["images"] = content["images"][:most]
        kept = {image["id"] for image in content["images"]}
        content["annotations"] = [entry for entry in content["annotations"] if entry["image_id"] in kept]
        for image in content["images"]:
            _lay_picture(source / "images" / image["file_name"], target / "images" / image["file_name"])
        (target / "annotations" / f"instances_{split}.json").write_text(json.dumps(content))
    return target


def validation_images(folder: Path) -> list[dict[str, Any]]:
    """The entries of the validation images in the order in which getitune numbers them."""
    return json.loads((folder / "annotations" / "instances_val.json").read_text())["images"]


def _outline(encoded: dict[str, Any]) -> list[float]:
    """The pixels on the outer border of the largest piece of a run-length mask, as a polygon x, y, x, y, …"""
    mask = from_rle(encoded)
    contours, _ = cv2.findContours(mask.bitmap, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(contours, key=cv2.contourArea).reshape(-1, 2)
    thick = np.resize(largest, (max(len(largest), 3), 2))  # a polygon has three points
    return np.add(thick, (mask.x, mask.y)).astype(float).ravel().tolist()


def _lay_picture(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        target.symlink_to(source.resolve())
