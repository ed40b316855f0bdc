"""A folder of pictures without annotations is a dataset to be annotated."""

import json

import cv2
import numpy as np
import PIL.Image
import pytest

from core.annotation.editing import classes
from core.annotation.editing.edits import InstanceEdit
from core.annotation.editing.model import Annotation
from core.annotation.storage.recovery import open_draft
from core.annotation.storage.saving import save
from core.dataset import open_dataset
from core.dataset.health.checks import examine
from core.errors import UserError
from core.geometry.segmentation import Polygons


def fill(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.zeros((40, 60, 3), np.uint8))


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "pictures"
    fill(folder, "2.png", "10.png", "1.jpg", "deeper/3.png")
    (folder / "notes.txt").write_text("not a picture")
    return folder


def draw(draft, image, category):
    square = Annotation(category, Polygons([[5, 5, 25, 5, 25, 25, 5, 25]]), (5, 5, 20, 20))
    draft.apply(InstanceEdit(name="Box", image=image, before={}, after={draft.new_id(image): square}))


def test_every_picture_is_an_image_in_the_order_a_person_counts(folder):
    dataset = open_dataset(folder)
    assert [image.file_name for image in dataset.images] == ["1.jpg", "2.png", "10.png", "deeper/3.png"]
    assert {(image.width, image.height) for image in dataset.images} == {(60, 40)}
    assert dataset.splits == ("unlabelled",)
    assert not dataset.categories and not dataset.problems
    assert dataset.read_image(dataset.images[3]).shape == (40, 60, 3)
    assert not (folder / "annotations").exists(), "nothing is written before something is drawn"


def test_what_is_drawn_makes_the_file_and_only_what_is_labelled_is_trained_on(folder):
    opened = open_draft(open_dataset(folder))
    edit, nut = classes.add(opened.draft, "nut")
    opened.draft.apply(edit)
    for image in (0, 2, 3):
        draw(opened.draft, image, nut)
    save(opened.draft.snapshot(), opened.journal)
    opened.journal.close()
    dataset = open_dataset(folder)
    assert [len(dataset.of_split(split)) for split in ("train", "val", "unlabelled")] == [2, 1, 1]
    assert dataset.of_split("unlabelled")[0].file_name == "2.png"
    assert [category.name for category in dataset.categories] == ["nut"]


def test_pictures_that_are_added_later_are_there_when_it_is_opened_again(folder):
    opened = open_draft(open_dataset(folder))
    opened.draft.apply(classes.add(opened.draft, "nut")[0])
    draw(opened.draft, 0, 1)
    save(opened.draft.snapshot(), opened.journal)
    opened.journal.close()
    fill(folder, "0.png", "deeper/4.png")
    dataset = open_dataset(folder)
    assert [image.file_name for image in dataset.images[4:]] == ["0.png", "deeper/4.png"]
    assert [image.id for image in dataset.images[4:]] == [5, 6] and dataset.images[5].split == "unlabelled"
    opened = open_draft(dataset)
    draw(opened.draft, 4, 1)
    save(opened.draft.snapshot(), opened.journal)
    opened.journal.close()
    again = open_dataset(folder)
    assert [again.instance_count(image) for image in again.images] == [1, 0, 0, 0, 1, 0]


def test_a_picture_that_is_added_does_not_get_the_annotations_of_one_that_is_gone(folder):
    opened = open_draft(open_dataset(folder))
    opened.draft.apply(classes.add(opened.draft, "nut")[0])
    draw(opened.draft, 3, 1)
    save(opened.draft.snapshot(), opened.journal)
    opened.journal.close()
    file = folder / "annotations/instances_default.json"
    content = json.loads(file.read_text())
    file.write_text(json.dumps(content | {"images": content["images"][:3]}))
    (folder / "deeper/3.png").unlink()
    fill(folder, "new.png")
    dataset = open_dataset(folder)
    assert [image.file_name for image in dataset.images][3:] == ["new.png"]
    assert not dataset.class_counts().any()


def test_pictures_beside_the_file_of_another_tool_are_none_of_its_images(folder):
    content = {"images": [{"id": 1, "file_name": "2.png", "width": 60, "height": 40}], "info": {"lists": 7}}
    (folder / "labels.json").write_text(json.dumps(content | {"note": "all pictures of its folder"}))
    assert len(open_dataset(folder).images) == 1


def test_pictures_of_masks_are_not_to_be_annotated_unless_there_are_no_others(folder, tmp_path):
    fill(folder, "masks/1.png", "unlabelled/7.png")
    assert [image.file_name for image in open_dataset(folder).images][-1] == "unlabelled/7.png"
    fill(tmp_path / "only", "masks/1.png")
    assert len(open_dataset(tmp_path / "only").images) == 1


def test_a_broken_picture_is_named_and_the_others_are_there(folder):
    (folder / "5.png").write_bytes(b"not a picture")
    dataset = open_dataset(folder)
    assert len(dataset.images) == 4
    assert any("5.png" in problem.entry for problem in dataset.problems)


def test_a_folder_with_nothing_in_it_says_what_is_wanted(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="no picture"):
        open_dataset(tmp_path / "empty")


def test_what_a_folder_holds_instead_of_pictures_is_named(tmp_path):
    PIL.Image.new("L", (8, 8)).save(tmp_path / "film.gif")
    with pytest.raises(UserError, match=r"no picture; 1 picture is of a kind that is not read: film\.gif") as said:
        open_dataset(tmp_path)
    assert "PNG" in said.value.hint
    PIL.Image.new("L", (8, 8)).save(tmp_path / "a.png")
    dataset = open_dataset(tmp_path)
    examine(dataset, pictures=False)
    assert len(dataset.images) == 1 and ["film.gif" in problem.message for problem in dataset.leftovers] == [True]


def test_a_picture_whose_size_cannot_be_read_is_told_once(folder):
    cv2.imwrite(str(folder / "torn.tif"), np.zeros((40, 60, 3), np.uint8))
    (folder / "torn.tif").write_bytes((folder / "torn.tif").read_bytes()[:100])
    dataset = open_dataset(folder)
    examine(dataset)
    assert len(dataset.images) == 4
    assert [problem.entry for problem in dataset.problems if "torn.tif" in f"{problem.entry} {problem.message}"] == [
        "image 4 (torn.tif)"
    ]
