"""A session of annotating from opening to closing: what other pages see of it, and what is left when it ends badly."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget

from app.document import autosave
from app.window.closing import UnsavedDialog
from core.annotation.storage.recovery import open_draft
from core.dataset import open_dataset

ROOT = Path(__file__).parents[4]

KILLED = """
import os, signal, sys
from pathlib import Path
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from app.document.document import Document
from app.runs.job_list import JobList
from app.window.main_window import MainWindow
from app.settings.settings import Settings
from core.geometry.segmentation import Polygons
from app.style.theme import Theme
app = QApplication([])
home = Path(sys.argv[2])
window = MainWindow(Document(), JobList(home / "runs"), Settings(home / "settings.ini"), Theme(app, "dark"))
window.show()
window.document.open(Path(sys.argv[1]))
window.show_page("annotate")
page = window.page
while page.context.pixels is None:
    QTest.qWait(10)
for left in (60, 70):
    page.context.draw("Box", Polygons([[left, 20, left + 9, 20, left + 9, 40, left, 40]]))
os.kill(os.getpid(), signal.SIGKILL)
"""


def train_file(folder: Path) -> Path:
    return folder / "annotations" / "instances_train.json"


def entries(folder: Path) -> int:
    return len(json.loads(train_file(folder).read_text())["annotations"])


@pytest.fixture
def killed(dataset_folder, tmp_path) -> Path:
    """The dataset after a window that drew two boxes was killed."""
    command = [sys.executable, "-c", KILLED, str(dataset_folder), str(tmp_path)]
    assert subprocess.run(command, cwd=ROOT, timeout=60, check=False).returncode == -9
    return dataset_folder


def test_what_a_killed_window_drew_is_there_and_said(killed, annotate):
    before = entries(killed)
    hand = annotate(killed)
    rescued = hand.page.notices.rescued
    said = re.fullmatch(r"Work from (.*) was not saved: 2 changes on 1 image\.", rescued.accessibleName())
    assert rescued.isVisible() and said is not None
    assert re.fullmatch(r"\d\d:\d\d( to \d\d:\d\d)? (today|yesterday)", said[1])
    assert len(hand.page.context.annotations) == 3
    hand.page.notices.keep.click()
    hand.saved()
    assert not rescued.isVisible() and entries(killed) == before + 2


def test_the_images_with_rescued_work_can_be_looked_at_first(killed, annotate, qtbot):
    hand = annotate(killed)
    worked_on = hand.page.context.image
    hand.turn(5)
    with qtbot.waitSignal(hand.page.stage.shown, timeout=10_000):
        hand.page.notices.look.click()
    assert hand.page.context.image == worked_on
    assert hand.page.notices.rescued.isVisible(), "looking decides nothing"


def test_what_was_rescued_can_be_thrown_away(killed, annotate, qtbot):
    hand = annotate(killed)
    with qtbot.waitSignal(hand.page.stage.shown, timeout=10_000):
        hand.page.notices.discard.click()
    assert len(hand.page.context.annotations) == 1
    assert not hand.page.notices.rescued.isVisible()


def test_a_dataset_that_another_window_edits_can_be_tried_again(window, dataset_folder, qtbot):
    elsewhere = open_draft(open_dataset(dataset_folder))
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.document.open(dataset_folder)
    window.show_page("annotate")
    page, (again,) = window.page, visible(window.page, "Try again")
    again.click()
    qtbot.waitUntil(lambda: visible(page, "Try again") != [], timeout=10_000)
    elsewhere.journal.close()
    visible(page, "Try again")[0].click()
    qtbot.waitUntil(lambda: page.stage.view.picture is not None, timeout=10_000)
    assert page.context.annotations


def visible(page: QWidget, text: str) -> list[QAbstractButton]:
    return [button for button in page.findChildren(QAbstractButton) if button.text() == text and button.isVisible()]


def test_leaving_the_page_saves_and_the_dataset_page_follows_in_place(hand, window, qtbot):
    window.show_page("dataset")
    gallery = window.page.gallery
    qtbot.waitUntil(lambda: len(gallery.model.rows) == 15, timeout=10_000)
    window.page.filters.search("train_0")
    gallery.choose(3)
    window.show_page("annotate")
    hand.box(60, 20, 80, 40)
    window.show_page("dataset")
    assert gallery.isVisible(), "nobody has to wait for what is there already"
    qtbot.waitUntil(lambda: gallery.model.rows[0].count == 2, timeout=10_000)
    assert len(gallery.model.rows) == 9 and gallery.current().index == 3


def test_training_waits_until_all_is_saved_and_counts_it(hand, window, qtbot):
    hand.box(60, 20, 80, 40)
    hand.page.footer.train.click()
    setup = window.page.setup
    assert setup.obstacle()
    qtbot.waitUntil(lambda: not setup.obstacle(), timeout=10_000)
    assert entries(Path(setup.job().dataset)) == 15


def test_the_status_bar_says_whether_all_is_saved(hand, window, qtbot):
    said = window.status_bar.saved
    assert said.text() == ""
    hand.box(60, 20, 80, 40)
    assert said.text() == "Saving …"
    hand.saved()
    assert said.text() == "Saved"


def test_closing_the_window_saves_first(hand, window, dataset_folder, qtbot):
    before = entries(dataset_folder)
    hand.box(60, 20, 80, 40)
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=10_000)
    assert entries(dataset_folder) == before + 1


def test_a_window_that_cannot_save_says_what_is_kept_and_may_stay(hand, window, dataset_folder, qtbot, monkeypatch):
    monkeypatch.setattr(autosave, "AFTER_MS", 60_000)
    train_file(dataset_folder).write_text(train_file(dataset_folder).read_text() + " ")
    hand.box(60, 20, 80, 40)
    window.close()
    qtbot.waitUntil(lambda: window.findChild(UnsavedDialog) is not None, timeout=10_000)
    window.findChild(UnsavedDialog).stay.click()
    assert window.isVisible() and len(hand.page.context.annotations) == 2
    qtbot.waitUntil(lambda: window.findChild(UnsavedDialog) is None, timeout=10_000)
    window.close()
    qtbot.waitUntil(lambda: window.findChild(UnsavedDialog) is not None, timeout=10_000)
    window.findChild(UnsavedDialog).close_anyway.click()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=10_000)


def test_an_image_of_the_dataset_page_is_annotated_by_one_key(hand, window, qtbot):
    window.show_page("dataset")
    page = window.page
    qtbot.waitUntil(lambda: len(page.gallery.model.rows) == 15, timeout=10_000)
    page.gallery.choose(6)
    page.gallery.view.setFocus()
    QTest.keyClick(page.gallery.view, Qt.Key.Key_E)
    assert window.page.title == "Annotate"
    qtbot.waitUntil(lambda: hand.page.context.image == 6 and hand.page.context.pixels is not None, timeout=10_000)


def test_a_missing_picture_says_so_and_the_others_can_be_annotated(annotate, dataset_folder, qtbot):
    (dataset_folder / "images" / "train" / "train_02.png").unlink()
    hand = annotate(dataset_folder)
    hand.page.footer.film.choose(1)
    qtbot.waitUntil(hand.page.stage.error.isVisible, timeout=10_000)
    assert "train_02.png" in hand.page.stage.error.accessibleName()
    hand.turn(2)
    hand.box(60, 20, 80, 40)
    assert len(hand.page.context.annotations) == 3


def test_everything_that_takes_the_focus_has_a_name(hand, window):
    for tool in hand.page.tools.buttons:
        hand.page.tools.choose(tool)
        nameless = [
            widget
            for widget in window.findChildren(QWidget)
            if widget.isVisible()
            and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            and not widget.accessibleName()
            and not (isinstance(widget, QAbstractButton) and widget.text())
            and not widget.objectName().startswith("qt_")
        ]
        assert nameless == []
