"""What is meant by several files and folders, and what is said of what is no dataset."""

import json
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.dataset import open_dataset
from core.dataset.folder.dropped import Dropped, understand
from core.errors import UserError


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.zeros((20, 30, 3), np.uint8))
    return path


def coco(path: Path, *names: str) -> Path:
    images = [{"id": number, "file_name": name, "width": 30, "height": 20} for number, name in enumerate(names, 1)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"images": images, "annotations": [], "categories": [{"id": 1, "name": "nut"}]}))
    return path


@pytest.fixture
def photos(tmp_path) -> Path:
    """A folder of four pictures, one of them deeper, and what else lies about."""
    folder = tmp_path / "photos"
    for name in ("1.png", "2.jpg", "10.png", "more/3.png"):
        picture(folder / name)
    (folder / "notes.txt").write_text("remember the milk")
    return folder


def names(dataset) -> list[str]:
    return [image.file_name for image in dataset.images]


def opened(*paths: Path):
    meant = understand(paths)
    return open_dataset(meant.path, pictures=meant.pictures)


def test_a_folder_a_coco_file_and_what_is_not_there_are_taken_as_they_are(photos, tmp_path):
    file = coco(tmp_path / "a.json", "1.png")
    for path in (photos, file, tmp_path / "nowhere", tmp_path / "nowhere.zip"):
        assert understand([path]) == Dropped(path)


def test_pictures_of_one_folder_are_a_dataset_of_their_own_and_no_others(photos):
    dataset = opened(photos / "10.png", photos / "1.png")
    assert names(dataset) == ["1.png", "10.png"] and dataset.root == photos
    assert {image.split for image in dataset.images} == {"unlabelled"}


def test_what_lies_beside_pictures_is_named_and_left_aside(photos):
    assert understand([photos / "1.png", photos / "notes.txt"]) == Dropped(photos, ("1.png",), ("notes.txt",))


def saved(dataset) -> None:
    """As the first save writes it."""
    dataset.files[0].path.parent.mkdir(parents=True, exist_ok=True)
    dataset.files[0].path.write_bytes(dataset.files[0].data)


def test_once_written_they_stay_the_chosen_ones_and_others_may_join(photos):
    saved(opened(photos / "1.png", photos / "2.jpg"))
    assert names(open_dataset(photos)) == ["1.png", "2.jpg"], "also when the folder is opened"
    assert names(opened(photos / "10.png")) == ["1.png", "2.jpg", "10.png"]
    assert open_dataset(photos).sides == {}, "which images validate is remembered as in a whole folder"


def test_a_folder_that_is_annotated_opens_as_it_is(photos):
    coco(photos / "annotations" / "instances.json", "1.png", "2.jpg")
    assert names(opened(photos / "2.jpg")) == ["1.png", "2.jpg"]
    assert names(opened(photos / "10.png")) == ["1.png", "2.jpg"], "no second file beside it"


def test_pictures_of_a_dataset_lead_to_it(tmp_path):
    root = tmp_path / "bench"
    inside = picture(root / "images" / "train" / "a.png")
    coco(root / "annotations" / "instances_train.json", "a.png")
    dataset = opened(inside)
    assert dataset.root == root and names(dataset) == ["a.png"]


def test_a_foreign_file_in_the_same_folder_does_not_take_pictures_over(photos):
    coco(photos / "instances_val.json", "other.png")
    assert names(opened(photos / "1.png")) == ["1.png"]


def test_a_coco_file_opens_with_whatever_lies_beside_it(photos):
    file = coco(photos / "all.json", "1.png")
    assert understand([photos / "1.png", file, photos / "more"]) == Dropped(file)


def test_the_parts_of_a_dataset_are_the_dataset(tmp_path):
    picture(tmp_path / "bench" / "images" / "1.png")
    coco(tmp_path / "bench" / "annotations" / "a.json", "1.png")
    parts = [tmp_path / "bench" / "images", tmp_path / "bench" / "annotations"]
    assert understand(parts) == Dropped(tmp_path / "bench")


def test_labelme_files_beside_pictures_are_left_aside(photos):
    for name in ("1.json", "2.json"):
        (photos / name).write_text(json.dumps({"shapes": [], "imagePath": "1.png"}))
    meant = understand([photos / "1.png", photos / "1.json", photos / "2.json"])
    assert meant == Dropped(photos, ("1.png",), ("1.json", "2.json"))


def make(folder: Path, name: str) -> Path:
    """A file of the kind that its name says."""
    path = folder / name
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.png", b"")
    elif name == "labels.txt":
        path.write_text("0 0.5 0.5 0.1 0.1\n")
    elif name == "model.xml":
        path.write_text("<net name='model'/>")
    elif name == "voc.xml":
        path.write_text("<annotation><object/></annotation>")
    else:
        path.write_bytes(b"\0\1\2 what is this")
    return path


@pytest.mark.parametrize(
    ("files", "said", "way_out"),
    [
        (["photos.zip"], "“photos.zip” is an archive", "unpack it"),
        (["clip.mp4"], "“clip.mp4” is a video", "open one of them by itself"),
        (["clip.mp4", "b.avi"], "2 videos, such as “clip.mp4”", "open one of them"),
        (["notes.txt"], "“notes.txt” is a text file", "open a folder of images"),
        (["what"], "“what” is a file of a kind that is not known", "open a folder of images"),
        (["what", "why"], "2 files of a kind that is not known, such as “what”", "open a folder"),
        (["phone.heic"], "“phone.heic” is a picture of a kind that is not read", "save it as PNG"),
        (["labels.txt"], "“labels.txt” is a YOLO file", "is converted to COCO"),
        (["voc.xml"], "“voc.xml” is a Pascal VOC file", "is converted to COCO"),
        (["best.pt"], "“best.pt” is a file of a model", "Start from"),
        (["model.xml"], "“model.xml” is a file of a model", "Start from"),
        (["photos.zip", "a.zip", "clip.mp4"], "2 archives and 1 other file, such as “photos.zip”", "unpack it"),
        (["a\x1b[31m.zip"], r"“a\x1b[31m.zip” is an archive", "unpack it"),
    ],
)
def test_what_is_no_dataset_is_named_with_what_can_be_done(tmp_path, files, said, way_out):
    with pytest.raises(UserError) as refused:
        understand([make(tmp_path, name) for name in files])
    assert refused.value.message == said and way_out in refused.value.hint


def test_pictures_of_several_folders_are_told_where_to_look(photos):
    with pytest.raises(UserError) as refused:
        understand([photos / "1.png", photos / "more" / "3.png"])
    assert refused.value.message == "the pictures lie in 2 folders" and str(photos) in refused.value.hint


def test_several_folders_or_files_are_told_that_one_is_open_at_a_time(photos, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    for paths, said in (
        ([photos, other], "2 folders at once"),
        ([photos, picture(tmp_path / "x.png")], "1 folder and 1 file at once"),
        ([coco(tmp_path / "a.json", "x"), coco(tmp_path / "b.json", "x")], "2 COCO files at once"),
    ):
        with pytest.raises(UserError) as refused:
            understand(paths)
        assert refused.value.message == said and "one dataset is open at a time" in refused.value.hint


def test_the_folder_of_a_training_is_no_dataset(tmp_path):
    picture(tmp_path / "samples" / "1.png")
    for name in ("job.json", "events.jsonl"):
        (tmp_path / name).touch()
    with pytest.raises(UserError, match="is the folder of a job"):
        understand([tmp_path])
