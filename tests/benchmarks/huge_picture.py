"""From turning to a huge picture to seeing it: how long until something is shown, until it is sharp, and what it takes.

``python tests/benchmarks/huge_picture.py [--side PIXELS] [--kinds jpg,png,tif] [--keep FOLDER]``: a picture of
``--side`` pixels each way (20,000 unless said) is made as JPEG, PNG and TIFF; each is opened in a process of its own by
the page's stage, on a screen of 1600 × 1000. Printed are the seconds until the first paint with a coarse picture and
with the sharp one, the processor's seconds, what the process held at most with and without the pages of mapped files,
and the longest time that the window's thread did not answer, on the clock and of its own processor time, which other
work on the machine disturbs less. With ``--keep`` the pictures stay for another run.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[2]))

import cv2
import numpy as np
import PIL.Image
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.document.editing import Editing
from app.pages.annotate.image_stage import ImageStage
from app.threads.frame_priority import put_window_first
from app.tools.tool_context import ToolContext
from core.annotation.editing.draft import Draft
from core.dataset import open_dataset

BLOCK = 2000
KINDS = ("jpg", "png", "tif")
HEADINGS = "coarse s", "ready s", "processor s", "MiB at most", "of its own", "stuck ms", "busy ms"
SAMPLE = 0.1
"""Seconds between two looks at the memory."""


class Kept(list):
    """A journal in memory."""


def make_picture(folder: Path, kind: str, side: int) -> None:
    """A dataset of one picture with shapes and grain of all sizes, as photographs have them."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    block = np.zeros((BLOCK, BLOCK, 3), np.float32)
    for cells, strength in ((6, 60), (40, 30), (300, 15), (BLOCK, 4)):
        noise = random.normal(0, strength, (cells, cells, 3)).astype(np.float32)
        block += cv2.resize(noise, (BLOCK, BLOCK), interpolation=cv2.INTER_CUBIC)
    many = -(-side // BLOCK)
    picture = np.tile(np.clip(block + 128, 0, 250).astype(np.uint8), (many, many, 1))[:side, :side]
    for place in range(0, side, BLOCK):  # no two blocks are alike
        part = picture[place : place + BLOCK]
        part += random.integers(0, 5, part.shape, np.uint8)
    path = folder / f"1.{kind}"
    if kind == "tif":
        PIL.Image.MAX_IMAGE_PIXELS = None
        PIL.Image.fromarray(picture).save(path, compression="tiff_lzw")
    else:
        flags = [cv2.IMWRITE_JPEG_QUALITY, 90] if kind == "jpg" else [cv2.IMWRITE_PNG_COMPRESSION, 1]
        cv2.imwrite(str(path), picture, flags)
    images = [{"id": 1, "file_name": path.name, "width": side, "height": side}]
    content = {"images": images, "annotations": [], "categories": [{"id": 1, "name": "thing"}]}
    (folder / "instances.json").write_text(json.dumps(content))


class Watcher:
    """Notes when what was painted, and for how long nothing was."""

    def __init__(self, stage: ImageStage) -> None:
        self._stage, self._begin = stage, time.perf_counter()
        self.coarse = self.ready = self.stuck = self.busy = self.own = 0.0
        self._last, self._worked, self._sampled = self._begin, time.thread_time(), self._begin
        self._shown = False
        stage.loader.progressed.connect(self._see)
        self._timer = QTimer(interval=2)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _see(self) -> None:
        self._shown = True

    def _tick(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        self.stuck, self.busy = max(self.stuck, now - self._last), max(self.busy, worked - self._worked)
        if now - self._sampled > SAMPLE:
            self.own, self._sampled = max(self.own, own_memory()), now
        if self._shown and not self.coarse:
            self._stage.view.repaint()
            self.coarse = time.perf_counter() - self._begin
        if self._stage._context.pixels is not None and not self.ready:
            self._stage.view.repaint()
            self.ready = time.perf_counter() - self._begin
        self._last, self._worked = now, worked


def own_memory() -> float:
    """MiB that the process holds now without the pages of mapped files."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon"))


def measure(folder: Path) -> None:
    """Open the picture and print the figures."""
    app = QApplication([])
    put_window_first()
    dataset = open_dataset(folder)
    editing = Editing()
    context = ToolContext(editing)
    stage = ImageStage(editing, context)
    editing.begin(Draft(dataset, Kept()))
    stage.resize(1600, 1000)
    stage.show()
    app.processEvents()
    before = time.process_time()
    watcher = Watcher(stage)
    stage.show_image(dataset.images[0], None)
    while not watcher.ready and not (stage.note.isVisible() and stage.loader.pyramids.image is None):
        app.processEvents()
        time.sleep(0.001)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    worked = time.process_time() - before
    figures = watcher.coarse, watcher.ready, worked, most, watcher.own, 1000 * watcher.stuck, 1000 * watcher.busy
    print(json.dumps(figures), flush=True)
    os._exit(0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--side", type=int, default=20_000)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        measure(given.one)
    with tempfile.TemporaryDirectory() as temporary:
        place = given.keep or Path(temporary)
        print(f"{given.side:,} × {given.side:,} pixels\n{'':6}" + "".join(f"{name:>13}" for name in HEADINGS))
        for kind in given.kinds.split(","):
            folder = place / kind
            if not folder.exists():
                maker = get_context("spawn").Process(target=make_picture, args=(folder, kind, given.side))
                maker.start()
                maker.join()
            with tempfile.TemporaryDirectory(dir=place) as home:
                command = [sys.executable, __file__, "--one", str(folder)]
                environment = os.environ | {"MASKWRIGHT_HOME": home}
                done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
            figures = json.loads(done.stdout.splitlines()[-1])
            print(f"{kind:6}" + "".join(f"{figure:13.1f}" for figure in figures), flush=True)


if __name__ == "__main__":
    main()
