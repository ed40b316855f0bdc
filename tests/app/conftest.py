"""The window's tests run without a screen and leave no trace in a person's home."""

import gc
import json
import os
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QStandardPaths
from pytestqt.qtbot import QtBot

from app.document.document import Document
from app.pages.train.page import TrainPage
from app.runs.job_list import JobList
from app.settings.settings import Settings
from app.style.theme import Theme
from app.threads import workers
from app.threads.garbage import collect_garbage_here
from app.window.main_window import MainWindow
from tests.app.pieces import child

PATIENCE_MS = 60_000


class PatientBot(QtBot):
    """Gives up after a minute at the earliest, whatever a test says: the machine may have other work too."""

    def waitUntil(self, callback, *, timeout=0):
        super().waitUntil(callback, timeout=max(timeout, PATIENCE_MS))

    def waitSignal(self, signal, *, timeout=0, raising=True, **more):
        patience = max(timeout, PATIENCE_MS) if raising else timeout  # one that need not come is not waited for
        return super().waitSignal(signal, timeout=patience, raising=raising, **more)


@pytest.fixture(scope="package", autouse=True)
def garbage_of_windows(qapp):
    """Is collected as in the program; what is left at the end, before other tests that make garbage elsewhere."""
    with_timers = QObject()
    collect_garbage_here(with_timers)
    yield
    del with_timers
    gc.collect()
    gc.enable()


@pytest.fixture(scope="module", autouse=True)
def windows_of_a_file_go():
    """What a document froze, and with it all that was there then, may be collected: pictures of hundreds of windows are
    gigabytes."""
    yield
    gc.unfreeze()
    gc.collect()


@pytest.fixture
def qtbot(qapp, request):
    return PatientBot(request)


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    """Runs, samples and caches of a test lie in its own folder."""
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    QStandardPaths.setTestModeEnabled(os.name == "nt")


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(tmp_path / "settings.ini")


@pytest.fixture
def make_window(qtbot, qapp, settings):
    """Makes the real window, with real job lists; closes what it made."""
    made = []

    def end_jobs(window: MainWindow) -> None:
        for run in window.jobs.running():
            window.jobs.cancel(run)
        qtbot.waitUntil(lambda: not window.jobs.running(), timeout=20_000)
        window.document.finish()  # what a test drew need not be saved before its window may close

    def make(**jobs) -> MainWindow:
        theme = Theme(qapp, settings.theme)
        window = MainWindow(Document(), JobList(settings.runs_folder, **jobs), settings, theme)
        qtbot.addWidget(window, before_close_func=end_jobs)
        window.resize(1100, 700)
        window.show()
        if made:  # a second one is looked at, not typed into: offscreen, focus may stay with the first
            qtbot.waitExposed(window)
        else:
            window.activateWindow()
            qtbot.waitUntil(window.isActiveWindow, timeout=10_000)
        made.append(window)
        return window

    yield make
    for window in made:
        for run in window.jobs.running():
            window.jobs.cancel(run)
        window.jobs.close()
        window.theme.deleteLater()
    assert workers.finish(10_000)
    qapp.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # the next theme restyles what is still there


@pytest.fixture
def window(make_window) -> MainWindow:
    return make_window()


@pytest.fixture
def open_run(make_window, qtbot):
    """Opens a window and looks at the first of the runs that are there, on the Train page."""

    def look(**jobs):
        window = make_window(**jobs)
        window.show_page("train")
        page = window.page
        qtbot.waitUntil(lambda: page.runs.rowCount() > 0, timeout=5000)
        page.list.setCurrentIndex(page.runs.index(0))
        qtbot.waitUntil(lambda: page.view is not None and page.view.run.loaded, timeout=5000)
        return page

    return look


@pytest.fixture
def open_train(make_window, dataset_folder, qtbot):
    """Opens the window with a dataset and goes to Train; children run the given script."""

    def open_page(body: str = "", dataset: Path | None = dataset_folder) -> TrainPage:
        window = make_window(spawn=child(body))
        if dataset is not None:
            with qtbot.waitSignal(window.document.opened, timeout=10_000):
                window.document.open(dataset)
        window.show_page("train")
        page = window.page
        qtbot.waitUntil(lambda: not page.setup.obstacle().endswith("…"), timeout=5000)
        return page

    return open_page


def polygon(x: float, y: float, side: float) -> list[float]:
    return [x, y, x + side, y, x + side, y + side, x, y + side]


@pytest.fixture
def dataset_folder(tmp_path) -> Path:
    """Twelve training and three validation images of 120 × 90; nuts in all but the last, one bolt, one crowd."""
    folder = tmp_path / "bench"
    (folder / "annotations").mkdir(parents=True)
    random = np.random.default_rng(0)
    for split, count in (("train", 12), ("val", 3)):
        (folder / "images" / split).mkdir(parents=True)
        images, annotations = [], []
        for number in range(1, count + 1):
            name = f"{split}_{number:02}.png"
            cv2.imwrite(str(folder / "images" / split / name), random.integers(0, 255, (90, 120, 3), np.uint8))
            images.append({"id": number, "file_name": name, "width": 120, "height": 90})
            if (split, number) != ("val", 3):
                annotations.append(_annotation(len(annotations) + 1, number, 1, polygon(10, 10, 30)))
        if split == "train":
            annotations.append(_annotation(len(annotations) + 1, 2, 2, polygon(60, 20, 40)))
            crowd = {"size": [90, 120], "counts": [5000, 800, 5000]}
            annotations.append(_annotation(len(annotations) + 1, 3, 1, crowd) | {"iscrowd": 1})
        content = {
            "images": images,
            "annotations": annotations,
            "categories": [{"id": 1, "name": "nut"}, {"id": 2, "name": "bolt"}],
        }
        (folder / "annotations" / f"instances_{split}.json").write_text(json.dumps(content))
    return folder


def _annotation(number: int, image: int, category: int, segmentation) -> dict:
    if isinstance(segmentation, list):
        xs, ys, shape = segmentation[::2], segmentation[1::2], [segmentation]
        box = [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
    else:
        box, shape = [55, 0, 10, 90], segmentation
    return {
        "id": number,
        "image_id": image,
        "category_id": category,
        "segmentation": shape,
        "bbox": box,
        "area": box[2] * box[3] if isinstance(segmentation, list) else segmentation["counts"][1],
        "iscrowd": 0,
    }


@pytest.fixture
def make_jobs(tmp_path, qapp):
    """Makes job lists on one folder of runs, each with children that run a given script, and closes them."""
    made = []

    def make(body: str = "") -> JobList:
        made.append(JobList(tmp_path / "runs", child(body)))
        return made[-1]

    yield make
    for jobs in made:
        for run in jobs.running():
            jobs.cancel(run)
        jobs.close()
