"""Many scenes, drawn once and kept in a file that is read as it is needed."""

import shutil
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.files import new_name_beside
from core.runs.control import Check, Report, ignore, never
from core.runs.events import Progress
from core.sample.noise import Array
from starting_weights.draw import Drawing, draw
from starting_weights.stage import MOST

VERSION = 1
"""Of the scenes: raised whenever the same seed would give others."""


class Pool(NamedTuple):
    """N scenes of one size."""

    images: Array
    """uint8 RGB, ``(N, size, size, 3)``."""
    numbers: Array
    """uint8, ``(N, size, size)``: 0 the ground, ``i`` the ``i``-th instance."""
    labels: Array
    """uint8, ``(N, MOST + 1)``: the class of the ``i``-th instance at ``i``."""


def scene(seed: int, index: int, size: int) -> Drawing:
    """Scene ``index`` of a seed: it depends on nothing else."""
    return draw(np.random.default_rng([seed, index]), size)


def make_pool(folder: Path, count: int, *, size: int, seed: int, report: Report = ignore, check: Check = never) -> Pool:
    """``count`` scenes, drawn into ``folder`` unless it already holds them."""
    target = folder / f"scenes-{VERSION}-{seed}-{count}-{size}"
    names = [target / f"{name}.npy" for name in Pool._fields]
    if not target.exists():
        unfinished = new_name_beside(target)
        unfinished.mkdir(parents=True)
        try:
            _draw(unfinished, count, size=size, seed=seed, report=report, check=check)
            unfinished.replace(target)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return Pool(*(np.load(file, mmap_mode="r") for file in names))


def _draw(folder: Path, count: int, *, size: int, seed: int, report: Report, check: Check) -> None:
    shapes = ((count, size, size, 3), (count, size, size), (count, MOST + 1))
    pool = Pool(
        *(
            np.lib.format.open_memmap(folder / f"{name}.npy", "w+", np.uint8, shape)
            for name, shape in zip(Pool._fields, shapes, strict=True)
        )
    )
    for index in range(count):
        check()
        drawing = scene(seed, index, size)
        pool.images[index], pool.numbers[index] = drawing.image, drawing.numbers
        pool.labels[index, 1 : len(drawing.labels) + 1] = drawing.labels
        report(Progress(done=index + 1, total=count, unit="scenes"))
