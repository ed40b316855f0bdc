"""``maskwright merge``: one dataset of several, with classes by name, ids of its own and shared pictures once."""

import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from core.cli.commands import app
from core.dataset import Dataset, open_dataset
from core.dataset.several.class_names import suggested
from tests.core.dataset.builders import annotation, coco, image

OTHER = [[2.0, 2.0, 8.0, 2.0, 8.0, 8.0, 2.0, 8.0]]
ENCODED = {"size": [30, 40], "counts": [0, 300, 900]}


def make(folder: Path, files: dict[str, Any], brightness: dict[str, int]) -> Path:
    """A dataset with a file for each split, and pictures of one gray value each, by their names."""
    for split, content in files.items():
        (folder / "images" / split).mkdir(parents=True)
        (folder / "annotations").mkdir(exist_ok=True)
        (folder / "annotations" / f"instances_{split}.json").write_text(json.dumps(content))
        for entry in content["images"]:
            if entry["file_name"] in brightness:
                picture = np.full((30, 40, 3), brightness[entry["file_name"]], np.uint8)
                cv2.imwrite(str(folder / "images" / split / entry["file_name"]), picture)
    return folder


@pytest.fixture
def first(tmp_path: Path) -> Path:
    content = coco([image(1, "a.png"), image(2, "b.png")], [annotation(1), annotation(2, 2, 7)])
    val = coco([image(1, "v.png")], [annotation(1, score=0.5)])
    return make(tmp_path / "first", {"train": content, "val": val}, {"a.png": 10, "b.png": 20, "v.png": 30})


def merge(*words: object, cwd: Path) -> tuple[Result, dict[str, Any], Path]:
    output = cwd / "merged"
    line = ["merge", *map(str, words), "--output", str(output), "--runs", str(cwd / "runs"), "--json"]
    ended = CliRunner().invoke(app, line)
    return ended, json.loads(ended.stdout) if ended.exit_code == 0 else {}, output


def shown(dataset: Dataset) -> dict[str, list[str]]:
    """The classes of the instances of each image."""
    return {
        f"{image.split}/{image.file_name}": [dataset.categories[one.label].name for one in dataset.instances(image)]
        for image in dataset.images
    }


def gray(dataset: Dataset) -> dict[str, int]:
    return {image.file_name: int(dataset.read_image(image)[0, 0, 0]) for image in dataset.images}


def test_ids_are_made_anew_and_classes_are_their_names(first: Path, tmp_path: Path):
    classes = [{"id": 7, "name": "nut"}, {"id": 3, "name": "screw", "supercategory": "steel"}]
    content = coco([image(1, "a.png"), image(2, "c.png")], [annotation(1, 1, 7), annotation(1, 2, 3)], classes)
    second = make(tmp_path / "second", {"train": content}, {"a.png": 40, "c.png": 50})
    before = {file: file.read_bytes() for file in [*first.rglob("*.json"), *second.rglob("*.json")]}
    ended, report, output = merge(first, second, cwd=tmp_path)
    assert ended.exit_code == 0, ended.output
    made = open_dataset(output)
    assert [(item.id, item.name) for item in made.categories] == [(3, "nut"), (7, "bolt"), (8, "screw")]
    assert made.problems == []
    assert shown(made) == {
        "train/a.png": ["nut"],
        "train/b.png": ["bolt"],
        "train/a (2).png": ["nut"],
        "train/c.png": ["screw"],
        "val/v.png": ["nut"],
    }
    assert gray(made) == {"a.png": 10, "b.png": 20, "a (2).png": 40, "c.png": 50, "v.png": 30}
    ids = [entry["id"] for split in ("train", "val") for entry in written(output, split)["annotations"]]
    assert sorted(ids) == [1, 2, 3, 4, 5]
    assert written(output, "val")["annotations"][0]["score"] == 0.5  # what is unknown here survives
    assert written(output, "train")["categories"][2]["supercategory"] == "steel"
    assert {file: file.read_bytes() for file in before} == before
    assert (report["images"], report["instances"], report["shared"]) == (5, 5, 0)


def written(folder: Path, split: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "annotations" / f"instances_{split}.json").read_text())
    return content


def test_a_picture_of_both_is_there_once_with_the_instances_of_both(first: Path, tmp_path: Path):
    """Under another name, in another split, and with one instance that the first has too."""
    content = coco([image(5, "other name.png")], [annotation(1, 5), annotation(2, 5, 7, segmentation=OTHER)])
    second = make(tmp_path / "second", {"test": content}, {"other name.png": 10})
    ended, report, output = merge(first, second, cwd=tmp_path)
    assert ended.exit_code == 0, ended.output
    made = open_dataset(output)
    assert shown(made) == {"train/a.png": ["nut", "bolt"], "train/b.png": ["bolt"], "val/v.png": ["nut"]}
    assert (report["shared"], report["repeated"], report["instances"]) == (1, 1, 4)
    shared = report["shared_pictures"][0]
    assert (shared["file_name"], shared["first_file_name"]) == ("other name.png", "a.png")
    assert sum(report["splits"].values()) == report["images"] == 3


