"""Pictures that are not where the annotation file says are found in another folder, and brought."""

import hashlib
import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.dataset import open_dataset
from core.dataset.lost_pictures.job import find_pictures, read_findings
from core.dataset.lost_pictures.names import likeness
from core.dataset.lost_pictures.place import FILE, take_back
from core.errors import UserError
from core.jobs import FindPicturesJob
from core.runs.control import CancelRequested, never
from core.runs.events import Warning
from core.runs.folder import RunFolder
from core.runs.job_file import describe

SIZES = {"small": (20, 30), "large": (40, 50)}


def picture(path: Path, size: tuple[int, int], gray: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((*size, 3), gray, np.uint8))
    return path


def make_dataset(folder: Path, *images: dict) -> Path:
    """A COCO file with images of 30 × 20 unless they say otherwise, and no pictures."""
    folder.mkdir()
    entries = [{"id": id, "width": 30, "height": 20, **image} for id, image in enumerate(images, 1)]
    categories = [{"id": 1, "name": "nut"}]
    (folder / "a.json").write_text(json.dumps({"images": entries, "annotations": [], "categories": categories}))
    return folder


def look(dataset: Path, folder: Path, **more):
    """The findings of a job, its run folder, and the names of pictures by image."""
    job = FindPicturesJob(dataset=str(dataset), folder=str(folder), **more)
    run = RunFolder.create(dataset.parent / "runs", "find", describe(job))
    said: list = []
    find_pictures(job, run, said.append, never)
    findings = read_findings(run.path)
    found = {findings.names[str(each.image)]: (Path(each.path).name, each.how) for each in findings.found}
    return found, findings, run, said[-1].summary


def test_many_are_found_at_once_each_by_what_is_known_of_it(tmp_path: Path):
    there = tmp_path / "there"
    content = picture(there / "renamed.png", (20, 30), 9).read_bytes()
    dataset = make_dataset(
        tmp_path / "set",
        {"file_name": "C:\\old\\images\\one.png"},
        {"file_name": "gone/two.png", "md5": hashlib.md5(content).hexdigest()},
        {"file_name": "copy/of two.png", "md5": hashlib.md5(content).hexdigest()},
        {"file_name": "IMG_0003.png"},
        {"file_name": "four.png", "width": 50, "height": 40},
        {"file_name": "https://example.org/five.png?size=3"},
        {"file_name": "six.png"},
    )
    picture(there / "deep" / "er" / "ONE.png", (20, 30), 1)
    picture(there / "IMG_0003_png.rf.0123abcd.png", (20, 30), 3)
    picture(there / "four.png", (20, 30), 4)
    picture(there / "five.png", (20, 30), 5)
    found, findings, _, summary = look(dataset, there)
    assert found == {
        "C:\\old\\images\\one.png": ("ONE.png", "name"),
        "gone/two.png": ("renamed.png", "content"),
        "copy/of two.png": ("renamed.png", "content"),
        "IMG_0003.png": ("IMG_0003_png.rf.0123abcd.png", "likeness"),
        "https://example.org/five.png?size=3": ("five.png", "name"),
    }
    (doubt,) = findings.doubts
    assert findings.names[str(doubt.image)] == "four.png" and "another size" in doubt.reason and not doubt.paths
    assert summary == {"pictures": 5, "doubtful": 1, "placed": 0, "missing": 7}
    assert [image for image in open_dataset(dataset).images if open_dataset(dataset).has_picture(image)] == []


def test_what_is_brought_is_linked_and_can_be_taken_back(tmp_path: Path):
    names = ["train/a.png", "/data/old/val/a.png", "b.png", "../up/c.png"]
    dataset = make_dataset(tmp_path / "set", *({"file_name": name} for name in names))
    before = (dataset / "a.json").read_bytes()
    there = tmp_path / "there"
    for gray, name in enumerate(["train/a.png", "val/a.png", "b.png", "c.png"]):
        picture(there / name, (20, 30), 10 * gray)
    _, _, run, summary = look(dataset, there, place=True)
    assert summary["placed"] == 4 and summary["missing"] == 0
    opened = open_dataset(dataset)
    assert [int(opened.read_image(image)[0, 0, 0]) for image in opened.images] == [0, 10, 20, 30]
    assert all(opened.image_path(image).is_relative_to(dataset) for image in opened.images)
    assert (dataset / "a.json").read_bytes() == before
    assert take_back(run.path / FILE) == 4
    assert (
        not any(map(open_dataset(dataset).has_picture, open_dataset(dataset).images))
        and len(list(there.rglob("*.png"))) == 4
    )


