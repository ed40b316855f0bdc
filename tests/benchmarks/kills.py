"""Nothing that was seen is lost: the real window is killed again and again in the middle of the work.

    python tests/benchmarks/kills.py [--kills 200] [--seed 0]

A window edits a small dataset with real mouse and key events: boxes are drawn, deleted, undone, done again, on several
images, while it saves by itself. It writes down what it is about to do, and that it was done once the picture has been
painted. Now and then the dataset is read anew after a save, as other pages want it. After a random time the window is
killed with SIGKILL. The next one opens the same dataset; whatever had been painted must be there, and nothing that had
been painted as gone. It takes back some steps of the windows before it and does them again: each must lead to what was
there then. Prints what was lost, which should be nothing.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).parents[2]
_IMAGES, _SIZE = 3, (240, 320)
_LONGEST = 1.5
"""Seconds of editing before a window is killed: time for some to save by themselves, which they do early here."""

WINDOW = """
import json, random, sys
from pathlib import Path
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from app.document import autosave as saving
from app.document.document import Document
from app.runs.job_list import JobList
from app.window.main_window import MainWindow
from app.settings.settings import Settings
from app.style.theme import Theme

folder, home, seed = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
saving.AFTER_MS, saving.AT_LATEST_MS = 150, 400
say = lambda **what: print(json.dumps(what), flush=True)
app = QApplication([])
settings = Settings(home / "settings.ini")
document = Document()
window = MainWindow(document, JobList(home / "runs"), settings, Theme(app, "dark"))
window.show()
document.failed.connect(lambda error: say(error=str(error)))
document.open(folder)
while document.editing.draft is None:
    QTest.qWait(10)
window.show_page("annotate")
page = window.page
page.notices.rescued.hide()
draft, view = document.editing.draft, page.stage.view

def state():
    return {f"{image}:{id}": known.segmentation.coco for image in range(len(draft.dataset.images))
            for id, known in draft.annotations(image).items()}

history = document.editing.history

def now():
    return {"state": state(), "index": history.index(), "count": history.count()}

def do(what, act):
    say(about=what, **now())
    act()
    view.repaint()
    say(painted=what, **now())

def key(key, *held):
    modifiers = Qt.KeyboardModifier.NoModifier
    for each in held:
        modifiers |= each
    QTest.keyClick(view, key, modifiers)

undo = lambda: key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
redo = lambda: key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier)
rescued = document.opened_draft.recovered
say(opened=True, rescued=rescued.edits if rescued else 0, skipped=rescued.skipped if rescued else 0,
    cut=document.opened_draft.cut, **now())
document.renewed.connect(lambda: say(renewed=True, **now()))
if not draft.categories:
    page.classes.add("thing")
dice = random.Random(seed)
while page.context.pixels is None:
    QTest.qWait(5)
view.setFocus()
back = min(dice.choice((0, 1, 2, 3, 12)), history.index())
for what, act in [("undo", undo)] * back + [("redo", redo)] * back:
    do(what, act)
    QTest.qWait(dice.choice((0, 0, 5)))
while True:
    if dice.random() < 0.2:
        page.footer.film.choose(dice.randrange(len(draft.dataset.images)))
    if dice.random() < 0.2:
        document.refresh()  # as other pages ask for it: after a save the dataset is read anew, for the draft too
    while page.context.pixels is None or view.picture is None:
        QTest.qWait(5)
    known = list(page.context.annotations)

    def box():
        page.tools.choose("box")
        x, y = dice.randrange(5, 250), dice.randrange(5, 180)
        ends = [view.viewport.to_widget(QPointF(*at)).toPoint() for at in ((x, y), (x + 20, y + 15), (x + 50, y + 40))]
        QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, ends[0])
        for end in ends[1:]:
            QTest.mouseMove(view, end)
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, ends[-1])

    def delete():
        if known:
            page.context.select([dice.choice(known)])
            QTest.keyClick(view, Qt.Key.Key_Delete)

    acts = {"box": box, "delete": delete, "undo": undo, "redo": redo}
    what = dice.choices(list(acts), (6, 2, 1, 1))[0]
    do(what, acts[what])
    QTest.qWait(dice.choice((0, 0, 5, 30)))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    dice = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as scratch:
        folder, home = Path(scratch) / "pictures", Path(scratch) / "home"
        _make(folder)
        home.mkdir()
        lost, edits, rescued, saved, renewed, last = 0, 0, 0, 0, 0, None
        steps = Steps()
        for number in range(options.kills + 1):
            said = _session(folder, home, number, None if number == options.kills else dice.uniform(0.0, _LONGEST))
            opened = next(line for line in said if "opened" in line)
            rescued += opened["rescued"]
            saved += not opened["rescued"]
            if last is not None and not _fits(opened["state"], last):
                lost += 1
                print(f"kill {number}: {_differences(opened['state'], last)}", flush=True)
            for wrong in steps.follow(said):
                print(f"window {number}: {wrong}", flush=True)
            last = _last(said) or opened["state"]
            edits += sum("painted" in line for line in said)
            renewed += sum("renewed" in line for line in said)
            if number % 20 == 19:
                print(f"{number + 1} kills, {edits} edits painted, {rescued} rescued, {lost} lost", flush=True)
        print(
            f"{options.kills} kills while {edits} edits were painted: {rescued} edits came from the journal, "
            f"{saved} windows found everything in the files; windows that missed something: {lost}; "
            f"the dataset was read anew {renewed} times; "
            f"{steps.older} steps of earlier windows were taken back or done again, {steps.wrong} wrongly"
        )
    sys.exit(lost > 0 or steps.wrong > 0)


