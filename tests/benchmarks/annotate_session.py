"""From a folder of pictures to a training, by hand and with help: a scripted session in the real window.

    python tests/benchmarks/annotate_session.py DATASET --work FOLDER [--sam FOLDER] [--instances 20]

Copies the pictures of a COCO dataset, without their annotations, and draws its instances anew with real mouse and key
events: polygon, brush, scissors, GrabCut and, where ``--sam`` names a folder with an encoder and a decoder, SAM, in
turn. Classes are made on the way; some steps are undone and done again. Then the Train button is pressed and a short
training started. Prints what each tool is worth: IoU with the real masks, and what the hand did for an instance (clicks
and drags). The file that was saved is opened with pycocotools and with Datumaro. Screenshots are in FOLDER.

The hand knows the real mask: it clicks on corners of its outline, paints inside it, or clicks on its middle, then on
the middle of what is still wrong, at most twice.
"""

import argparse
import os
import shutil
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[2]))

import cv2
import numpy as np
from annotator import Bitmap, iou, outline, wanted, worst
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.document.document import Document
from app.runs.job_list import JobList
from app.settings.settings import Settings
from app.style.theme import Theme
from app.window.main_window import MainWindow
from core.dataset import Dataset, open_dataset
from core.runs.events import Step

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NONE, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
_CORRECTIONS = 2
_GOOD = 0.9
"""IoU at which the hand is content."""


def wait_for(until: Callable[[], object], seconds: float = 60.0) -> bool:
    """Let the window work until something is so; ``False`` when it is not in time."""
    end = time.monotonic() + seconds
    while not until() and time.monotonic() < end:
        QTest.qWait(10)
    return bool(until())


