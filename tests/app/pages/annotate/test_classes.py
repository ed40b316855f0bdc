"""Classes are named, renamed, given to instances and deleted where one draws."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.app.pages.annotate.conftest import count, train_file

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def test_the_first_shape_asks_for_its_class(annotate, classless, qtbot):
    hand = annotate(classless)
    hand.box(60, 20, 80, 40)
    field = hand.page.notices.naming.field
    assert field.isVisible()
    QTest.keyClicks(field, "hazelnut")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert not field.isVisible()
    assert [line.text() for line in hand.page.classes.lines.values()] == ["hazelnut"]
    assert count(hand) == 1
    hand.key(Qt.Key.Key_Z, CONTROL)
    assert count(hand) == 0 and hand.page.classes.lines
    hand.key(Qt.Key.Key_Z, CONTROL | SHIFT)
    hand.saved()
    assert [entry["name"] for entry in json.loads(train_file(classless).read_text())["categories"]] == ["hazelnut"]


@pytest.mark.parametrize("way", ["escape", "button", "undo"])
def test_what_waits_for_its_class_can_be_discarded(annotate, classless, way):
    hand = annotate(classless)
    hand.box(60, 20, 80, 40)
    naming = hand.page.notices.naming
    if way == "escape":
        QTest.keyClick(naming.field, Qt.Key.Key_Escape)
    elif way == "button":
        naming.discard.click()
    else:
        hand.key(Qt.Key.Key_Z, CONTROL)
    assert not hand.page.context.unclassified.drawn and not naming.isVisible() and hand.view.hasFocus()
    assert not hand.page.classes.lines and count(hand) == 0


def test_what_waits_for_its_class_is_not_lost_where_one_goes_on(annotate, classless, window, qtbot):
    hand = annotate(classless)
    hand.box(60, 20, 80, 40)
    hand.page.commands.finish_image()
    assert hand.page.footer.film.row == 0 and hand.page.notices.naming.field.hasFocus(), "first its name"
    window.close()
    qtbot.waitUntil(window.isHidden, timeout=10_000)
    content = json.loads(train_file(classless).read_text())
    assert [entry["name"] for entry in content["categories"]] == ["object"]
    assert len(content["annotations"]) == 1


def test_a_double_click_renames_a_class_and_leaves_the_selection_alone(hand):
    context = hand.page.context
    context.select([next(iter(context.annotations))])
    before = dict(context.annotations)
    other = next(line for id, line in hand.page.classes.lines.items() if id != before[context.order[0]].category)
    QTest.mouseClick(other, Qt.MouseButton.LeftButton)
    assert context.annotations != before, "one click gives it the class"
    hand.key(Qt.Key.Key_Z, CONTROL)
    QTest.mouseClick(other, Qt.MouseButton.LeftButton)
    QTest.mouseDClick(other, Qt.MouseButton.LeftButton)
    assert context.annotations == before and hand.page.classes.list.name.hasFocus()
    assert hand.page.classes.list.name.text() == other.text()


def test_a_number_key_gives_the_class_to_what_is_selected(hand):
    context = hand.page.context
    context.select(context.annotations)
    hand.key(Qt.Key.Key_2)
    second = hand.page.editing.draft.categories[1].id
    assert {annotation.category for annotation in context.annotations.values()} == {second}
    assert context.category == second
    hand.key(Qt.Key.Key_Z, CONTROL)
    assert context.category == second, "undo never takes the class out of the hand"


def test_a_deleted_class_comes_back_with_its_instances(hand, window):
    page = hand.page
    bolts = page.editing.draft.categories[1].id
    page.context.choose_category(bolts)
    before = page.editing.draft.class_counts()
    page.classes.buttons.delete.menu().aboutToShow.emit()
    page.classes.buttons.delete.menu().actions()[0].trigger()
    assert list(page.classes.lines) == [page.editing.draft.categories[0].id]
    assert window.status_bar.message.text() == "Deleted bolt with its 1 instance; undo brings them back"
    page.editing.undo()
    assert page.editing.draft.class_counts() == before
    assert len(page.classes.lines) == 2


def test_a_class_can_go_and_leave_its_instances_to_another(hand):
    context, classes = hand.page.context, hand.page.classes
    before, (first, second) = count(hand), classes.lines
    classes.choose(first)
    classes.buttons.delete.menu().aboutToShow.emit()
    *_, heirs = classes.buttons.delete.menu().actions()
    assert [action.text() for action in heirs.menu().actions()] == [classes.lines[second].text()]
    heirs.menu().actions()[0].trigger()
    assert list(classes.lines) == [second] and count(hand) == before
    assert {annotation.category for annotation in context.annotations.values()} == {second}


def test_a_class_gets_another_name_in_place(hand):
    classes = hand.page.classes
    classes.buttons.rename.click()
    QTest.keyClick(classes.list.name, Qt.Key.Key_A, CONTROL)
    QTest.keyClicks(classes.list.name, "walnut")
    QTest.keyClick(classes.list.name, Qt.Key.Key_Return)
    assert [category.name for category in hand.page.editing.draft.categories] == ["walnut", "bolt"]
    assert classes.new.isVisible() and not classes.list.name.isVisible()
