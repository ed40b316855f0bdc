"""How long the window takes for a frame while the gallery of 10,000 images scrolls.

``python tests/benchmarks/gallery_scroll.py [images]``: makes a dataset of that many images (20 different ones, linked),
opens it in the window, scrolls through it by wheel steps, pages and jumps, and prints the longest gaps.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[2]))

import cv2
import numpy as np
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from app.__main__ import keep_responsive
from app.document.document import Document
from app.runs.job_list import JobList
from app.settings.settings import Settings
from app.style.theme import Theme
from app.window.main_window import MainWindow


def make_dataset(folder: Path, images: int) -> Path:
    """A COCO folder of ``images`` pictures of 640 × 480 with seven polygons each."""
    (folder / "images").mkdir(parents=True)
    (folder / "annotations").mkdir()
    random = np.random.default_rng(0)
    for number in range(20):
        small = random.integers(0, 255, (12, 16, 3), np.uint8)
        cv2.imwrite(str(folder / "images" / f"{number:06}.jpg"), cv2.resize(small, (640, 480)))
    content: dict = {"images": [], "annotations": [], "categories": [{"id": i, "name": f"c{i}"} for i in range(1, 11)]}
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    for number in range(images):
        name = folder / "images" / f"{number:06}.jpg"
        if not name.exists():
            os.link(folder / "images" / f"{number % 20:06}.jpg", name)
        content["images"].append({"id": number + 1, "file_name": name.name, "width": 640, "height": 480})
        for _ in range(7):
            x, y, radius = random.uniform(60, 580), random.uniform(60, 420), random.uniform(15, 60)
            polygon = np.stack([x + radius * np.cos(angles), y + radius * np.sin(angles)], 1).ravel().round(1).tolist()
            content["annotations"].append(
                {
                    "id": len(content["annotations"]) + 1,
                    "image_id": number + 1,
                    "category_id": int(random.integers(1, 11)),
                    "segmentation": [polygon],
                    "bbox": [x - radius, y - radius, 2 * radius, 2 * radius],
                    "area": 3.1 * radius**2,
                    "iscrowd": 0,
                }
            )
    (folder / "annotations" / "instances_train.json").write_text(json.dumps(content))
    return folder


class Heartbeat(QTimer):
    """Beats every two milliseconds if the event loop lets it; notes the gaps."""

    def __init__(self) -> None:
        super().__init__(interval=2, timerType=Qt.TimerType.PreciseTimer)
        self.gaps: list[float] = []
        self._last = time.perf_counter()
        self.timeout.connect(self._beat)

    def _beat(self) -> None:
        now = time.perf_counter()
        self.gaps.append((now - self._last) * 1000)
        self._last = now

    def report(self, what: str) -> None:
        gaps = sorted(self.gaps)
        print(
            f"{what:34} longest {gaps[-1]:5.1f} ms   99 % {gaps[int(len(gaps) * 0.99)]:5.1f} ms   "
            f"median {statistics.median(gaps):4.1f} ms   over 50 ms: {sum(gap > 50 for gap in gaps)}"
        )
        self.gaps.clear()
        self._last = time.perf_counter()


def run(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def main() -> None:
    images = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    app = QApplication([])
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["XDG_CACHE_HOME"] = os.environ["MASKWRIGHT_HOME"] = temporary
        folder = make_dataset(Path(temporary) / "data", images)
        settings, document = Settings(Path(temporary) / "settings.ini"), Document()
        jobs = JobList(settings.runs_folder)
        window = MainWindow(document, jobs, settings, Theme(app, "dark"))
        window.resize(1600, 1000)
        window.show()
        keep_responsive(window)
        run(2)
        heart = Heartbeat()
        heart.start()
        document.open(folder)
        while document.dataset is None or not window.page.gallery.model.rows:  # type: ignore[attr-defined]
            run(0.02)
        heart.report("opening")
        print(f"{len(window.page.gallery.model.rows):,} images")  # type: ignore[attr-defined]
        bar = window.page.gallery.view.verticalScrollBar()  # type: ignore[attr-defined]
        run(2)
        heart.report("first thumbnails")
        for _ in range(300):
            bar.setValue(bar.value() + 40)
            run(0.016)
        heart.report("scrolling, 40 pixels a frame")
        for _ in range(60):
            bar.setValue(bar.value() + bar.pageStep())
            run(0.05)
        heart.report("paging")
        for place in np.random.default_rng(0).integers(0, bar.maximum(), 60):
            bar.setValue(int(place))
            run(0.05)
        heart.report("jumping")
        for side in (96, 128, 176, 240, 320, 176):
            window.page.gallery.side.setValue(side)  # type: ignore[attr-defined]
            run(0.3)
        heart.report("changing the size")
        for width in range(1600, 1100, -20):
            window.resize(width, 1000)
            run(0.03)
        heart.report("resizing the window")
        jobs.close()
        os._exit(0)


if __name__ == "__main__":
    main()
