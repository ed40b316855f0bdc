"""Strips of pictures that renew while one of them is enlarged, and what lies over the window."""

import cv2
import numpy as np
import PIL.Image
import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.gallery.picture_strip import Lightbox, read_pictures
from app.window.frame import DropOverlay
from core.runs import events
from tests.app.pieces import make_run, plan, train_job, validation

VALIDATE_AGAIN = """
folder.samples.mkdir()
import shutil
for epoch in (1, 2):
    files = [f"samples/{epoch}_{number}.png" for number in range(3 - epoch)]
    for file in files:
        shutil.copy(sorted(Path(folder.read_job().job.dataset).glob("images/val/*.png"))[0], folder.path / file)
    say(events.SamplePredictions(epoch=epoch, files=files))
    while epoch == 1 and not (folder.path / "go on").exists():
        time.sleep(0.02)
while not folder.asked():
    time.sleep(0.02)
say(events.Cancelled())
"""


@pytest.fixture
def enlarged(open_train, qtbot):
    """A training whose second sample is enlarged; ``renew`` lets it validate again, with one sample less."""
    page = open_train(VALIDATE_AGAIN)
    page.setup.start.click()
    strip = page.view.samples.strip
    qtbot.waitUntil(lambda: len(strip.pictures) == 2, timeout=10_000)
    qtbot.waitUntil(strip.pictures[1].isVisible, timeout=5000)
    strip.pictures[1].setFocus()
    qtbot.keyClick(strip.pictures[1], Qt.Key.Key_Space)

    def renew() -> Lightbox:
        box = lightbox(page)
        (page.view.run.folder.path / "go on").touch()
        qtbot.waitUntil(lambda: len(strip.pictures) == 1, timeout=10_000)
        return box

    page.renew = renew
    return page


def lightbox(page) -> Lightbox | None:
    found = [box for box in page.window().findChildren(Lightbox) if box.isVisible()]
    return found[0] if found else None


WAYS_OUT = {
    "escape": lambda box: QTest.keyClick(box.window().focusWidget(), Qt.Key.Key_Escape),
    "enter": lambda box: QTest.keyClick(box.window().focusWidget(), Qt.Key.Key_Return),
    "outside": lambda box: QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(5, box.height() - 5)),
    "its button": lambda box: QTest.mouseClick(box.close_button, Qt.MouseButton.LeftButton),
}


@pytest.mark.parametrize("way", WAYS_OUT)
def test_an_enlarged_sample_closes_though_the_next_validation_renewed_the_strip(enlarged, qtbot, way):
    box = enlarged.renew()
    WAYS_OUT[way](box)
    assert lightbox(enlarged) is None
    window = enlarged.window()
    assert window.focusWidget() is enlarged.list, "the sample that was enlarged is gone"
    window.rail.buttons["home"].click()
    assert window.page.title == "Home"


def test_keys_find_the_enlarged_picture_whoever_takes_the_focus(enlarged, qtbot):
    box, window = lightbox(enlarged), enlarged.window()
    qtbot.keyClick(box, Qt.Key.Key_Tab)
    assert window.focusWidget() is box
    enlarged.view.header.stop.setFocus()
    qtbot.waitUntil(lambda: window.focusWidget() is box, timeout=5000)


def test_an_enlarged_picture_goes_with_its_page(enlarged, qtbot):
    qtbot.keyClick(lightbox(enlarged), Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert enlarged.window().page.title == "Home" and lightbox(enlarged) is None


def test_a_picture_that_stays_gets_the_focus_back(enlarged, qtbot):
    first = enlarged.view.samples.strip.pictures[0]
    qtbot.keyClick(lightbox(enlarged), Qt.Key.Key_Escape)
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Space)
    box = enlarged.renew()
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert enlarged.window().focusWidget() is first is enlarged.view.samples.strip.pictures[0]


def test_samples_of_one_run_are_not_seen_under_another(open_run, settings, dataset_folder, qtbot):
    for _ in range(2):
        sample = events.SamplePredictions(epoch=1, files=["samples/1.png"])
        made = make_run(settings.runs_folder, train_job(dataset_folder), plan(), sample, validation(1, 0.4))
        made.samples.mkdir()
        cv2.imwrite(str(made.samples / "1.png"), np.zeros((50, 70, 3), np.uint8))
    page = open_run()
    strip = page.view.samples.strip
    qtbot.waitUntil(lambda: len(strip.pictures) == 1, timeout=5000)
    page.list.setCurrentIndex(page.runs.index(1))
    assert strip.pictures == []
    qtbot.waitUntil(lambda: len(strip.pictures) == 1, timeout=5000)


def test_what_covers_the_window_during_a_drag_is_gone_when_nothing_is_dragged_any_more(window, tmp_path, qtbot):
    cover = window.findChild(DropOverlay)
    for leave in (
        lambda: QTest.mouseMove(cover, QPoint(40, 50)),
        lambda: QTest.mouseClick(cover, Qt.MouseButton.LeftButton),
    ):
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(tmp_path))])
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(window, QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, mime, left, none))
        assert cover.isVisible()
        leave()
        qtbot.waitUntil(cover.isHidden, timeout=5000)


def test_a_large_window_is_covered_wholly_and_stays_so(enlarged, qtbot):
    window, box = enlarged.window(), lightbox(enlarged)
    window.resize(window.width() + 200, window.height() + 100)
    qtbot.waitUntil(lambda: box.geometry() == window.rect(), timeout=5000)


def test_pictures_that_are_none_are_left_out(qapp, tmp_path):
    files = [tmp_path / name for name in ("a.jpg", "drawing.jpg", "torn.jpg", "gone.jpg", "wide.jpg")]
    PIL.Image.fromarray(np.full((30, 40, 3), 90, np.uint8)).save(files[0])
    files[1].write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    files[2].write_bytes(files[0].read_bytes()[:300])
    PIL.Image.fromarray(np.full((20, 4096, 3), 90, np.uint8)).save(files[4])
    shown = read_pictures(files, 15)
    assert [(one.large.width(), one.large.height()) for one in shown] == [(40, 30), (2048, 10)]
    assert shown[0].small.height() == 15
