"""Pictures of more than 8 bits and more than three channels, from a training to the command on its exported model."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.channel_settings import ChannelSettings
from core.dataset import channel_file, open_dataset
from core.geometry.masks import from_rle, iou
from tests.core.images.picture_files import tiff

ROOT = Path(__file__).parents[2]
SHAPES = ROOT / "resources" / "weights" / "rtmdet_inst_tiny_shapes.safetensors"
CHANNELS = ChannelSettings(sources=(4, 1, 3), scale="values", low=2000, high=2000 + 20 * 255)
"""Of five that are stored, these are red, green and blue; all 16 bits hold would make them next to black."""


@pytest.fixture
def deep(sample, tmp_path):
    """The sample as a microscope might have taken it: five channels of 16 bits, two of which hold noise."""
    folder = shutil.copytree(sample, tmp_path / "deep")
    for file in folder.glob("annotations/*.json"):
        file.write_text(file.read_text().replace(".jpg", ".tif"))
    dataset, random = open_dataset(sample), np.random.default_rng(0)
    for image in dataset.images:
        picture = dataset.read_image(image)
        values = random.integers(0, 2**16, (*picture.shape[:2], 5)).astype(np.uint16)
        values[:, :, list(CHANNELS.sources)] = picture.astype(np.uint16) * 20 + 2000
        path = folder / dataset.image_path(image).relative_to(dataset.root)
        path.unlink()
        path.with_suffix(".tif").write_bytes(tiff(values, extra=(0, 0)))
    channel_file.write(folder, CHANNELS)
    return folder


def maskwright(home, *words):
    environment = os.environ | {"MASKWRIGHT_HOME": str(home), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "core.cli", *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_model_of_deep_pictures_finds_the_same_in_them_as_a_run_and_exported(deep, tmp_path):
    settings = {
        "learning_rate": 0.002,
        "warmup_iterations": 2,
        "validate_every": 10,
        "ema_decay": 0,
        "precision": "fp32",
    }
    maskwright(
        tmp_path, "train", deep, "--weights", SHAPES, "--epochs", 10, "--input-size", 128, "--batch-size", 2,
        *(word for item in settings.items() for word in ("--set", "{}={}".format(*item))),
    )  # fmt: skip
    [run] = (tmp_path / "runs").iterdir()
    maskwright(tmp_path, "export", run, "--precision", "fp32", "--no-measure", "--runs", tmp_path / "exports")
    [exported] = run.glob("export/*/model.xml")
    elsewhere = shutil.copytree(deep / "images" / "val", tmp_path / "elsewhere")  # no channels are kept there
    found = {}
    for name, model in (("run", run), ("exported", exported)):
        words = ["-o", tmp_path / name, "--confidence", 0.2, "--runs", tmp_path / "other"]
        maskwright(tmp_path, "predict", model, elsewhere, *words)
        found[name] = json.loads((tmp_path / name / "predictions.json").read_text())

    dataset = open_dataset(deep)
    images = dataset.of_split("val")  # in the order of the names, as they are predicted
    truth = [
        (place, dataset.mask(image, one)) for place, image in enumerate(images, 1) for one in dataset.instances(image)
    ]
    seen = [
        any(one["image_id"] == place and iou(pixels(one), mask) > 0.5 for one in found["run"]) for place, mask in truth
    ]
    assert sum(seen) > len(truth) / 2, "the channels are seen that were chosen, not noise"
    assert len(found["run"]) == len(found["exported"]) > 5
    for one in found["run"]:
        same = max(found["exported"], key=lambda other: alike(one, other))
        assert alike(one, same) > 0.95 and same["score"] == pytest.approx(one["score"], abs=0.01)


def alike(one, other):
    """IoU of two results of one image and class."""
    if (one["image_id"], one["category_id"]) != (other["image_id"], other["category_id"]):
        return 0.0
    return iou(pixels(one), pixels(other))


def pixels(one):
    return from_rle(one["segmentation"])
