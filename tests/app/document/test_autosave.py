"""What the window does about work that could be lost: disks that vanish, files that others change, restarts."""

import shutil

import pytest
from PySide6.QtCore import Qt

from app.document import autosave
from app.window.closing import UnsavedDialog
from core.annotation.editing.edits import InstanceEdit, inverse
from core.annotation.editing.model import Annotation
from core.geometry.segmentation import Polygons
from tests.app.document.test_document import entries, train_file

_CTRL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def undo(hand):
    hand.key(Qt.Key.Key_Z, _CTRL)


def redo(hand):
    hand.key(Qt.Key.Key_Z, _CTRL | _SHIFT)


def count(hand):
    return len(hand.page.context.annotations)


@pytest.fixture
def reopen(annotate, window, qtbot):
    """Lets go of the dataset, as closing the window does, and opens it again."""

    def again(folder, between=lambda: None):
        window.document.close()
        between()
        hand = annotate(folder)
        hand.view.setFocus()
        return hand

    return again


def test_undo_and_redo_go_on_after_a_restart(hand, dataset_folder, reopen):
    for left in (60, 75, 90):
        hand.box(left, 20, left + 10, 40)
    undo(hand)
    assert count(hand) == 3
    for _ in range(2):
        hand = reopen(dataset_folder)
        assert count(hand) == 3 and entries(dataset_folder) == 16
        assert (
            hand.page.commands.undo_button.isEnabled()
            and hand.page.commands.redo_button.isEnabled()
            and hand.page.notices.changed.isHidden()
        )
    redo(hand)
    assert count(hand) == 4
    for expected in (3, 2, 1, 1):
        undo(hand)
        assert count(hand) == expected
    assert not hand.page.commands.undo_button.isEnabled()
    hand = reopen(dataset_folder)
    assert count(hand) == 1 and entries(dataset_folder) == 14
    redo(hand)
    hand.saved()
    assert entries(dataset_folder) == 15


def test_what_is_done_in_parts_is_one_step_after_a_restart_too(hand, dataset_folder, reopen):
    editing, gesture = hand.page.editing, object()
    for left in (60, 75):
        corners = [[left, 20.0, left + 9, 20.0, left + 9, 40.0]]
        new = Annotation(1, Polygons(corners), (left, 20.0, 9.0, 20.0))
        editing.do(InstanceEdit(name="Accept", image=0, before={}, after={editing.draft.new_id(0): new}), gesture)
    assert editing.history.count() == 1
    hand = reopen(dataset_folder)
    assert hand.page.editing.history.count() == 1 and count(hand) == 3
    undo(hand)
    assert count(hand) == 1


def test_undo_says_where_it_begins_anew(hand, dataset_folder, reopen):
    def change():
        train_file(dataset_folder).write_text(train_file(dataset_folder).read_text() + "\n")

    hand.box(60, 20, 70, 40)
    hand.saved()
    hand = reopen(dataset_folder, change)
    changed = hand.page.notices.changed
    assert changed.isVisible() and "Undo begins anew" in changed.accessibleName()
    assert "instances_train.json" in changed.accessibleName()
    assert not hand.page.commands.undo_button.isEnabled() and hand.page.notices.bring_back.isHidden()
    hand.box(80, 20, 90, 40)
    assert changed.isHidden()


def test_what_somebody_elses_file_lacks_can_be_brought_back(hand, dataset_folder, reopen):
    old = train_file(dataset_folder).read_text()
    hand.box(60, 20, 70, 40)
    hand.box(75, 20, 85, 40)
    hand.saved()
    hand = reopen(dataset_folder, lambda: train_file(dataset_folder).write_text(old + "\n\n"))
    changed = hand.page.notices.changed
    assert count(hand) == 1 and changed.isVisible() and "2 changes" in changed.accessibleName()
    hand.box(95, 20, 105, 40)
    assert changed.isVisible()
    hand.page.notices.bring_back.click()
    assert count(hand) == 4 and changed.isHidden()
    undo(hand)
    assert count(hand) == 2


def test_a_damaged_file_is_put_back_with_its_work(hand, dataset_folder, reopen, window, qtbot):
    (dataset_folder / "annotations/instances_val.json").unlink()
    hand = reopen(dataset_folder)
    hand.page.notices.leave_so.click()
    hand.box(60, 20, 70, 40)
    hand.saved()
    hand = reopen(dataset_folder, lambda: train_file(dataset_folder).write_text(""))
    changed, notices = hand.page.notices.changed, hand.page.notices
    assert changed.isVisible() and "damaged or gone" in changed.accessibleName() and count(hand) == 0
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        notices.put_back.click()
    qtbot.waitUntil(lambda: hand.page.context.pixels is not None, timeout=10_000)
    assert count(hand) == 2 and notices.rescued.isVisible() and changed.isHidden()


