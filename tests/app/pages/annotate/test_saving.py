"""What is drawn on the Annotate page gets into the files, and to the other pages."""

import threading

from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from app.document import autosave, document
from core.annotation.editing import classes
from core.annotation.editing.edits import Edit
from core.errors import UserError
from tests.app.pages.annotate.conftest import train_file


def test_what_is_drawn_is_saved_by_itself_and_opens_in_pycocotools(hand, dataset_folder, qtbot, monkeypatch):
    monkeypatch.setattr(autosave, "AFTER_MS", 50)
    with qtbot.waitSignal(hand.page.document.saver.saved, timeout=10_000):
        hand.box(60, 20, 80, 40)
    coco = COCO(str(train_file(dataset_folder)))
    *_, drawn = coco.loadAnns(coco.getAnnIds(imgIds=[1]))
    assert drawn["bbox"] == [60, 20, 20, 20]
    assert coco_mask.area(coco.annToRLE(drawn)) == 400


def test_the_other_pages_see_what_was_drawn(hand, window, qtbot):
    hand.box(60, 20, 80, 40)
    with qtbot.waitSignal(window.document.renewed, timeout=10_000):
        window.show_page("dataset")
        hand.page.document.saver.save()
        qtbot.waitUntil(lambda: not hand.page.document.saver.busy, timeout=10_000)
        window.document.refresh()
    assert window.document.dataset.instance_count(window.document.dataset.images[0]) == 2


def test_the_other_pages_see_what_a_thread_still_made_when_they_came(hand, window, qtbot):
    draft, may_end = hand.page.editing.draft, threading.Event()
    rename = classes.rename(draft, draft.categories[0].id, "hex nut")

    def make() -> Edit:
        may_end.wait(10)
        return rename

    hand.page.editing.perform("Rename", make, long=True)
    with qtbot.waitSignal(window.document.renewed, timeout=10_000):
        window.document.refresh()
        may_end.set()
    assert window.document.dataset.categories[0].name == "hex nut"


def test_files_that_could_not_be_read_after_a_save_are_read_when_they_can_be(hand, window, monkeypatch, qtbot):
    tried, read = [], document.reread

    def reread(*args):
        tried.append(args)
        if len(tried) == 1:
            raise UserError("the disk does not answer", "look whether it is still connected")
        return read(*args)

    monkeypatch.setattr(document, "reread", reread)
    hand.box(60, 20, 80, 40)
    window.document.refresh()
    qtbot.waitUntil(lambda: len(tried) == 1 and not window.document.saver.busy, timeout=10_000)
    qtbot.wait(50)
    with qtbot.waitSignal(window.document.renewed, timeout=10_000):
        window.document.refresh()
    assert window.document.dataset.instance_count(window.document.dataset.images[0]) == 2


def test_a_file_changed_by_somebody_else_is_never_overwritten_silently(hand, dataset_folder, qtbot):
    file, notices = train_file(dataset_folder), hand.page.notices
    theirs = file.read_text().replace('"nut"', '"theirs"')
    file.write_text(theirs)
    hand.box(60, 20, 80, 40)
    hand.page.document.saver.save()
    qtbot.waitUntil(notices.unsaved.isVisible, timeout=10_000)
    assert file.read_text() == theirs
    with qtbot.waitSignal(hand.page.document.opened, timeout=10_000):
        notices.beside.click()
    assert file.read_text() == theirs
    assert (file.parent / "instances_train (mine).json").exists()
    assert not notices.unsaved.isVisible()


def test_work_without_a_pause_is_saved_too(hand, qtbot, monkeypatch):
    monkeypatch.setattr(autosave, "AFTER_MS", 60_000)
    monkeypatch.setattr(autosave, "AT_LATEST_MS", 100)
    with qtbot.waitSignal(hand.page.document.saver.saved, timeout=10_000):
        for step in range(4):
            hand.box(50 + step, 20, 80, 40)
            qtbot.wait(40)
