"""How long the Annotate page's view takes for a frame, and to open a picture.

``python tests/benchmarks/canvas.py [instances] [--side PIXELS] [--keep FOLDER]``: a picture of 4000 × 3000 with that
many instances of 60 points each (1,000 unless said), or of ``--side`` pixels each way, is opened as the page opens it;
then a script pans, zooms and drags a corner with real mouse events. A frame is the event, what it sets off and the
painting, in the thread of the window; what arrives from other threads between two frames counts as a frame of its own.
Beside the time on the clock stands the processor time of the window's thread, which other work on the machine disturbs
less. With ``--keep`` the data and what is cached of it stay: a second run opens a huge picture that was open before.
"""

import argparse
import gc
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[2]))

import cv2
import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from app.canvas.easel import Easel
from app.canvas.tools.select import SelectTool
from app.canvas.viewport import Viewport
from app.editing import Editing
from app.pages.annotate.stage import Stage, read
from core.annotation.draft import Draft
from core.dataset import open_dataset

POINTS = 60
FRAME = 1 / 60
"""Seconds between two events of the script."""
LEFT, NO_BUTTON = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
HELD = Qt.KeyboardModifier.NoModifier


class Kept(list):
    """A journal in memory."""


def make_dataset(folder: Path, width: int, height: int, instances: int) -> None:
    """One picture and its instances, wavy rings that overlap here and there."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    small = random.integers(0, 255, (max(height // 50, 2), max(width // 50, 2), 3), np.uint8)
    cv2.imwrite(str(folder / "1.jpg"), cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC))
    angles = np.linspace(0, 2 * np.pi, POINTS, endpoint=False)
    radius = 0.55 * (width * height / max(instances, 1)) ** 0.5
    annotations = []
    for id in range(1, instances + 1):
        x, y = random.uniform(radius, width - radius), random.uniform(radius, height - radius)
        reach = radius * (0.8 + 0.2 * np.sin(angles * random.integers(3, 9)))
        ring = np.stack([x + reach * np.cos(angles), y + reach * np.sin(angles)], 1)
        part = ring.round(2).ravel().tolist()
        box = [*ring.min(0).tolist(), *np.ptp(ring, axis=0).tolist()]  # COCO files state box and area
        entry = {"id": id, "image_id": 1, "category_id": id % 8 + 1, "iscrowd": 0, "segmentation": [part]}
        annotations.append(entry | {"bbox": box, "area": float(cv2.contourArea(ring.astype(np.float32)))})
    images = [{"id": 1, "file_name": "1.jpg", "width": width, "height": height}]
    categories = [{"id": id, "name": f"class {id}"} for id in range(1, 9)]
    content = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "instances.json").write_text(json.dumps(content))


class Hands:
    """Sends events to the view and takes the time of what they set off."""

    def __init__(self, stage: Stage) -> None:
        self.view = stage.view
        self.frames: list[tuple[float, float]] = []
        """Milliseconds on the clock and of the processor."""

    def turn(self, steps: float, at: QPointF) -> None:
        """The wheel."""
        place, turned = self.view.mapToGlobal(at), QPoint(0, round(120 * steps))
        phase = Qt.ScrollPhase.NoScrollPhase
        QApplication.sendEvent(self.view, QWheelEvent(at, place, QPoint(), turned, NO_BUTTON, HELD, phase, False))

    def mouse(self, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton) -> None:
        """Press, move or release."""
        pressed = NO_BUTTON if kind == QEvent.Type.MouseButtonRelease else button
        event = QMouseEvent(kind, at, self.view.mapToGlobal(at), button, pressed, HELD)
        QApplication.sendEvent(self.view, event)

    def frame(self, event: Callable[[], None]) -> None:
        """One event, and all that is painted until the next is due."""
        due = time.perf_counter() + FRAME
        self._take(event, least=0.0)
        while time.perf_counter() < due:
            self._take(lambda: time.sleep(0.0005), least=0.002)

    def _take(self, event: Callable[[], None], least: float) -> None:
        begin, worked = time.perf_counter(), time.thread_time()
        event()
        QApplication.processEvents()
        taken = time.perf_counter() - begin
        if taken >= least:
            self.frames.append((1000 * taken, 1000 * (time.thread_time() - worked)))

    def drag(self, button: Qt.MouseButton, places: Iterable[QPointF]) -> None:
        """Press at the first place, go over all, release at the last."""
        first, *others = places
        self.mouse(QEvent.Type.MouseMove, first, NO_BUTTON)
        self.frame(lambda: self.mouse(QEvent.Type.MouseButtonPress, first, button))
        for place in others:
            self.frame(lambda place=place: self.mouse(QEvent.Type.MouseMove, place, button))  # type: ignore[misc]
        self.frame(lambda: self.mouse(QEvent.Type.MouseButtonRelease, others[-1], button))

    def report(self, what: str) -> None:
        """Print and forget."""
        clock, processor = (
            "   ".join(f"{value:6.1f}" for value in np.percentile(times, [50, 95, 100]))
            for times in zip(*self.frames, strict=True)
        )
        print(f"{what:28} p50, p95, max: {clock} ms; processor {processor} ms   {len(self.frames)} frames", flush=True)
        self.frames.clear()


def settle(seconds: float) -> None:
    """Let threads and paints come to an end."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        QApplication.processEvents()
        time.sleep(0.002)