def test_a_step_of_an_earlier_session_that_does_not_fit_any_more_ends_undo(hand, dataset_folder, reopen, qtbot):
    hand.box(60, 20, 70, 40)
    hand = reopen(dataset_folder)
    hand.page.editing.draft.apply(inverse(hand.page.editing.last))  # without the history
    undo(hand)
    assert hand.page.notices.refused.isVisible()
    qtbot.waitUntil(lambda: not hand.page.commands.undo_button.isEnabled(), timeout=5000)


def test_a_disk_that_is_pulled_out_is_waited_for(hand, window, dataset_folder, tmp_path, qtbot, monkeypatch):
    monkeypatch.setattr(autosave, "AGAIN_MS", 50)
    unsaved = hand.page.notices.unsaved
    dataset_folder.rename(tmp_path / "pulled")
    dataset_folder.mkdir()
    hand.box(60, 20, 70, 40)
    window.document.saver.save()
    qtbot.waitUntil(unsaved.isVisible, timeout=10_000)
    assert "is not there" in unsaved.accessibleName() and hand.page.notices.overwrite.isHidden()
    hand.box(75, 20, 85, 40)
    qtbot.wait(200)
    assert unsaved.isVisible() and list(dataset_folder.iterdir()) == []
    hand.page.footer.film.choose(5)
    qtbot.waitUntil(hand.page.stage.error.isVisible, timeout=10_000)
    dataset_folder.rmdir()
    (tmp_path / "pulled").rename(dataset_folder)
    qtbot.waitUntil(unsaved.isHidden, timeout=10_000)
    assert entries(dataset_folder) == 16
    qtbot.waitUntil(hand.view.isVisible, timeout=10_000)


def test_a_window_that_closes_while_the_disk_is_away_keeps_the_work(
    hand, window, dataset_folder, tmp_path, qtbot, reopen
):
    dataset_folder.rename(tmp_path / "pulled")
    hand.box(60, 20, 70, 40)
    window.close()
    qtbot.waitUntil(lambda: window.findChild(UnsavedDialog) is not None, timeout=10_000)
    window.findChild(UnsavedDialog).stay.click()
    hand = reopen(dataset_folder, lambda: (tmp_path / "pulled").rename(dataset_folder))
    assert hand.page.notices.rescued.isVisible() and count(hand) == 2


def test_a_home_that_is_deleted_loses_nothing(hand, window, dataset_folder, tmp_path, qtbot):
    home = tmp_path / "home"
    hand.box(60, 20, 70, 40)
    shutil.rmtree(home)
    hand.box(75, 20, 85, 40)
    assert count(hand) == 3 and list(home.glob("drafts/*/journal.jsonl"))
    shutil.rmtree(home)
    home.write_text("no folder any more")
    hand.box(90, 20, 100, 40)
    assert count(hand) == 3 and "can still be saved" in hand.page.notices.refused.accessibleDescription()
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=10_000)
    assert entries(dataset_folder) == 16


def test_a_damaged_file_that_is_dismissed_takes_no_work_on_the_others_with_it(hand, dataset_folder, tmp_path, reopen):
    def damage():
        (tmp_path / "pulled").rename(dataset_folder)  # until now nothing could be saved
        val.write_bytes(whole[:50])

    val = dataset_folder / "annotations/instances_val.json"
    hand.turn(last := hand.page.editing.draft.dataset.first_images[1])
    hand.box(60, 20, 70, 40)
    hand.saved()
    whole, drawn = val.read_bytes(), count(hand)
    hand.turn(0)
    dataset_folder.rename(tmp_path / "pulled")
    hand.box(60, 20, 70, 40)
    hand = reopen(dataset_folder, damage)
    assert count(hand) == 2 and hand.page.notices.rescued.isVisible() and hand.page.notices.changed.isVisible()
    hand.page.notices.leave_so.click()
    hand = reopen(dataset_folder)
    assert count(hand) == 2 and hand.page.notices.changed.isHidden()
    hand = reopen(dataset_folder, lambda: val.write_bytes(whole))
    assert count(hand) == 2 and hand.page.editing.draft.instance_count(last) == drawn
