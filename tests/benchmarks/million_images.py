"""A million images in the loader of a training and in a prediction.

    python tests/benchmarks/million_images.py [--images 1000000] [--instances 2000000] [--workers 2]

Makes a folder with a COCO file of that many images, hard links to twenty JPEGs. Opens it, makes the loader and asks
for batches; then lists the folder for a prediction by a model that finds nothing. Says the seconds until the first
batch and the first image, those of them that the processor worked for this process, and the memory at first and later.
"""

import argparse
import os
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
import psutil
from coco_size import make, say
from machine import machine

from core.dataset import open_dataset
from core.inference.image_paths import collect_images
from core.inference.predict import predict_images
from core.inference.prediction import Prediction
from core.recipes.catalogue import find, with_settings
from core.recipes.model_spec import ClassSpec, InputSpec, ModelSpec
from core.runs.control import StopRequested
from core.training.data.items import training_items
from core.training.data.loader import Loader
from core.training.data.samples import TrainingSet

_BATCHES = 100
_PREDICTED = 500


class Nothing:
    """A model that finds nothing, so that only the work around it is measured."""

    spec = ModelSpec("r", "a", "b", (ClassSpec(1, "thing"),), InputSpec(64, 64, 0, (0, 0, 0), (1, 1, 1)))

    def predict(self, image: np.ndarray) -> Prediction:
        none = np.zeros((0, 4), np.float32)
        return Prediction(none, none[:, 0], np.zeros(0, np.int64), np.zeros((0, 28, 28), np.float32), image.shape[:2])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--instances", type=int, default=2_000_000)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["MASKWRIGHT_HOME"] = temporary
        folder = Path(temporary) / "coco"
        size = make(folder, arguments.images, arguments.instances, None)
        say(f"{machine()}; {arguments.images:,} images, {arguments.instances:,} instances, {size / 1e6:.0f} MB")
        train(folder, arguments.workers)
        predict(folder / "images", Path(temporary) / "predictions")


def train(folder: Path, workers: int) -> None:
    recipe = with_settings(find("rtmdet_inst_tiny"), {"workers": workers, "mosaic": 0.0, "mixup": 0.0})
    with Stopwatch("opening the dataset"):
        dataset = open_dataset(folder)
        dataset.has_picture(dataset.images[0])
    with Stopwatch("the items of a training"):
        items = training_items(dataset, dataset.images, recipe.settings)
    with Stopwatch("first batch"):
        loader = Loader(TrainingSet(dataset, items, recipe, cache_bytes=0), 4, 0, workers)
        batches = iter(loader)
        next(batches)
    say_memory("after the first batch")
    for _ in islice(batches, _BATCHES):
        pass
    say_memory(f"after {_BATCHES} more")


def predict(folder: Path, output: Path) -> None:
    watch = Stopwatch("first image of a prediction")
    left = _PREDICTED

    def check() -> None:
        nonlocal left
        if left == _PREDICTED - 1:
            watch.__exit__()
            say_memory("after the first image")
        if not left:
            raise StopRequested
        left -= 1

    watch.__enter__()
    try:
        predict_images(Nothing(), collect_images([str(folder)]), output, 0.3, lambda event: None, check)
    except StopRequested:
        say_memory(f"after {_PREDICTED}")


class Stopwatch:
    """Says how long a block took."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        self._began, self._processor = time.perf_counter(), time.process_time()

    def __exit__(self, *error: object) -> None:
        seconds, used = time.perf_counter() - self._began, time.process_time() - self._processor
        say(f"{self._name:34} {seconds:7.2f} s {used:7.2f} s of the processor")


def say_memory(when: str) -> None:
    """Memory of this process, and of each loader process what belongs to it alone."""
    own = psutil.Process()
    children = [child.memory_full_info().uss >> 20 for child in own.children(recursive=True)]
    say(f"{when:34} {own.memory_info().rss >> 20:7} MiB, loaders {', '.join(map(str, children)) or 'none'}")


if __name__ == "__main__":
    main()
