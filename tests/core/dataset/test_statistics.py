"""Statistics count what a dataset holds, by split, each number with its images; the command prints them."""

import json

import pytest

from core.cli import run
from core.dataset.opening import open_dataset
from core.dataset.splitting import moved, resplit
from core.dataset.statistics import GRID, LENGTHS, REVIEWS, SIZES, statistics
from core.dataset.statistics_words import aspect_names, bin_names, image_size_names, small_in_words
from tests.core.dataset.builders import annotation, coco, image


def square(x, y, side, high=None):
    high = side if high is None else high
    corners = [[x, y, x + side, y, x + side, y + high, x, y + high]]
    return {"segmentation": corners, "bbox": [x, y, side, high], "area": side * high}


@pytest.fixture
def folder(tmp_path):
    """Four images of 320 × 240 and one of 640 × 480; nuts of 2, 20 and 100 pixels, a bolt that is four times as wide
    as high."""
    train = coco(
        [
            image(1, width=320, height=240, review="done"),
            image(2, width=320, height=240),
            image(3, width=640, height=480),
        ],
        [
            annotation(1, 1, 3, **square(300, 200, 2)),
            annotation(2, 1, 7, **square(10, 10, 80, 20)),
            annotation(3, 2, 3, **square(10, 10, 100)),
            annotation(4, 2, 3, iscrowd=1, **square(100, 100, 50)),
        ],
    )
    val = coco(
        [image(4, width=320, height=240, review="to fix"), image(5, width=320, height=240)],
        [annotation(1, 4, 3, **square(10, 10, 20))],
    )
    for split, content in (("train", train), ("val", val)):
        (tmp_path / f"instances_{split}.json").write_text(json.dumps(content))
    return tmp_path


def by_name(names, totals):
    return {name: total for name, total in zip(names, totals, strict=True) if total}


def test_classes_are_counted_by_split_in_instances_and_in_images(folder):
    found = statistics(open_dataset(folder))
    assert (found.splits, found.images.tolist(), found.classes) == (("train", "val"), [3, 2], ("nut", "bolt"))
    assert found.instances.counts.tolist() == [[3, 1], [1, 0]]  # the crowd is one of three
    assert found.images_with.counts.tolist() == [[2, 1], [1, 0]]
    assert found.images_with.images_of(0) == [0, 1, 3]
    assert found.crowds == 1
    assert by_name(bin_names((0, 1, 2, 3), whole=True), found.per_image.totals[:4]) == {"0": 2, "1": 1, "2": 2}
    assert found.per_image.images_of(0) == [2, 4]


def test_objects_are_measured_at_the_input_of_a_recipe(folder):
    found = statistics(open_dataset(folder))
    # 320 pixels become 640: nuts of 4, 40 and 200 pixels, a bolt of 80; the crowd is no object.
    assert by_name(bin_names(SIZES), found.sizes[640].totals) == {"4–8": 1, "32–64": 1, "64–128": 1, "128–256": 1}
    assert found.sizes[640].images_of(1) == [0]
    assert small_in_words(found, "Tiny", 640) == "Tiny, input 640 px: 1 of 4 objects (25 %) is smaller than 8 px there."
    assert "no object is smaller" in small_in_words(found, "Large", 1344)


def test_objects_are_measured_in_micrometres_where_pixels_have_a_size(folder):
    assert not any(statistics(open_dataset(folder)).lengths.totals)
    file = folder / "instances_train.json"
    content = json.loads(file.read_text())
    content["images"][1]["pixel_size"] = {"value": 250, "unit": "nm"}
    file.write_text(json.dumps(content))
    found = statistics(open_dataset(folder)).lengths
    assert by_name(bin_names(LENGTHS), found.totals) == {"20–50": 1}  # 100 pixels of a quarter; the crowd is none
    assert found.images_of(LENGTHS.index(20)) == [1]


def test_other_splits_are_counted_anew(folder):
    dataset = open_dataset(folder)
    assert statistics(dataset).images.tolist() == [3, 2]
    after = resplit(dataset, moved(dataset, [0], "test"))
    assert (statistics(after).splits, statistics(after).images.tolist()) == (("train", "val", "test"), [2, 2, 1])


