"""``maskwright compare``: how far two people's annotations agree, and each instance on which they do not."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from core.cli.commands import app
from tests.core.dataset.builders import annotation, coco, image
from tests.core.dataset.several.test_merging import make


def square(x: float, y: float = 5, side: float = 8) -> list[list[float]]:
    return [[x, y, x + side, y, x + side, y + side, x, y + side]]


def drawn(id: int, x: float, category: int = 3, image_id: int = 1, **other: Any) -> dict[str, Any]:
    box = [x, 5.0, 8.0, 8.0]
    return annotation(id, image_id, category, segmentation=square(x), bbox=box, area=64.0) | other


def compare(left: Path, right: Path, *words: str) -> tuple[Result, dict[str, Any]]:
    line = ["compare", str(left), str(right), "--runs", str(left.parent / "runs"), "--json", *words]
    ended = CliRunner().invoke(app, line)
    return ended, json.loads(ended.stdout) if ended.stdout else {}


GRAYS = {"a.png": 10, "b.png": 20}


@pytest.fixture
def left(tmp_path: Path) -> Path:
    content = coco(
        [image(1, "a.png"), image(2, "b.png")], [drawn(1, 1), drawn(2, 11), drawn(3, 21, 7), drawn(4, 31, 7)]
    )
    return make(tmp_path / "left", {"train": content}, GRAYS)


def other(left: Path, *annotations: dict[str, Any], images: Any = None, name: str = "right", **content: Any) -> Path:
    images = images or [image(1, "a.png"), image(2, "b.png")]
    return make(left.parent / name, {"train": coco(images, annotations, **content)}, {})


def kinds(found: dict[str, Any]) -> list[tuple[str, int | None, int | None]]:
    return [(each["kind"], each["left"], each["right"]) for each in found["differences"]]


def test_boxes_alone_are_said_to_have_no_masks(left: Path):
    boxes = [drawn(id, 1 + 10 * id, segmentation=[]) for id in range(3)]
    ended, _ = compare(left, other(left, *boxes))
    assert "3 instances of right have only a box. Only masks are compared" in " ".join(ended.stderr.split())


def test_the_same_annotations_agree_in_all_and_end_with_0(left: Path):
    shutil.copytree(left, left.parent / "right")
    ended, found = compare(left, left.parent / "right")
    assert ended.exit_code == 0 and found["differences"] == []
    assert (found["ap"], found["reverse_ap"], found["iou"], found["kappa"], found["matched"]) == (1, 1, 1, 1, 4)
    assert [
        (one["name"], one["left"], one["right"], one["agreed"], one["iou"], one["ap"]) for one in found["classes"]
    ] == [
        ("nut", 2, 2, 2, 1, 1),
        ("bolt", 2, 2, 2, 1, 1),
    ]


def test_what_only_one_has_where_the_other_has_not_labelled_is_no_difference(left: Path):
    """The left one has labelled all, the right one has left out the right half of an image: of the two objects there
    it has drawn one, which counts."""
    half = [[20, 0, 40, 0, 40, 30, 20, 30]]
    images = [image(1, "a.png", not_labelled=half), image(2, "b.png")]
    right = other(left, drawn(1, 1), drawn(2, 11), drawn(3, 21, 7), images=images)
    ended, found = compare(left, right)
    assert ended.exit_code == 0 and found["differences"] == []
    assert (found["ap"], found["reverse_ap"], found["matched"]) == (1, 1, 3)
    assert [(one["name"], one["left"], one["right"], one["agreed"]) for one in found["classes"]] == [
        ("nut", 2, 2, 2),
        ("bolt", 1, 1, 1),
    ]
    ended, found = compare(right, left)
    assert ended.exit_code == 0 and (found["ap"], found["reverse_ap"]) == (1, 1)


def test_each_kind_of_difference_is_told_and_ends_with_1(left: Path):
    """Moved by half, called otherwise, missed, and seen by the other alone."""
    right = other(left, drawn(1, 3), drawn(2, 11, 7), drawn(3, 21, 7), drawn(9, 1, 3, image_id=2))
    ended, found = compare(left, right)
    assert ended.exit_code == 1
    assert kinds(found) == [("shape", 1, 1), ("class", 2, 2), ("left", 4, None), ("right", None, 9)]
    shape, confused, missed, alone = found["differences"]
    assert shape["iou"] == pytest.approx(6 / 10) and (shape["left_class"], shape["right_class"]) == ("nut", "nut")
    assert (confused["left_class"], confused["right_class"]) == ("nut", "bolt")
    assert (missed["left_class"], missed["right_class"], alone["image"]) == ("bolt", "", 1)
    assert found["matched"] == 3 and found["classes"][1] == {
        "name": "bolt", "left": 2, "right": 2, "agreed": 1, "iou": 1.0, "ap": pytest.approx(51 / 101 / 2)
    }  # fmt: skip
    assert found["kappa"] == pytest.approx((2 / 3 - 4 / 9) / (1 - 4 / 9))


def test_the_least_iou_says_what_counts_as_another_shape(left: Path):
    right = other(left, drawn(1, 3), drawn(2, 11), drawn(3, 21, 7), drawn(4, 31, 7))
    assert kinds(compare(left, right, "--least-iou", "0.5")[1]) == []
    assert kinds(compare(left, right, "--least-iou", "0.61")[1]) == [("shape", 1, 1)]


def test_one_instance_is_matched_with_one_and_that_of_its_class_first(left: Path):
    """Two drawn over one: the second is the other's alone, whichever comes first in the file."""
    right = other(left, drawn(8, 1, 7), drawn(1, 1), drawn(2, 11), drawn(3, 21, 7), drawn(4, 31, 7))
    assert kinds(compare(left, right)[1]) == [("right", None, 8)]


