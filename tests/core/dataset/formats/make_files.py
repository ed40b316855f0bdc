"""Makes the files of other tools that readers are tested on, with those tools' own libraries.

Run in an environment of its own: labelme, label-studio-sdk, roifile, tifffile and datumaro are not all installed for
the tests.

    python tests/core/dataset/formats/make_files.py OUTPUT

Beside each format, ``expected.json`` has the masks as the tool itself rasterises them: by picture, a list of label and
run lengths by rows (background first).
"""

import base64
import io
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

HEIGHT, WIDTH = 160, 200
YS, XS = np.mgrid[:HEIGHT, :WIDTH]
BLOB = ((XS - 50) / 30) ** 2 + ((YS - 45) / 20) ** 2 <= 1
PIECES = (np.hypot(XS - 130, YS - 40) <= 15) | (np.hypot(XS - 175, YS - 45) <= 12)
RADII = np.hypot(XS - 100, YS - 110)
DONUT = (RADII <= 40) & (RADII >= 18)
OUTLINE = [(20.5, 80.0), (45.25, 95.0), (40.0, 140.0), (10.0, 130.5)]


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(0).integers(90, 110, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    pixels[BLOB | PIECES | DONUT] += 100
    Image.fromarray(pixels).save(path)


def runs(mask: np.ndarray) -> list[int]:
    flat = np.concatenate([[0], mask.ravel().astype(np.int8), [0]])
    turns = np.flatnonzero(np.diff(flat))
    return np.diff([0, *turns.tolist(), mask.size]).tolist()


def expect(folder: Path, **images: list[tuple[str, np.ndarray]]) -> None:
    said = {name: [[label, runs(mask)] for label, mask in objects] for name, objects in images.items()}
    (folder / "expected.json").write_text(json.dumps(said))


def polygon_of(mask: np.ndarray) -> list[tuple[float, float]]:
    """The outline of a star-shaped mask, by angle around its middle."""
    rows, columns = np.nonzero(mask)
    y, x = rows.mean(), columns.mean()
    found = []
    for angle in np.linspace(0, 2 * np.pi, 48, endpoint=False):
        reach = 0.0
        while mask[min(round(y + reach * np.sin(angle)), HEIGHT - 1), min(round(x + reach * np.cos(angle)), WIDTH - 1)]:
            reach += 0.25
        found.append((round(x + reach * np.cos(angle), 2), round(y + reach * np.sin(angle), 2)))
    return found


def labelme(folder: Path) -> None:
    from labelme import utils
    from labelme._label_file import write_label_file

    picture(folder / "a.jpg")
    left, right = polygon_of(PIECES & (XS < 155)), polygon_of(PIECES & (XS >= 155))
    rows, columns = np.nonzero(DONUT)
    box = [(int(columns.min()), int(rows.min())), (int(columns.max()), int(rows.max()))]
    cut = DONUT[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]

    def shape(label, kind, points, group=None, mask=None):
        return {
            "label": label,
            "points": points,
            "shape_type": kind,
            "flags": {},
            "description": "",
            "group_id": group,
            "mask": mask,
            "other_data": {},
        }

    shapes = [
        shape("leaf", "polygon", OUTLINE),
        shape("pair", "polygon", left, 1),
        shape("ring", "mask", box, None, cut),
        shape("pair", "polygon", right, 1),
        shape("blob", "circle", [(50, 45), (50, 65)]),
        shape("plate", "rectangle", [(150, 100), (190, 150)]),
        shape("way", "linestrip", [(0, 0), (30, 30)]),
    ]
    masks = {
        id(each): utils.shape_to_mask((HEIGHT, WIDTH), each["points"], each["shape_type"])
        for each in shapes
        if each["shape_type"] not in ("mask", "linestrip")
    }
    expect(
        folder,
        a=[
            ("leaf", masks[id(shapes[0])]),
            ("pair", masks[id(shapes[1])] | masks[id(shapes[3])]),
            ("ring", DONUT),
            ("blob", masks[id(shapes[4])]),
            ("plate", masks[id(shapes[5])]),
        ],
    )
    write(folder / "a.json", shapes, write_label_file)


def write(path: Path, shapes, write_label_file) -> None:
    def png(mask):
        file = io.BytesIO()
        Image.fromarray(mask.astype(np.uint8)).save(file, "PNG")
        return base64.b64encode(file.getvalue()).decode()

    stored = [
        {key: value for key, value in each.items() if key not in ("mask", "other_data")}
        | ({"mask": png(each["mask"])} if each["mask"] is not None else {})
        for each in shapes
    ]
    stored = [each | {"points": [list(point) for point in each["points"]]} for each in stored]
    write_label_file(str(path), shapes=stored, image_path="a.jpg", image_height=HEIGHT, image_width=WIDTH)


def label_studio(folder: Path) -> None:
    from label_studio_sdk.converter import brush

    picture(folder / "images" / "1234abcd-a.png")
    (folder / "images" / "1234abcd-a.png").rename(folder / "images" / "a.png")

    def region(kind, label, **value):
        return {
            "id": label,
            "type": f"{kind}labels",
            "from_name": "tag",
            "to_name": "image",
            "original_width": WIDTH,
            "original_height": HEIGHT,
            "image_rotation": 0,
            "value": {**value, f"{kind}labels": [label]},
        }

    outline = [[100 * x / WIDTH, 100 * y / HEIGHT] for x, y in OUTLINE]
    result = [
        region("brush", "ring", format="rle", rle=brush.mask2rle(DONUT.astype(np.uint8) * 255)),
        region("brush", "pair", format="rle", rle=brush.mask2rle(PIECES.astype(np.uint8) * 255)),
        region("polygon", "leaf", points=outline, closed=True),
        region("ellipse", "blob", x=25, y=28.125, radiusX=15, radiusY=12.5, rotation=0),
    ]
    task = {
        "id": 7,
        "data": {"image": "/data/upload/1/1234abcd-a.png"},
        "predictions": [],
        "annotations": [{"id": 1, "was_cancelled": False, "result": result}],
    }
    (folder / "project-1.json").write_text(json.dumps([task]))
    masks = [brush.decode_rle(each["value"]["rle"]).reshape(HEIGHT, WIDTH, 4)[:, :, 3] > 0 for each in result[:2]]
    expect(folder, a=[("ring", masks[0]), ("pair", masks[1]), ("leaf", drawn(OUTLINE)), ("blob", BLOB)])


def drawn(points) -> np.ndarray:
    from PIL import ImageDraw

    large = Image.new("L", (WIDTH * 8, HEIGHT * 8))
    ImageDraw.Draw(large).polygon([(x * 8, y * 8) for x, y in points], fill=1)
    return np.asarray(large).reshape(HEIGHT, 8, WIDTH, 8).mean((1, 3)) >= 0.5


def imagej(folder: Path) -> None:
    import zipfile

    import roifile
    import tifffile

    folder.mkdir(parents=True)
    tifffile.imwrite(folder / "a.tif", np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH), np.uint8))
    leaf = roifile.ImagejRoi.frompoints(np.array(OUTLINE, np.float32), name="leaf")
    ring = roifile.ImagejRoi(roitype=roifile.ROI_TYPE.OVAL, top=25, bottom=65, left=20, right=80, name="blob")
    plate = roifile.ImagejRoi(roitype=roifile.ROI_TYPE.RECT, top=100, bottom=150, left=150, right=190, name="plate")
    whole = roifile.ImagejRoi.frompoints(np.array([(10, 5), (40, 5), (40, 20), (10, 20)], np.float32), name="whole")
    with zipfile.ZipFile(folder / "a_rois.zip", "w") as archive:
        for region in (leaf, ring, plate, whole):
            archive.writestr(f"{region.name}.roi", region.tobytes())
    rectangle = np.zeros((HEIGHT, WIDTH), bool)
    rectangle[100:150, 150:190] = True
    small = np.zeros((HEIGHT, WIDTH), bool)
    small[5:20, 10:40] = True
    expect(
        folder,
        a=[
            ("object", drawn(OUTLINE)),
            ("object", ((XS + 0.5 - 50) / 30) ** 2 + ((YS + 0.5 - 45) / 20) ** 2 <= 1),
            ("object", rectangle),
            ("object", small),
        ],
    )


