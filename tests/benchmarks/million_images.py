"""A million images in the loader of a training and in a prediction.

    python tests/benchmarks/million_images.py [--images 1000000] [--instances 2000000] [--workers 2]

Makes a folder with a COCO file of that many images, hard links to twenty JPEGs. Lists the folder for a prediction by a
model that finds nothing; then opens it as a dataset, makes the loader and asks for batches. Says the seconds until the
first image and the first batch, those of them that the processor worked for this process, and the memory at first and
later. Of a loader process that is what it holds itself ("own") and, besides, how much of the file that all of them map
it has touched ("mapped"): the system keeps those pages once for all, and takes them back where it needs room.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from contextlib import suppress
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
from core.runs.events import AnyEvent, Progress
from core.training.collecting import uncollected
from core.training.data.items import training_items
from core.training.data.loader import Loader
from core.training.data.samples import TrainingSet

_BATCHES = (10, 100, 300)
_PREDICTED = (1, 500, 5000)
_SMALL = 64 << 20
"""Bytes. Python's process that looks after the others is smaller than any loader."""


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
        predict(folder / "images", Path(temporary) / "predictions")
        train(folder, arguments.workers)


def train(folder: Path, workers: int) -> None:
    recipe = with_settings(find("rtmdet_inst_tiny"), {"workers": workers, "mosaic": 0.0, "mixup": 0.0})
    with Stopwatch("opening the dataset"), uncollected():
        dataset = open_dataset(folder)
        dataset.has_picture(dataset.images[0])
    with Stopwatch("the items of a training"):
        items = training_items(dataset, dataset.images, recipe.settings)
    with Stopwatch("first batch"):
        loader = Loader(TrainingSet(dataset, items, recipe, cache_bytes=0), 4, 0, workers)
        batches = iter(loader)
        next(batches)
    done = 1
    for count in _BATCHES:
        for _ in islice(batches, count - done):
            pass
        done = count
        say_memory(f"after {count} batches")


def predict(folder: Path, output: Path) -> None:
    watch = Stopwatch("first image of a prediction")

    def report(event: AnyEvent) -> None:
        if isinstance(event, Progress) and event.done in _PREDICTED:
            if event.done == 1:
                watch.__exit__()
            say_memory(f"after {event.done} images")
            if event.done == max(_PREDICTED):
                raise StopRequested

    watch.__enter__()
    with suppress(StopRequested):
        predict_images(Nothing(), collect_images([str(folder)]), output, 0.3, report, lambda: None)


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
    """Memory of this process and of its loader processes; what is mapped is known on Linux alone."""
    own = psutil.Process()
    children = [child for child in own.children(recursive=True) if child.memory_info().rss > _SMALL]
    loaders = ", ".join(map(_memory, children)) or "none"
    say(f"{when:34} {own.memory_info().rss >> 20:7} MiB, loaders: {loaders}")


def _memory(process: psutil.Process) -> str:
    rollup = Path(f"/proc/{process.pid}/smaps_rollup")
    if not rollup.exists():
        return f"{process.memory_full_info().uss >> 20} MiB own"
    kibibytes = dict(re.findall(r"^(\w+): +(\d+) kB", rollup.read_text(), re.MULTILINE))
    mapped = sum(
        region.rss for region in process.memory_maps() if region.path.startswith(os.environ["MASKWRIGHT_HOME"])
    )
    return f"{int(kibibytes['Anonymous']) >> 10} MiB own, {mapped >> 20} mapped"


if __name__ == "__main__":
    main()
