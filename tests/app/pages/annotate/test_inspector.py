"""Beside the picture: classes and instances, what is hidden, what a number key means."""

import json

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication

from app.pages.annotate.footer import SplitProgress
from app.tools import operations
from core.dataset.palette import class_color

SHIFT = Qt.KeyboardModifier.ShiftModifier


def category(hand, place: int) -> int:
    return hand.page.editing.draft.categories[place].id


def visible(hand) -> int:
    return sum(shape.visible for shape in hand.page.stage.view.shapes)


def test_a_class_taken_after_drawing_is_for_the_next_and_once_more_for_what_was_drawn(hand):
    context = hand.page.context
    hand.box(60, 20, 80, 40)
    *_, drawn = context.annotations
    hand.key(Qt.Key.Key_2)
    assert context.annotations[drawn].category == category(hand, 0)
    assert context.category == category(hand, 1)
    hand.key(Qt.Key.Key_2)
    assert context.annotations[drawn].category == category(hand, 1)


def test_many_are_relabelled_by_a_click_on_a_class_as_one_step(hand):
    hand.turn(1)
    page = hand.page
    page.instances.list.selectAll()
    assert len(page.context.order) == 2
    QTest.mouseClick(page.classes.lines[category(hand, 1)], Qt.MouseButton.LeftButton)
    assert {one.category for one in page.context.annotations.values()} == {category(hand, 1)}
    page.editing.undo()
    assert {one.category for one in page.context.annotations.values()} == {category(hand, 0), category(hand, 1)}


def test_a_class_that_no_number_reaches_is_given_by_its_name_and_the_keys_are_the_picture_s_again(hand, qtbot):
    context, panel = hand.page.context, hand.page.classes
    for number in range(20):
        panel.add(f"kind {number}")
    context.select(list(context.annotations)[:1])
    hand.key(Qt.Key.Key_N)
    QTest.keyClicks(panel.new.field, "kind 19")
    QTest.keyClick(panel.new.field, Qt.Key.Key_Return)
    assert context.annotations[context.order[0]].category == category(hand, -1) == context.category
    assert hand.page.stage.view.hasFocus()
    qtbot.waitUntil(lambda: not panel.lines[context.category].visibleRegion().isEmpty())


def test_the_list_and_the_picture_select_the_same(hand):
    hand.turn(1)
    page = hand.page
    page.tools.choose("select")
    hand.click((20, 20))
    assert [index.row() for index in page.instances.list.selectedIndexes()] == [0]
    page.instances.list.setCurrentIndex(page.instances.list.model().index(1, 0))
    assert page.context.order == (list(page.context.annotations)[1],)
    assert [shape.key for shape in page.stage.view.marked] == list(page.context.order)


def test_a_hidden_class_is_neither_seen_nor_clicked_on_until_it_is_chosen(hand):
    hand.turn(1)
    page = hand.page
    page.tools.choose("select")
    page.context.select(())
    page.classes.lines[category(hand, 1)].eye_clicked.emit()
    assert visible(hand) == 1
    hand.click((70, 30))
    assert not page.context.order
    hand.key(Qt.Key.Key_D)
    hand.key(Qt.Key.Key_A)
    assert page.classes.lines[category(hand, 1)].masks_hidden, "classes stay hidden while images change"
    hand.key(Qt.Key.Key_2)
    assert visible(hand) == 2 and not page.classes.lines[category(hand, 1)].masks_hidden


def test_only_the_current_class_is_shown_and_clicked_on(hand):
    hand.turn(1)
    page = hand.page
    page.tools.choose("select")
    page.context.select(())
    hand.key(Qt.Key.Key_O)
    assert visible(hand) == 1
    hand.click((70, 30))
    assert not page.context.order
    hand.key(Qt.Key.Key_2)
    hand.click((70, 30))
    assert page.context.order and visible(hand) == 1


def test_what_is_hidden_comes_back_with_another_image_or_when_nothing_is_selected(hand):
    page = hand.page
    page.context.select(page.context.annotations)
    hand.key(Qt.Key.Key_H, SHIFT)
    assert visible(hand) == 0
    page.context.select(())
    hand.key(Qt.Key.Key_H, SHIFT)
    assert visible(hand) == 1


def test_locked_instances_keep_their_class_and_stay(hand):
    context = hand.page.context
    context.select(context.annotations)
    before = dict(context.annotations)
    hand.key(Qt.Key.Key_L, SHIFT)
    hand.key(Qt.Key.Key_2)
    hand.key(Qt.Key.Key_Delete)
    assert dict(context.annotations) == before