def cellpose(folder: Path) -> None:
    import tifffile

    folder.mkdir(parents=True)
    tifffile.imwrite(folder / "a.tif", np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH), np.uint8))
    labels = np.zeros((HEIGHT, WIDTH), np.uint16)
    for number, mask in ((1, BLOB), (300, DONUT), (2, PIECES)):
        labels[mask] = number
    tifffile.imwrite(folder / "a_masks.tif", labels)
    picture(folder / "b.png")
    Image.fromarray(labels).save(folder / "b_cp_masks.png")
    objects = [("object", BLOB & (labels == 1)), ("object", labels == 2), ("object", labels == 300)]
    expect(folder, a=objects, b=objects)


def supervisely(folder: Path) -> None:
    import supervisely as sly

    picture(folder / "train" / "img" / "a.jpg")
    kinds = {"pair": sly.Bitmap, "ring": sly.Polygon, "plate": sly.Rectangle, "way": sly.Polyline}
    classes = [sly.ObjClass(name, shape) for name, shape in kinds.items()]
    quality = sly.TagMeta("quality", sly.TagValueType.ANY_STRING)
    meta = sly.ProjectMeta(classes, [quality])
    pair, ring, plate, way = classes
    rings = polygon_of(RADII <= 40), polygon_of(RADII < 18)
    points = [[sly.PointLocation(round(y), round(x)) for x, y in ring] for ring in rings]
    labels = [
        sly.Label(sly.Polygon(points[0], [points[1]]), ring, sly.TagCollection([sly.Tag(quality, "good")])),
        sly.Label(sly.Bitmap(PIECES), pair),
        sly.Label(sly.Rectangle(100, 150, 149, 189), plate),
        sly.Label(sly.Polyline([sly.PointLocation(0, 0), sly.PointLocation(9, 9)]), way),
    ]
    annotation = sly.Annotation((HEIGHT, WIDTH), labels)
    (folder / "train" / "ann").mkdir()
    (folder / "train" / "ann" / "a.jpg.json").write_text(json.dumps(annotation.to_json()))
    (folder / "meta.json").write_text(json.dumps(meta.to_json()))
    drawn_by_it = []
    for label in labels[:3]:
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        label.geometry.draw(mask, 1)
        drawn_by_it.append((label.obj_class.name, mask > 0))
    expect(folder, a=drawn_by_it)


