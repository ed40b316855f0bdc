"""Single functions that a person or a worker waits for, each against the time that it may take.

    python tests/benchmarks/budgets.py [--repeats 5]

Processor time, the best of some repeats; of child processes their own, and of what waits for another process the clock.
Exits with 1 when something takes longer than it may.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
from gallery_scroll import make_dataset
from PIL import Image
from PySide6.QtWidgets import QApplication

from app.gallery.model import Filter, ImageIndex
from app.plots.run_charts import RunCharts
from core.annotation.editing import shape_ops
from core.annotation.editing.edits import InstanceEdit
from core.annotation.editing.model import Annotation
from core.annotation.storage.recovery import open_draft
from core.dataset import open_dataset
from core.dataset.splits.splitting import by_seed, stratified
from core.errors import UserError
from core.execution import process
from core.geometry import mask_ops, masks
from core.geometry.segmentation import Polygons, Rle
from core.geometry.strokes import Stroke
from core.images.decoding import read_image
from core.jobs import SampleJob
from core.runs.events import Plan, Record, Stage, Step
from core.runs.folder import RunFolder
from core.runs.history import RunHistory
from core.runs.job_file import JobFile

ROOT = Path(__file__).parents[2]
Work = Callable[[], object]


def filter_gallery(folder: Path) -> Work:
    index = ImageIndex(open_dataset(make_dataset(folder / "gallery", 10_000)))
    return lambda: index.select(Filter(classes=frozenset({1}), state="masks", text="99"))


def append_to_journal(folder: Path) -> Work:
    square = Annotation(1, Polygons([[1, 1, 9, 1, 9, 9, 1, 9]]), (1.0, 1.0, 8.0, 8.0))
    edit = InstanceEdit(name="New", image=0, before={}, after={100: square})
    journal = open_draft(open_dataset(make_dataset(folder / "journal", 20))).journal
    return lambda: [journal.append(edit) for _ in range(100)]


def fill_holes(folder: Path) -> Work:
    full = np.ones((600, 600), np.uint8)
    full[5:-5:20, 5:-5:20] = 0
    mask = masks.crop(full)
    sieve = shape_ops.as_polygons(Annotation(3, Rle.of(mask), mask.box), full.shape)
    return lambda: shape_ops.filled(sieve, None, full.shape)


def remove_specks(folder: Path) -> Work:
    full = (np.random.default_rng(0).random((1000, 1000)) < 0.3).astype(np.uint8)
    full[:300] = 1
    return lambda: mask_ops.without_specks(mask_ops.filled(masks.crop(full)), 400)


def move_brush(folder: Path) -> Work:
    def steps() -> None:
        stroke = Stroke((20_000, 20_000))
        for step in range(100):
            stroke.move((1000.0 + 20 * step, 9000.0), (1020.0 + 20 * step, 9010.0), 60)

    return steps


def split(folder: Path) -> Work:
    random = np.random.default_rng(0)
    owners, labels = random.integers(0, 50_000, 400_000), random.zipf(1.3, 400_000) % 1200
    return lambda: stratified(50_000, owners, labels, 0.2, by_seed(0))


def draw_curves(folder: Path) -> Work:
    charts, history = RunCharts(), RunHistory()
    charts.resize(800, 300)
    plan = Plan(
        epochs=25_000,
        steps_per_epoch=2,
        train_images=8,
        validation_images=2,
        device="cpu",
        precision="fp32",
        parameters=1,
        patience=0,
    )
    steps = [
        Step(epoch=(number + 1) // 2, step=number, losses={"total": 2.0 + number % 7}, learning_rate=0.1,
             images_per_second=1.0, memory_mb=1.0)
        for number in range(1, 50_001)
    ]  # fmt: skip
    history.add([Record(1, number, float(number), event) for number, event in enumerate([plan, *steps], 1)])

    def draw() -> None:
        charts.show_history(history)
        charts.grab()

    return draw


def refuse_bomb(folder: Path) -> Work:
    file = folder / "bomb.png"
    Image.new("1", (23_000, 23_000)).save(file)

    def read() -> None:
        try:
            read_image(file)
        except UserError:
            return
        raise AssertionError("it was decoded")

    return read


def find_recipes(folder: Path) -> Work:
    command = [sys.executable, "-m", "core.cli", "find"]
    return lambda: subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def start_child(folder: Path) -> Work:
    """Until its first word, and its end after it is cancelled."""

    def job() -> None:
        job = SampleJob(output=str(folder / "sample"), train_images=5000, validation_images=1, size=64)
        run = RunFolder.create(folder, "sample", JobFile(job=job, created=0.0, command=""))
        child = process.start(run)
        while not any(isinstance(record.event, Stage) for record in run.records()):
            time.sleep(0.005)
        process.end(run, "cancel")
        child.wait()

    return job


def clock() -> float:
    return time.perf_counter()


def processor() -> float:
    """Seconds that this process and its children computed."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


BUDGETS = [
    ("10,000 images are filtered", filter_gallery, 0.1, processor),
    ("a hundred edits are written to the journal", append_to_journal, 0.5, clock),
    ("841 holes of a polygon are filled", fill_holes, 2.0, processor),
    ("specks of 1000² random pixels are removed", remove_specks, 3.0, processor),
    ("a hundred steps of a brush on 20,000²", move_brush, 1.6, processor),
    ("50,000 images with 1,200 classes are split", split, 2.0, processor),
    ("curves of 50,000 steps are drawn", draw_curves, 0.5, processor),
    ("a picture of few bytes and many pixels is refused", refuse_bomb, 0.3, processor),
    ("maskwright find", find_recipes, 1.0, processor),
    ("a job's process starts, speaks, and ends when cancelled", start_child, 3.0, clock),
]
"""What, how it is made ready, the seconds it may take, and by which clock."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    application = QApplication([])
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MASKWRIGHT_HOME"] = str(Path(folder) / "home")
        for what, ready, budget, now in BUDGETS:
            work = ready(Path(folder))
            best = min(seconds(work, now) for _ in range(repeats))
            print(f"{what:58} {1000 * best:7.1f} of {1000 * budget:5.0f} ms{'  MISSED' * (best > budget)}", flush=True)
            missed += best > budget
    application.processEvents()
    return int(missed > 0)


def seconds(work: Work, now: Callable[[], float]) -> float:
    begin = now()
    work()
    return now() - begin


if __name__ == "__main__":
    sys.exit(main())
