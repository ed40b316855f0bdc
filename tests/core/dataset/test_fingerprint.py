"""By what a dataset is known again."""

import shutil

import pytest

from core.dataset import open_dataset
from core.dataset.fingerprint import fingerprint
from core.runs.fingerprint import difference
from tests.core.dataset.builders import annotation, coco, image


@pytest.fixture
def content():
    return coco([image(n) for n in range(1, 11)], [annotation(n, n) for n in range(1, 11)])


@pytest.fixture
def here(folder, content):
    folder.pictures([f"{n}.png" for n in range(1, 11)])
    folder.json("annotations/all.json", content)
    return folder


def of(folder, **options):
    return fingerprint(open_dataset(folder, **options))


def test_it_is_the_same_wherever_the_folder_lies_and_whatever_else_the_file_says(here, content, tmp_path):
    first = of(here.path)
    assert len(first.hash) == 64 and first.counts == {
        "train images": 8, "val images": 2, "annotations": 10, "classes": 2,
    }  # fmt: skip
    assert of(shutil.copytree(here.path, tmp_path / "elsewhere")) == first
    content["images"][0]["review"] = "done"
    here.json("annotations/all.json", {"info": {"description": "saved again"}} | content)
    assert of(here.path) == first


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: content["annotations"].pop(), "annotations 10 → 9"),
        (lambda content: content["annotations"][0].update(category_id=7), "annotations or classes were edited"),
        (lambda content: content["annotations"][0].update(segmentation=[[1, 1, 9, 1, 9, 9]]), "were edited"),
        (lambda content: content["categories"][0].update(name="screw"), "were edited"),
        (lambda content: content["categories"].append({"id": 8, "name": "gear"}), "classes 2 → 3"),
        (lambda content: content["images"].append(image(11)), "train images 8 → 9"),
    ],
)
def test_it_follows_what_the_files_say(here, content, change, words):
    before = of(here.path)
    change(content)
    here.json("annotations/all.json", content)
    now = of(here.path)
    assert now.hash != before.hash
    assert words in difference(before, now)


def test_it_follows_the_split_and_the_pictures(here):
    before = of(here.path)
    assert of(here.path, seed=1).hash != before.hash
    picture = next(here.path.rglob("3.png"))
    picture.write_bytes(picture.read_bytes() + b"more")
    assert difference(before, of(here.path)) == "pictures were replaced or moved"
    picture.unlink()
    assert difference(before, of(here.path)) == "missing pictures 0 → 1"


def test_nothing_is_said_when_nothing_changed_or_nobody_knows(here):
    now = of(here.path)
    assert difference(now, now) == "" and difference(None, now) == "" and difference(now, None) == ""
