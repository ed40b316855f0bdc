"""What people and programs do to files of the formats: encodings, names, losses; and what is told of them."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest

from core.dataset import Dataset, open_dataset
from core.dataset.folder.folder_tree import FolderTree
from core.dataset.formats.coco_folder import write_coco_folder
from core.dataset.formats.recognition import chosen_format, read_all
from core.dataset.problems import Problem
from tests.core.dataset.formats.tool_files import FILES

SIZE = (60, 80)


def opened(source: Path, output: Path) -> tuple[Dataset, list[Problem]]:
    format = chosen_format(source)
    assert format is not None
    problems = write_coco_folder(read_all(format, FolderTree(source)), output, format.key)
    return open_dataset(output), problems


def label_images(folder: Path, labels: np.ndarray, picture: str, mask: str) -> None:
    for name, pixels in ((picture, np.full((*SIZE, 3), 90, np.uint8)), (mask, labels)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / name), pixels)


def two_pieces(value: int, other: int) -> np.ndarray:
    labels = np.zeros(SIZE, np.uint8)
    labels[8:24, 8:32], labels[32:48, 40:64] = value, other
    return labels


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32-be", "latin-1"])
@pytest.mark.parametrize(
    ("name", "pattern"), [("labelme", "*.json"), ("yolo", "*.txt"), ("yolo", "*.yaml"), ("via", "*.json")]
)
def test_text_may_be_in_another_encoding(name: str, pattern: str, encoding: str, tmp_path: Path):
    source = Path(shutil.copytree(FILES / name, tmp_path / "set", ignore=shutil.ignore_patterns("expected.json")))
    plain, _ = opened(source, tmp_path / "plain")
    files = list(source.rglob(pattern))
    assert files
    for file in files:
        text = file.read_text(encoding="utf-8")
        file.write_bytes(text.encode(encoding, "replace" if encoding == "latin-1" else "strict"))
    other, problems = opened(source, tmp_path / "other")
    assert other.class_counts().tolist() == plain.class_counts().tolist() and sum(plain.class_counts())
    assert not [problem for problem in problems if "read" in problem.message or "numbers" in problem.message]


def test_what_version_3_of_via_holds_beside_regions_of_pictures_is_told(tmp_path: Path):
    source = Path(shutil.copytree(FILES / "via_3", tmp_path / "set", ignore=shutil.ignore_patterns("expected.json")))
    dataset, problems = opened(source, tmp_path / "coco")
    assert [image.file_name.rpartition("/")[2] for image in dataset.images] == ["a.jpg"]
    told = {(problem.entry, problem.message) for problem in problems}
    assert told == {
        ("region 5 of a.jpg", "is of the kind point"),
        ("b.mp4", "is no picture but a video or sound"),
    }
    written = json.loads(next((tmp_path / "coco" / "annotations").glob("*.json")).read_text())
    assert {each["attributes"]["note"] for each in written["annotations"]} == {"free words"}
    odd_shapes = [[1], 2], [{}], ["7"], [7, "x", 1], [2, 1e999], [7]
    broken: list[dict] = [{"metadata": {"1": {"vid": "1", "xy": shape}}} for shape in odd_shapes]
    broken += [{"view": 3}, {"metadata": {"1": {"vid": [], "xy": {}}}}, {"attribute": [1]}, {"file": {"1": {}}}]
    for change in broken:
        content = json.loads((FILES / "via_3" / "via_project.json").read_text()) | change
        (source / "via_project.json").write_text(json.dumps(content))
        list(read_all(chosen_format(source), FolderTree(source)).images)


@pytest.mark.parametrize("picture", ["a_img.png", "a.png"])
def test_the_pictures_of_cellpose_may_end_with_img(picture: str, tmp_path: Path):
    label_images(tmp_path / "set", two_pieces(1, 2), picture, "a_masks.png")
    dataset, _ = opened(tmp_path / "set", tmp_path / "coco")
    assert [image.file_name.rpartition("/")[2] for image in dataset.images] == [picture]
    assert dataset.class_counts().tolist() == [2]


@pytest.mark.parametrize(("other", "told"), [(255, True), (254, False)])
def test_a_mask_of_one_number_in_several_pieces_is_told(other: int, told: bool, tmp_path: Path):
    label_images(tmp_path / "set", two_pieces(255, other), "images/a.png", "masks/a.png")
    _, problems = opened(tmp_path / "set", tmp_path / "coco")
    assert any("all of it is one object" in problem.message for problem in problems) is told


def test_a_mask_in_black_and_white_may_be_a_jpeg(tmp_path: Path):
    labels = two_pieces(255, 255)
    label_images(tmp_path / "set", labels, "images/a.png", "masks/a.jpg")
    dataset, _ = opened(tmp_path / "set", tmp_path / "coco")
    (instance,) = dataset.instances(dataset.images[0])
    assert np.array_equal(dataset.mask(dataset.images[0], instance).full(), labels > 0)


def test_a_mask_that_is_not_of_the_size_of_its_picture_is_told(tmp_path: Path):
    label_images(tmp_path / "set", two_pieces(1, 2), "images/a.png", "masks/a.png")
    assert not [each for each in opened(tmp_path / "set", tmp_path / "same")[1] if "pixels" in each.message]
    cv2.imwrite(str(tmp_path / "set" / "images" / "a.png"), np.full((90, 100, 3), 90, np.uint8))
    _, problems = opened(tmp_path / "set", tmp_path / "coco")
    (told,) = [each for each in problems if "pixels" in each.message]
    assert told.file == "masks/a.png" and "80 × 60" in told.message and "100 × 90" in told.message


def test_regions_on_a_turned_picture_of_label_studio_are_left_out_and_told(tmp_path: Path):
    source = Path(shutil.copytree(FILES / "label_studio", tmp_path / "set"))
    plain, _ = opened(source, tmp_path / "plain")
    (file,) = [file for file in source.glob("*.json") if file.name != "expected.json"]
    text = file.read_text()
    assert '"image_rotation": 0' in text
    file.write_text(text.replace('"image_rotation": 0', '"image_rotation": 90'))
    turned, problems = opened(source, tmp_path / "turned")
    assert sum(plain.class_counts()) and not sum(turned.class_counts())
    assert any("turned picture" in each.message and "turn the picture back" in each.hint for each in problems)


@pytest.mark.parametrize(("stated", "read"), [((60, 80), (60, 80)), ((80, 60), (80, 60)), ((30, 40), (80, 60))])
@pytest.mark.parametrize("format", ["voc", "labelme"])
def test_what_is_drawn_on_a_turned_picture_as_it_is_stored_stays_there(
    format: str, stated: tuple[int, int], read: tuple[int, int], tmp_path: Path
):
    exif = PIL.Image.Exif()
    exif[274] = 6  # to be turned by a quarter
    (tmp_path / "set" / "JPEGImages").mkdir(parents=True)
    PIL.Image.new("RGB", (80, 60)).save(tmp_path / "set" / "JPEGImages" / "a.jpg", exif=exif)
    if format == "voc":
        box = "<bndbox><xmin>3</xmin><ymin>3</ymin><xmax>20</xmax><ymax>20</ymax></bndbox>"
        size = f"<filename>a.jpg</filename><size><width>{stated[1]}</width><height>{stated[0]}</height></size>"
        (tmp_path / "set" / "Annotations").mkdir()
        written = f"<annotation>{size}<object><name>nut</name>{box}</object></annotation>"
        (tmp_path / "set" / "Annotations" / "a.xml").write_text(written)
    else:
        shape = {"label": "nut", "points": [[2, 2], [20, 20]], "shape_type": "rectangle"}
        content = {"version": "5.4.1", "imagePath": "a.jpg", "imageData": None, "shapes": [shape]}
        sizes = {"imageHeight": stated[0], "imageWidth": stated[1]}
        (tmp_path / "set" / "JPEGImages" / "a.json").write_text(json.dumps(content | sizes))
    dataset, problems = opened(tmp_path / "set", tmp_path / "coco")
    assert [(image.height, image.width) for image in dataset.images] == [read]
    assert [each.file for each in problems if "pixels" in each.message] == (
        ["JPEGImages/a.jpg"] if stated == (30, 40) else []
    )


@pytest.mark.parametrize("names", ["nut, large bolt", "['nut', 'large bolt']"])
def test_the_names_of_yolo_may_be_a_line_of_text(names: str, tmp_path: Path):
    (tmp_path / "set" / "images").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "set" / "images" / "a.png"), np.full((*SIZE, 3), 90, np.uint8))
    (tmp_path / "set" / "labels").mkdir()
    (tmp_path / "set" / "labels" / "a.txt").write_text("1 0.1 0.1 0.5 0.1 0.5 0.5\n")
    (tmp_path / "set" / "data.yaml").write_text(json.dumps({"names": names}))
    dataset, _ = opened(tmp_path / "set", tmp_path / "coco")
    assert [category.name for category in dataset.categories] == ["nut", "large bolt"]
    assert dataset.class_counts().tolist() == [0, 1]


def test_numbers_in_a_jpeg_are_not_taken_for_instances(tmp_path: Path):
    label_images(tmp_path / "set", two_pieces(1, 90), "images/a.png", "masks/a.jpg")
    dataset, problems = opened(tmp_path / "set", tmp_path / "coco")
    assert len(dataset.images) == 1 and dataset.class_counts().sum() == 0
    assert ["JPEG" in problem.message and "PNG or TIFF" in problem.hint for problem in problems] == [True]


def test_annotations_that_do_not_count_in_label_studio_are_told(tmp_path: Path):
    source = Path(shutil.copytree(FILES / "label_studio", tmp_path / "set"))
    (source / "expected.json").unlink()
    changed = 0
    for file in source.glob("*.json"):
        tasks = json.loads(file.read_text())
        for task in tasks:
            if task.get("annotations"):
                task["annotations"] *= 2
                changed += 1
        file.write_text(json.dumps(tasks))
    _, problems = opened(source, tmp_path / "coco")
    assert changed and sum("has 2 annotations" in problem.message for problem in problems) == changed