def test_merging_a_class_gives_its_instances_to_the_other_and_stays_on_the_image(hand):
    page = hand.page
    nut, bolt = category(hand, 0), category(hand, 1)
    page.context.choose_category(bolt)
    page.classes.buttons.merge.menu().aboutToShow.emit()
    page.classes.buttons.merge.menu().actions()[0].trigger()
    assert list(page.classes.lines) == [nut] and page.classes.lines[nut].count == 16
    assert page.context.image == 0 and page.context.category == nut
    page.editing.undo()
    assert page.classes.lines[bolt].count == 1


def test_a_class_gets_a_color_that_the_shapes_have_too(hand):
    page = hand.page
    before, other = page.stage.view.shapes[0].color.name(), QColor(*class_color(7)).name()
    offered = page.classes.buttons.color.menu().findChildren(QAbstractButton)
    next(button for button in offered if button.accessibleName() == f"Color {other}").click()
    assert page.stage.view.shapes[0].color.name() == other != before
    next(button for button in offered if button.text() == "The color of its place").click()
    assert page.stage.view.shapes[0].color.name() == before


def test_review_states_are_counted_and_filter_the_images(hand, qtbot):
    footer = hand.page.footer
    hand.key(Qt.Key.Key_E, SHIFT)
    assert footer.filter.findText("To fix · 1") >= 0
    footer.filter.setCurrentIndex(footer.filter.findData("to fix"))
    assert footer.film.count() == 1
    footer.filter.setCurrentIndex(footer.filter.findData("to do"))
    assert [footer.film.image.file_name] == ["val_03.png"]
    qtbot.waitUntil(lambda: hand.page.context.image == 14, timeout=10_000)


def test_what_is_missing_stands_beside_the_train_button(annotate, classless):
    hand = annotate(classless)
    footer = hand.page.footer
    assert footer.missing.text() == "Draw and name something" and not footer.train.isEnabled()
    hand.box(60, 20, 80, 40)
    hand.page.classes.add("nut")
    assert footer.missing.text() == "Label a validation image"
    hand.turn(12)
    hand.box(60, 20, 80, 40)
    assert not footer.missing.text() and footer.train.isEnabled()
    assert footer.summary.text() == "2 of 15 images labelled" and footer.name.text() == footer.film.image.file_name


def test_what_has_only_boxes_counts_as_labelled_once_it_has_a_mask(annotate, dataset_folder, qtbot):
    for split in ("train", "val"):
        file = dataset_folder / "annotations" / f"instances_{split}.json"
        content = json.loads(file.read_text())
        for each in content["annotations"]:
            each["segmentation"] = []
        file.write_text(json.dumps(content))
    hand = annotate(dataset_folder)
    footer = hand.page.footer
    qtbot.waitUntil(lambda: footer.missing.text() == "Label a training and a validation image")
    assert not footer.train.isEnabled() and footer.filter.findText("To do · 15") >= 0
    hand.box(60, 20, 80, 40)
    assert footer.missing.text() == "Label a validation image" and footer.filter.findText("To do · 14") >= 0
    hand.turn(12)
    hand.box(60, 20, 80, 40)
    assert footer.summary.text() == "2 of 15 images labelled" and footer.train.isEnabled()
    hand.page.editing.undo()
    assert footer.missing.text() == "Label a validation image"


def test_images_with_only_boxes_are_counted_without_being_decoded(hand, monkeypatch):
    draft = hand.page.editing.draft

    def peek(image: int):
        raise AssertionError(f"image {image} is decoded while the window waits")

    unread = frozenset(image.index for image in draft.dataset.images if not draft.has_read(image.index))
    monkeypatch.setattr(draft, "peek", peek)
    progress = SplitProgress(draft)
    before = progress.counts["to do"]
    progress.leave_out(unread)
    with_instances = sum(draft.instance_count(index) > 0 for index in unread)
    assert with_instances > 5 and progress.counts["to do"] == before + with_instances
    progress.leave_out(frozenset())
    assert progress.counts["to do"] == before


def typed(panel, text: str) -> None:
    panel.new.setFocus()
    QTest.keyClicks(panel.new.field, text)
    QTest.keyClick(panel.new.field, Qt.Key.Key_Return)


def names(panel) -> list[str]:
    """The classes that are shown."""
    return [line.text() for line in panel.lines.values() if not line.isHidden()]


def test_typing_shows_the_classes_that_fit(hand):
    panel = hand.page.classes
    for name in ("traffic light", "traffic sign", "light bulb"):
        panel.add(name)
    QTest.keyClicks(panel.new.field, "LIGHT")
    assert names(panel) == ["traffic light", "light bulb"]
    QTest.keyClick(panel.new.field, Qt.Key.Key_Escape)
    assert len(names(panel)) == len(panel.lines) and panel.new.field.text() == ""