class Hand:
    """Draws one instance with one tool; counts what it does."""

    def __init__(self, window: MainWindow) -> None:
        self.page = window.page
        self.view = self.page.stage.view
        self.acts = 0

    def at(self, x: float, y: float):
        return self.view.viewport.to_widget(QPointF(x, y)).toPoint()

    def click(self, x: float, y: float, button=LEFT) -> None:
        self.acts += 1
        QTest.mouseMove(self.view, self.at(x, y))
        QTest.qWait(2)
        QTest.mouseClick(self.view, button, NONE, self.at(x, y))
        QTest.qWait(QApplication.doubleClickInterval() + 20)

    def drag(self, points, button=LEFT, held=NONE) -> None:
        self.acts += 1
        QTest.mousePress(self.view, button, held, self.at(*points[0]))
        for point in points[1:]:
            QTest.mouseMove(self.view, self.at(*point))
        QTest.mouseRelease(self.view, button, NONE, self.at(*points[-1]))

    def key(self, key, modifier=NONE) -> None:
        QTest.keyClick(self.view, key, modifier)

    def wait(self, until, seconds: float = 60.0) -> None:
        if not wait_for(until, seconds):
            raise SystemExit("the window did not get there in time")

    # Tools

    def polygon(self, truth: Bitmap) -> None:
        for x, y in outline(truth, 2.0):
            self.acts += 1
            QTest.mouseClick(self.view, LEFT, NONE, self.at(x + 0.5, y + 0.5))
        self.key(Qt.Key.Key_Return)

    def brush(self, truth: Bitmap) -> None:
        """Rows across, as wide as the tip, then once round along the border."""
        distance = cv2.distanceTransform(np.pad(truth, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
        radius = max(distance.max() * 0.3, 1.5)
        self.page.tools.current.set_option("size", round(2 * radius))
        self.page.context.select(())
        inside = (distance >= radius).astype(np.uint8)
        held = NONE
        contours, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        for contour in sorted(contours, key=len, reverse=True):
            ring = contour[:, 0, :].astype(float) + 0.5
            self.drag([*ring[:: max(int(radius / 2), 1)], ring[0]], held=held)
            held = CONTROL  # all of them are one instance
        rows = np.flatnonzero(inside.any(1))
        path = []
        for number, row in enumerate(rows[:: max(int(radius), 1)]):
            columns = np.flatnonzero(inside[row])
            ends = [(columns[0] + 0.5, row + 0.5), (columns[-1] + 0.5, row + 0.5)]
            path += ends if number % 2 == 0 else ends[::-1]
        if len(path) > 1:
            self.drag(path, held=held)

    def scissors(self, truth: Bitmap) -> None:
        ring = outline(truth, 0.5)
        count = min(max(len(ring) // 6, 5), 10)
        for x, y in ring[np.linspace(0, len(ring), count, endpoint=False).astype(int)]:
            self.acts += 1
            QTest.mouseMove(self.view, self.at(x + 0.5, y + 0.5))
            QTest.mouseClick(self.view, LEFT, NONE, self.at(x + 0.5, y + 0.5))
            QTest.qWait(60)
        self.key(Qt.Key.Key_Return)
        self.wait(lambda: not self.page.tools.current.busy())

    def grab_cut(self, truth: Bitmap) -> None:
        x, y, width, height = cv2.boundingRect(truth)
        tool, size = self.page.tools.current, self.page.context.size
        left, top = max(x - 3, 0), max(y - 3, 0)
        right, bottom = min(x + width + 3, size[1]), min(y + height + 3, size[0])
        self.drag([(left, top), (x + width / 2, y + height / 2), (right, bottom)])
        self.wait(lambda: not tool.waits)
        for _ in range(_CORRECTIONS):
            found = tool.proposal.mask.full() if tool.proposal is not None else np.zeros_like(truth)
            if iou(found, truth) >= _GOOD:
                break
            error = worst(found, truth)
            x, y = error.at
            self.drag([(x, y), (x + 1, y)], LEFT if error.missing else RIGHT)
            self.wait(lambda: not tool.waits)
        self.key(Qt.Key.Key_Return)

    def sam(self, truth: Bitmap) -> None:
        tool = self.page.tools.current
        self.wait(lambda: tool.session.is_ready)
        self.wait(lambda: not tool.session.asking.busy)
        found = np.zeros_like(truth)
        for _ in range(1 + _CORRECTIONS):
            error = worst(found, truth)
            self.click(*error.at, LEFT if error.missing else RIGHT)
            self.wait(lambda: not tool.session.asking.busy)
            latest = tool._steps.latest
            found = latest.answer.mask.full() if latest is not None else found
            if iou(found, truth) >= _GOOD:
                break
        self.key(Qt.Key.Key_Return)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--sam", type=Path)
    parser.add_argument("--instances", type=int, default=20)
    options = parser.parse_args()
    work = options.work.absolute()
    shutil.rmtree(work, ignore_errors=True)
    os.environ["MASKWRIGHT_HOME"] = str(work / "home")
    truth = open_dataset(options.dataset)
    pictures = work / "pictures"
    pictures.mkdir(parents=True)
    for image in truth.images:
        shutil.copy(truth.image_path(image), pictures / Path(image.file_name).name)
    app = QApplication.instance() or QApplication([])
    settings = Settings(work / "settings.ini")
    window = MainWindow(Document(), JobList(settings.runs_folder), settings, Theme(app, "dark"))
    window.resize(1440, 900)
    window.show()
    window.activateWindow()  # keys reach the active window only, and not every screen has a manager that says which
    wait_for(window.isActiveWindow)
    window.document.open(pictures)
    wait_for(lambda: window.document.dataset is not None)
    window.show_page("annotate")
    figures = session(window, truth, options, work)
    report(figures)
    check_files(pictures, sum(map(len, figures.values())))
    train(window, work)
    window.close()
    window.jobs.close()


def session(window: MainWindow, truth: Dataset, options: argparse.Namespace, work: Path) -> dict:
    """Draw everything; IoU and acts of each instance by tool."""
    hand = Hand(window)
    page = hand.page
    tools = ["polygon", "brush", "scissors", "grab_cut"]
    if options.sam is not None:
        page.tools.sam.session.use(options.sam.absolute())
        page.tools.sam.weights_changed()
        tools.append("sam")
    figures: dict[str, list[tuple[float, int]]] = defaultdict(list)
    turns = cycle(tools)
    for image, instances in wanted(truth, options.instances):
        place = next(
            row for row, own in enumerate(page.editing.draft.dataset.images)
            if Path(own.file_name).name == Path(image.file_name).name
        )  # fmt: skip
        page.footer.film.choose(place)
        hand.wait(lambda place=place: page.context.image == place and page.context.pixels is not None)
        for instance in instances:
            key = next(turns)
            mask = truth.mask(image, instance).full()
            page.tools.choose(key)
            page.context.select(())
            choose_class(hand, truth.categories[instance.label].name)
            before, hand.acts = set(page.context.annotations), 0
            getattr(hand, key)(mask)
            name_class(hand, truth.categories[instance.label].name)
            hand.wait(lambda before=before: set(page.context.annotations) - before)
            new = (set(page.context.annotations) - before).pop()
            figures[key].append((iou(page.context.hits.mask(new).full(), mask), hand.acts))
            undo_and_redo(hand, new)
            print(f"{image.file_name}: {key} {figures[key][-1][0]:.3f} in {hand.acts}", flush=True)
        window.grab().save(str(work / f"image-{place}.png"))
    page.document.saver.save()
    hand.wait(lambda: page.document.saver.unsaved == 0)
    return figures


def choose_class(hand: Hand, name: str) -> None:
    """Take a class, or make it: all but the very first, which is named when it has been drawn."""
    lines = {line.text(): id for id, line in hand.page.classes.lines.items()}
    if name in lines:
        hand.page.classes.choose(lines[name])
    elif lines:
        hand.key(Qt.Key.Key_N)  # into the field for a new class
        QTest.keyClicks(hand.page.classes.new.field, name)
        QTest.keyClick(hand.page.classes.new.field, Qt.Key.Key_Return)
        hand.view.setFocus()


def name_class(hand: Hand, name: str) -> None:
    QTest.qWait(20)
    naming = hand.page.notices.naming
    if naming.isVisible():
        QTest.keyClicks(naming.field, name)
        QTest.keyClick(naming.field, Qt.Key.Key_Return)


def undo_and_redo(hand: Hand, id: int) -> None:
    """One step back takes the last step of the instance away, one forward brings it back."""
    before = hand.page.context.annotations[id]
    hand.key(Qt.Key.Key_Z, CONTROL)
    assert hand.page.context.annotations.get(id) != before, "undo did nothing"
    hand.key(Qt.Key.Key_Z, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    assert hand.page.context.annotations[id] == before, "redo did not bring it back"


def report(figures: dict) -> None:
    print("\n| tool | instances | IoU, mean (least) | clicks and drags an instance |\n|---|---|---|---|")
    for key, found in figures.items():
        values, acts = zip(*found, strict=True)
        least = f"{statistics.mean(values):.3f} ({min(values):.3f})"
        print(f"| {key} | {len(found)} | {least} | {statistics.mean(acts):.1f} |")


def check_files(pictures: Path, count: int) -> None:
    """What was saved opens elsewhere, with every instance."""
    from datumaro.components.dataset import Dataset as Datumaro
    from pycocotools.coco import COCO

    (file,) = (pictures / "annotations").glob("*.json")
    coco = COCO(str(file))
    areas = [int(coco.annToMask(entry).sum()) for entry in coco.dataset["annotations"]]
    print(f"pycocotools: {len(areas)} instances of {count}, {len(coco.cats)} classes, smallest {min(areas)} px")
    laid = pictures.parent / "datumaro"  # which wants the pictures in a folder called images
    shutil.copytree(pictures, laid / "images", ignore=shutil.ignore_patterns("annotations"))
    shutil.copytree(file.parent, laid / "annotations")
    there = Datumaro.import_from(str(laid), "coco_instances")
    print(f"Datumaro: {sum(len(item.annotations) for item in there)} annotations in {len(there)} images")


def train(window: MainWindow, work: Path) -> None:
    """From the Train button to the first step of a training."""
    page = window.page
    page.footer.train.click()
    setup = window.page.setup
    if not wait_for(lambda: not setup.obstacle()):
        raise SystemExit(f"the training cannot start: {setup.obstacle()}")
    for name, value in (("epochs", 1), ("batch_size", 1), ("input_size", 128)):
        setup.form.set_value(name, value)
    window.grab().save(str(work / "train.png"))
    setup.start.click()
    wait_for(lambda: bool(window.jobs.running()))  # the folder's file remembers the split first
    (run,) = window.jobs.running()

    def stepped() -> bool:
        return run.history.end is not None or any(isinstance(record.event, Step) for record in run.folder.records())

    wait_for(stepped, 180)
    wait_for(lambda: run.history.end is not None, 180)
    window.grab().save(str(work / "trained.png"))
    print(f"training: {run.state}, {run.history.plan.train_images} training images")


if __name__ == "__main__":
    main()
