"""What reaches the network: the pixels that a predictor would see, instances and nothing else, the same every time."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from core.dataset import Dataset, open_dataset
from core.inference.preprocessing import fit
from core.recipes.catalogue import find, with_settings
from core.recipes.schema import Recipe
from core.training.data import Batch, Loader, TrainingSet
from core.training.module import TrainingModule

STILL = {"flip": 0, "scale_jitter": 0, "color_jitter": 0, "input_size": 128}


def recipe(**settings: Any) -> Recipe:
    return with_settings(find("rtmdet_inst_tiny"), STILL | settings)


@pytest.fixture
def shapes(tmp_path: Path) -> Callable[..., Dataset]:
    """Six pictures of 90 × 70; in each a square whose place differs, a crowd, and what else is asked for."""

    def make(more: list[dict[str, Any]] | None = None) -> Dataset:
        random = np.random.default_rng(0)
        images, annotations = [], []
        for number in range(1, 7):
            picture = random.integers(0, 256, (70, 90, 3), np.uint8)
            cv2.imwrite(str(tmp_path / f"{number}.png"), picture)
            images.append({"id": number, "file_name": f"{number}.png", "width": 90, "height": 70})
            annotations += [square(number, 10 + 5 * number, 20), square(number, 50, 50) | {"iscrowd": 1}, *(more or [])]
        for number, annotation in enumerate(annotations, 1):
            annotation["id"] = number
        content = {"images": images, "annotations": annotations, "categories": [{"id": 3, "name": "square"}]}
        (tmp_path / "data.json").write_text(json.dumps(content))
        return open_dataset(tmp_path / "data.json")

    return make


def square(image: int, x: int, y: int, side: int = 16) -> dict[str, Any]:
    corners = [x, y, x + side, y, x + side, y + side, x, y + side]
    return {
        "image_id": image,
        "category_id": 3,
        "segmentation": [corners],
        "bbox": [x, y, side, side],
        "area": side * side,
        "iscrowd": 0,
    }


def samples(dataset: Dataset, recipe: Recipe, **options: Any) -> TrainingSet:
    return TrainingSet(dataset, list(dataset.images), recipe, **options)


def test_the_network_trains_on_what_it_will_be_asked_about(shapes: Callable[..., Dataset]) -> None:
    dataset = shapes()
    loader = Loader(samples(dataset, recipe()), batch_size=6, seed=0, workers=0)
    [batch] = loader
    pixels = TrainingModule(torch.nn.Identity(), recipe(), loader).normalise(batch.images).numpy()
    expected = np.concatenate([fit(dataset.read_image(image), recipe().input_spec())[0] for image in dataset.images])
    differences = np.abs(pixels[:, None] - expected).max(axis=(2, 3, 4))
    assert sorted(differences.argmin(axis=1)) == list(range(6))
    assert differences.min(axis=1).max() == 0


def test_crowds_are_left_out_and_boxes_are_those_of_the_pixels(shapes: Callable[..., Dataset]) -> None:
    dataset = shapes()
    _, target = samples(dataset, recipe())[0, 0]
    assert target.labels.tolist() == [0]
    assert target.masks.shape == (1, 128, 128)
    rows, columns = np.nonzero(target.masks[0].numpy())
    expected = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert target.boxes[0].tolist() == expected
    scale = 128 / 90
    assert expected == pytest.approx([15 * scale, 20 * scale, 31 * scale, 36 * scale], abs=1)


def test_instances_of_which_no_pixel_is_left_are_dropped(shapes: Callable[..., Dataset]) -> None:
    dataset = shapes()
    zoomed = samples(dataset, recipe(scale_jitter=0.9))
    targets = [zoomed[epoch, 0][1] for epoch in range(60)]
    assert {len(target.labels) for target in targets} == {0, 1}
    for target in targets:
        assert len(target.boxes) == len(target.masks) == len(target.labels)
        assert all(mask.any() for mask in target.masks)


def test_a_sample_depends_on_seed_epoch_and_image_alone(shapes: Callable[..., Dataset]) -> None:
    dataset, lively = shapes(), recipe(flip=0.5, scale_jitter=0.5, color_jitter=0.5)
    first, second = samples(dataset, lively), samples(dataset, lively, cache_bytes=0)
    for key in [(3, 1), (0, 0), (3, 1)]:
        np.testing.assert_array_equal(first[key][0], second[key][0])
    assert (first[0, 1][0] != first[1, 1][0]).any()
    other = samples(dataset, recipe(flip=0.5, scale_jitter=0.5, color_jitter=0.5, seed=1))
    assert (first[0, 1][0] != other[0, 1][0]).any()


def test_every_image_is_seen_in_every_epoch_in_batches_of_one_size(shapes: Callable[..., Dataset]) -> None:
    loader = Loader(samples(shapes(), recipe()), batch_size=4, seed=0, workers=0)
    epochs = []
    for _ in range(3):
        iterator = iter(loader)
        first = next(iterator)
        keys = [key for batch in loader.remaining() for key in batch]
        epochs.append(keys)
        assert [len(first), *(len(batch) for batch in iterator)] == [4, 4]
    assert len(loader) == 2
    assert [{epoch for epoch, _ in keys} for keys in epochs] == [{0}, {1}, {2}]


def test_an_interrupted_epoch_goes_on_with_the_next_batch(shapes: Callable[..., Dataset]) -> None:
    def fresh() -> Loader:
        return Loader(samples(shapes(), recipe(flip=0.5)), batch_size=2, seed=5, workers=0)

    whole = fresh()
    expected = [batch.images for _ in range(2) for batch in whole]
    broken = fresh()
    iterator = iter(broken)
    seen = [next(iterator).images, next(iterator).images]
    resumed = fresh()
    resumed.load_state_dict(broken.state_dict())
    seen += [batch.images for _ in range(2) for batch in resumed]
    assert len(seen) == len(expected) == 6
    for left, right in zip(seen, expected, strict=True):
        assert torch.equal(left, right)


def test_loader_processes_change_nothing(shapes: Callable[..., Dataset]) -> None:
    dataset, lively = shapes(), recipe(flip=0.5, scale_jitter=0.3, color_jitter=0.3)
    alone, helped = (Loader(samples(dataset, lively), batch_size=4, seed=1, workers=workers) for workers in (0, 1))
    for left, right in zip([*alone, *alone], [*helped, *helped], strict=True):
        assert torch.equal(left.images, right.images)
        for one, other in zip(left.targets, right.targets, strict=True):
            assert torch.equal(one.masks, other.masks)


def test_an_image_that_cannot_be_read_is_missing_from_its_batch(shapes: Callable[..., Dataset]) -> None:
    dataset = shapes()
    (dataset.root / "2.png").write_bytes(b"not a picture")
    batches: list[Batch] = list(Loader(samples(dataset, recipe()), batch_size=6, seed=0, workers=0))
    assert [len(batch) for batch in batches] == [5]
    assert batches[0].images.shape == (5, 128, 128, 3)
    [broken] = batches[0].unreadable
    assert "2.png" in broken.message


def test_a_batch_may_be_larger_than_the_dataset(shapes: Callable[..., Dataset]) -> None:
    loader = Loader(samples(shapes(), recipe()), batch_size=32, seed=0, workers=0)
    assert [len(batch) for batch in loader] == [6]
