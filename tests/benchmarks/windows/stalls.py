"""What of the Annotate page keeps the window waiting among very many instances; run by ``canvas.py``.

The real window opens the dataset; each act is done as a person does it, and until it shows nothing but the event loop
runs. A stall is the time in which the loop could do nothing else: painting and what the act set off, in the thread of
the window, or another thread that keeps Python's lock.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.document.document import Document
from app.runs.job_list import JobList
from app.settings.settings import Settings
from app.style.theme import Theme
from app.window.main_window import MainWindow
from core.annotation.editing.edits import InstanceEdit
from core.annotation.editing.model import Annotation
from core.geometry.masks import crop
from core.geometry.segmentation import Rle

QUIET = 0.4
"""Seconds for which nothing may happen before an act counts as shown."""
LIMIT = 50.0
"""Milliseconds from which a stall is one."""
NONE, LEFT = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton


class Watch:
    """Does things in the window and takes the time of the stalls."""

    def __init__(self, window: MainWindow) -> None:
        self.page = window.page
        self.view, self.context, self.editing = self.page.stage.view, self.page.context, self.page.editing

    def act(self, what: str, event: Callable[[], object], until: Callable[[], object] = lambda: True) -> None:
        """Print how long it takes until it is done and shown, the longest stall on the clock and in processor time of
        the window's thread, and how many are too long."""
        begin = last = shown = time.perf_counter()
        worked = time.thread_time()
        stalls, works = [], []
        event()
        while True:
            QApplication.processEvents()
            now, working = time.perf_counter(), time.thread_time()
            stalls.append(1000 * (now - last))
            works.append(1000 * (working - worked))
            if works[-1] > 5 or self.editing.busy or self.view.layer.busy or not until():
                shown = now
            if now - shown > QUIET:
                break
            last, worked = now, working
            time.sleep(0.0005)
        long, busy = (sum(each > LIMIT for each in kind) for kind in (stalls, works))
        print(
            f"{what:40} {1000 * (shown - begin):7.0f} ms; longest stall {max(stalls):6.0f} ms, {long} over {LIMIT:.0f};"
            f" processor {max(works):6.0f} ms, {busy} over {LIMIT:.0f}",
            flush=True,
        )

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
        """A key, with the picture in focus."""
        QTest.keyClick(self.view, key, modifier)

    def stroke(self, *places: tuple[float, float]) -> None:
        """A drag through ``places`` (image pixels) with all but its last event."""
        first, *others = (self.view.viewport.to_widget(QPointF(*place)).toPoint() for place in places)
        QTest.mousePress(self.view, LEFT, NONE, first)
        for other in others:
            QTest.mouseMove(self.view, other)
        QApplication.processEvents()

    def release(self, x: float, y: float) -> None:
        """The end of a drag."""
        QTest.mouseRelease(self.view, LEFT, NONE, self.view.viewport.to_widget(QPointF(x, y)).toPoint())


def stalls(folder: Path, home: Path) -> None:
    """Open the dataset in the real window and do everything with all of its instances."""
    os.environ["MASKWRIGHT_HOME"] = str(home)
    app = QApplication.instance()
    settings = Settings(home / "settings.ini")
    document = Document()
    window = MainWindow(document, JobList(settings.runs_folder), settings, Theme(app, settings.theme))
    window.resize(1600, 1000)
    window.show()
    window.show_page("annotate")
    watch = Watch(window)
    page, context = watch.page, watch.context
    print("\nstalls of the whole page, window of 1600 × 1000")
    watch.act("open the dataset", lambda: document.open(folder), lambda: context.pixels is not None)
    _look(watch)
    for name in ("relabel all", "delete all", "all to masks", "all to polygons"):
        _change_all(watch, name)
    _change_classes(watch)
    watch.act("save", document.saver.save, lambda: not document.saver.unsaved)
    _paint(watch)
    page.editing.settle()
    document.finish()
    window.hide()


def _look(watch: Watch) -> None:
    middle = watch.view.rect().center()
    watch.act("first hover", lambda: QTest.mouseMove(watch.view, middle))
    watch.act("first click", lambda: QTest.mouseClick(watch.view, LEFT, NONE, middle))
    watch.act("select all", lambda: watch.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier))
    watch.act("select none", lambda: watch.context.select(()))


def _change_all(watch: Watch, name: str) -> None:
    from app.tools import operations

    context, page = watch.context, watch.page
    acts = {
        "relabel all": lambda: page.classes.choose_number(2),
        "delete all": lambda: operations.delete(context),
        "all to masks": lambda: operations.to_mask(context),
        "all to polygons": lambda: operations.to_polygons(context),
    }
    context.select(context.annotations)
    watch.act(f"  ({name}: all are selected)", lambda: None)
    watch.act(name, acts[name])
    if name == "all to masks":
        return
    watch.act(f"undo: {name}", watch.editing.undo)
    watch.act(f"redo: {name}", watch.editing.redo)
    watch.act(f"undo again: {name}", watch.editing.undo)


def _change_classes(watch: Watch) -> None:
    classes = watch.page.classes
    watch.act("choose a class", lambda: (watch.context.select(()), classes.choose_number(3)))
    first = next(iter(classes.lines))
    watch.act("merge a class of an eighth of them", lambda: classes.buttons._merge(first))
    watch.act("undo the merge", watch.editing.undo)
    watch.act("delete a class of an eighth of them", classes.buttons._delete)
    watch.act("undo the deletion", watch.editing.undo)


def _paint(watch: Watch) -> None:
    """Strokes on a mask that covers the whole image."""
    context, page = watch.context, watch.page
    height, width = context.size
    whole = np.ones((height, width), np.uint8)
    cv2.ellipse(whole, (width // 2, height // 2), (width // 3, height // 3), 30, 0, 360, 0, -1)
    mask = crop(whole)
    id = watch.editing.draft.new_id(context.image)
    new = Annotation(page.editing.draft.categories[0].id, Rle.of(mask), mask.box)
    watch.act(
        "an instance that covers the image comes",
        lambda: context.editing.do(InstanceEdit(name="New", image=context.image, before={}, after={id: new})),
    )
    for tool in ("brush", "eraser"):
        page.tools.choose(tool)
        context.select([id])
        page.tools.current.set_option("size", 80.0)
        middle = (width / 2, height / 2) if tool == "brush" else (100, 100)
        ways = {"short": 200, "long": min(width, height) * 0.8}
        for word, far in ways.items():
            begin = (middle[0] - far / 2, middle[1] - far / 2) if tool == "brush" else middle
            end = (begin[0] + far, begin[1] + far)
            watch.stroke(begin, ((begin[0] + end[0]) / 2, begin[1]), end)
            watch.act(f"a {word} stroke of the {tool} on it", lambda end=end: watch.release(*end))
        watch.act(f"undo of a stroke of the {tool}", watch.editing.undo)
