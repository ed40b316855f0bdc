"""The way of one stroke of the brush through the code, from the press of the mouse to the saved file.

    python tests/benchmarks/stroke_walk.py DATASET

Copies a small COCO dataset, opens it in the real window, and draws a new instance with real mouse events on its first
image. Prints for the GUI thread and for the pool: files of ours that are entered, how often Qt calls into our code
(each of these returns to the event loop or ends a thread's work), calls of our functions, and how often runs are
unpacked.
"""

import argparse
import os
import shutil
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(ROOT := Path(__file__).parents[2]))

from annotate_session import Hand, wait_for
from PySide6.QtWidgets import QApplication

from app.document.document import Document
from app.runs.job_list import JobList
from app.settings.settings import Settings
from app.style.theme import Theme
from app.threads import workers
from app.window.main_window import MainWindow

MOVES = 20
"""Mouse moves between press and release."""
UNPACKING = ("core/geometry/rle.py", ("uncompress", "runs", "spans", "decode"))


class Walk:
    """Counts calls of our functions while it is set as the profile function of threads."""

    def __init__(self) -> None:
        self.files: dict[str, set[str]] = {"GUI": set(), "pool": set()}
        self.calls, self.entries, self.unpacked = Counter[str](), Counter[str](), Counter[str]()
        self._depth = threading.local()

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        file = frame.f_code.co_filename
        if event not in ("call", "return") or not file.startswith((f"{ROOT}/app/", f"{ROOT}/core/")):
            return
        depth = getattr(self._depth, "value", 0)
        self._depth.value = max(depth + (1 if event == "call" else -1), 0)
        if event == "call":
            thread = "GUI" if threading.current_thread() is threading.main_thread() else "pool"
            name = str(Path(file).relative_to(ROOT))
            self.files[thread].add(name)
            self.calls[thread] += 1
            self.entries[thread] += depth == 0
            self.unpacked[thread] += name == UNPACKING[0] and frame.f_code.co_name in UNPACKING[1]


class ProfiledPool:
    """The pool of the window, its threads watched."""

    def __init__(self, pool: Any, walk: Walk) -> None:
        self._pool, self._walk = pool, walk

    def start(self, function: Any) -> None:
        def watched() -> None:
            sys.setprofile(self._walk)
            try:
                function()
            finally:
                sys.setprofile(None)

        self._pool.start(watched)

    def waitForDone(self, milliseconds: int) -> bool:
        return self._pool.waitForDone(milliseconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MASKWRIGHT_HOME"] = f"{folder}/home"
        dataset = Path(shutil.copytree(options.dataset, f"{folder}/dataset"))
        app = QApplication.instance() or QApplication([])
        settings = Settings(Path(folder) / "settings.ini")
        window = MainWindow(Document(), JobList(settings.runs_folder), settings, Theme(app, "dark"))
        window.resize(1440, 900)
        window.show()
        window.document.open(dataset)
        wait_for(lambda: window.document.dataset is not None)
        window.show_page("annotate")
        walk = stroke(window)
        window.close()
        window.jobs.close()
    for thread, files in walk.files.items():
        print(
            f"{thread}: {len(files)} files, {walk.entries[thread]} calls by Qt, "
            f"{walk.calls[thread]} calls in all, runs unpacked {walk.unpacked[thread]} times"
        )
    print(f"files in all: {len(set.union(*walk.files.values()))}")


def stroke(window: MainWindow) -> Walk:
    """Draw and wait until the file has it."""
    hand, walk, saved = Hand(window), Walk(), []
    wait_for(lambda: hand.view.picture is not None)
    window.page.tools.choose("brush")
    window.document.saver.saved.connect(lambda *_: saved.append(1))
    wait_for(lambda: False, 2)  # what is made ready once is done
    height, width = window.page.context.size
    workers._pool = ProfiledPool(workers._pool, walk)
    sys.setprofile(walk)
    hand.drag([((0.3 + 0.4 * step / MOVES) * width, 0.5 * height) for step in range(MOVES + 1)])
    done = wait_for(lambda: saved)
    sys.setprofile(None)
    if not done:
        raise SystemExit("the stroke was not saved")
    return walk


if __name__ == "__main__":
    main()
