"""A dataset of COCO's full size, read and shown: against ``pycocotools`` and ``datumaro``, and in the window.

    python tests/benchmarks/coco_size.py [--images 118000] [--instances 860000] [--pictures FOLDER] [--bound 300]

Makes a folder with a COCO file like that of COCO's training images (see ``open_coco``) and that many pictures: hard
links to the JPEGs in FOLDER, or to some of its own. Reads it by each library in a process of its own: seconds, seconds
of the processor, peak memory; who takes longer than the bound is ended. Then opens it in the window twice, each time in
a new process: until the first thumbnails are there, while the gallery scrolls, for filters, orders and searches. A
frame is the time for which the window answers nothing. Where other work disturbs the clock, look at the processor's
seconds. Exits with 1 when a goal is missed.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import cv2
import numpy as np
import open_coco
from machine import machine

READERS = ("maskwright", "maskwright, again", "pycocotools", "datumaro")
GOALS = {
    "reading": ("s", 3.0),
    "memory": ("MiB", 771),
    "first thumbnails": ("s", 4.0),
    "thumbnails of a second opening": ("s", 1.0),
    "scrolling": ("ms", 33),
    "paging": ("ms", 33),
    "jumping": ("ms", 33),
    "filtering": ("ms", 100),
    "sorting": ("ms", 100),
    "searching": ("ms", 100),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=118_000)
    parser.add_argument("--instances", type=int, default=860_000)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--bound", type=float, default=300, help="seconds for each reader")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        what, folder = arguments.child
        found = in_window(Path(folder)) if what == "window" else read(what, Path(folder))
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()
        os._exit(0)
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["MASKWRIGHT_HOME"] = os.environ["XDG_CONFIG_HOME"] = os.environ["XDG_CACHE_HOME"] = temporary
        folder = Path(temporary) / "coco"
        size = make(folder, arguments.images, arguments.instances, arguments.pictures)
        say(f"{machine()}; {arguments.images:,} images, {arguments.instances:,} instances, {size / 1e6:.0f} MB")
        figures: dict[str, float] = {}
        for reader in READERS:
            try:
                found = child(reader, folder, arguments.bound)
            except subprocess.CalledProcessError as error:
                say(f"{reader:34} failed: {error.stderr.strip().rpartition(chr(10))[2]}")
                continue
            if found is None:
                say(f"{reader:34} ended after {arguments.bound:.0f} s")
                continue
            say("{0:34} {seconds:7.2f} s {processor:7.2f} s of the processor {peak:7.0f} MiB".format(reader, **found))
            if reader == "maskwright":
                figures |= {"reading": found["seconds"], "memory": found["peak"]}
        # What the readers before left in the cache goes: in the window, nobody has opened it yet.
        shutil.rmtree(Path(temporary) / "cache", ignore_errors=True)
        first, second = child("window", folder, 600), child("window", folder, 600)
        assert first is not None and second is not None
        again = second.pop("first thumbnails")
        say(f"{'of the processor, both openings':34} {first.pop('processor'):7.2f} s {second.pop('processor'):7.2f} s")
        for name in first:
            if name.endswith("95 %"):
                say(f"{name:34} {first[name]:7.1f} ms")
        figures |= {name: value for name, value in first.items() if name in GOALS}
        figures["thumbnails of a second opening"] = again
    missed = 0
    for name, (unit, goal) in GOALS.items():
        missed += figures[name] > goal
        say(f"{name:34} {figures[name]:7.2f} {unit:4} goal {goal:g}{'' if figures[name] <= goal else '   missed'}")
    return int(missed > 0)


def make(folder: Path, images: int, instances: int, pictures: Path | None) -> int:
    """The dataset, and the bytes of its file."""
    (folder / "images" / "train").mkdir(parents=True)
    (folder / "annotations").mkdir()
    sources = sorted(pictures.rglob("*.jpg"))[:20] if pictures is not None else []
    for number in range(20 - len(sources)):
        small = np.random.default_rng(number).integers(0, 255, (12, 16, 3), np.uint8)
        sources.append(folder / f".{number}.jpg")
        cv2.imwrite(str(sources[-1]), cv2.resize(small, (640, 480), interpolation=cv2.INTER_CUBIC))
    own = [folder / f".link{number}.jpg" for number in range(len(sources))]
    for source, link in zip(sources, own, strict=True):
        link.write_bytes(source.read_bytes())
    sizes = [cv2.imread(str(source)).shape[:2] for source in own]
    file = folder / "annotations" / "instances_train.json"
    open_coco.write(file, images, instances, sizes)
    for number in range(1, images + 1):
        os.link(own[number % len(own)], folder / "images" / "train" / f"{number:012}.jpg")
    return file.stat().st_size


def child(what: str, folder: Path, bound: float) -> dict[str, float] | None:
    """What a process of its own measures; ``None`` where it takes too long. Raises ``CalledProcessError``."""
    command = [sys.executable, __file__, "--child", what, str(folder)]
    try:
        answer = subprocess.run(command, check=True, capture_output=True, text=True, timeout=bound).stdout
    except subprocess.TimeoutExpired:
        return None
    found: dict[str, float] = json.loads(answer.splitlines()[-1])
    return found


def read(reader: str, folder: Path) -> dict[str, float]:
    """Read the file by a library, imports not counted."""
    file = folder / "annotations" / "instances_train.json"
    if reader == "pycocotools":
        from pycocotools.coco import COCO

        start, processor = time.perf_counter(), time.process_time()
        count = len(COCO(file).imgs)
    elif reader == "datumaro":
        import datumaro

        start, processor = time.perf_counter(), time.process_time()
        count = len(datumaro.Dataset.import_from(str(file), "coco_instances"))
    else:
        from core.dataset import open_dataset

        start, processor = time.perf_counter(), time.process_time()
        count = len(open_dataset(file).images)
    seconds, used = time.perf_counter() - start, time.process_time() - processor
    assert count > 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return {"seconds": seconds, "processor": used, "peak": peak}


def in_window(folder: Path) -> dict[str, float]:
    """Open the dataset in the window and use its gallery."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from gallery_scroll import Heartbeat, run
    from PySide6.QtWidgets import QApplication

    from app.__main__ import keep_responsive
    from app.document.document import Document
    from app.runs.job_list import JobList
    from app.settings.settings import Settings
    from app.style.theme import Theme
    from app.threads.garbage import collect_garbage_here
    from app.window.main_window import MainWindow

    app = QApplication([])
    collect_garbage_here(app)  # as the program does
    settings, document = Settings(Path(os.environ["MASKWRIGHT_HOME"]) / "settings.ini"), Document()
    window = MainWindow(document, JobList(settings.runs_folder), settings, Theme(app, "dark"))
    window.resize(1600, 1000)
    window.show()
    keep_responsive(window)
    run(3)
    figures: dict[str, float] = {}
    start, processor = time.perf_counter(), time.process_time()
    document.open(folder)
    while document.dataset is None or not len(window.page.gallery.model.rows):  # type: ignore[attr-defined]
        run(0.01)
    gallery, filters = window.page.gallery, window.page.filters  # type: ignore[attr-defined]
    seen = gallery.view.rows_in_view()
    while any(gallery.thumbnails.get(gallery.model.rows[place].image) is None for place in seen):
        run(0.01)
    figures["first thumbnails"] = time.perf_counter() - start
    figures["processor"] = time.process_time() - processor
    heart, bar = Heartbeat(), gallery.view.verticalScrollBar()
    heart.start()
    run(5)  # what is counted after the opening is done, so that all figures are of the same thing
    moves: dict[str, tuple[Sequence[int], float]] = {
        "scrolling": ([40] * 300, 0.016),
        "paging": ([bar.pageStep()] * 60, 0.05),
        "jumping": (np.diff(np.random.default_rng(0).integers(0, bar.maximum(), 60)).tolist(), 0.05),
    }
    for name, (steps, pause) in moves.items():
        heart.gaps.clear()
        for step in steps:
            bar.setValue(bar.value() + step)
            run(pause)
        gaps = sorted(heart.gaps)
        figures[name], figures[f"{name}, 95 %"] = gaps[-1], gaps[int(len(gaps) * 0.95)]

    def longest(*acts: Callable[[], object]) -> float:
        """Milliseconds until the gallery shows what was asked for."""
        waits = []
        for act in acts:
            run(0.3)
            began = time.perf_counter()
            act()
            app.processEvents()
            waits.append((time.perf_counter() - began) * 1000)
        return max(waits)

    rows = [filters._states["masks"], filters._states["bare"], filters._states["any"], *filters._classes[:3]]
    figures["filtering"] = longest(*(line.click for line in rows))
    filters.clear()
    figures["sorting"] = longest(
        *(lambda place=place: _choose(gallery.sorting, place) for place in range(gallery.sorting.count())),
        gallery.descending.click,
    )
    figures["searching"] = longest(*(lambda text=text: filters.search(text) for text in ("1", "12", "123", "7 9", "")))
    return figures


def _choose(box, place: int) -> None:  # type: ignore[no-untyped-def]
    box.setCurrentIndex(place)
    box.activated.emit(place)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
