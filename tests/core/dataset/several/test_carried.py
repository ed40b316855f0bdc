"""What a merge carries over besides classes and instances, and what it says where datasets differ."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.channel_settings import ChannelSettings
from core.dataset import channel_file, open_dataset
from core.dataset.splits import split_file
from core.dataset.splits.split_file import SplitFile, SplitRule
from core.images.pixel_size import PixelSize
from tests.core.dataset.builders import annotation, coco, image
from tests.core.dataset.several.test_merging import make, merge

LEFT = [[0.0, 0.0, 20.0, 0.0, 20.0, 30.0, 0.0, 30.0]]
TOP = [[0.0, 0.0, 40.0, 0.0, 40.0, 10.0, 0.0, 10.0]]
RIGHT = [[30.0, 0.0, 40.0, 0.0, 40.0, 30.0, 30.0, 30.0]]


def one(tmp_path: Path, name: str, *annotations: dict[str, Any], gray: int = 10, **fields: Any) -> Path:
    """A dataset with one image, of one gray value, whose entry has these ``fields``."""
    content = coco([image(1, f"{name}.png") | fields], annotations)
    return make(tmp_path / name, {"train": content}, {f"{name}.png": gray})


def only(folder: Path):
    dataset = open_dataset(folder)
    (image,) = dataset.images
    return dataset, image


def region(folder: Path) -> int:
    dataset, image = only(folder)
    found = dataset.not_labelled(image)
    return found.area((image.height, image.width)) if found else 0


def test_channels_that_all_have_are_kept_and_others_are_told(tmp_path: Path):
    settings = ChannelSettings(sources=(1, 0, 2))
    folders = [one(tmp_path, name, gray=gray) for name, gray in (("a", 10), ("b", 20))]
    for folder in folders:
        channel_file.write(folder, settings)
    ended, report, output = merge(*folders, cwd=tmp_path)
    assert channel_file.read(output) == settings and not report["carried"]["channels"]
    assert "different channels" not in ended.stderr
    channel_file.write(folders[1], None)
    other = tmp_path / "other"
    other.mkdir()
    ended, report, output = merge(*folders, "--runs", tmp_path / "more", cwd=other)
    assert channel_file.read(output) is None and report["carried"]["channels"]
    assert "by different channels" in " ".join(ended.stderr.split())


def test_a_rule_that_all_were_divided_by_is_kept_with_its_folds(tmp_path: Path):
    rule = SplitRule(seed=4, folds=2, fold=2)
    folders = [one(tmp_path, name, gray=gray) for name, gray in (("a", 10), ("b", 20), ("c", 30))]
    for folder, fold in zip(folders, (0, 1, 1), strict=True):
        name = f"{folder.name}.png"
        folds = [[name] if place == fold else [] for place in range(2)]
        split_file.write(folder, SplitFile(rule=rule, splits={"val" if fold else "train": [name]}, folds=folds))
    _, report, output = merge(*folders, cwd=tmp_path)
    kept = split_file.read(output)
    assert kept is not None and kept.rule == rule and not report["carried"]["rule"]
    assert kept.folds == [["a.png"], ["b.png", "c.png"]]
    assert {each.file_name: each.split for each in open_dataset(output).images} == {
        "a.png": "train",
        "b.png": "val",
        "c.png": "val",
    }


def test_rules_that_differ_are_told_and_images_stay_in_their_splits(tmp_path: Path):
    folders = [one(tmp_path, name, gray=gray) for name, gray in (("a", 10), ("b", 20))]
    split_file.write(folders[0], SplitFile(rule=SplitRule(), splits={"test": ["a.png"]}))
    ended, report, output = merge(*folders, cwd=tmp_path)
    assert split_file.read(output) is None and report["carried"]["rule"]
    assert "divided by different rules" in " ".join(ended.stderr.split())
    assert {each.file_name: each.split for each in open_dataset(output).images} == {"a.png": "test", "b.png": "train"}


def test_only_what_none_has_labelled_stays_not_labelled(tmp_path: Path):
    """The left half and the upper third: a sixth is in both."""
    first, second = one(tmp_path, "a", annotation(1), not_labelled=LEFT), one(tmp_path, "b", not_labelled=TOP)
    ended, report, output = merge(first, second, cwd=tmp_path)
    assert report["shared"] == 1 and region(output) == 200 and report["carried"]["regions"] == 1
    assert "only what none of them has labelled" in " ".join(ended.stderr.split())


@pytest.mark.parametrize(
    ("here", "there", "left"),
    [
        ({"not_labelled": LEFT}, {"annotations": [annotation(1)]}, 0),  # the other has labelled all of it
        ({"not_labelled": LEFT}, {"review": "done"}, 0),  # and said that nothing is there
        ({"not_labelled": LEFT}, {}, 600),  # the other has labelled nothing
        ({}, {"not_labelled": LEFT}, 600),  # nor has this one
        ({"annotations": [annotation(1)]}, {"not_labelled": LEFT}, 0),
        ({"not_labelled": LEFT}, {"not_labelled": LEFT}, 600),
        ({"not_labelled": LEFT}, {"not_labelled": RIGHT}, 0),
    ],
)
def test_the_labels_of_one_hold_where_the_other_has_none(tmp_path: Path, here: Any, there: Any, left: int):
    folders = [
        one(tmp_path, name, *fields.pop("annotations", ()), **fields)
        for name, fields in (("a", dict(here)), ("b", dict(there)))
    ]
    _, report, output = merge(*folders, cwd=tmp_path)
    assert region(output) == left
    assert report["carried"]["regions"] == (left == 0)


def test_the_state_of_review_is_the_lowest_of_those_who_looked(tmp_path: Path):
    first, second = one(tmp_path, "a", annotation(1), review="done"), one(tmp_path, "b", annotation(1), review="to fix")
    ended, report, output = merge(first, second, cwd=tmp_path)
    dataset, image = only(output)
    assert dataset.review(image) == "to fix" and report["carried"]["reviews"] == 1
    assert "lowest of its states of review" in " ".join(ended.stderr.split())
    bare = one(tmp_path, "bare")
    away = tmp_path / "away"
    away.mkdir()
    _, report, output = merge(first, bare, cwd=away)
    dataset, image = only(output)
    assert dataset.review(image) == "done" and report["carried"]["reviews"] == 0


def test_an_image_that_nobody_had_labelled_is_trained_on_once_somebody_has(tmp_path: Path):
    first, second = one(tmp_path, "a", review="to do"), one(tmp_path, "b", annotation(1))
    _, report, output = merge(first, second, cwd=tmp_path)
    dataset, image = only(output)
    assert (image.split, dataset.instance_count(image), report["splits"]) == ("train", 1, {"train": 1})


def test_the_size_of_pixels_is_that_of_the_first_who_states_one(tmp_path: Path):
    micro, nano = {"value": 0.5, "unit": "µm"}, {"value": 400.0, "unit": "nm"}
    ends = [merge(one(tmp_path, "a"), one(tmp_path, "b", pixel_size=micro), cwd=tmp_path)]
    (away := tmp_path / "away").mkdir()
    ends.append(merge(one(away, "a", pixel_size=nano), tmp_path / "b", cwd=away))
    for (_, report, output), size, differing in zip(ends, (micro, nano), (0, 1), strict=True):
        dataset, image = only(output)
        assert dataset.pixel_sizes[image.index] == PixelSize(**size)
        assert report["carried"]["pixel_sizes"] == differing
    assert "that of the first dataset counts" in " ".join(ends[1][0].stderr.split())


def test_of_a_picture_that_is_taken_from_the_first_alone_nothing_is_joined(tmp_path: Path):
    first, second = one(tmp_path, "a", annotation(1), review="done"), one(tmp_path, "b", annotation(1), review="to fix")
    _, report, output = merge(first, second, "--duplicates", "first", cwd=tmp_path)
    dataset, image = only(output)
    assert dataset.review(image) == "done" and report["carried"]["reviews"] == 0
    assert json.loads((first / "annotations/instances_train.json").read_text())["images"][0]["review"] == "done"
