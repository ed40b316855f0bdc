"""What a person is told of the data before a training starts."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.channel_settings import ChannelSettings
from core.dataset import channel_file
from core.errors import UserError
from core.recipes.catalogue import find, with_settings
from core.runs.events import Log, Warning
from core.training.preparation import TrainingData, describe_model, open_data, small_objects
from tests.core.conftest import Folder
from tests.core.dataset.builders import annotation, coco, image
from tests.core.training.conftest import MakeJob, job_for

SIDE = 400


def square(id: int, image_id: int, category: int, side: int = 10, **fields: Any) -> dict[str, Any]:
    x = 5 + 20 * (id % 10)
    shape = [[x, 5, x + side, 5, x + side, 5 + side, x, 5 + side]]
    return annotation(id, image_id, category, bbox=[x, 5, side, side], area=side * side, segmentation=shape) | fields


@pytest.fixture
def opened(tmp_path: Path, make_job: MakeJob) -> Callable[..., tuple[TrainingData, str]]:
    """The data of a training and what was said of it; ``alter`` changes each annotation of the file of a split."""

    def open_it(alter: Callable[[str, dict[str, Any]], dict[str, Any]], **settings: Any) -> tuple[TrainingData, str]:
        folder = Folder(tmp_path)
        folder.pictures([f"{n}.png" for n in range(4)], size=(SIDE, SIDE))
        for split, numbers in (("train", range(3)), ("val", range(3, 4))):
            images = [image(n, width=SIDE, height=SIDE) for n in numbers]
            entries = [square(4 * n + m + 1, n, (3, 7)[m % 2]) for n in numbers for m in range(4)]
            folder.json(f"annotations/instances_{split}.json", coco(images, [alter(split, one) for one in entries]))
        said: list[str] = []

        def report(event: object) -> None:
            if isinstance(event, Warning):
                said.append(f"{event.message} {event.hint}")
            if isinstance(event, Log):
                said.append(event.message)

        data = open_data(make_job(tmp_path, **settings), report)
        return data, "\n".join(said)

    return open_it


def crowd(category: int, *splits: str) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    return lambda split, one: one | {"iscrowd": int(one["category_id"] == category and split in splits)}


def test_painted_masks_that_are_marked_as_crowds_are_warned_of_with_their_number(opened: Callable) -> None:
    _, said = opened(crowd(7, "train"))
    assert "6 of 12 instances (all of class bolt) are marked as crowds" in said
    assert "“iscrowd” to 0" in said and "No training image shows bolt" in said
    _, said = opened(lambda split, one: one)
    assert said.count("crowd") == 0


def test_where_all_are_crowds_the_error_says_so(opened: Callable) -> None:
    with pytest.raises(UserError, match="12 training instances are marked as crowds") as raised:
        opened(lambda split, one: one | {"iscrowd": 1})
    assert "iscrowd" in raised.value.hint and "segmentation" not in raised.value.hint


def test_validation_images_with_nothing_but_crowds_tell_no_ap(opened: Callable) -> None:
    data, said = opened(lambda split, one: one | {"iscrowd": int(split == "val")})
    assert "no AP can be known" in said and not data.validation


def test_shares_of_the_sides_are_nothing_to_learn(opened: Callable) -> None:
    with pytest.raises(UserError, match="instance with a mask") as raised:
        opened(lambda _, one: one | {"segmentation": [[value / SIDE for value in one["segmentation"][0]]]})
    assert "without a pixel" in raised.value.hint


def loose(one: dict[str, Any]) -> dict[str, Any]:
    x, y, width, height = one["bbox"]
    return one | {"bbox": [x - 1, y - 1, width + 3, height + 3]}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda one: one | {"area": 0},
        lambda one: one | {"area": 10**6},
        lambda one: one | {"area": 190},
        lambda one: one | {"bbox": [0, 0, 1, 1]},
        lambda one: one | {"bbox": [0, 0, SIDE, SIDE], "area": None},
        loose,
    ],
)
def test_sizes_come_from_masks_whatever_the_file_states(opened: Callable, wrong: Callable) -> None:
    settings = {"tiling": "auto", "input_size": 192}
    right, _ = opened(lambda split, one: one, **settings)
    misled, _ = opened(lambda split, one: wrong(one), **settings)
    assert right.tiling is not None and misled.tiling == right.tiling
    recipe = with_settings(find("rtmdet_inst_tiny"), {"input_size": 416})
    shares = [small_objects(replace(data, tiling=None), recipe) for data in (right, misled)]
    assert shares == [0.0, 0.0]
    recipe = with_settings(recipe, {"input_size": 288})
    assert [small_objects(replace(data, tiling=None), recipe) for data in (right, misled)] == [1.0, 1.0]


def test_an_annotation_file_that_cannot_be_read_is_warned_of(tmp_path: Path, opened: Callable) -> None:
    Folder(tmp_path).json("annotations/instances_more.json", b'{"images": [')
    _, said = opened(lambda split, one: one)
    assert "annotations/instances_more.json is cut off" in said and "It is not read" in said


def test_what_lies_unread_beside_pictures_is_named_where_nothing_can_be_learnt(
    tmp_path: Path, make_job: MakeJob
) -> None:
    folder = Folder(tmp_path).pictures(["1.png"], ".")
    folder.json("1.json", json.loads('{"shapes": [], "imagePath": "1.png"}'))
    with pytest.raises(UserError, match="no annotations to learn from") as raised:
        open_data(make_job(tmp_path), lambda event: None)
    assert "1 labelme file is not read: 1.json" in raised.value.hint


def test_pictures_that_nobody_has_annotated_are_told_so_and_no_split_is_asked_for(tmp_path, make_job):
    Folder(tmp_path).pictures(["a.png", "b.png", "c.png"], size=(SIDE, SIDE))
    with pytest.raises(UserError, match="has no annotations to learn from") as error:
        open_data(make_job(tmp_path), lambda event: None)
    assert error.value.hint == "Annotate some images first."


def test_a_model_keeps_how_the_pictures_of_its_dataset_are_read_and_goes_on_so(opened, tmp_path: Path):
    data, _ = opened(lambda split, one: one)
    chosen = ChannelSettings((2, 1, 0), "values", 0, 100)
    channel_file.write(tmp_path, chosen)
    job = job_for(tmp_path)
    data = open_data(job, lambda event: None)
    model = describe_model(job, data)
    assert data.dataset.channels == model.channels == chosen
    channel_file.write(tmp_path, None)
    again = open_data(job, lambda event: None, goes_on=model)
    assert again.dataset.channels == chosen, "as it learnt them"