def test_of_a_picture_of_both_the_first_may_count_or_both_be_kept(first: Path, tmp_path: Path):
    content = coco([image(5, "x.png")], [annotation(2, 5, 7, segmentation=OTHER)])
    second = make(tmp_path / "second", {"val": content}, {"x.png": 10})
    _, report, output = merge(first, second, "--duplicates", "first", cwd=tmp_path)
    assert shown(open_dataset(output))["train/a.png"] == ["nut"] and report["repeated"] == 1
    shutil.rmtree(output)
    _, report, output = merge(first, second, "--duplicates", "keep", cwd=tmp_path)
    assert shown(open_dataset(output))["val/x.png"] == ["bolt"] and report["shared"] == 0


def test_instances_of_one_picture_at_another_size_are_left_out_and_said(first: Path, tmp_path: Path):
    content = coco([image(5, "half.png", width=20, height=15)], [annotation(2, 5, 7, segmentation=OTHER)])
    second = make(tmp_path / "second", {"val": content}, {"half.png": 10})
    ended, report, output = merge(first, second, cwd=tmp_path)
    assert shown(open_dataset(output))["train/a.png"] == ["nut"]
    assert "annotated at another size" in ended.stderr and report["instances"] == 3


def test_a_crowd_is_no_copy_of_an_instance_and_stays_one(first: Path, tmp_path: Path):
    crowd = annotation(9, 5, 3, iscrowd=1, segmentation=ENCODED, bbox=[0, 0, 10, 30], area=300)
    same = annotation(10, 5, 3, iscrowd=0)
    second = make(tmp_path / "second", {"train": coco([image(5, "x.png")], [crowd, same])}, {"x.png": 10})
    _, _, output = merge(first, second, cwd=tmp_path)
    made = open_dataset(output)
    assert [one.crowd for one in made.instances(made.images[0])] == [False, True]
    assert made.mask(made.images[0], made.instances(made.images[0])[1]).area == 300


def test_a_mapping_renames_joins_and_leaves_out_classes(first: Path, tmp_path: Path):
    classes = [{"id": number, "name": name} for number, name in enumerate(("Nut ", "hex=bolt", "dirt", "nut"))]
    drawn = [annotation(number + 1, 1, number, segmentation=OTHER) for number in range(4)]
    second = make(tmp_path / "second", {"train": coco([image(1, "x.png")], drawn, classes)}, {"x.png": 99})
    words = ["--class", "hex=bolt=bolt", "--class", "dirt=", "--class", "Nut =big nut"]
    ended, report, output = merge(first, second, *words, cwd=tmp_path)
    assert ended.exit_code == 0, ended.output
    made = open_dataset(output)
    assert [item.name for item in made.categories] == ["nut", "bolt", "big nut"]
    assert shown(made)["train/x.png"] == ["big nut", "bolt", "nut"]
    assert [row["into"] for row in report["classes"] if row["dataset"] == 1] == ["big nut", "bolt", "", "nut"]
    assert "“hex=bolt” becomes “bolt”" in ended.stderr and "“dirt” is left out" in ended.stderr


def test_classes_that_are_called_alike_are_one_unless_one_says_otherwise():
    assert suggested(["Nut", "hex-bolt", "bolt"], ["nut", "hex bolt"]) == {
        "Nut": "nut",
        "hex-bolt": "hex bolt",
        "bolt": "bolt",
    }
    assert suggested(["NUT"], ["nut", "Nut"]) == {"NUT": "NUT"}  # which of them is not known
    assert suggested(["nut"], ["Nut", "nut"]) == {"nut": "nut"}
    assert suggested(["-", "_"], ["_ "]) == {"-": "-", "_": "_"}


def test_a_class_that_a_dataset_has_twice_is_one(first: Path, tmp_path: Path):
    classes = [{"id": 1, "name": "nut"}, {"id": 2, "name": "nut"}]
    drawn = [annotation(1, 1, 1), annotation(2, 1, 2, segmentation=OTHER)]
    second = make(tmp_path / "second", {"train": coco([image(1, "x.png")], drawn, classes)}, {"x.png": 99})
    _, _, output = merge(first, second, cwd=tmp_path)
    made = open_dataset(output)
    assert [item.name for item in made.categories] == ["nut", "bolt"] and shown(made)["train/x.png"] == ["nut", "nut"]


