"""The table of formats in ``docs/guide/formats.md`` says what is true: each cell is tried."""

import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.dataset import open_dataset
from core.dataset.formats import FORMATS
from core.dataset.formats.convert import convert
from core.geometry.masks import crop, to_rle
from core.jobs import ConvertJob
from core.jobs.convert import TARGETS
from core.runs.control import never
from core.runs.folder import RunFolder
from core.runs.job_file import describe
from tests.core.dataset.formats.tool_files import FILES
from tests.core.dataset.formats.tool_files import FORMATS as BY_FOLDER

GUIDE = Path(__file__).parents[4] / "docs" / "guide" / "formats.md"
FEATURES = ("parts", "holes", "crowd", "scores", "attributes")
SIZE = (160, 200)
YS, XS = np.mgrid[: SIZE[0], : SIZE[1]]
DONUT = (np.hypot(XS - 60, YS - 60) <= 40) & (np.hypot(XS - 60, YS - 60) >= 18)
PAIR = (np.hypot(XS - 130, YS - 30) <= 14) | (np.hypot(XS - 160, YS - 90) <= 12)


def rows() -> dict[str, dict[str, str]]:
    """The cells of the table by the key of the format."""
    lines = [line for line in GUIDE.read_text().splitlines() if line.startswith("|")]
    head, _, *body = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {cells[1].strip("`"): dict(zip(head, cells, strict=True)) for cells in body}


ROWS = rows()


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((*SIZE, 3), 90, np.uint8))


def to_coco(source: Path, scratch: Path, key: str, to: str = "coco") -> Path:
    job = ConvertJob(source=str(source), output=str(scratch / f"{key} as {to}"), to=to, format=key)
    convert(job, RunFolder.create(scratch / "runs", "convert", describe(job)), lambda event: None, never)
    return Path(job.output)


def features(coco: Path) -> set[str]:
    """What the instances of a COCO folder have, and ``boxes`` where one has no mask."""
    found = set()
    for file in coco.glob("annotations/*.json"):
        for entry in json.loads(file.read_text())["annotations"]:
            found |= {"crowd"} if entry["iscrowd"] else set()
            found |= {"scores"} if "score" in entry else set()
            found |= {"attributes"} if entry.get("attributes") else set()
    dataset = open_dataset(coco)
    for image in dataset.images:
        for instance in dataset.instances(image):
            if instance.segmentation is None:
                found.add("boxes")
                continue
            mask = np.pad(instance.segmentation.mask((image.height, image.width)).full(), 1)
            found |= {"parts"} if cv2.connectedComponents(mask, connectivity=4)[0] > 2 else set()
            found |= {"holes"} if cv2.connectedComponents(1 - mask, connectivity=8)[0] > 2 else set()
    return found


def everything(folder: Path) -> Path:
    """A COCO dataset with all that the columns name."""
    picture(folder / "images" / "a.png")
    common = {"image_id": 1, "category_id": 1, "iscrowd": 0}
    annotations = [
        {"segmentation": to_rle(crop(DONUT.astype(np.uint8))), "score": 0.5, "attributes": {"quality": "good"}},
        {"segmentation": to_rle(crop(PAIR.astype(np.uint8)))},
        {"segmentation": to_rle(crop((YS > 140).astype(np.uint8))), "iscrowd": 1},
        {"bbox": [150, 120, 20, 10]},
    ]
    entries = [{"id": id, **common, **each} for id, each in enumerate(annotations, 1)]
    images = [{"id": 1, "file_name": "a.png", "width": SIZE[1], "height": SIZE[0]}]
    content = {"images": images, "annotations": entries, "categories": [{"id": 1, "name": "leaf"}]}
    (folder / "annotations").mkdir()
    (folder / "annotations" / "instances_train.json").write_text(json.dumps(content))
    return folder


# What the files of the tools have not: made as their documentation has it.


def predictions_of_yolo(folder: Path) -> Path:
    picture(folder / "images" / "a.png")
    (folder / "labels").mkdir()
    (folder / "labels" / "a.txt").write_text("0 0.1 0.1 0.4 0.1 0.4 0.4 0.75\n0 0.5 0.5 0.2 0.2 0.5\n")
    (folder / "data.yaml").write_text("names: [leaf]\n")
    return folder


def boxes_of_voc(folder: Path) -> Path:
    picture(folder / "JPEGImages" / "a.png")
    (folder / "Annotations").mkdir()
    (folder / "Annotations" / "a.xml").write_text(
        "<annotation><filename>a.png</filename><object><name>leaf</name><bndbox><xmin>5</xmin><ymin>6</ymin>"
        "<xmax>30</xmax><ymax>40</ymax></bndbox></object></annotation>"
    )
    return folder