def yolo(folder: Path) -> None:
    """Labels that Ultralytics converted from COCO, and its way to write data.yaml."""
    import shutil
    import tempfile

    from ultralytics.data.converter import convert_coco
    from ultralytics.utils import YAML

    picture(folder / "images" / "train" / "a.jpg")
    right = PIECES & (XS >= 155)
    pair = [[value for point in polygon_of(mask) for value in point] for mask in (PIECES & ~right, right)]
    outlines = [[[value for point in OUTLINE for value in point]], pair]
    annotations = [
        {
            "id": number,
            "image_id": 1,
            "category_id": number,
            "iscrowd": 0,
            "area": 1.0,
            "bbox": [1, 1, 9, 9],
            "segmentation": segmentation,
        }
        for number, segmentation in enumerate(outlines, 1)
    ]
    images = [{"id": 1, "file_name": "a.jpg", "width": WIDTH, "height": HEIGHT}]
    categories = [{"id": 1, "name": "leaf"}, {"id": 2, "name": "pair"}]
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "coco").mkdir()
        (Path(scratch) / "coco" / "instances_train.json").write_text(
            json.dumps({"images": images, "annotations": annotations, "categories": categories})
        )
        convert_coco(f"{scratch}/coco", f"{scratch}/yolo", use_segments=True, cls91to80=False)
        shutil.copytree(next(Path(scratch).rglob("labels")), folder / "labels")
    YAML.save(folder / "data.yaml", {"path": ".", "train": "images/train", "nc": 2, "names": {0: "leaf", 1: "pair"}})
    masks = [drawn(list(zip(part[::2], part[1::2], strict=True))) for part in pair]
    expect(folder, a=[("leaf", drawn(OUTLINE)), ("pair", masks[0] | masks[1])])


