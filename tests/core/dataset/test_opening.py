"""Layouts, joining files, looking things up."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from core.dataset import Category, open_dataset
from core.dataset.ground_truth import ground_truth
from core.dataset.health.checks import examine
from core.dataset.palette import class_color
from core.errors import UserError
from core.geometry.polygons import rasterise
from tests.core.dataset.builders import TRIANGLE, annotation, coco, image


def names(dataset, split):
    return [found.file_name for found in dataset.of_split(split)]


def test_annotations_beside_a_flat_images_folder(folder):
    folder.pictures(["1.png", "2.png", "3.png"])
    folder.json("annotations/instances_train.json", coco([image(1), image(2)], [annotation(1)]))
    folder.json("annotations/instances_val.json", coco([image(1, "3.png")], [annotation(1, category_id=7)]))
    dataset = open_dataset(folder.path)
    assert dataset.splits == ("train", "val")
    assert names(dataset, "train") == ["1.png", "2.png"] and names(dataset, "val") == ["3.png"]
    assert [found.index for found in dataset.images] == [0, 1, 2]
    assert dataset.name == "parts" and dataset.root == folder.path
    assert dataset.image_path(dataset.images[2]) == folder.path / "images/3.png"
    assert dataset.problems == []


def test_pictures_of_the_same_name_are_found_in_the_folder_of_their_split(folder):
    folder.pictures(["1.png"], "images/train2017").pictures(["1.png"], "images/val2017").pictures(["1.png"], "masks")
    folder.json("annotations/instances_train2017.json", coco([image(1)]))
    folder.json("annotations/instances_val2017.json", coco([image(1), image(2)]))
    train, val, missing = (dataset := open_dataset(folder.path)).images
    assert dataset.image_path(train) == folder.path / "images/train2017/1.png"
    assert dataset.image_path(val) == folder.path / "images/val2017/1.png"
    assert dataset.has_picture(train) and not dataset.has_picture(missing)


def test_a_picture_missing_in_its_split_is_not_taken_from_another(folder):
    folder.pictures(["1.png"], "images/train").pictures(["2.png"], "images/val")
    folder.json("annotations/instances_train.json", coco([image(1)]))
    folder.json("annotations/instances_val.json", coco([image(1)]))
    dataset = open_dataset(folder.path)
    assert not dataset.has_picture(dataset.of_split("val")[0])


def test_one_file_beside_its_images(folder):
    folder.pictures(["1.png", "2.png"], ".").json("labels.json", coco([image(1), image(2)], [annotation(1)]))
    dataset = open_dataset(folder.path)
    assert dataset.splits == ("train", "val") and len(dataset.images) == 2
    assert dataset.image_path(dataset.images[0]) == folder.path / "1.png"


@pytest.mark.parametrize("folders", [("train", "valid", "test"), ("training", "val", "test2017")])
def test_a_file_in_the_folder_of_each_split(folder, folders):
    for number, name in enumerate(folders):
        folder.pictures([f"{number}.jpg"], name)
        folder.json(f"{name}/_annotations.coco.json", coco([image(0, f"{number}.jpg")]))
    dataset = open_dataset(folder.path)
    assert dataset.splits == ("train", "val", "test")
    assert [dataset.image_path(found).parent.name for split in dataset.splits for found in dataset.of_split(split)] == [
        *folders
    ]


@pytest.mark.parametrize("chosen", ["annotations/instances_train.json", "annotations"])
def test_a_file_or_its_folder_given_directly(folder, chosen):
    folder.pictures(["1.png"]).json("annotations/instances_train.json", coco([image(1)], [annotation(1)]))
    dataset = open_dataset(folder.path / chosen)
    assert dataset.root == folder.path and dataset.has_picture(dataset.images[0])


def test_the_folder_in_a_file_name_names_the_split_and_is_followed(folder):
    folder.pictures(["a.png"], "images/train").pictures(["a.png"], "images/val")
    folder.json("all.json", coco([image(1, "train/a.png"), image(2, "val/a.png")]))
    dataset = open_dataset(folder.path)
    assert [found.split for found in dataset.images] == ["train", "val"]
    assert [dataset.image_path(found).parent.name for found in dataset.images] == ["train", "val"]


@pytest.mark.parametrize(
    "file_name",
    [
        "../images/Ä1.PNG",
        "images\\Ä1.png",
        "upload/7/Ä1.png",
        "{root}/images/Ä1.png",
        "A\u03081.png",
        "./images//Ä1.png",
    ],
)
def test_the_ways_in_which_tools_write_a_path(folder, file_name):
    folder.pictures(["Ä1.png"])
    folder.json("annotations/x.json", coco([image(1, file_name.format(root=folder.path))]))
    dataset = open_dataset(folder.path)
    assert dataset.image_path(dataset.images[0]) == folder.path / "images/Ä1.png"
    assert dataset.problems == []


def test_many_pictures_each_in_a_folder_of_its_own(folder):
    folder.pictures([f"stage1/{n}/images/{n}.png" for n in range(30)], ".")
    folder.json("train.json", coco([image(n, f"{n}/images/{n}.png") for n in range(30)]))
    dataset = open_dataset(folder.path)
    assert [dataset.image_path(found).stem for found in dataset.images] == [str(n) for n in range(30)]


def test_folders_are_listed_and_pictures_are_not_asked_for_one_by_one(folder, monkeypatch):
    folder.pictures([f"{n}.png" for n in range(50)])
    folder.json("annotations/x.json", coco([image(n) for n in range(50)]))
    dataset = open_dataset(folder.path)
    asked = []
    monkeypatch.setattr("pathlib.Path.stat", lambda self, **_: asked.append(self))
    assert dataset.problems == [] and asked == []


def test_files_of_other_tasks_and_of_other_kinds_are_passed_over(folder):
    folder.json("annotations/captions_train.json", {"images": [], "annotations": []})
    folder.json("annotations/predictions.json", [{"image_id": 1, "images": []}])
    folder.json("annotations/settings.json", {"theme": "dark"})
    folder.json("annotations/instances_train.json", coco([image(1)]))
    assert len(open_dataset(folder.path).files) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices of POSIX")
def test_what_is_no_file_is_not_waited_for(folder):
    folder.pictures(["1.png", "3.png"])
    folder.json("annotations/instances_train.json", coco([image(1), image(2), image(3)], [annotation(1)]))
    for name in ("annotations/pipe.json", "labels.txt", "data.yaml", "one.xml", "images/2.png", "images/4.png"):
        os.mkfifo(folder.path / name)
    (folder.path / "images/3.png").unlink()
    (folder.path / "images/3.png").symlink_to("/dev/zero")
    dataset = open_dataset(folder.path)
    examine(dataset)
    assert dataset.read_image(dataset.images[0]).size
    for found in dataset.images[1:]:
        with pytest.raises(UserError):
            dataset.read_image(found)
    os.mkfifo(folder.path / "pipe.json")
    with pytest.raises(UserError):
        open_dataset(folder.path / "pipe.json")


def test_classes_are_joined_by_name(folder):
    folder.json("annotations/train.json", coco([image(1)], [annotation(1, category_id=7)]))
    other = [{"id": 1, "name": "bolt"}, {"id": 3, "name": "coin"}]
    folder.json("annotations/val.json", coco([image(1)], [annotation(1, category_id=1), annotation(2)], other))
    dataset = open_dataset(folder.path)
    assert dataset.categories == (Category(3, "nut"), Category(7, "bolt"), Category(8, "coin"))
    train, val = dataset.images
    assert dataset.labels(train) == {1} and dataset.labels(val) == {1, 2}
    assert [(found.file, found.entry) for found in dataset.problems if "another class" in found.message] == [
        ("annotations/val.json", "category 3 (coin)")
    ]


def test_the_same_ids_in_two_files_stay_apart(folder):
    folder.json("train.json", coco([image(1), image(2)], [annotation(1), annotation(2, image_id=2)]))
    folder.json("val.json", coco([image(1, "other.png")], [annotation(1, category_id=7), annotation(2, category_id=7)]))
    dataset = open_dataset(folder.path)
    assert [len(dataset.instances(found)) for found in dataset.images] == [1, 1, 2]
    assert dataset.class_counts().tolist() == [2, 2]
    assert dataset.class_counts("train").tolist() == [2, 0]
    assert dataset.class_counts("test").tolist() == [0, 0]


def test_what_an_instance_says(open_with):
    dataset = open_with(annotation(8, image_id=2, category_id=7, iscrowd=1), annotation(9))
    first, second = dataset.images
    (nut,), (bolt,) = dataset.instances(first), dataset.instances(second)
    assert (nut.id, nut.label, nut.crowd, nut.segmentation.coco) == (9, 0, False, TRIANGLE)
    assert (bolt.id, bolt.label, bolt.crowd) == (8, 1, True)
    assert bolt.box == (10.0, 10.0, 20.0, 15.0) and bolt.area == 150.0
    assert dataset.instance_count(first) == 1


def test_nothing_is_left_without_annotations_and_instances_may_be_few(open_with):
    dataset = open_with()
    assert dataset.instances(dataset.images[0]) == [] and dataset.labels(dataset.images[0]) == set()
    assert dataset.class_counts().tolist() == [0, 0]


def test_training_images_without_validation_images_give_some_away(folder):
    folder.json("train.json", coco([image(n) for n in range(10)], [annotation(n, n) for n in range(10)]))
    folder.json("test.json", coco([image(n, f"t{n}.png") for n in range(3)]))
    dataset = open_dataset(folder.path, validation_fraction=0.3)
    assert [len(dataset.of_split(split)) for split in dataset.splits] == [7, 3, 3]
    assert dataset.splits == ("train", "val", "test")


def test_given_validation_images_stay_as_they_are(folder):
    file = folder.json("instances_val.json", coco([image(n) for n in range(10)]))
    assert open_dataset(file).splits == ("val",)


def test_a_file_whose_name_says_no_split_is_not_trained_on_beside_one_that_does(folder):
    folder.json("train.json", coco([image(1)]))
    folder.json("val.json", coco([image(2)]))
    folder.json("instances_unlabeled2017.json", coco([image(3)]))
    assert open_dataset(folder.path).splits == ("train", "val", "unlabeled2017")


def test_ground_truth_for_an_evaluator(folder):
    folder.json("train.json", coco([image(5)], [annotation(0, 5)]))
    crowd = {"size": [30, 40], "counts": [600, 100, 500]}
    folder.json("val.json", coco([image(5)], [annotation(0, 5, 7, iscrowd=1, segmentation=crowd, area=100)]))
    dataset = open_dataset(folder.path)
    truth = ground_truth(dataset, dataset.of_split("val"))
    assert [entry["id"] for entry in truth["images"]] == [1]
    (entry,) = truth["annotations"]
    assert (entry["id"], entry["image_id"], entry["category_id"], entry["iscrowd"]) == (1, 1, 7, 1)
    assert entry["segmentation"] == crowd and entry["area"] == 100
    assert json.loads(json.dumps(truth)) == truth


def test_an_evaluator_ignores_an_instance_whose_shape_nobody_knows(open_with):
    dataset = open_with(annotation(1, segmentation=[]))
    (entry,) = ground_truth(dataset, dataset.images)["annotations"]
    assert entry["iscrowd"] == 1
    assert rasterise(entry["segmentation"], (30, 40)).box == (10, 10, 20, 15)


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "empty"),
        (b"   \n", "empty"),
        (b'{"images": [\n  {"id": 1, "file_', "cut off.*line 2"),
        (b'{"images": [],\n "annotations": [1,, 2]}', "line 2, column 20"),
        (b'{"images": [],\n "info": [NaN, 1],\n "annotations": [{"area": NaN}, {"a', "cut off.*line 3"),
        (b'{"images": [], "info": NaN, "annotations": 7}', "array"),
        (b'[{"image_id": 1}]', "predictions"),
        (b'[{"image_id": 1, "score": 1}]', "COCO results"),
        (b'{"annotations": []}', "images"),
        (b'{"images": {}}', "no images"),
        (b'{"images": 7}', "array"),
        (b'{"images": []}', "no images"),
        (b'{"images": [{"id": 1}]}', "no images"),
        (b'{"images": ' + b"[" * 100_000, "deeply"),
        (b'{"images": [' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"]}", "deeply"),
        ('{"images": []}'.encode("utf-16"), "no images"),
        ('{"images": ['.encode("utf-16"), "cut off"),
        (b"\x89PNG\r\n\x1a\n", "not JSON"),
        (b'{"images": []} {"images": []}', "trailing"),
    ],
)
def test_what_cannot_be_opened_says_why(folder, content, words):
    file = folder.json("x.json", content)
    with pytest.raises(UserError, match=f"x.json.*{words}|{words}") as raised:
        open_dataset(file)
    assert "x.json" in raised.value.message and raised.value.hint


def test_a_folder_without_annotations_says_what_is_looked_for(folder, tmp_path):
    folder.pictures(["1.png"]).json("images/1.json", {"shapes": [], "imagePath": "1.png"})
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", tmp_path / "nowhere", folder.path / "images/1.png"):
        with pytest.raises(UserError) as raised:
            open_dataset(path)
        assert str(path) in raised.value.message and "annotations" in raised.value.hint


def test_a_byte_order_mark_is_no_obstacle(folder):
    file = folder.json("x.json", b"\xef\xbb\xbf" + json.dumps(coco([image(1)])).encode())
    assert len(open_dataset(file).images) == 1
    assert len(open_dataset(folder.path).images) == 1


def test_importing_the_room_loads_nothing_heavy():
    code = "import sys, core.dataset; print({'torch', 'datumaro', 'PIL', 'PySide6', 'pandas'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_a_large_file_opens_without_decoding_its_segmentations(folder, monkeypatch):
    monkeypatch.setattr("core.dataset.opening._EXAMINED_AT_ONCE", 0)
    entries = [annotation(n, n % 2 + 1, segmentation=[[1, 2, 3, 4]]) for n in range(50)]
    dataset = open_dataset(folder.json("x.json", coco([image(1), image(2)], entries)))
    assert not any("polygon" in found.message for found in dataset.problems)
    assert any("polygon" in found.message for found in examine(dataset))
    count = len(dataset.problems)
    assert len(examine(dataset)) == count


def test_examining_reports_progress_and_can_be_ended(folder):
    folder.pictures([f"{n}.png" for n in range(4)])
    dataset = open_dataset(folder.json("x.json", coco([image(n) for n in range(4)])).parent)
    events = []

    def stop():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        examine(dataset, events.append, stop)
    assert events == []
    examine(dataset, events.append)
    assert (events[-1].done, events[-1].total) == (4, 4)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools' own
def test_masks_are_those_of_pycocotools(open_with):
    holes = np.zeros((30, 40), np.uint8)
    holes[5:25, 5:25] = 1
    holes[10:15, 10:15] = 0
    encoded = coco_mask.encode(np.asfortranarray(holes))
    compressed = {"size": [30, 40], "counts": encoded["counts"].decode()}
    parts = [[1.5, 2.5, 20.2, 3.1, 9.9, 28.0], [30, 10, 60, 12, 35, 50.5, -4, 20]]
    dataset = open_with(
        annotation(1, segmentation=parts, bbox=[0, 2, 40, 28], area=550),
        annotation(2, segmentation=compressed, bbox=[5, 5, 20, 20], area=375),
        annotation(
            3, segmentation={"size": [30, 40], "counts": [100, 50, 1050]}, iscrowd=1, bbox=[3, 0, 2, 30], area=50
        ),
    )
    polygon, holed, crowd = (dataset.mask(dataset.images[0], found) for found in dataset.instances(dataset.images[0]))
    expected = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(parts, 30, 40)))
    assert np.array_equal(polygon.full(), expected) and expected.any()
    assert np.array_equal(holed.full(), holes)
    assert crowd.area == 50 and crowd.full().T.ravel()[100:150].all()
    assert dataset.problems == []


def test_a_class_has_the_color_that_its_file_states_or_one_of_the_palette(folder):
    stated = [[1, 2, 3], "#0A0b0c", None, "red", [1, 2], [1, 2, 300], [1.5, 2, 3], {"r": 1}, "#0a0b0c0d", ["7", 8.0, 9]]
    classes = [{"id": n, "name": f"class {n}", "color": color} for n, color in enumerate(stated)]
    dataset = open_dataset(folder.json("x.json", coco([image(1)], categories=classes)))
    colors = [dataset.color(label) for label in range(len(stated))]
    assert colors == [(1, 2, 3), (10, 11, 12), *map(class_color, range(2, 9)), (7, 8, 9)]


def test_what_was_said_of_an_image_is_read_and_what_means_nothing_to_us_is_not(folder):
    said = ["done", "to do", "to fix", "maybe", 7, None, {}]
    images = [image(n, review=review) for n, review in enumerate(said, 1)]
    dataset = open_dataset(folder.json("x.json", coco([*images, image(3, "again.png", review="done")])))
    assert [dataset.review(found) for found in dataset.images] == ["done", "to do", "to fix", "", "", "", ""]


def test_what_is_not_labelled_yet_is_neither_trained_on_nor_validated_on(folder):
    labelled = [annotation(n, n) for n in range(10)]
    images = [*(image(n) for n in range(10)), *(image(n, review="to do") for n in range(10, 30))]
    images += [image(30, review="done"), image(31, review="to fix"), image(9, review="to fix")]
    dataset = open_dataset(folder.json("all.json", coco(images, labelled)))
    assert [len(dataset.of_split(split)) for split in ("train", "val", "unlabelled")] == [9, 2, 21]
    assert dataset.images[30].split in ("train", "val"), "it is meant to show nothing"


def test_classes_with_names_for_ids_and_no_annotations_yet(folder):
    folder.json("instances.json", coco([image(1), image(2)], categories=[{"id": "n", "name": "nut"}]))
    dataset = open_dataset(folder.path)
    assert [category.name for category in dataset.categories] == ["nut"] and dataset.class_counts().tolist() == [0]
