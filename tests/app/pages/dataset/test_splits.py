"""Splits are changed by hand and by a rule, on the page that shows the dataset, and taken back."""

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent

from app.gallery.dragging import DRAGGED
from core.dataset import open_dataset
from core.dataset.splits.split_file import FILE

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def page(qtbot, window, dataset_folder):
    window.document.open(dataset_folder)
    qtbot.waitUntil(lambda: window.page.title == "Dataset" and window.page.gallery.model.rowCount() == 15)
    return window.page


def click(qtbot, page, row: int, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    view = page.gallery.view
    view.scrollTo(page.gallery.model.index(row, 0))
    at = view.visualRect(page.gallery.model.index(row, 0)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifier, at)


def chosen(page) -> list[int]:
    return [image.index for image in page.gallery.chosen()]


def counts(folder) -> dict[str, int]:
    dataset = open_dataset(folder)
    return {split: len(dataset.of_split(split)) for split in dataset.splits}


def drop_on(page, split: str) -> bool:
    """Drop what the gallery carries on the line of a split; whether it takes it."""
    line = page.filters._splits[split]
    if not line.acceptDrops():
        return False
    mime = QMimeData()
    mime.setData(DRAGGED, b"")
    action, button = Qt.DropAction.MoveAction, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(QPoint(5, 5), action, mime, button, Qt.KeyboardModifier.NoModifier)
    line.dragEnterEvent(enter)
    line.dropEvent(QDropEvent(QPointF(5, 5), action, mime, button, Qt.KeyboardModifier.NoModifier))
    return enter.isAccepted()


def test_several_images_are_selected_with_shift_control_and_the_keys(qtbot, page):
    click(qtbot, page, 1)
    click(qtbot, page, 4, SHIFT)
    assert chosen(page) == [1, 2, 3, 4] and "4 selected" in page.gallery.count.text()
    click(qtbot, page, 2, CONTROL)
    assert chosen(page) == [1, 3, 4]
    click(qtbot, page, 0)
    qtbot.keyClick(page.gallery.view, Qt.Key.Key_Right, SHIFT)
    assert chosen(page) == [0, 1]
    qtbot.keyClick(page.gallery.view, Qt.Key.Key_A, CONTROL)
    assert chosen(page) == list(range(15))
    qtbot.keyClick(page.gallery.view, Qt.Key.Key_Right)
    assert len(chosen(page)) == 1 and "selected" not in page.gallery.count.text()


def test_images_are_dragged_onto_a_split_and_come_back_with_undo(qtbot, page, dataset_folder):
    splitting = page.document.splitting
    click(qtbot, page, 1)
    click(qtbot, page, 3, SHIFT)
    with qtbot.waitSignal(splitting.changed):
        assert drop_on(page, "test")
    assert counts(dataset_folder) == {"train": 9, "val": 3, "test": 3} == page.document.split_counts
    qtbot.waitUntil(lambda: page.filters._splits["test"].count == 3)
    assert chosen(page) == [1, 2, 3], "they stay selected"
    assert page.gallery.notice.accessibleName() == "3 images are in “test” now"
    with qtbot.waitSignal(splitting.changed):
        qtbot.keyClick(page.gallery.view, Qt.Key.Key_Z, CONTROL)
    assert counts(dataset_folder) == {"train": 12, "val": 3} and not (dataset_folder / FILE).exists()
    assert not page.gallery.notice.undo.isVisible()


def test_the_menu_moves_what_is_selected_and_edits_are_kept(qtbot, page, dataset_folder):
    draft = page.document.editing.draft
    click(qtbot, page, 0)
    page.gallery.menu.aboutToShow.emit()
    page.gallery._move.aboutToShow.emit()
    actions = {action.text(): action for action in page.gallery._move.actions()}
    assert [*actions] == ["train", "val", "test"] and actions["train"].isChecked()
    with qtbot.waitSignal(page.document.splitting.changed):
        actions["val"].trigger()
    assert page.document.editing.draft is draft and draft.dataset is page.document.dataset
    assert counts(dataset_folder) == {"train": 11, "val": 4}


def test_somebody_else_s_splits_are_not_written_over(qtbot, page, dataset_folder):
    (dataset_folder / FILE).write_text('{"kind": "maskwright splits", "splits": {"test": ["train_01.png"]}}')
    click(qtbot, page, 5)
    with qtbot.waitSignal(page.document.splitting.failed):
        assert drop_on(page, "val")
    assert counts(dataset_folder) == {"train": 11, "val": 3, "test": 1}


@pytest.fixture
def view(qtbot, page):
    page.show_view("splits")
    view = page._made["splits"]
    qtbot.waitUntil(lambda: view._proposal is not None)
    return view


def test_what_comes_of_a_rule_is_shown_then_done_then_taken_back(qtbot, page, view, dataset_folder):
    view.form.test.set_value(20)
    view.form.train.set_value(60)
    qtbot.waitUntil(lambda: "test 0 → 3" in view.table.accessibleDescription())
    assert "Images, train 12 → 9, val 3 → 3, test 0 → 3" in view.table.accessibleDescription()
    assert counts(dataset_folder) == {"train": 12, "val": 3}, "nothing is done yet"
    with qtbot.waitSignal(page.document.splitting.changed):
        qtbot.mouseClick(view.apply, Qt.MouseButton.LeftButton)
    assert counts(dataset_folder) == {"train": 9, "val": 3, "test": 3}
    qtbot.waitUntil(lambda: view._state.text() == "These are the splits of now.")
    assert not view.apply.isEnabled() and view.reset.isVisible()
    with qtbot.waitSignal(page.document.splitting.changed):
        qtbot.mouseClick(view.notice.undo, Qt.MouseButton.LeftButton)
    assert counts(dataset_folder) == {"train": 12, "val": 3}


def test_a_rule_that_will_not_do_says_why_and_nothing_can_be_applied(qtbot, view):
    view.form.by.setCurrentIndex(view.form.by.findData("pattern"))
    view.form.pattern.setText("(")
    view.form.by.activated.emit(0)
    qtbot.waitUntil(lambda: "no regular expression" in view.problem.accessibleName())
    assert not view.apply.isEnabled()
    view.form.pattern.setText("^(train|val)")
    view.form.pattern.textEdited.emit("")
    qtbot.waitUntil(lambda: view._proposal is not None)
    assert view._groups.text().startswith("15 images are 2 groups.")
    assert "train_01.png and 11 others" in view._groups.text()


def test_folds_are_made_and_the_next_one_validates(qtbot, page, view, dataset_folder):
    view.form.folds.click()
    qtbot.waitUntil(lambda: view._proposal is not None and bool(view._proposal.file.folds))
    with qtbot.waitSignal(page.document.splitting.changed):
        view.apply.click()
    qtbot.waitUntil(lambda: view.turn.count() == 5 and view._proposal is not None)
    first = {image.file_name for image in open_dataset(dataset_folder).of_split("val")}
    with qtbot.waitSignal(page.document.splitting.changed):
        view.turn.setCurrentIndex(1)
        view.turn.activated.emit(1)
    second = {image.file_name for image in open_dataset(dataset_folder).of_split("val")}
    assert len(first) == len(second) == 3 and first.isdisjoint(second)


def test_a_split_without_images_is_shown_as_what_it_is(qtbot, page):
    """It is among the filters, so that images can be dropped on it, and may become empty while it is chosen."""
    page.filters._splits["test"].click()
    assert len(page.gallery.model.rows) == 0 and page.gallery._nothing.isVisible()
    page.gallery._nothing.acted.emit()
    page.filters._splits["val"].click()
    number = page.gallery.model.rowCount()
    page.gallery.view.selectAll()
    assert drop_on(page, "train")
    qtbot.waitUntil(lambda: page._index is not None and page._index.split_counts.get("val", 0) == 0)
    assert number and page.gallery._nothing.isVisible()