def test_a_slip_of_the_finger_makes_no_class(hand):
    panel, draft = hand.page.classes, hand.page.editing.draft
    panel.add("motorcycle")
    typed(panel, "motorcylce")
    assert (
        [one.name for one in draft.categories][-1] == "motorcycle"
        and panel.new.note.isVisible()
        and "motorcycle" in panel.new.note.text()
    )
    assert names(panel) == ["motorcycle"], "what was meant is there to be clicked on"
    QTest.keyClick(panel.new.field, Qt.Key.Key_Return)
    assert [one.name for one in draft.categories][-1] == "motorcylce", "who insists gets it"
    typed(panel, "MotorCycle")
    assert len(draft.categories) == 4 and hand.page.context.category == category(hand, 2)


def test_names_with_other_numbers_are_made_at_once(hand):
    panel = hand.page.classes
    for number in range(1, 4):
        typed(panel, f"cell {number}")
    assert [line.text() for line in panel.lines.values()][-3:] == ["cell 1", "cell 2", "cell 3"]


def test_a_class_is_renamed_where_its_name_stands(hand, qtbot):
    panel = hand.page.classes
    line = panel.lines[category(hand, 1)]
    before = line.mapTo(panel, line.rect().center())
    panel.new.field.setText("no such class")
    panel.choose(category(hand, 1))
    panel.buttons.rename.click()
    field = panel.list.name
    qtbot.waitUntil(lambda: field.geometry().contains(panel.list.name.parentWidget().mapFrom(panel, before)))
    assert field.hasFocus() and line.isHidden()
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not line.isHidden() and field.isHidden() and hand.view.hasFocus()


def test_a_right_click_on_a_class_offers_what_the_buttons_do_and_relabels_nothing(hand, qtbot):
    page, second = hand.page, category(hand, 1)
    operations.select_all(page.context)
    before = page.context.annotations
    page.classes.lines[second].customContextMenuRequested.emit(QPoint(5, 5))
    qtbot.waitUntil(page.classes.buttons.menu.isVisible)
    assert page.context.category == second and page.context.annotations == before
    assert [action.text() for action in page.classes.buttons.menu.actions()][:2] == ["Rename", "Color"]
    page.classes.buttons.menu.actions()[0].trigger()
    assert page.classes.list.name.text() == page.classes.lines[second].text()
    page.classes.buttons.menu.close()


def right_click(widget, at) -> None:
    QApplication.sendEvent(widget, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, widget.mapToGlobal(at)))


def test_a_right_click_on_an_instance_selects_it_and_offers_the_commands(hand, qtbot):
    hand.turn(1)
    page = hand.page
    page.tools.choose("select")
    right_click(hand.view, hand.at(100, 85))
    assert not page.instances.menu.isVisible(), "nothing lies there"
    right_click(hand.view, hand.at(20, 20))
    qtbot.waitUntil(page.instances.menu.isVisible)
    assert page.context.order == (next(iter(page.context.annotations)),)
    delete = page.instances.menu.actions()[-1]
    delete.trigger()
    page.instances.menu.close()
    assert len(page.context.annotations) == 1
    page.tools.choose("sam")
    right_click(hand.view, hand.at(60, 60))
    assert not page.instances.menu.isVisible(), "there it means “not this”"


def test_the_list_of_instances_has_the_same_menu(hand, qtbot):
    page = hand.page
    operations.select_all(page.context)
    page.instances.list.customContextMenuRequested.emit(QPoint(5, 5))
    qtbot.waitUntil(page.instances.menu.isVisible)
    page.instances.menu.close()


def test_what_needs_two_instances_is_not_offered_for_one(hand):
    hand.turn(1)
    context, menu = hand.page.context, hand.page.instances.menu

    def offered() -> set[str]:
        menu.aboutToShow.emit()
        return {action.text() for action in menu.actions() if action.isEnabled()}

    pairs = {"Merge into the first", "Cut the others out of the first", "Keep what they share"}
    context.select(list(context.annotations)[:1])
    assert not pairs & offered() and "Split into pieces" in offered()
    context.select(context.annotations)
    assert pairs <= offered()


def test_a_right_click_in_the_strip_says_what_can_be_done_with_that_image(hand, qtbot):
    film, menu = hand.page.footer.film, hand.page.footer.menu
    place = QPoint(2 * 96 + 48, film.viewport().height() // 3)  # the third thumbnail
    with qtbot.waitSignal(hand.page.stage.shown, timeout=10_000):
        QTest.mousePress(film.viewport(), Qt.MouseButton.RightButton, pos=place)
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(film.viewport(), QContextMenuEvent(reason, place, film.viewport().mapToGlobal(place)))
    assert menu.isVisible() and film.row == 2
    actions = {action.text(): action for action in menu.actions()}
    actions["Copy its path"].trigger()
    assert QApplication.clipboard().text().endswith("train_03.png")
    actions["To fix"].trigger()
    assert hand.page.editing.draft.review(2) == "to fix" and actions["To fix"].isChecked()
    actions["Done, and on to the next"].trigger()
    assert hand.page.editing.draft.review(2) == "done" and film.row == 3
    menu.close()
