"""The strip of augmented samples: what the recipe asks for, quickly, and without torch."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from core.dataset import open_dataset
from core.recipes.catalogue import find, with_settings
from core.recipes.schema import Recipe
from core.training.data.preview import augmented_samples
from tests.core.training.conftest import STILL

PLAIN = STILL | {"input_size": 96}


def recipe(**settings: Any) -> Recipe:
    return with_settings(find("rtmdet_inst_tiny"), PLAIN | settings)


def test_samples_follow_the_recipe_and_the_seed(sample: Path) -> None:
    dataset = open_dataset(sample)
    images = dataset.of_split("train")
    plain, again, mosaic, later = (
        augmented_samples(dataset, images, made, seed=4)
        for made in (recipe(), recipe(seed=9), recipe(mosaic=1.0), recipe(mosaic=1.0, epochs=5, plain_epochs=5))
    )
    assert [picture.shape for picture in plain] == [(96, 96, 3)] * 6
    np.testing.assert_array_equal(plain, again)
    np.testing.assert_array_equal(plain, later)
    assert all((one != other).any() for one, other in zip(plain, mosaic, strict=True))
    rerolled = augmented_samples(dataset, images, recipe(), seed=5)
    assert any((one != other).any() for one, other in zip(plain, rerolled, strict=True))


def test_masks_are_drawn_in(sample: Path) -> None:
    dataset = open_dataset(sample)
    image = dataset.of_split("train")[0]
    [drawn] = augmented_samples(dataset, [image], recipe(), count=1)
    changed = (drawn != dataset.read_image(image)).any(axis=2)
    inside = np.any([dataset.mask(image, one).full() for one in dataset.instances(image)], axis=0)
    assert changed[inside].mean() > 0.95
    assert changed[~inside].mean() < 0.2  # outlines alone


def test_what_is_not_labelled_is_hatched_and_shows_through(sample: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(sample, tmp_path / "partly")
    file = folder / "annotations" / "instances_train.json"
    content = json.loads(file.read_text())
    content["images"][0]["not_labelled"] = [[0, 0, 48, 0, 48, 96, 0, 96]]
    content["annotations"] = []
    file.write_text(json.dumps(content))
    dataset = open_dataset(folder)
    image = dataset.of_split("train")[0]
    [drawn] = augmented_samples(dataset, [image], recipe(negatives=True), count=1)
    changed = (drawn != dataset.read_image(image)).any(axis=2)
    assert 0.3 < changed[:, :46].mean() < 0.7 and not changed[:, 50:].any()


def test_images_that_cannot_be_read_are_passed_over(sample: Path, tmp_path: Path) -> None:
    dataset = open_dataset(sample)
    broken = open_dataset(sample)
    broken.root = tmp_path
    images = dataset.of_split("train")
    assert augmented_samples(broken, images, recipe()) == []
    assert len(augmented_samples(dataset, images[:2], recipe())) == 2
    assert augmented_samples(dataset, [], recipe()) == []


def test_tiles_are_shown_where_images_are_cut(sample: Path) -> None:
    dataset = open_dataset(sample)
    tiled = recipe(tiling="by_hand", tile_size=64, tile_whole=False, input_size=64)
    [drawn] = augmented_samples(dataset, dataset.of_split("train")[:1], tiled, count=1)
    picture = dataset.read_image(dataset.of_split("train")[0]).astype(int)
    offsets = [(y, x) for y in (0, 32) for x in (0, 32)]
    off = [np.abs(picture[y : y + 64, x : x + 64] - drawn).max(axis=2) for y, x in offsets]
    assert max((one == 0).mean() for one in off) > 0.3  # what no mask covers is the same


def test_torch_is_not_needed() -> None:
    code = (
        "import sys, core.training.data.preview; sys.exit(bool({'torch', 'datumaro', 'openvino'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