def via(folder: Path) -> None:
    """What ``make_via.js`` has written by VIA's own code, as the shapes are meant."""
    plate = np.zeros((HEIGHT, WIDTH), bool)
    plate[100:150, 150:190] = True
    circle = np.hypot(XS + 0.5 - 120, YS + 0.5 - 40) <= 15
    leaf = drawn([(20, 80), (45, 95), (40, 140), (10, 130)])
    picture(folder / "a.jpg")
    expect(folder, a=[("leaf", leaf), ("blob", BLOB), ("blob", circle), ("plate", plate)])


def via_3(folder: Path) -> None:
    """The same as a project of version 3, whose page saves it only by hand: as its documents describe it."""
    via(folder)
    leaf, plate = [7, 20, 80, 45, 95, 40, 140, 10, 130], [2, 150, 100, 40, 50]
    shapes = [(leaf, "0"), ([4, 50, 45, 30, 20], "1"), ([3, 120, 40, 15], "1"), (plate, "2"), ([1, 5, 5], "0")]
    project = {
        "project": {"pid": "__VIA_PROJECT_ID__", "rev": "1", "pname": "plates", "vid_list": ["1", "2"]},
        "config": {"file": {"loc_prefix": {"1": "", "2": "", "3": "", "4": ""}}},
        "attribute": {
            "1": {"aname": "class", "type": 4, "options": {"0": "leaf", "1": "blob", "2": "plate"}},
            "2": {"aname": "note", "type": 1, "options": {}},
        },
        "file": {
            "1": {"fid": "1", "fname": "a.jpg", "type": 2, "loc": 1, "src": ""},
            "2": {"fid": "2", "fname": "b.mp4", "type": 4, "loc": 1, "src": ""},
        },
        "metadata": {
            f"1_{place}": {"vid": "1", "flg": 0, "z": [], "xy": xy, "av": {"1": value, "2": "free words"}}
            for place, (xy, value) in enumerate(shapes)
        }
        | {"2_0": {"vid": "2", "flg": 0, "z": [1.5, 3], "xy": [], "av": {"1": "0"}}},
        "view": {"1": {"fid_list": ["1"]}, "2": {"fid_list": ["2"]}},
    }
    (folder / "via_project.json").write_text(json.dumps(project))


def through_datumaro(folder: Path, format: str, **options) -> None:
    """CVAT, Pascal VOC and YOLO as Datumaro writes them."""
    import datumaro as dm
    from datumaro.components.annotation import Mask, Polygon
    from datumaro.components.media import Image as Media

    pixels = np.random.default_rng(0).integers(90, 110, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    leaf = (
        Mask(drawn(OUTLINE), label=1, id=1, group=1)  # polygons are left out
        if format.startswith("voc")
        else Polygon([value for point in OUTLINE for value in point], label=1, id=1, group=1)
    )
    objects = [leaf, Mask(DONUT, label=0, id=2, group=2), Mask(PIECES, label=2, id=3, group=3)]
    item = dm.DatasetItem("a", subset="train", media=Media.from_numpy(pixels), annotations=objects)
    dataset = dm.Dataset.from_iterable([item], categories=["ring", "leaf", "pair"], media_type=Media)
    dataset.export(str(folder), format, save_media=True, **options)
    expect(folder, a=[("leaf", drawn(OUTLINE)), ("ring", DONUT), ("pair", PIECES)])


MADE = {
    "labelme": labelme,
    "label_studio": label_studio,
    "imagej": imagej,
    "cellpose": cellpose,
    "supervisely": supervisely,
    "yolo": yolo,
    "via": via,
    "via_1": via,
    "via_csv": via,
    "via_3": via_3,
    "cvat": lambda folder: through_datumaro(folder, "cvat"),
    "voc": lambda folder: through_datumaro(folder, "voc_instance_segmentation"),
    "datumaro": lambda folder: through_datumaro(folder, "datumaro"),
}

if __name__ == "__main__":
    for name in sys.argv[2:] or MADE:
        try:
            MADE[name](Path(sys.argv[1]) / name)
            print(name)
        except ImportError as error:
            print(f"{name}: {error}")
