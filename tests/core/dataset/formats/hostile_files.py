"""Datasets made to do harm, by name: a function each, which fills a folder."""

import base64
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

Make = Callable[[Path], object]
CASES: dict[str, tuple[Make, str]] = {}
"""How a folder is made, and how reading it ends: with so many annotations, with ``error`` and some of its words, or,
where that is empty, with anything that is said."""

TRIANGLE = [[1, 1], [30, 1], [1, 30]]
MANY = [[n % 80, n % 59] for n in range(1_000_000)]
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha" * 50}">' for n in range(10))
LINE = "0 0.1 0.1 0.4 0.1 0.4 0.4\n"
OUTLINE = '<polygon label="leaf" points="1,1;30,1;1,30"/>'


def case(name: str, ends: str = "") -> Callable[[Make], Make]:
    """Register a function that fills a folder."""

    def register(make: Make) -> Make:
        CASES[name] = make, ends
        return make

    return register


def picture(folder: Path, name: str = "a.png") -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(folder / name), np.full((60, 80, 3), 90, np.uint8))


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


@cache
def black_png(side: int) -> bytes:
    """Of so many pixels a side, in few bytes."""
    rows = zlib.compressobj(9)
    data = b"".join(rows.compress(bytes(side // 8 + 1)) for _ in range(side)) + rows.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    made = b"\x89PNG\r\n\x1a\n"
    for kind, body in ((b"IHDR", header), (b"IDAT", data), (b"IEND", b"")):
        made += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return made


# VGG Image Annotator


def via(folder: Path, shape: str, name: str = "a.png") -> None:
    picture(folder)
    region = f'{{"shape_attributes": {shape}, "region_attributes": {{}}}}'
    (folder / "via.json").write_text(f'{{"a": {{"filename": "{name}", "regions": [{region}]}}}}')


for text in ("NaN", "1e999", "-1e308", "1" + "0" * 400):
    for shape in (
        f'{{"name": "polygon", "all_points_x": [1, 30, {text}], "all_points_y": [1, 1, 30]}}',
        f'{{"name": "circle", "cx": 5, "cy": 5, "r": {text}}}',
        f'{{"name": "rect", "x": {text}, "y": 5, "width": 3, "height": 3}}',
    ):
        case(f"VIA, the number {text[:8]} in {shape[:17]}")(lambda folder, shape=shape: via(folder, shape))


@case("VIA, a polygon of a million points")
def _(folder: Path) -> None:
    x, y = zip(*MANY, strict=True)
    via(folder, f'{{"name": "polygon", "all_points_x": {list(x)}, "all_points_y": {list(y)}}}')


@case("VIA, a picture elsewhere")
def _(folder: Path) -> None:
    via(folder, '{"name": "rect", "x": 1, "y": 1, "width": 9, "height": 9}', "../../../../etc/passwd")


@case("VIA, a table with a field of megabytes")
def _(folder: Path) -> None:
    picture(folder)
    head = "filename,region_shape_attributes,region_attributes\n"
    (folder / "via.csv").write_text(f'{head}a.png,"{"x" * 10_000_000}","\n')


# CVAT


def cvat(folder: Path, body: str, head: str = "", side: int = 80) -> None:
    picture(folder)
    image = f'<image name="a.png" width="{side}" height="{side * 3 // 4}">{body}</image>'
    text = f'<?xml version="1.0"?>{head}<annotations><version>1.1</version>{image}</annotations>'
    (folder / "annotations.xml").write_text(text)


for text in ("NaN", "1e999", "inf"):
    body = f'{OUTLINE}<polygon label="leaf" points="1,1;30,1;1,{text}"/>'
    case(f"CVAT, the number {text}", "1")(lambda folder, body=body: cvat(folder, body))


@case("CVAT, a polygon of a million points")
def _(folder: Path) -> None:
    cvat(folder, f'<polygon label="leaf" points="{";".join(f"{x},{y}" for x, y in MANY)}"/>')


@case("CVAT, run lengths of gigabytes")
def _(folder: Path) -> None:
    cvat(
        folder, '<mask label="leaf" rle="0,10000000000" left="0" top="0" width="100000" height="100000"/>', side=100_000
    )


@case("CVAT, run lengths that fit no box", "1")
def _(folder: Path) -> None:
    lengths = "0,99999999999999999999"
    cvat(folder, f'{OUTLINE}<mask label="leaf" rle="{lengths}" left="0" top="0" width="8" height="8"/>')


@case("CVAT, nested without end")
def _(folder: Path) -> None:
    cvat(folder, OUTLINE + "<a>" * 100_000 + "</a>" * 100_000)


@case("CVAT, entities of entities", "error declares entities")
def _(folder: Path) -> None:
    cvat(folder, "&a9;", f"<!DOCTYPE a [{LAUGHS}]>")


@case("CVAT, an entity that is a file", "error declares entities")
def _(folder: Path) -> None:
    cvat(folder, "&a;", '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>')


@case("CVAT, UTF-16", "1")
def _(folder: Path) -> None:
    cvat(folder, OUTLINE)
    text = (folder / "annotations.xml").read_text()
    (folder / "annotations.xml").write_bytes(text.replace('"1.0"', '"1.0" encoding="UTF-16"', 1).encode("utf-16"))


@case("VOC, entities of entities", "0")
def _(folder: Path) -> None:
    picture(folder / "JPEGImages")
    (folder / "Annotations").mkdir()
    text = f'<?xml version="1.0"?><!DOCTYPE a [{LAUGHS}]><annotation><filename>a.png</filename>&a9;</annotation>'
    (folder / "Annotations" / "a.xml").write_text(text)


# Label Studio and Supervisely


def label_studio(folder: Path, lengths: list[int], side: int) -> None:
    picture(folder)
    value = {"format": "rle", "rle": lengths, "brushlabels": ["leaf"]}
    region = {"type": "brushlabels", "value": value, "original_width": side, "original_height": side}
    tasks = [{"id": 1, "data": {"image": "a.png"}, "annotations": [{"result": [region]}]}]
    (folder / "tasks.json").write_text(json.dumps(tasks))


@case("Label Studio, run lengths of gigabytes", "0")
def _(folder: Path) -> None:
    label_studio(folder, [255] * 64, 60_000)


@case("Label Studio, run lengths that are shorter than they say", "0")
def _(folder: Path) -> None:
    label_studio(folder, [*struct.pack(">I", 20_000 * 20_000 * 4), 255], 20_000)


def supervisely(folder: Path, side: int = 80, **shape: Any) -> None:
    picture(folder / "ds" / "img")
    (folder / "meta.json").write_text(json.dumps({"classes": [], "tags": []}))
    (folder / "ds" / "ann").mkdir()
    content = {"size": {"width": side, "height": side}, "objects": [{"classTitle": "leaf", **shape}]}
    (folder / "ds" / "ann" / "a.png.json").write_text(json.dumps(content))


@case("Supervisely, a hole of a million points")
def _(folder: Path) -> None:
    supervisely(folder, geometryType="polygon", points={"exterior": TRIANGLE, "interior": [MANY]})


@case("Supervisely, a bitmap of gigabytes", "0")
def _(folder: Path) -> None:
    data = encoded(zlib.compress(bytes(1 << 28)))
    supervisely(folder, geometryType="bitmap", bitmap={"origin": [0, 0], "data": data})


@case("Supervisely, a PNG of gigabytes", "0")
def _(folder: Path) -> None:
    data = encoded(zlib.compress(black_png(40_000)))
    supervisely(folder, geometryType="bitmap", bitmap={"origin": [0, 0], "data": data})


@case("Supervisely, a size that no picture has", "error can be used")
def _(folder: Path) -> None:
    supervisely(folder, side=2**31, geometryType="polygon", points={"exterior": TRIANGLE, "interior": []})


# LabelMe


def labelme(folder: Path, *shapes: dict[str, Any], name: str = "a.png", side: int = 60) -> None:
    picture(folder)
    each = {"label": "leaf", "points": TRIANGLE, "shape_type": "polygon"}
    content = {"version": "5.5.0", "imagePath": name, "imageData": None, "imageHeight": side, "imageWidth": side}
    (folder / "a.json").write_text(json.dumps({**content, "shapes": [{**each, **shape} for shape in shapes]}))


@case("LabelMe, a polygon of a million points", "0")
def _(folder: Path) -> None:
    labelme(folder, {"points": MANY})


@case("LabelMe, a PNG of gigabytes", "1")
def _(folder: Path) -> None:
    labelme(folder, {}, {"shape_type": "mask", "points": [[0, 0], [9, 9]], "mask": encoded(black_png(40_000))})


@case("LabelMe, a size that no picture has", "0")
def _(folder: Path) -> None:
    labelme(folder, {}, name="gone.png", side=2**31)
    (folder / "a.json").rename(folder / "b.json")


@case("LabelMe, a picture elsewhere", "1")
def _(folder: Path) -> None:
    labelme(folder, {}, name="/etc/passwd")


@case("LabelMe, nested without end", "1")
def _(folder: Path) -> None:
    labelme(folder, {})
    (folder / "b.json").write_text((folder / "a.json").read_text()[:-1] + ', "flags": ' + "[" * 100_000)


for encoding in ("utf-16", "latin-1"):

    @case(f"LabelMe, {encoding}")
    def _(folder: Path, encoding: str = encoding) -> None:
        labelme(folder, {"label": "Blättchen"})
        content = json.loads((folder / "a.json").read_text())
        (folder / "a.json").write_bytes(json.dumps(content, ensure_ascii=False).encode(encoding))


# YOLO


def yolo(folder: Path, labels: str | bytes, description: str = "names: [leaf]\ntrain: images\n") -> None:
    picture(folder / "images")
    (folder / "labels").mkdir()
    (folder / "labels" / "a.txt").write_bytes(labels if isinstance(labels, bytes) else labels.encode())
    (folder / "data.yaml").write_text(description)


@case("YOLO, numbers that are none", "1")
def _(folder: Path) -> None:
    yolo(folder, f"0 nan 0.1 0.4 0.1 0.4 0.4\n0 1e999 0 0 0 1 1\n1e30 0 0 1 1\n{LINE}")


@case("YOLO, a class of a billion", "1")
def _(folder: Path) -> None:
    yolo(folder, f"999999999 0.5 0.5 0.2 0.2\n{LINE}")


@case("YOLO, a billion classes", "1")
def _(folder: Path) -> None:
    yolo(folder, LINE, "nc: 1000000000\ntrain: images\n")


@case("YOLO, a polygon of a million points")
def _(folder: Path) -> None:
    yolo(folder, "0 " + " ".join(f"{x / 80} {y / 60}" for x, y in MANY))


@case("YOLO, what is no text", "0")
def _(folder: Path) -> None:
    yolo(folder, bytes(range(256)) * 400)


@case("YOLO, folders elsewhere", "1")
def _(folder: Path) -> None:
    yolo(folder, LINE, "path: /\nnames: [leaf]\ntrain: [../../../etc, /etc, images]\n")


@case("YOLO, lists elsewhere", "error can be used")
def _(folder: Path) -> None:
    yolo(folder, LINE, "names: [leaf]\ntrain: train.txt\n")
    (folder / "train.txt").write_text("/etc/passwd\n../../../etc/passwd\nimages/gone.png\n")


@case("YOLO, links to what is no picture, and to the folder itself", "1")
def _(folder: Path) -> None:
    yolo(folder, LINE)
    (folder.parent / "secret").write_bytes(b"secret")
    (folder / "images" / "b.png").symlink_to(folder.parent / "secret")
    (folder / "labels" / "b.txt").symlink_to(folder.parent / "secret")
    (folder / "loop").symlink_to(folder)


# ImageJ and label images


def region(corners: int, data: bytes = b"") -> bytes:
    head = bytearray(64)
    head[:4] = b"Iout"
    struct.pack_into(">hBxhhhhH", head, 4, 227, 0, 0, 0, 60, 80, corners)
    return bytes(head) + data


@case("ImageJ, regions of gigabytes", "0")
def _(folder: Path) -> None:
    picture(folder)
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(2):
            archive.writestr(f"{number}.roi", region(0, bytes(64 << 20)))


@case("ImageJ, a region that says it has a billion corners", "0")
def _(folder: Path) -> None:
    picture(folder)
    data = bytearray(region(0, bytes(12)))
    struct.pack_into(">i", data, 18, 2**31 - 1)
    (folder / "a.roi").write_bytes(data)


@case("label images, a picture of gigabytes", "0")
def _(folder: Path) -> None:
    picture(folder / "images")
    (folder / "masks").mkdir()
    (folder / "masks" / "a.png").write_bytes(black_png(40_000))
