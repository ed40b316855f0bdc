"""A COCO dataset as getitune wants to find it."""

import json
import shutil
from pathlib import Path
from typing import Any

SPLITS = ("train", "val", "test")
"""getitune asks for a test split; it gets the validation images, and nothing is measured on it."""


def lay_out(source: Path, target: Path) -> Path:
    """``images/{train,val,test}`` and ``annotations/instances_{train,val,test}.json`` in ``target``, pictures as links.

    Nothing else is changed: getitune gets the data as they are.
    """
    if target.exists():
        shutil.rmtree(target)
    (target / "annotations").mkdir(parents=True)
    for split in SPLITS:
        content = json.loads(
            (source / "annotations" / f"instances_{'val' if split == 'test' else split}.json").read_text()
        )
        folder = target / "images" / split
        folder.mkdir(parents=True)
        for image in content["images"]:
            _lay_picture(source / "images" / image["file_name"], folder / image["file_name"])
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


def _lay_picture(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        target.symlink_to(source.resolve())
