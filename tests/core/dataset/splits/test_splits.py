"""Which images of a folder that grows are validated on."""

import json

import pytest

from core.annotation.editing import classes
from core.annotation.storage.recovery import open_draft
from core.annotation.storage.saving import save
from core.dataset import open_dataset
from core.dataset.folder.plain_folder import FILE
from tests.core.annotation.sessions import save_and_renew
from tests.core.dataset.builders import annotation, coco, image
from tests.core.dataset.folder.test_plain_folder import draw, fill

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    fill(folder, *(f"{number}.png" for number in range(1, 13)))
    return folder


def label(folder, *images, keep=False):
    """Draw in images, save, and have the file remember the split as the start of a training does."""
    opened = open_draft(open_dataset(folder))
    if not opened.draft.categories:
        opened.draft.apply(classes.add(opened.draft, "nut")[0])
    for index in images:
        draw(opened.draft, index, opened.draft.categories[0].id)
    save_and_renew(opened, folder)
    if keep and opened.draft.keep_sides():
        save(opened.draft.snapshot(), opened.journal)
    opened.journal.close()
    return sides(open_dataset(folder))


def sides(dataset):
    return {image.file_name: image.split for image in dataset.images if image.split != "unlabelled"}


def test_no_image_changes_sides_while_the_folder_grows(pictures):
    known = label(pictures, 0, 5, keep=True)
    assert sorted(known.values()) == ["train", "val"]
    for images in ((7,), (1, 2), (3, 4, 6), (8, 9, 10, 11)):
        fill(pictures, f"later/{images[0]}.png")
        now = label(pictures, *images, keep=True)
        assert now.items() >= known.items() and len(now) == len(known) + len(images)
        known = now
    assert list(known.values()).count("val") == 2, "of twelve images"


def test_the_file_says_it_in_a_field_of_each_image_and_keeps_what_others_wrote(pictures):
    known = label(pictures, 0, 1, 2, keep=True)
    content = json.loads((pictures / FILE).read_text())
    assert {entry["file_name"]: entry["split"] for entry in content["images"] if "split" in entry} == known
    content["images"][0]["camera"] = 7
    (pictures / FILE).write_text(json.dumps(content))
    label(pictures, 3, keep=True)
    first = json.loads((pictures / FILE).read_text())["images"][0]
    assert (first["camera"], first["split"]) == (7, known["1.png"])


def test_nothing_is_written_about_it_before_a_training_starts(pictures):
    label(pictures, 0, 1, 2)
    dataset = open_dataset(pictures)
    assert "split" not in (pictures / FILE).read_text()
    assert dataset.sides == {} and len(dataset.new_sides()) == 3


def test_where_nothing_can_be_written_the_choice_is_the_same_again_whatever_the_seed(pictures):
    once = label(pictures, *range(10))
    assert once == sides(open_dataset(pictures)) == sides(open_dataset(pictures, seed=5))


def test_a_person_may_decide_in_the_file(pictures):
    label(pictures, 0, 1, 2, keep=True)
    content = json.loads((pictures / FILE).read_text())
    for entry, split in zip(content["images"], ("val", "val", "train"), strict=False):
        entry["split"] = split
    (pictures / FILE).write_text(json.dumps(content))
    assert list(sides(open_dataset(pictures)).values()) == ["val", "val", "train"]


def test_the_file_of_another_tool_is_split_as_ever_and_not_written_into(folder):
    entries = [annotation(n, n) for n in range(1, 11)]
    plain = folder.json("a.json", coco([image(n) for n in range(1, 11)], entries))
    stating = folder.json("b.json", coco([image(n, split="train") for n in range(1, 11)], entries))
    first, second = open_dataset(plain, seed=3), open_dataset(stating, seed=3)
    assert first.sides is None and first.new_sides() == {} and second.sides is None
    assert sides(first) == sides(second)


def test_splits_that_images_of_another_tool_state_count_and_those_without_are_shared_out(folder):
    entries = [annotation(n, n) for n in range(1, 11)]
    words = dict(enumerate(["training", "trn", "TRAIN", "validation", "vld", "holdout", "zoo/2"], 1))
    images = [image(n, **({"split": words[n]} if n in words else {})) for n in range(1, 11)]
    dataset = open_dataset(folder.json("a.json", coco(images, entries)))
    found = [each.split for each in dataset.images]
    assert found[:7] == ["train", "train", "train", "val", "val", "test", "zoo_2"]
    assert set(found[7:]) <= {"train", "val"} and dataset.sides is None
    named = open_dataset(folder.json("instances_val.json", coco(images, entries)))
    assert {each.split for each in named.images} == {"val"}, "the name of the file goes before"


def test_folders_that_are_called_train_and_val_decide_themselves(tmp_path):
    fill(tmp_path / "set", "train/1.png", "val/2.png")
    dataset = open_dataset(tmp_path / "set")
    assert dataset.sides is None and dataset.new_sides() == {}