def test_images_are_the_same_by_path_by_name_or_by_picture(left: Path):
    images = [image(5, "elsewhere/a.png"), image(6, "renamed.png"), image(7, "more.png")]
    right = other(
        left, *(drawn(id, x, c, 5) for id, x, c in ((1, 1, 3), (2, 11, 3), (3, 21, 7), (4, 31, 7))), images=images
    )
    shutil.copy(left / "images/train/b.png", right / "images/train/renamed.png")
    ended, found = compare(left, right)
    assert (found["images"], found["only_left"], found["only_right"]) == (2, [], ["more.png"])
    assert found["differences"] == [] and "only in right: more.png" in ended.stderr


def test_an_image_of_another_size_is_not_compared(left: Path):
    right = other(left, drawn(1, 1), images=[image(1, "a.png", width=80, height=60), image(2, "b.png")])
    ended, found = compare(left, right)
    assert (found["images"], found["other_size"], found["differences"]) == (1, ["a.png"], [])
    assert "another size" in ended.stderr


def test_a_crowd_agrees_with_a_crowd_only_and_counts_in_no_figure(left: Path):
    crowd = {
        "iscrowd": 1,
        "segmentation": {"size": [30, 40], "counts": [0, 300, 900]},
        "bbox": [0, 0, 10, 30],
        "area": 300,
    }
    content = coco([image(1, "a.png")], [drawn(1, 21), drawn(2, 1, 3) | crowd])
    one = make(left.parent / "one", {"train": content}, {})
    same = make(left.parent / "same", {"train": content}, {})
    assert kinds(compare(one, same)[1]) == []
    content["annotations"][1]["iscrowd"] = 0
    object = make(left.parent / "object", {"train": content}, {})
    _, found = compare(one, object)
    assert kinds(found) == [("left", 2, None), ("right", None, 2)]
    assert (found["left_instances"], found["right_instances"], found["ap"]) == (1, 2, 1)


def test_without_instances_there_is_no_figure_and_no_fault(left: Path):
    empty = other(left, categories=[])
    ended, found = compare(left, empty)
    assert ended.exit_code == 1 and [kind for kind, _, _ in kinds(found)] == ["left"] * 4
    assert (found["iou"], found["kappa"], found["ap"], found["reverse_ap"]) == (None, None, 0, None)
    ended, found = compare(empty, other(left, name="bare", categories=[]))
    assert ended.exit_code == 0 and (found["ap"], found["classes"]) == (None, [])


def test_classes_are_the_same_by_name_whatever_their_ids(left: Path):
    classes = [{"id": 1, "name": "BOLT"}, {"id": 2, "name": "washer"}]
    right = other(left, drawn(3, 21, 1), drawn(4, 31, 2), categories=classes)
    _, found = compare(left, right)
    assert [(each["left_class"], each["right_class"]) for each in found["differences"] if each["kind"] == "class"] == [
        ("bolt", "washer")
    ]
    assert [(one["name"], one["right"], one["agreed"]) for one in found["classes"]] == [
        ("nut", 0, 0),
        ("bolt", 1, 1),
        ("washer", 1, 0),
    ]


def test_nothing_in_common_is_an_error(left: Path):
    ended, _ = compare(left, other(left, images=[image(1, "z.png")]))
    assert ended.exit_code == 1 and "no image of one size in common" in ended.stderr


def test_the_other_may_be_of_another_format(left: Path):
    line = ["convert", str(left), str(left.parent / "voc"), "--to", "labelme", "--runs", str(left.parent / "runs")]
    assert CliRunner().invoke(app, line).exit_code == 0
    ended, found = compare(left, left.parent / "voc")
    assert ended.exit_code == 0, ended.output
    assert found["matched"] == 4 and Path(found["right"]).is_dir()
