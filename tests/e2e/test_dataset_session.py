"""From a zip of YOLO that somebody sent to a training that can be believed, in the real window with real children."""

import shutil
from pathlib import Path

import cv2
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from core.cli import run
from core.dataset import open_dataset
from core.sample import make_sample
from tests.app.pieces import texts

QUICK = {"epochs": 1, "batch_size": 2, "input_size": 64, "warmup_iterations": 0}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Eight training and four validation images of six trays, each seen twice; what one tray looks like on its second
    picture, slightly brighter, is in the other split."""
    make_sample(tmp_path / "parts", 8, 4, size=128)
    assert run(["convert", str(tmp_path / "parts"), str(tmp_path / "yolo"), "--to", "yolo", "--pictures", "copy"]) == 0
    pictures = {split: sorted((tmp_path / "yolo").glob(f"**/images/{split}/*")) for split in ("train", "val")}
    assert [len(each) for each in pictures.values()] == [8, 4]
    first, second = pictures["train"][0], pictures["val"][0]
    cv2.imwrite(str(second), cv2.convertScaleAbs(cv2.imread(str(first)), alpha=1.02, beta=2))
    shutil.copy(_label(first), _label(second))
    trays = [pictures["train"][0], pictures["val"][0], *pictures["train"][1:], *pictures["val"][1:]]
    for number, picture in enumerate(trays):
        for file in (_label(picture), picture):
            file.rename(file.with_stem(f"tray{number // 2}_{number % 2}"))
    return Path(shutil.make_archive(str(tmp_path / "sent"), "zip", tmp_path / "yolo"))


def _label(picture: Path) -> Path:
    return Path(str(picture).replace("/images/", "/labels/")).with_suffix(".txt")


@pytest.mark.slow
def test_from_a_dropped_zip_of_yolo_over_a_leak_to_a_training(archive, make_window, qtbot):
    window = make_window()
    drop(window, archive)
    qtbot.waitUntil(lambda: window.page is not None and window.page.importing.isVisible())
    qtbot.waitUntil(window.page.importing.accept.isEnabled)
    said = " ".join(texts(window.page.importing))
    for expected in ("YOLO", "12 images", "train: 8", "val: 4", "gear"):
        assert expected in said
    with qtbot.waitSignal(window.document.opened):
        window.page.importing.accept.click()
    folder = archive.with_name("sent (COCO)")
    assert window.document.path == folder and archive.exists()

    window.show_page("dataset")
    page = window.page
    qtbot.waitUntil(page.gallery.isVisible)
    page.show_view("health")
    health = page._stack.currentWidget()
    check(health, qtbot)
    (leak,) = health.found.kinds["leak"]
    assert "tray0_0" in leak.sentence and "tray0_1" in leak.sentence
    health.show_kind("leak")
    health.other_view.click()

    splits = page._stack.currentWidget()
    splits.form.by.setCurrentIndex(splits.form.by.findData("pattern"))
    splits.form.by.activated.emit(splits.form.by.currentIndex())
    splits.form.pattern.setText("^[^_]+")
    splits.form.pattern.textEdited.emit("^[^_]+")
    splits.form.alike.setChecked(False)
    qtbot.waitUntil(lambda: splits.apply.isEnabled() and "6 groups" in " ".join(texts(splits)))
    with qtbot.waitSignal(window.document.renewed):
        splits.apply.click()
    trays: dict[str, set[str]] = {}
    for image in open_dataset(folder).images:
        trays.setdefault(Path(image.file_name).stem.partition("_")[0], set()).add(image.split)
    assert len(trays) == 6 and all(len(of_tray) == 1 for of_tray in trays.values())
    assert set.union(*trays.values()) == {"train", "val"}
    page.show_view("health")
    check(health, qtbot)
    assert "leak" not in health.found.kinds

    window.show_page("train")
    setup = window.page.setup
    setup.form.rest.button.click()
    qtbot.waitUntil(lambda: QUICK.keys() <= setup.form.cells.keys())
    for name, value in QUICK.items():
        setup.form.cells[name].editor.set_value(value)
    qtbot.waitUntil(lambda: not setup.obstacle() and not setup.leaks._worker.busy)
    assert not setup.leaks.text
    setup.start.click()
    qtbot.waitUntil(lambda: window.page.view is not None and window.page.view.run is not None)
    training = window.page.view.run
    qtbot.waitUntil(lambda: training.state != "running", timeout=240_000)
    assert training.state == "done", training.history.end
    assert training.folder.has_model()


def drop(window, path: Path) -> None:
    """Drag a file over the window, and let go."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(300, 300), copy, mime, left, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(300, 300), copy, mime, left, none))


def check(view, qtbot) -> None:
    """Have the dataset checked by the real job."""
    qtbot.waitUntil(lambda: view.isVisible() and not view.found.loading and view.check.isEnabled())
    before = view.found.checked
    view.check.click()
    qtbot.waitUntil(lambda: view.found.checked != before and view.bar.run is None)
