"""Annotating in the window: what is drawn is there, can be taken back, and is in the files a moment later."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from app.pages.annotate.tool_options import OptionsBar
from app.settings.toolbox import TOOLS
from app.tools import operations
from app.tools.commands import make_tool
from app.widgets.inputs import SpinBox
from core.annotation.editing.scale import rescaled
from core.images.pixel_size import PixelSize
from tests.app.pages.annotate.conftest import count

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def test_a_box_becomes_a_mask_of_the_current_class(hand):
    before = count(hand)
    hand.box(60, 20, 80, 40)
    *_, drawn = hand.page.context.annotations.values()
    assert count(hand) == before + 1
    assert drawn.segmentation.parts == [[60, 20, 80, 20, 80, 40, 60, 40]]
    assert drawn.category == hand.page.context.category
    assert hand.page.instances.list.model().rowCount() == count(hand)


def test_another_scale_is_no_change_of_instances(hand):
    hand.box(60, 20, 80, 40)
    selected, draft = [*hand.page.context.selection], hand.page.editing.draft
    assert selected
    assert hand.page.editing.do(rescaled("Scale", draft, range(len(draft.dataset.images)), PixelSize(0.5, "µm")))
    assert hand.page.notices.bulk.isHidden() and [*hand.page.context.selection] == selected
    hand.key(Qt.Key.Key_Z, CONTROL)
    assert draft.pixel_size(0) is None and hand.page.context.image == 0 and count(hand) == 2


def test_keys_take_tools(hand):
    for key, tool in ((Qt.Key.Key_P, "polygon"), (Qt.Key.Key_B, "brush"), (Qt.Key.Key_V, "select")):
        hand.key(key)
        assert hand.page.tools.current.key == tool
        assert hand.page.tools.buttons[tool].isChecked()


def test_undo_goes_to_the_image_it_concerns(hand, qtbot):
    hand.box(60, 20, 80, 40)
    hand.turn(3)
    hand.box(60, 50, 80, 70)
    hand.key(Qt.Key.Key_Z, CONTROL)
    assert hand.page.context.image == 3
    with qtbot.waitSignal(hand.page.stage.shown, timeout=10_000):
        hand.key(Qt.Key.Key_Z, CONTROL)
    assert hand.page.context.image == 0
    assert count(hand) == 1
    hand.key(Qt.Key.Key_Z, CONTROL | SHIFT)
    assert count(hand) == 2


def test_after_undo_it_says_what_the_resting_mouse_is_over_now(hand):
    said = []
    hand.page.pointed.connect(said.append)
    hand.box(70, 10, 90, 30)
    QTest.mouseMove(hand.view, hand.at(80, 20))
    assert said[-1].startswith("80, 20 · ")
    hand.page.editing.undo()
    assert said[-1] == "80, 20"
    hand.page.editing.redo()
    assert said[-1].startswith("80, 20 · ")


def test_what_a_tool_said_goes_with_it(hand):
    said = []
    hand.page.status_message.connect(said.append)
    hand.page.tools.choose("box")
    hand.click((20, 20))
    assert "Drag" in said[-1]
    hand.page.tools.choose("brush")
    assert said[-1] == ""


def test_escape_leaves_a_field_as_it_was_and_the_keys_are_the_pictures(hand):
    classes = hand.page.classes
    names = [line.text() for line in classes.lines.values()]
    classes.buttons.rename.click()
    QTest.keyClicks(classes.list.name, "other")
    QTest.keyClick(classes.list.name, Qt.Key.Key_Escape)
    assert [line.text() for line in classes.lines.values()] == names and hand.view.hasFocus()
    classes.new.setFocus()
    QTest.keyClicks(classes.new.field, "half")
    QTest.keyClick(classes.new.field, Qt.Key.Key_Escape)
    assert classes.new.field.text() == "" and hand.view.hasFocus()
    classes.buttons.rename.click()
    QTest.keyClicks(classes.list.name, "other")
    QTest.keyClick(classes.list.name, Qt.Key.Key_Return)
    assert "other" in [line.text() for line in classes.lines.values()] and hand.view.hasFocus()


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_a_number_that_was_typed_gives_the_keys_back(hand, key):
    hand.page.tools.choose("brush")
    boxes = hand.page.tools.options.findChildren(SpinBox)
    box = next(box for box in boxes if box.accessibleName() == "Size")
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "40")
    QTest.keyClick(box, key)
    assert hand.view.hasFocus()
    assert key == Qt.Key.Key_Escape or hand.page.tools.current.values["size"] == 40


def test_a_box_is_drawn_without_a_mouse(hand):
    before = count(hand)
    hand.page.tools.choose("box")
    hand.view.setFocus()
    hand.key(Qt.Key.Key_Right)
    hand.key(Qt.Key.Key_Space)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Down):
        hand.key(key)
    hand.key(Qt.Key.Key_Space)
    *_, drawn = hand.page.context.annotations.values()
    scale = hand.view.viewport.scale
    assert count(hand) == before + 1
    assert drawn.box[2:] == pytest.approx((16 / scale, 32 / scale), abs=1), "corners lie on pixels"
    hand.key(Qt.Key.Key_Space)
    hand.key(Qt.Key.Key_Right)
    hand.key(Qt.Key.Key_Escape)
    hand.key(Qt.Key.Key_Space)
    assert hand.page.tools.current.busy() and count(hand) == before + 1, "Escape threw the first one away"
    hand.key(Qt.Key.Key_Escape)


def test_hidden_masks_are_said_and_come_back_with_a_change(hand):
    said = []
    hand.page.status_message.connect(said.append)
    hand.key(Qt.Key.Key_H)
    assert not hand.view.options.masks and "H shows them" in said[-1]
    hand.page.commands.mark_to_fix()
    assert not hand.view.options.masks, "nothing was drawn"
    hand.box(60, 20, 80, 40)
    assert hand.view.options.masks


def test_a_changed_brightness_is_seen_on_its_button(hand):
    display = hand.page.display
    assert not display.button.isChecked()
    display.sliders["brightness"].setValue(80)
    assert display.button.isChecked()
    display.sliders["brightness"].setValue(0)
    assert not display.button.isChecked()


def test_hidden_masks_are_said_with_the_key_that_shows_them_or_without_where_there_is_none(hand, window, settings):
    hand.key(Qt.Key.Key_H)
    assert window.status_bar.message.text() == "Masks are hidden: H shows them, and so does a change"
    hand.key(Qt.Key.Key_H)
    settings.shortcuts.change("annotate.masks", ())
    hand.page.commands.toggle_masks()
    assert window.status_bar.message.text() == "Masks are hidden: a change shows them"


def test_what_undo_brings_back_is_selected(hand):
    hand.box(60, 20, 80, 40)
    (drawn,) = hand.page.context.order
    hand.key(Qt.Key.Key_Z, CONTROL)
    assert not hand.page.context.order
    hand.key(Qt.Key.Key_Z, CONTROL | SHIFT)
    assert hand.page.context.order == (drawn,), "done again"
    hand.key(Qt.Key.Key_Delete)
    hand.key(Qt.Key.Key_Z, CONTROL)
    assert hand.page.context.order == (drawn,), "a deletion undone"


def test_hidden_instances_are_neither_seen_nor_clicked_on(hand):
    page = hand.page
    page.tools.choose("select")
    hand.click((20, 20))
    assert page.context.order
    hand.key(Qt.Key.Key_H, SHIFT)
    assert not any(shape.visible for shape in page.stage.view.shapes)
    hand.key(Qt.Key.Key_Escape)
    hand.click((20, 20))
    assert not page.context.order


def test_done_goes_on_to_the_next_image_and_is_counted(hand, qtbot):
    film = hand.page.footer.film
    with qtbot.waitSignal(hand.page.stage.shown, timeout=10_000):
        hand.key(Qt.Key.Key_E)
    assert film.row == 1
    assert hand.page.editing.draft.review(0) == "done"
    hand.page.editing.undo()
    assert hand.page.editing.draft.review(0) == ""


def test_copies_go_to_the_next_image(hand, qtbot):
    hand.page.context.select(hand.page.context.annotations)
    with qtbot.waitSignal(hand.page.stage.shown, timeout=10_000):
        hand.key(Qt.Key.Key_D, CONTROL | SHIFT)
    assert hand.page.context.image == 1
    assert count(hand) == 3


@pytest.mark.parametrize("drawing", [True, False])
@pytest.mark.parametrize("fitted", [True, False])
def test_a_bar_that_comes_or_goes_neither_moves_nor_scales_the_picture(hand, qtbot, fitted, drawing):
    if not fitted:
        hand.view.zoom_by(2)
    hand.page.tools.choose("polygon")
    if drawing:
        hand.click((60, 20), (80, 20))
    place = hand.view.mapToGlobal(hand.at(70, 40))
    top = hand.view.mapToGlobal(QPoint()).y()
    hand.page.notices.refused.say("Something happened", "and this helps")
    qtbot.waitUntil(lambda: hand.view.mapToGlobal(QPoint()).y() > top)
    assert hand.view.mapToGlobal(hand.at(70, 40)) == place
    hand.page.notices.refused.hide()
    qtbot.waitUntil(lambda: hand.view.mapToGlobal(QPoint()).y() == top)
    assert hand.view.mapToGlobal(hand.at(70, 40)) == place


def test_a_bar_that_is_asked_for_leaves_the_whole_picture_in_view(hand, qtbot):
    for shown in (True, False):
        height = hand.view.height()
        hand.page.footer.help.click()
        qtbot.waitUntil(lambda height=height, shown=shown: (hand.view.height() < height) == shown)
        qtbot.waitUntil(lambda height=height: hand.view.height() != height)
        qtbot.wait(50)
        whole = QRectF(hand.view.rect())
        picture = hand.view.viewport.to_widget_rect(QRectF(0, 0, hand.view.picture.width, hand.view.picture.height))
        assert whole.contains(picture)
        assert abs(picture.center().y() - whole.center().y()) <= 1


def test_a_window_of_another_size_fits_the_picture_again(hand, window, qtbot):
    before = hand.view.viewport.scale
    window.resize(1300, 900)
    qtbot.waitUntil(lambda: hand.view.viewport.scale > before)


def test_the_strip_shows_the_masks_as_they_are_drawn(hand, qtbot):
    film = hand.page.footer.film

    def colored() -> int:
        """Pixels of the first thumbnail with a color: the picture itself is nearly grey."""
        image = film.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)[:, : 3 * 96].astype(int)
        rgb = pixels.reshape(image.height(), 96, 3)
        return int((np.ptp(rgb, axis=2) > 60).sum())

    qtbot.waitUntil(lambda: colored() > 0, timeout=10_000)
    operations.select_all(hand.page.context)
    hand.page.tools.choose("select")
    before = colored()
    hand.key(Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: colored() < before, timeout=10_000)
    hand.box(40, 20, 100, 70)
    qtbot.waitUntil(lambda: colored() > before, timeout=10_000)


def test_undo_and_redo_are_dim_while_there_is_nothing_to_do(hand):
    page = hand.page

    def lit() -> tuple[bool, bool]:
        return page.commands.undo_button.isEnabled(), page.commands.redo_button.isEnabled()

    assert lit() == (False, False)
    page.tools.choose("polygon")
    hand.click((60, 20))
    assert lit() == (True, False), "the point that was set can be taken back"
    hand.key(Qt.Key.Key_Z, CONTROL)
    assert lit() == (False, False)
    hand.box(60, 20, 80, 40)
    assert lit() == (True, False)
    hand.key(Qt.Key.Key_Z, CONTROL)
    assert lit() == (False, True)
    hand.key(Qt.Key.Key_Z, CONTROL | SHIFT)
    assert lit() == (True, False)


def test_brush_and_eraser_have_their_own_sizes_again_after_a_restart(hand, settings):
    sizes = {"brush": 33.0, "eraser": 7.0}
    for key, size in sizes.items():
        hand.page.tools.choose(key)
        hand.page.tools.current.set_option("size", size)
    for entry in (entry for entry in TOOLS if entry.key in sizes):
        tool = make_tool(entry, hand.page.context)
        OptionsBar(settings).prepare(tool)
        assert tool.size == sizes[entry.key]


def test_a_cross_that_the_arrows_move_draws_without_a_mouse(hand):
    page = hand.page
    page.tools.choose("polygon")
    view = page.stage.view
    before = count(hand)
    for keys in ((), (Qt.Key.Key_Right,) * 3, (Qt.Key.Key_Down,) * 3):
        for key in keys or (Qt.Key.Key_Left,):
            QTest.keyClick(view, key)
        QTest.keyClick(view, Qt.Key.Key_Space)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert count(hand) == before + 1


def test_keys_do_what_the_menu_of_the_selection_does(hand):
    hand.box(60, 20, 80, 40)
    hand.box(70, 30, 90, 50)
    context, before = hand.page.context, count(hand)
    context.select(list(context.annotations)[-2:])
    hand.key(Qt.Key.Key_M, CONTROL)
    assert count(hand) == before - 1
    hand.key(Qt.Key.Key_Z, CONTROL)
    assert count(hand) == before
