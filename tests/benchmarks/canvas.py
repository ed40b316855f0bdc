"""How long the Annotate page's view takes for a frame, and to open a picture.

``python tests/benchmarks/canvas.py [instances] [--side PIXELS] [--keep FOLDER]``: a picture of 4000 × 3000 with that
many instances of 60 points each (1,000 unless said), or of ``--side`` pixels each way, is opened as the page opens it;
then a script pans, zooms, drags a corner and paints with real mouse events. A frame is the event, what it sets off and
the painting, in the thread of the window; what arrives from other threads between two frames counts as a frame of its
own. Beside the time on the clock stands the processor time of the window's thread, which other work on the machine
disturbs less. With ``--keep`` the data and what is cached of it stay: a second run opens a huge picture that was open
before.
before.

After that, all instances are changed at once in the real window, see ``windows.stalls``.
"""

import argparse
import gc
import os
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[2]))

import cv2
import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication
from windows.hands import LEFT, MIDDLE, Hands, circle, settle
from windows.memory import own_mib, peak_mib
from windows.scene import PICTURE, POINTS, make_picture, make_rings, write_coco
from windows.stalls import stalls

from app.canvas.image_loader import read
from app.canvas.viewport import Viewport
from app.document.editing import Editing
from app.pages.annotate.image_stage import ImageStage, draw_instances
from app.threads.frame_priority import put_window_first
from app.tools.select import SelectTool
from app.tools.stroke_tool import BrushTool
from app.tools.tool_context import ToolContext
from core.annotation.editing.draft import Draft
from core.dataset import open_dataset
from core.geometry.segmentation import parts_of
from core.images import pyramids

_QUARTER = 30
"""Of a notch of the wheel."""


class Kept(list):
    """A journal in memory."""

    def append(self, edit, step="do"):
        super().append(edit)


def make_dataset(folder: Path, width: int, height: int, instances: int) -> None:
    """One picture and its instances."""
    folder.mkdir(parents=True)
    make_picture(folder / PICTURE, width, height)
    write_coco(folder, width, height, make_rings(width, height, instances))


def report(hands: Hands, what: str) -> None:
    """Print the frames since the last report."""
    frames = hands.taken()
    clock, processor = (
        "   ".join(f"{value:6.1f}" for value in np.percentile(times, [50, 95, 100]))
        for times in zip(*frames, strict=True)
    )
    print(f"{what:28} p50, p95, max: {clock} ms; processor {processor} ms   {len(frames)} frames", flush=True)


def pan(hands: Hands, what: str) -> None:
    """With the middle button, ten to twenty pixels a frame."""
    hands.drag(MIDDLE, circle(hands.middle, 220, 160))
    report(hands, what)


def zoom(hands: Hands) -> None:
    """In to 300 % and out again, by quarters of a notch."""
    for degrees in [_QUARTER] * 50 + [-_QUARTER] * 50:
        hands.frame(lambda degrees=degrees: hands.turn(degrees, hands.middle))  # type: ignore[misc]
    report(hands, "zoom")


def drag_corner(hands: Hands, stage: ImageStage, context: ToolContext) -> None:
    """Select an instance in the middle of the view and drag its first corner about."""
    ids = context.within((0, 0, context.size[1], context.size[0]))
    middle = stage.view.viewport.to_image(hands.middle)
    chosen = min(ids, key=lambda id: (QPointF(*_first(context, id)) - middle).manhattanLength())
    context.select([chosen])
    settle(1.0)
    hands.taken()
    for _ in range(3):
        corner = stage.view.viewport.to_widget(QPointF(*_first(context, chosen)))
        hands.drag(LEFT, [corner + QPointF(2 * step, step) for step in range(60)])
    report(hands, "drag a corner, three times")
    settle(0.5)
    for _ in range(3):
        hands.frame(stage._editing.undo)
    report(hands, "undo")


def paint(hands: Hands, stage: ImageStage, context: ToolContext) -> None:
    """A long stroke of a large brush across the whole picture."""
    brush = BrushTool(context)
    brush.set_option("size", 120.0)
    stage.view.set_tool(brush)
    settle(0.3)
    hands.taken()
    hands.drag(LEFT, [hands.middle + QPointF(8 * step - 240, 6 * step - 180) for step in range(60)])
    report(hands, "paint a stroke")
    stage.view.set_tool(SelectTool(context))


def _first(context: ToolContext, id: int) -> tuple[float, float]:
    (x, y, *_), *_ = parts_of(context.annotations[id].segmentation)
    return x, y


def hover(hands: Hands) -> None:
    """The mouse goes over instances, with no button down."""
    hands.play(lambda place=place: hands.move(place) for place in circle(hands.middle, 300, 120))  # type: ignore[misc]
    report(hands, "hover")


def memory() -> str:
    """What the process has held at most so far, and what it holds now without the pages of mapped files."""
    return f"{peak_mib():,.0f} MiB at most, {own_mib():,.0f} MiB of its own now"


def open_picture(stage: ImageStage, context: ToolContext, draft: Draft) -> None:
    """As the page does; says how long the worker and the window take."""
    image = draft.dataset.images[0]
    begin = time.perf_counter()
    context.show(image.index, (image.height, image.width), reading=True)
    if pyramids.is_huge((image.height, image.width)):  # the page would show it coarse meanwhile
        pyramids.open_pyramid(draft.dataset.image_path(image), (image.height, image.width))
    styles = stage.class_styles()
    loaded = read(draft.dataset, image, lambda _, image: draw_instances(draft, styles, image))
    print(f"worker: annotations, picture and shapes made in {time.perf_counter() - begin:.2f} s")
    begin = time.perf_counter()
    stage._on_loaded(loaded)
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
    put_window_first()
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
        context = ToolContext(editing)
        stage = ImageStage(editing, context)
        editing.begin(Draft(dataset, Kept()))
        stage.resize(1600, 1000)
        stage.show()
        stage.view.set_tool(SelectTool(context))
        settle(0.3)
        assert editing.draft is not None
        open_picture(stage, context, editing.draft)
        hands = Hands(stage.view)
        pan(hands, "pan, whole picture in view")
        zoom(hands)
        stage.view.set_viewport(Viewport(1.0, 800 - width / 2, 500 - height / 2))
        settle(1.0)
        pan(hands, "pan at 100 %")
        hover(hands)
        stage.view.fit()
        settle(2.0)
        if given.instances:
            drag_corner(hands, stage, context)
        paint(hands, stage, context)
        print(f"memory in the end: {memory()}")
        stage.close()
        app.processEvents()
        if given.instances:
            stalls(place / "data", Path(temporary) / "home")
    os._exit(0)


if __name__ == "__main__":
    main()
