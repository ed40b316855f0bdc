"""Annotation files and pictures are found wherever people put them, and what is not read is named."""

import json
import os

import pytest

from core.dataset import open_dataset
from core.dataset.file_kinds import sample
from core.dataset.folder.folder_tree import DEEPEST
from core.dataset.folder.split_names import split_of, split_of_folder
from core.errors import UserError
from tests.core.dataset.builders import annotation, coco, image


def found(dataset):
    """Where the picture of each image is; ``None`` for those that are missing."""
    return [
        dataset.image_path(one).relative_to(dataset.root).as_posix() if dataset.has_picture(one) else None
        for one in dataset.images
    ]


def left(dataset):
    """What is said of no entry."""
    return [problem.message for problem in dataset.problems if not problem.entry]


@pytest.mark.parametrize(
    "name, split",
    [
        *[
            (name, "train")
            for name in ("train2017", "instances_minitrain2017", "Training", "trainImages", "my-trainset")
        ],
        *[(name, "train") for name in ("TRAIN", "lvis_v1_train", "trainval35k", "01_train_data")],
        *[(name, "val") for name in ("minival", "valid", "instancesVal", "val_split", "VALIDATION1", "valset")],
        *[(name, "test") for name in ("test-dev2017", "testset", "Testing")],
        *[(name, None) for name in ("terrain", "strained", "trainer", "latest", "contest", "value", "retrieval", "")],
    ],
)
def test_the_split_that_a_name_speaks_of(name, split):
    assert split_of(name) == split
    assert split_of_folder(f"test/{name}/images") == (split or "test")