class Steps:
    """What was there after each step, over all windows."""

    def __init__(self) -> None:
        self.older = self.wrong = 0
        """Steps of earlier windows that were taken back or done again, and faults."""
        self._states: dict[int, dict] = {}
        """By the number of steps that are done."""
        self._last: dict | None = None

    def follow(self, said: list[dict]) -> list[str]:
        """What a window said; returns what was wrong."""
        found = []
        begun = {"box": 1, "delete": 1, "undo": -1, "redo": 1}
        for line in said:
            index, last = line["index"], self._last
            if "opened" in line and last is not None:
                possible = {last["index"], last["index"] + begun.get(last.get("about", ""), 0)}
                if index not in possible:
                    steps = f"{index} of {line['count']} steps where {last['index']} of {last['count']} were done"
                    found.append(" ".join([steps, *line["cut"]]))
                    self._states = {}
            if line.get("painted") in ("undo", "redo") and index in self._states and last["index"] != index:
                self.older += 1
                if _differences(line["state"], self._states[index]):
                    found.append(f"{line['painted']} to step {index} led elsewhere")
            elif line["count"] == index:  # what was taken back before is forgotten
                self._states = {step: state for step, state in self._states.items() if step <= index}
            self._states[index] = line["state"]
            self._last = line
        self.wrong += len(found)
        return found


def _session(folder: Path, home: Path, seed: int, seconds: float | None) -> list[dict]:
    """What a window said before it was killed ``seconds`` after it had opened the dataset; at once for ``None``."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "MASKWRIGHT_HOME": str(home)}
    command = [sys.executable, "-c", WINDOW, str(folder), str(home), str(seed)]
    log = home / "said.jsonl"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output)
    while not _lines(log):
        if process.poll() is not None:
            sys.exit(f"the window ended by itself, with {process.returncode}")
        time.sleep(0.01)
    time.sleep(seconds or 0.0)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return _lines(log)


def _lines(log: Path) -> list[dict]:
    """What stands there in whole lines."""
    said = [json.loads(line) for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]
    if said and "error" in said[0]:
        sys.exit(f"the dataset did not open: {said[0]['error']}")
    return said


def _last(said: list[dict]) -> dict | None:
    """What was painted last, or was there when the first edit began; ``None`` when nothing was begun."""
    states = [line["state"] for line in said if "painted" in line] or [
        line["state"] for line in said if "about" in line
    ]
    return states[-1] if states else None


def _fits(found: dict, painted: dict) -> bool:
    """Whether what was painted is there: exactly, or with the one edit more that was begun and never painted."""
    return len(_differences(found, painted)) <= 1


def _differences(found: dict, painted: dict) -> list:
    """Shapes, each with its image, that are only in one of the two; an id may be another one after a rescue."""
    there, then = (
        Counter((key.partition(":")[0], json.dumps(shape)) for key, shape in of.items()) for of in (found, painted)
    )
    return [*(("gone", *shape) for shape in then - there), *(("new", *shape) for shape in there - then)]


def _make(folder: Path) -> None:
    folder.mkdir()
    pixels = np.random.default_rng(0)
    for number in range(_IMAGES):
        cv2.imwrite(str(folder / f"{number}.png"), pixels.integers(0, 255, (*_SIZE, 3), np.uint8))


if __name__ == "__main__":
    main()