def test_a_dry_run_writes_nothing_and_says_the_same(first: Path, tmp_path: Path):
    content = coco([image(5, "x.png"), image(6, "y.png")], [annotation(1, 5)])
    second = make(tmp_path / "second", {"train": content}, {"x.png": 10, "y.png": 44})
    _, planned, output = merge(first, second, "--dry-run", cwd=tmp_path)
    assert not output.exists() and not planned.pop("written")
    _, report, output = merge(first, second, cwd=tmp_path)
    assert report.pop("written") and report == planned
    made = open_dataset(output)
    assert (len(made.images), int(made.class_counts().sum())) == (report["images"], report["instances"]) == (4, 3)


def test_without_annotations_or_with_missing_pictures_images_are_merged_all_the_same(first: Path, tmp_path: Path):
    bare = tmp_path / "bare"
    bare.mkdir()
    cv2.imwrite(str(bare / "p.png"), np.full((30, 40, 3), 77, np.uint8))
    lost = make(tmp_path / "lost", {"val": coco([image(1, "gone.png")], [annotation(1)])}, {})
    ended, _, output = merge(bare, first, lost, cwd=tmp_path)
    assert ended.exit_code == 0, ended.output
    made = open_dataset(output)
    assert {name: of for name, of in shown(made).items() if "gone" in name} == {"val/gone.png": ["nut"]}
    assert len(made.images) == 5 and "the picture is missing" in ended.stderr


def test_other_formats_and_archives_are_merged(first: Path, tmp_path: Path):
    line = ["convert", str(first), str(tmp_path / "yolo"), "--to", "yolo", "--runs", str(tmp_path / "runs")]
    assert CliRunner().invoke(app, line).exit_code == 0
    shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path / "yolo")
    shutil.rmtree(tmp_path / "yolo")
    other = make(
        tmp_path / "other",
        {"train": coco([image(1, "o.png")], [annotation(1)], [{"id": 1, "name": "bolt"}])},
        {"o.png": 5},
    )
    ended, _, output = merge(other, tmp_path / "packed.zip", cwd=tmp_path)
    assert ended.exit_code == 0, ended.output
    made = open_dataset(output)
    assert shown(made)["train/a.png"] == ["nut"] and gray(made)["v.png"] == 30
    assert [item.name for item in made.categories] == ["bolt", "nut"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["first"], "only one dataset"),
        (["first", "first", "--class", "screw=nut"], "begins with no class"),
        (["first", "nowhere"], "nowhere"),
    ],
)
def test_what_cannot_be_merged_is_said_and_nothing_written(
    first: Path, tmp_path: Path, words: list[str], complaint: str
):
    given = [tmp_path / word if word in ("first", "nowhere") else word for word in words]
    ended, _, output = merge(*given, cwd=tmp_path)
    assert ended.exit_code == 1 and complaint in ended.stderr
    assert not output.exists()


def test_nothing_is_written_into_what_is_read(first: Path, tmp_path: Path):
    line = ["merge", str(first), str(first), "--output", str(first / "merged"), "--runs", str(tmp_path / "runs")]
    ended = CliRunner().invoke(app, line)
    assert ended.exit_code == 1 and "lies in the dataset that is read" in ended.stderr
    assert not (first / "merged").exists()


def test_images_stay_under_their_licenses(first: Path, tmp_path: Path):
    """Both files number theirs from 1; one is in both, and one image names a license that its file does not have."""
    own = [{"id": 1, "name": "by"}, {"id": 2, "name": "by-sa"}]
    images = [image(1, "c.png", license=1), image(2, "d.png", license=2), image(3, "e.png", license=7)]
    second = make(
        tmp_path / "second",
        {"train": coco(images, licenses=[{"id": 1, "name": "own"}, {"id": 2, "name": "by"}])},
        {"c.png": 40, "d.png": 50, "e.png": 60},
    )
    path = first / "annotations" / "instances_train.json"
    content = json.loads(path.read_text()) | {"licenses": own}
    content["images"][0]["license"] = 2
    path.write_text(json.dumps(content))
    _, _, output = merge(first, second, cwd=tmp_path)
    content = written(output, "train")
    names = {one["id"]: one["name"] for one in content["licenses"]}
    under = {entry["file_name"]: names.get(entry.get("license")) for entry in content["images"]}
    assert under == {"a.png": "by-sa", "b.png": None, "c.png": "own", "d.png": "by", "e.png": None}
    assert len(names) == 3 and "license" not in content["images"][4]