LAYOUTS = {
    "beside": ("annotations/instances_train.json", "annotations/instances_val.json"),
    "twice": ("annotations/annotations/instances_train.json", "annotations/annotations/instances_val.json"),
    "a folder for each split": ("annotations/train/instances.json", "annotations/val/instances.json"),
    "an unpacked archive": ("project/annotations/instances_train.json", "project/annotations/instances_val.json"),
    "an archive in an archive": ("a/b/train/_annotations.coco.json", "a/b/valid/_annotations.coco.json"),
    "a folder for the annotations of each": ("train/annotations/x.json", "val/annotations/x.json"),
    "labels": ("labels/train.json", "labels/val.json"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_annotations_are_found_some_folders_further_down(folder, layout):
    for split, file, name in zip(("train", "val"), LAYOUTS[layout], ("1.png", "2.png"), strict=True):
        folder.pictures([name], f"pictures/{split}")
        folder.json(file, coco([image(1, name)], [annotation(1)]))
    dataset = open_dataset(folder.path)
    assert dataset.splits == ("train", "val") and dataset.root == folder.path
    assert found(dataset) == ["pictures/train/1.png", "pictures/val/2.png"] and dataset.problems == []


@pytest.mark.parametrize(
    "chosen", ["annotations/deep/x.json", "labels/x.json", "annotations/annotations", "annotations"]
)
def test_pictures_beside_the_folder_of_what_was_chosen_are_found(folder, chosen):
    folder.pictures(["1.png"])
    folder.json(chosen if chosen.endswith("json") else f"{chosen}/x.json", coco([image(1)]))
    dataset = open_dataset(folder.path / chosen)
    assert found(dataset) == ["images/1.png"] and dataset.root == folder.path


def test_a_file_among_its_own_pictures_has_nothing_to_do_with_the_folder_above(folder):
    folder.pictures(["1.png"], "annotations/mine/pictures").pictures(["1.png"])
    file = folder.json("annotations/mine/x.json", coco([image(1)]))
    assert open_dataset(file).root == file.parent


def test_several_datasets_in_a_folder_are_read_together_each_with_its_own_pictures(folder):
    for name in ("a", "b"):
        folder.pictures(["1.png", f"{name}.png"], f"{name}/images")
        folder.json(f"{name}/annotations/instances_default.json", coco([image(1), image(2, f"{name}.png")]))
    dataset = open_dataset(folder.path)
    assert found(dataset) == ["a/images/1.png", "a/images/a.png", "b/images/1.png", "b/images/b.png"]
    assert dataset.problems == []


def test_the_first_level_that_has_annotations_counts_and_the_others_are_named(folder):
    folder.pictures(["1.png"]).pictures(["2.png"], "old/images")
    folder.json("annotations/instances_train.json", coco([image(1)]))
    folder.json("old/annotations/instances_train.json", coco([image(2)]))
    folder.json("labels.json", coco([image(3)]))
    dataset = open_dataset(folder.path)
    assert len(dataset.images) == 1
    assert sorted(left(dataset)) == [
        "1 picture belongs to no image: old/images/2.png",
        "2 COCO files are not read: labels.json, old/annotations/instances_train.json",
    ]


@pytest.mark.parametrize(
    "content, words",
    [
        (b'{"images": [', "cut off"),
        (b"", "empty"),
        (b'{"images": 7, "annotations": []}', "not a COCO annotation file"),
        (b'{"images": [1,, 2]}', "not JSON"),
    ],
)
def test_one_bad_file_does_not_close_a_dataset(folder, content, words):
    folder.pictures(["1.png"]).json("annotations/instances_train.json", coco([image(1)], [annotation(1)]))
    folder.json("annotations/instances_val.json", content)
    dataset = open_dataset(folder.path)
    assert len(dataset.images) == 1 and [file.path.stem for file in dataset.files] == ["instances_train"]
    (problem,) = dataset.problems
    if content:
        assert problem.file == "annotations/instances_val.json" and words in problem.message
        assert "not read" in problem.hint
    else:
        assert "instances_val.json" in problem.message
    (folder.path / "annotations/instances_train.json").unlink()
    if content:
        with pytest.raises(UserError, match=words):
            open_dataset(folder.path)


SHAPES = {"version": "5.4.1", "shapes": [{"points": [[1, 2]]}], "imagePath": "1.png", "imageData": None}
FOREIGN = {
    "labelme": {f"images/{n}.json": SHAPES for n in range(5)},
    "VGG Image Annotator": {"via.json": {"_via_img_metadata": {"1.png": {"regions": []}}}},
    "Datumaro": {"annotations/default.json": {"categories": {"label": {}}, "items": [{"id": "0"}]}},
    "Label Studio": {"export.json": [{"id": 1, "data": {"image": "x"}, "annotations": [{"result": []}]}]},
    "CreateML": {"_annotations.createml.json": [{"image": "1.png", "annotations": [{"coordinates": {"x": 1}}]}]},
    "Supervisely": {"ann/1.png.json": {"size": {}, "objects": [{"classTitle": "nut", "points": {}}]}},
    "COCO results": {"predictions.json": [{"image_id": 1, "category_id": 1, "score": 0.5}]},
    "JSON files that are not COCO": {"a.json": {"theme": "dark"}, "b.json": 7},
    "YOLO": {"labels/train/1.txt": "0 0.5 0.5 0.2 0.2\n1 0.1 0.1 0.1 0.1\n", "classes.txt": "nut\nbolt"},
    "YOLO file": {"data.yaml": "names: [nut]\nnc: 1\n"},
    "list of pictures": {"train.txt": "images/1.png\nimages/2.png\n"},
    "Pascal VOC": {"Annotations/1.xml": "<annotation><filename>1.png</filename><object/></annotation>"},
    "CVAT": {"annotations.xml": '<?xml version="1.0"?>\n<annotations><version>1.1</version></annotations>'},
    "table": {"annotations.csv": "filename,x,y\n"},
    "TensorFlow record": {"train.tfrecord": "x"},
    "archive": {"more.zip": "PK", "images.tar.gz": "x"},
    "video": {"clip.MP4": "x"},
    "picture is of a kind that is not read": {"images/9.heic": "x"},
    "other file": {"model.xyz": "x", "no_suffix": "y"},
    "picture belongs to no image": {"images/9.png": "x"},
    "COCO file of another task": {"annotations/captions_val2017.json": {"images": [], "annotations": []}},
    "version of yours": {"annotations/instances_train (mine, not used).json": coco([image(1)])},
}


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("annotated", [True, False])
def test_what_is_not_read_is_named(folder, kind, annotated):
    folder.pictures(["1.png"])
    if annotated:
        folder.json("annotations/instances_train.json", coco([image(1)], [annotation(1)]))
    for name, content in FOREIGN[kind].items():
        folder.json(name, content.encode() if isinstance(content, str) else content)
    if not annotated and kind in ("picture belongs to no image", "COCO file of another task", "version of yours"):
        return
    dataset = open_dataset(folder.path)
    assert dataset.splits == (("train",) if annotated else ("unlabelled",))
    (problem,) = dataset.problems
    assert kind in problem.message and problem.hint
    names = sorted(FOREIGN[kind])
    assert str(len(names)) in problem.message and all(name in problem.message for name in names[:3])


def test_what_programs_leave_behind_and_documents_are_passed_over(folder):
    folder.pictures(["1.png"]).json("annotations/instances_train.json", coco([image(1)]))
    junk = (".DS_Store", "images/Thumbs.db", "desktop.ini", "README.roboflow.txt", "LICENSE", "notes.md", "how to.txt")
    for name in (
        *junk,
        ".git/config",
        "__MACOSX/images/._1.png",
        "@eaDir/1.png",
        "images/._1.png",
        "train.py",
        "x.json~",
    ):
        folder.json(name, b"Some words.\n")
    assert open_dataset(folder.path).problems == []


def test_thousands_of_files_beside_the_pictures_are_counted_but_not_all_opened(folder, monkeypatch):
    folder.pictures(["1.png"])
    for n in range(400):
        folder.json(f"labels/{n % 7}/{n}.txt", b"0 0.5 0.5 0.2 0.2")
        folder.json(f"images/{n}.json", SHAPES)
    opened = []
    monkeypatch.setattr("core.dataset.file_kinds.sample", lambda path: opened.append(path) or sample(path))
    dataset = open_dataset(folder.path)
    assert [message.partition(":")[0] for message in sorted(left(dataset))] == [
        "400 YOLO files are not read",
        "400 labelme files are not read",
    ]
    assert len(opened) < 400


def test_folders_too_far_down_are_named(folder):
    deep = "/".join(map(str, range(DEEPEST)))
    folder.pictures(["1.png", "3.png"], deep).pictures(["2.png"], f"{deep}/x")
    folder.json("train.json", coco([image(1), image(2, f"{deep}/x/2.png"), image(3, f"/elsewhere/{deep}/3.png")]))
    dataset = open_dataset(folder.path)
    assert found(dataset) == [f"{deep}/1.png", f"{deep}/x/2.png", f"{deep}/3.png"]
    assert left(dataset) == [f"1 folder too far down is not read: {deep}/x"]


def test_links_that_lead_back_are_not_followed_without_end(folder):
    folder.pictures(["1.png"], "a/images").json("a/train.json", coco([image(1)]))
    (folder.path / "a/again").symlink_to(folder.path)
    (folder.path / "a/images/self").symlink_to(".")
    (folder.path / "b").symlink_to(folder.path / "a/images")
    dataset = open_dataset(folder.path)
    assert found(dataset) == ["a/images/1.png"] and left(dataset) == ["1 picture belongs to no image: b/1.png"]


def test_a_folder_that_may_not_be_read_is_named(folder, monkeypatch):
    folder.pictures(["1.png"]).pictures(["2.png"], "closed").json("train.json", coco([image(1)]))
    real = os.scandir

    def scandir(path):
        if os.fspath(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr("os.scandir", scandir)  # root may read everything
    assert left(open_dataset(folder.path)) == ["1 folder may not be read: closed"]


def test_a_file_that_was_chosen_itself_says_nothing_of_its_neighbours(folder):
    folder.pictures(["1.png", "2.png"]).json("annotations/val.json", coco([image(2)]))
    assert open_dataset(folder.json("annotations/train.json", coco([image(1)]))).problems == []


@pytest.mark.parametrize(
    "name",
    [
        "images/plate%200%20%C3%84.png",
        "/data/local-files/?d=images/plate%200%20%C3%84.png",
        "/data/local-files/?d=plate 0 Ä.png",
        "http://server/data/images/plate%200%20%C3%84.png?token=a/b.png",
        "file:///home/bob/images/plate 0 Ä.png",
        "s3://bucket/images/plate 0 Ä.png",
        "C:\\Users\\bob\\images\\plate 0 Ä.png",
        "/home/bob/test/images/plate 0 Ä.png",
        "\\\\server\\share\\images\\plate 0 Ä.png",
        "IMAGES/PLATE 0 Ä.PNG",
        "images/plate 0 A\u0308.png",
        "..\\images\\plate 0 Ä.png",
        "../../somewhere/images/plate 0 Ä.png",
        "images//./plate 0 Ä.png",
    ],
)
def test_a_picture_is_found_by_whatever_another_machine_called_it(folder, name):
    folder.pictures(["plate 0 Ä.png"]).pictures(["plate 0 Ä.png"], "test")
    dataset = open_dataset(folder.json("annotations/instances_train.json", coco([image(1, name)])))
    assert found(dataset) == ["images/plate 0 Ä.png"] and dataset.problems == []


def test_a_name_with_percent_signs_of_its_own_is_taken_at_its_word(folder):
    folder.pictures(["a%20b.png", "a b.png"])
    assert found(open_dataset(folder.json("x.json", coco([image(1, "a%20b.png")])))) == ["images/a%20b.png"]


@pytest.mark.parametrize("name", ["%2e%2e/secret.png", "%2e%2e%2Fsecret.png", "/x?d=../secret.png", "?d=%2Fsecret.png"])
@pytest.mark.parametrize("key", ["file_name", "coco_url", "path"])
def test_no_address_leads_out_of_the_folder(folder, name, key):
    folder.pictures(["secret.png"], "..").pictures(["1.png"])
    entry = image(1) | {"file_name": None} | {key: name}
    dataset = open_dataset(folder.json("annotations/x.json", coco([image(2, "1.png"), entry])))
    assert found(dataset)[0] == "images/1.png" and None in [*found(dataset), None][1:]


@pytest.mark.parametrize(
    "fields", [{"coco_url": "http://x.org/train2017/1.png"}, {"path": "/a/1.png"}, {"filename": "1.png"}]
)
def test_an_image_without_a_file_name_is_called_as_its_other_fields_say(folder, fields):
    folder.pictures(["1.png"], "train2017")
    entry = {key: value for key, value in image(1).items() if key != "file_name"} | fields
    dataset = open_dataset(folder.json("annotations/lvis_v1_train.json", coco([entry])))
    assert found(dataset) == ["train2017/1.png"] and dataset.problems == []


@pytest.mark.parametrize(
    "stated, there",
    [
        ("a.jpg", "a.png"),
        ("a", "a.png"),
        ("images/a.JPEG", "a.png"),
        ("C:\\data\\a.tiff", "a.png"),
        ("plate+1.png", "plate 1.png"),
        ("plate 1.png", "plate+1.png"),
        ("plate 1.jpg", "plate%201.png"),
        ("salt &amp; pepper.png", "salt & pepper.png"),
        ("A\u0308.jpg", "Ä.png"),
        ("Ä.jpg", "A\u0308.PNG"),
    ],
)
def test_a_picture_called_almost_as_the_file_says_is_taken_and_that_is_said(folder, stated, there):
    folder.pictures([there, "b.png"]).pictures([there], "masks")
    dataset = open_dataset(folder.json("x.json", coco([image(1, stated), image(2, "b.png")])))
    assert found(dataset) == [f"images/{there}", "images/b.png"]
    (problem,) = dataset.problems
    assert problem.image == 0 and stated in problem.message and f"images/{there}" in problem.message


@pytest.mark.parametrize("stated, there", [("a.jpg", ["a.png", "a.bmp"]), ("A.Png", ["a.png", "A.png"])])
def test_of_several_that_are_called_almost_so_none_is_taken_and_they_are_named(folder, stated, there):
    folder.pictures(there)
    dataset = open_dataset(folder.json("x.json", coco([image(1, stated)])))
    (problem,) = dataset.problems
    assert found(dataset) == [None] and all(name in problem.message for name in there)


def test_a_picture_called_almost_so_is_not_taken_from_another_image_folder_or_split(folder):
    folder.pictures(["a.png"], "one").pictures(["b.png"], "two").pictures(["c.png"], "val")
    entries = [image(1, "one/a.png"), image(2, "one/a.jpg"), image(3, "one/b.jpg")]
    folder.json("annotations/instances_train.json", coco([*entries, image(4, "c.jpg")]))
    folder.json("annotations/instances_val.json", coco([image(1, "c.png")]))
    assert found(open_dataset(folder.path)) == ["one/a.png", None, None, None, "val/c.png"]


def test_pictures_of_a_split_lie_in_a_folder_called_otherwise_if_none_is_called_like_it(folder):
    folder.pictures([f"{n}.png" for n in range(4)], "val2017")
    folder.json("annotations/instances_train.json", coco([image(0), image(1)]))
    folder.json("annotations/instances_val.json", coco([image(2), image(3)]))
    assert found(open_dataset(folder.path)) == [f"val2017/{n}.png" for n in range(4)]


def test_but_not_a_picture_that_belongs_to_an_image_of_the_other_split(folder):
    folder.pictures(["0.png", "1.png"], "val2017")
    folder.json("annotations/instances_train.json", coco([image(0)]))
    folder.json("annotations/instances_val.json", coco([image(0), image(1)]))
    assert found(open_dataset(folder.path)) == [None, "val2017/0.png", "val2017/1.png"]


def test_a_picture_of_the_same_name_in_another_folder_is_not_taken_from_its_own_image(folder):
    folder.pictures(["1.png"], "b").json("x.json", coco([image(1, "a/1.png"), image(2, "b/1.png")]))
    assert found(open_dataset(folder.path)) == [None, "b/1.png"]


def test_json_chosen_that_is_of_another_tool_is_called_by_its_name(folder):
    with pytest.raises(UserError, match="labelme"):
        open_dataset(folder.json("1.json", json.loads(json.dumps(SHAPES))))
