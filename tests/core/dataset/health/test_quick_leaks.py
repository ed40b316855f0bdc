"""What training and validation share is found in a few seconds, and what they do not is not."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.dataset import Dataset, open_dataset
from core.dataset.health.quick_leaks import QuickLeaks, look_for_leaks
from tests.core.dataset.builders import annotation, coco, image
from tests.core.dataset.health.test_leaks import scene


@pytest.fixture
def opened(tmp_path):
    def make(**splits: dict[str, np.ndarray]) -> Dataset:
        (tmp_path / "annotations").mkdir()
        for split, pictures in splits.items():
            (tmp_path / split).mkdir()
            for name, pixels in pictures.items():
                cv2.imwrite(str(tmp_path / split / name), pixels)
            entries = [image(id, f"{split}/{name}", 160, 120) for id, name in enumerate(pictures, 1)]
            content = coco(entries, [annotation(entry["id"], entry["id"]) for entry in entries])
            (tmp_path / "annotations" / f"instances_{split}.json").write_text(json.dumps(content))
        return open_dataset(tmp_path)

    return make


def leaks(dataset: Dataset, seconds: float = 60.0) -> QuickLeaks:
    return look_for_leaks(dataset, dataset.of_split("train"), dataset.of_split("val"), seconds)


def names(dataset: Dataset, found: QuickLeaks) -> set[tuple[str, ...]]:
    return {
        tuple(sorted(Path(dataset.images[index].file_name).name for index in (pair.one, pair.other)))
        for pair in found.pairs
    }


def test_a_copy_is_named_and_other_pictures_are_not(opened):
    train = {f"a{'bcdefgh'[seed]}.png": scene(seed) for seed in range(7)}
    dataset = opened(
        train=train, val={"x.png": np.clip(scene(3) * 1.05 + 5, 0, 255).astype(np.uint8), "y.png": scene(50)}
    )
    found = leaks(dataset)
    assert names(dataset, found) == {("ae.png", "x.png")} and found.looked_at == 2
    assert "1 validation image shows" in found.in_words(dataset)
    assert "(val/x.png and train/ae.png)" in found.in_words(dataset)


def test_nothing_is_said_where_nothing_is_shared(opened):
    dataset = opened(train={"a.png": scene(1), "b.png": scene(2)}, val={"c.png": scene(3)})
    found = leaks(dataset)
    assert not found.pairs and found.in_words(dataset) == ""


def test_two_like_pictures_of_one_split_are_no_leak(opened):
    dataset = opened(train={"a.png": scene(1), "b.png": scene(1)}, val={"c.png": scene(3)})
    assert not leaks(dataset).pairs


def test_tiles_are_told_by_their_names_where_there_is_no_time_to_look(opened):
    dataset = opened(
        train={"field_x0_y0.png": scene(1), "other_x0_y0.png": scene(2)}, val={"field_x256_y0.png": scene(3)}
    )
    found = leaks(dataset, seconds=0.0)
    assert names(dataset, found) == {("field_x0_y0.png", "field_x256_y0.png")} and found.looked_at == 0