def circle(centre: QPointF, radius: float, steps: int) -> list[QPointF]:
    """Places on two rounds about ``centre``."""
    angles = np.linspace(0, 4 * np.pi, steps)
    return [centre + radius * QPointF(float(np.cos(a)), float(np.sin(a))) for a in angles]


def pan(hands: Hands, what: str) -> None:
    """With the middle button, ten to twenty pixels a frame."""
    hands.drag(Qt.MouseButton.MiddleButton, circle(hands.view.rect().toRectF().center(), 220, 160))
    hands.report(what)


def zoom(hands: Hands) -> None:
    """In to 300 % and out again, by quarters of a notch."""
    middle = hands.view.rect().toRectF().center()
    for steps in [0.25] * 50 + [-0.25] * 50:
        hands.frame(lambda steps=steps: hands.turn(steps, middle))  # type: ignore[misc]
    hands.report("zoom")


def drag_corner(hands: Hands, stage: Stage, easel: Easel) -> None:
    """Select an instance in the middle of the view and drag its first corner about."""
    ids = easel.within((0, 0, easel.size[1], easel.size[0]))
    middle = hands.view.viewport.to_image(hands.view.rect().toRectF().center())
    chosen = min(ids, key=lambda id: (QPointF(*_first(easel, id)) - middle).manhattanLength())
    easel.select([chosen])
    settle(1.0)
    hands.frames.clear()
    for _ in range(3):
        corner = hands.view.viewport.to_widget(QPointF(*_first(easel, chosen)))
        hands.drag(LEFT, [corner + QPointF(2 * step, step) for step in range(60)])
    hands.report("drag a corner, three times")
    settle(0.5)
    for _ in range(3):
        hands.frame(stage._editing.undo)
    hands.report("undo")


def _first(easel: Easel, id: int) -> tuple[float, float]:
    parts = easel.annotations[id].segmentation
    assert isinstance(parts, list)
    return parts[0][0], parts[0][1]


def hover(hands: Hands) -> None:
    """The mouse goes over instances, with no button down."""
    for place in circle(hands.view.rect().toRectF().center(), 300, 120):
        hands.frame(lambda place=place: hands.mouse(QEvent.Type.MouseMove, place, NO_BUTTON))  # type: ignore[misc]
    hands.report("hover")


def memory() -> str:
    """What the process has held at most so far, and what it holds now without the pages of mapped files."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    own = next((int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon")), float("nan"))
    return f"{most:,.0f} MiB at most, {own:,.0f} MiB of its own now"


def open_picture(stage: Stage, easel: Easel, draft: Draft) -> None:
    """As the page does; says how long the worker and the window take."""
    image = draft.dataset.images[0]
    begin = time.perf_counter()
    annotations = draft.annotations(image.index)
    print(f"annotations read in {time.perf_counter() - begin:.2f} s")
    begin = time.perf_counter()
    easel.show(image.index, (image.height, image.width))
    sight = read(draft.dataset, image, annotations, stage.looks())
    print(f"worker: picture and shapes made in {time.perf_counter() - begin:.2f} s")
    begin = time.perf_counter()
    stage._take(sight)
    shown = time.perf_counter() - begin
    QApplication.processEvents()
    print(f"window: taken in {1000 * shown:.0f} ms, first painted {1000 * (time.perf_counter() - begin):.0f} ms")
    settle(3.0)
    print(f"memory after opening: {memory()}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("instances", nargs="?", type=int, default=1000)
    parser.add_argument("--side", type=int)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    width, height = (given.side, given.side) if given.side else (4000, 3000)
    app = QApplication([])
    sys.setswitchinterval(0.0001)  # as the window does
    gc.set_threshold(100_000, 20, 100)
    cv2.setNumThreads(max((os.cpu_count() or 2) - 1, 1))
    with tempfile.TemporaryDirectory() as temporary:
        place = given.keep or Path(temporary)
        os.environ["MASKWRIGHT_HOME"] = str(place)
        if not (place / "data").exists():  # made by another process, so that its memory does not count
            maker = get_context("spawn").Process(
                target=make_dataset, args=(place / "data", width, height, given.instances)
            )
            maker.start()
            maker.join()
        dataset = open_dataset(place / "data")
        print(f"{given.instances:,} instances of {POINTS} points on {width} × {height}, view of 1600 × 1000")
        editing = Editing()
        easel = Easel(editing)
        stage = Stage(editing, easel)
        editing.begin(Draft(dataset, Kept()))
        stage.resize(1600, 1000)
        stage.show()
        stage.view.set_tool(SelectTool(easel))
        settle(0.3)
        assert editing.draft is not None
        open_picture(stage, easel, editing.draft)
        hands = Hands(stage)
        pan(hands, "pan, whole picture in view")
        zoom(hands)
        stage.view.look(Viewport(1.0, 800 - width / 2, 500 - height / 2))
        settle(1.0)
        pan(hands, "pan at 100 %")
        hover(hands)
        stage.view.fit()
        settle(2.0)
        if given.instances:
            drag_corner(hands, stage, easel)
        print(f"memory in the end: {memory()}")
    stage.close()
    app.processEvents()
    os._exit(0)


if __name__ == "__main__":
    main()