def test_shapes_places_and_image_sizes(folder):
    found = statistics(open_dataset(folder))
    assert by_name(aspect_names(), found.aspects.totals) == {"≈ 1": 3, "≥ 4": 1}
    assert by_name(image_size_names(found), found.of_image_size.totals) == {"320 × 240": 4, "640 × 480": 1}
    right_below = (201 * GRID // 240) * GRID + 301 * GRID // 320
    assert found.positions.images_of(right_below) == [0]
    assert sum(found.positions.totals) == 4


def test_classes_that_are_together_and_what_was_reviewed(folder):
    found = statistics(open_dataset(folder))
    assert [found.classes[label] for label in found.compared] == ["nut", "bolt"]
    assert found.together.tolist() == [[3, 1], [1, 1]]
    assert found.images_with_both(0, 1) == [0]
    assert by_name(REVIEWS, found.reviews.totals) == {"done": 1, "to fix": 1, "": 3}


def test_sizes_are_those_of_masks_where_a_file_states_none_or_wrong_ones(folder):
    file = folder / "instances_train.json"
    right = statistics(open_dataset(folder)).sizes[640].counts.tolist()
    for change in ({"area": None}, {"area": 60_000.0}, {"area": "a third"}, {"bbox": "?"}):
        content = json.loads(file.read_text())
        for entry in content["annotations"]:
            third = entry["area"] / 3 if entry["area"] > 100 else entry["area"]
            entry |= {"area": third} if change == {"area": "a third"} else change
        (folder / "other").mkdir(exist_ok=True)
        (folder / "other" / file.name).write_text(json.dumps(content))
        (folder / "other" / "instances_val.json").write_text((folder / "instances_val.json").read_text())
        assert statistics(open_dataset(folder / "other")).sizes[640].counts.tolist() == right, change


def test_a_dataset_without_annotations_has_statistics(tmp_path):
    (tmp_path / "instances.json").write_text(json.dumps(coco([image(1)], [], [])))
    found = statistics(open_dataset(tmp_path))
    assert small_in_words(found, "Tiny", 640) == "Tiny, input 640 px: there is no object to measure."
    assert found.instances.totals == [] and sum(found.per_image.totals) == 1 and found.together.shape == (0, 0)


def test_the_command_prints_tables_or_json(folder, capsys):
    assert run(["stats", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert "train: 3 images, 4 instances" in shown and "640 × 480" in shown
    assert "RTMDet-Ins tiny, input 640 px: 1 of 4 objects (25 %) is smaller than 8 px there." in shown
    assert run(["stats", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["classes"][0] == {"name": "nut", "instances": {"train": 3, "val": 1}, "images": {"train": 2, "val": 1}}
    tiny = next(entry for entry in found["object_sizes"] if entry["input_size"] == 640)
    assert tiny["small"] == 1 and len(tiny["from"]) == len(tiny["train"]) == len(SIZES)
    assert found["reviews"]["done"] == {"train": 1, "val": 0}
    assert found["together"] == {"classes": ["nut", "bolt"], "images": [[3, 1], [1, 1]]}
    assert run(["stats", str(folder / "nowhere")]) == 1


def test_the_command_says_how_an_archive_is_read(tmp_path, capsys):
    (tmp_path / "scans.zip").write_bytes(b"PK")
    assert run(["stats", str(tmp_path / "scans.zip")]) == 1
    assert "maskwright convert" in " ".join(capsys.readouterr().err.split())


def test_the_command_says_what_it_does_not_count(folder, capsys):
    (folder / "1.txt").write_text("0 0.1 0.1 0.5 0.1 0.5 0.5\n")
    assert run(["stats", str(folder), "--json"]) == 0
    shown = capsys.readouterr()
    assert "1 YOLO file is not read: 1.txt" in shown.err and "maskwright convert" in shown.err
    assert json.loads(shown.out)