def test_what_lies_there_now_is_neither_written_over_nor_taken_back(tmp_path: Path):
    dataset = make_dataset(tmp_path / "set", {"file_name": "images/a.png"}, {"file_name": "images/b.png"})
    there = tmp_path / "there"
    for name in "ab":
        picture(there / f"{name}.png", (20, 30), 1)
    _, _, run, _ = look(dataset, there, place=True)
    (dataset / "images" / "a.png").unlink()
    picture(dataset / "images" / "a.png", (20, 30), 77)
    assert take_back(run.path / FILE) == 1 and (dataset / "images" / "a.png").exists()
    with pytest.raises(UserError, match="cannot be read"):
        take_back(tmp_path / "nothing.json")


def test_a_name_that_no_file_can_have_keeps_no_other_picture_from_its_place(tmp_path: Path):
    digest = hashlib.sha256(picture(tmp_path / "there" / "x.png", (20, 30), 1).read_bytes()).hexdigest()
    picture(tmp_path / "there" / "b.png", (20, 30), 2)
    too_long = {"file_name": f"images/{'a' * 300}.png", "sha256": digest}
    dataset = make_dataset(tmp_path / "set", too_long, {"file_name": "images/b.png"})
    told = []
    job = FindPicturesJob(dataset=str(dataset), folder=str(tmp_path / "there"), place=True)
    find_pictures(job, RunFolder.create(tmp_path / "runs", "find", describe(job)), told.append, never)
    assert (dataset / "images" / "b.png").exists() and told[-1].summary["placed"] == 1
    (warning,) = [event for event in told if isinstance(event, Warning)]
    assert "too long" in warning.message and "1 picture" in warning.message


def test_of_several_the_nearest_counts_and_doubt_is_left_to_the_person(tmp_path: Path):
    dataset = make_dataset(
        tmp_path / "set", {"file_name": "old/p1/a.png"}, {"file_name": "b.png"}, {"file_name": "c.png"}
    )
    there = tmp_path / "there"
    picture(there / "p1" / "a.png", (20, 30), 1)
    picture(there / "p2" / "a.png", (20, 30), 2)
    picture(there / "p1" / "b.png", (20, 30), 3)
    picture(there / "p2" / "b.png", (20, 30), 4)
    shutil.copy(picture(there / "p1" / "c.png", (20, 30), 5), there / "p2" / "c.png")
    found, findings, _, summary = look(dataset, there, place=True, alike=True)
    assert set(found) == {"old/p1/a.png", "c.png"}, "equal copies are one picture"
    assert Path(findings.found[0].path).parent.name == "p1"
    (doubt,) = findings.doubts
    assert [Path(path).parent.name for path in doubt.paths] == ["p1", "p2"] and summary["missing"] == 1


def test_a_stated_hash_counts_more_than_a_name(tmp_path: Path):
    there = tmp_path / "there"
    right = picture(there / "x.png", (20, 30), 1).read_bytes()
    picture(there / "a.png", (20, 30), 2)
    dataset = make_dataset(tmp_path / "set", {"file_name": "a.png", "sha256": hashlib.sha256(right).hexdigest()})
    assert look(dataset, there)[0] == {"a.png": ("x.png", "content")}


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("IMG_0001.jpg", "0001.jpg", True),
        ("a/scan 12.tif", "scan_12.png", True),
        ("frame_001.png", "frame_002.png", False),
        ("frame_001.png", "frame.png", False),
        ("cat.jpg", "car.jpg", False),
        ("dog_7.jpg", "cat_7.jpg", False),
        ("plate.jpg", "plate_jpg.rf.aab01b.jpg", True),
    ],
)
def test_names_are_alike_only_with_the_same_numbers(one: str, other: str, alike: bool):
    assert (likeness(one, other) >= 0.75) is alike and likeness(one, other) == likeness(other, one)


def test_a_search_ends_when_it_is_asked_to(tmp_path: Path):
    dataset = make_dataset(tmp_path / "set", {"file_name": "a.png"})
    job = FindPicturesJob(dataset=str(dataset), folder=str(tmp_path), place=True)

    def check():
        raise CancelRequested

    with pytest.raises(CancelRequested):
        find_pictures(job, RunFolder.create(tmp_path / "runs", "find", describe(job)), print, check)
    job = FindPicturesJob(dataset=str(dataset), folder=str(dataset / "a.json"))
    with pytest.raises(UserError, match="is not a folder"):
        find_pictures(job, RunFolder.create(tmp_path / "runs", "find", describe(job)), print, never)