def flags_of_labelme(folder: Path) -> Path:
    shutil.copytree(FILES / "labelme", folder)
    content = json.loads((folder / "a.json").read_text())
    content["shapes"][0] |= {"flags": {"good": True}, "description": "seen twice"}
    (folder / "a.json").write_text(json.dumps(content))
    return folder


def mask_files(folder: Path) -> Path:
    picture(folder / "x" / "images" / "x.png")
    for number, mask in enumerate((DONUT, PAIR)):
        (folder / "x" / "masks").mkdir(exist_ok=True)
        cv2.imwrite(str(folder / "x" / "masks" / f"{number}.png"), mask.astype(np.uint8) * 255)
    return folder


def attributes_of_datumaro(folder: Path) -> Path:
    shutil.copytree(FILES / "datumaro", folder)
    (file,) = (folder / "annotations").glob("*.json")
    content = json.loads(file.read_text())
    annotations = content["items"][0]["annotations"]
    annotations[0]["attributes"] = {"quality": "good"}
    annotations[1]["attributes"] = {"is_crowd": True}
    box = {"id": 9, "type": "bbox", "group": 9, "label_id": 0, "z_order": 0, "bbox": [5, 5, 20, 10], "attributes": {}}
    annotations.append(box)
    file.write_text(json.dumps(content))
    return folder


def attributes_of_cvat(folder: Path) -> Path:
    shutil.copytree(FILES / "cvat", folder)
    text = (folder / "train.xml").read_text()
    box = '<box label="leaf" xtl="5" ytl="6" xbr="30" ybr="40"><attribute name="quality">good</attribute></box>'
    (folder / "train.xml").write_text(text.replace("</image>", f"{box}</image>", 1))
    return folder


def predictions_of_label_studio(folder: Path) -> Path:
    shutil.copytree(FILES / "label_studio", folder)
    value = {"x": 10, "y": 10, "width": 20, "height": 20, "rotation": 0, "rectanglelabels": ["leaf"]}
    region = {"original_width": 200, "original_height": 160, "type": "rectanglelabels", "value": value, "score": 0.75}
    task = {"id": 1, "data": {"image": "a.png"}, "predictions": [{"result": [region]}]}
    (folder / "project-1.json").write_text(json.dumps([task]))
    return folder


def composite_of_imagej(folder: Path) -> Path:
    """A ring and a piece beside it, as ``ij.io.RoiEncoder`` writes a ``ShapeRoi``."""
    picture(folder / "a.png")
    squares = [(20, 20, 60), (30, 30, 30), (120, 20, 30)]
    path: list[float] = []
    for x, y, side in squares:
        corners = [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
        for place, (right, down) in enumerate(corners):
            path += [1 if place else 0, right, down]
        path.append(4)
    head = bytearray(64)
    head[:4] = b"Iout"
    struct.pack_into(">hBxhhhh", head, 4, 227, 1, 20, 20, 80, 150)
    struct.pack_into(">i", head, 36, len(path))
    (folder / "a.roi").write_bytes(bytes(head) + struct.pack(f">{len(path)}f", *path))
    return folder


MADE: dict[str, tuple[Callable[[Path], Path], ...]] = {
    "coco": (everything,),
    "yolo": (predictions_of_yolo,),
    "voc": (boxes_of_voc,),
    "labelme": (flags_of_labelme,),
    "mask-files": (mask_files,),
    "datumaro": (attributes_of_datumaro,),
    "cvat": (attributes_of_cvat,),
    "label-studio": (predictions_of_label_studio,),
    "imagej": (composite_of_imagej,),
}


def test_every_format_has_its_row():
    assert ROWS.keys() == {"coco", "video", "pages", *(format.key for format in FORMATS)}


@pytest.mark.parametrize("key", [key for key in ROWS if key not in ("video", "pages")])
def test_what_the_table_says_of_a_format_is_so(key: str, tmp_path: Path):
    row = ROWS[key]
    assert row["written"] == ("yes" if key in TARGETS else "–")
    writers = {format.key: format.writer for format in FORMATS}
    assert row["by"] == ("Datumaro" if "datumaro_library" in writers.get(key, "") else "us")
    examples = [make(tmp_path / f"made {place}") for place, make in enumerate(MADE.get(key, ()))]
    examples += [FILES / folder for folder, format in BY_FOLDER.items() if format == key]
    read = set().union(*(features(to_coco(each, tmp_path / str(n), key)) for n, each in enumerate(examples)))
    assert ("boxes" in row["read"]) == ("boxes" in read), read
    back: set[str] = set()
    if key in TARGETS:
        made = to_coco(everything(tmp_path / "everything"), tmp_path / "written", "coco", key)
        back = features(to_coco(made, tmp_path / "back", key))
        read |= back
    for feature in FEATURES:
        said = row[feature].split(" ")[0]
        true = "–" if feature not in read else "yes" if feature in back or key not in TARGETS else "read"
        assert said == true, f"{feature}: the table says {row[feature]}, it is {true}"
