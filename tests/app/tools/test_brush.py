"""Brush and eraser."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from app.settings.toolbox import TOOLS
from app.tools import operations
from core.annotation.editing.model import Annotation
from tests.app.tools.bench import ALT, CONTROL, NONE, RIGHT, SHIFT
from tests.app.tools.conftest import square


@pytest.fixture
def bench(bench):
    bench.take("brush").set_option("size", 10.0)
    return bench


def selected(make_bench, *segmentations, tool, size=10.0):
    bench = make_bench(*segmentations)
    bench.context.select(list(bench.context.annotations)[:1])
    bench.take(tool).set_option("size", size)
    return bench


def test_a_click_paints_one_dab(bench):
    bench.click((50, 50))
    y, x = np.nonzero(bench.pixels())
    assert bench.pixels().sum() == pytest.approx(np.pi * 25, rel=0.06)
    assert (x.mean(), y.mean()) == (pytest.approx(49.5, abs=0.1), pytest.approx(49.5, abs=0.1))


def test_a_stroke_is_one_step_and_the_next_one_goes_on_painting_the_same_instance(bench):
    bench.drag((30, 30), (80, 30), (80, 60))
    assert bench.steps == 1 and bench.pixels()[30, 30:80].all() and bench.pixels()[30:60, 80].all()
    bench.drag((80, 60), (30, 60))
    assert bench.steps == 2 and len(bench.instances) == 1 and bench.pixels()[60, 30:80].all()
    bench.editing.undo()
    assert not bench.pixels()[60, 40]
    bench.editing.redo()
    assert bench.pixels()[60, 40]


def test_quick_strokes_from_the_same_place_are_all_painted(bench):
    bench.double_click((50, 50))
    assert bench.steps == 1, "a second dab in the same place changes nothing"
    bench.click((30, 30))
    bench.double_press((30, 30))
    bench.move((60, 30))
    bench.release((60, 30))
    assert bench.pixels()[30, 30:60].all()


def test_a_stroke_that_begins_away_from_the_selection_is_a_new_instance(bench):
    bench.drag((30, 30), (60, 30))
    bench.drag((30, 80), (60, 80))
    assert len(bench.instances) == 2 and bench.steps == 2
    bench.drag((60, 84), (60, 100))  # the tip touches what was painted last
    assert len(bench.instances) == 2 and bench.pixels(1)[80, 40] and bench.pixels(1)[95, 60]
    bench.drag((45, 30), (45, 50))  # on the first, which is not selected any more
    assert len(bench.instances) == 3 and not bench.pixels(0)[45, 45]


def test_control_adds_a_part_to_the_selection_from_anywhere(bench):
    bench.drag((30, 30), (60, 30))
    bench.drag((30, 80), (60, 80), held=CONTROL)
    assert len(bench.instances) == 1 and bench.pixels()[30, 40] and bench.pixels()[80, 40]


def test_of_several_selected_the_one_that_the_stroke_begins_on_grows(make_bench):
    bench = make_bench([square(20, 20, 30)], [square(80, 20, 30)])
    operations.select_all(bench.context)
    bench.take("brush").set_option("size", 10.0)
    bench.drag((30, 45), (30, 70))
    assert bench.pixels(0)[65, 30] and not bench.pixels(1)[65, 30] and len(bench.instances) == 2


def test_what_is_hidden_does_not_grow(make_bench):
    bench = selected(make_bench, [square(20, 20, 30)], tool="brush")
    bench.context.hidden = bench.context.selection
    bench.drag((30, 45), (30, 70))
    assert len(bench.instances) == 2 and not bench.pixels(0)[65, 30]


def test_a_box_without_a_mask_gets_one_where_it_is_painted_in(make_bench):
    bench = make_bench()
    bench.context.add("Box", Annotation(1, None, (10.0, 10.0, 30.0, 20.0)))
    bench.take("brush").set_option("size", 10.0)
    bench.drag((12, 12), (18, 12))
    assert len(bench.instances) == 1 and bench.pixels()[12, 15]


@pytest.mark.parametrize("key", [entry.key for entry in TOOLS])
def test_escape_deselects_whatever_tool_is_in_hand(make_bench, key):
    bench = make_bench([square(20, 20, 40)])
    bench.take(key)
    operations.select_all(bench.context)
    bench.key(Qt.Key.Key_Escape)
    assert not bench.context.selection and bench.steps == 0


def test_undo_keeps_the_class_that_one_paints_with(bench):
    bench.context.choose_category(2)
    bench.click((30, 30))
    bench.editing.undo()
    bench.click((30, 30))
    assert [annotation.category for annotation in bench.instances] == [2]


def test_shift_and_click_draws_a_line_from_the_last_dab(bench):
    bench.click((30, 30))
    bench.click((90, 60), held=SHIFT)
    assert bench.pixels()[45, 60] and bench.steps == 2
    bench.choose(1)
    bench.click((90, 60), held=SHIFT)
    assert bench.pixels().sum() < 100, "no line from where the last image had its dab"


@pytest.mark.parametrize("key, grows", [(Qt.Key.Key_BracketRight, True), (Qt.Key.Key_BracketLeft, False)])
def test_keys_change_the_size_down_to_one_pixel(bench, key, grows):
    bench.key(key)
    assert (bench.tool.size > 10) == grows and bench.tool.size != 10
    for _ in range(60):
        bench.key(key)
    assert bench.tool.size == (1000 if grows else 1)


def test_alt_and_wheel_changes_the_size_and_the_zoom_stays(bench):
    at = QPointF(bench.at((50, 50)))
    before = bench.view.viewport
    for held, delta in ((ALT, QPoint(120, 0)), (ALT, QPoint(0, 120))):  # with Alt, some systems turn the wheel's axis
        size = bench.tool.size
        event = QWheelEvent(at, at, QPoint(), delta, Qt.MouseButton.NoButton, held, Qt.ScrollPhase.NoScrollPhase, False)
        QApplication.sendEvent(bench.view, event)
        assert bench.tool.size > size
    assert bench.view.viewport == before


@pytest.mark.parametrize("held, button", [(ALT, Qt.MouseButton.LeftButton), (NONE, RIGHT)])
def test_a_right_drag_or_a_drag_with_alt_changes_the_size_and_paints_nothing(bench, held, button):
    bench.drag((50, 50), (65, 50), held=held, button=button)
    assert bench.tool.size == 25 and not bench.instances


def test_brush_and_eraser_have_sizes_of_their_own(bench):
    assert bench.take("eraser").size == 24


@pytest.mark.parametrize("tool", ["brush", "eraser"])
def test_a_stroke_on_a_polygon_leaves_its_other_corners_to_be_edited(make_bench, tool):
    bench = selected(make_bench, [square(20, 20, 30)], tool=tool)
    bench.drag((50, 35), (70, 35) if tool == "brush" else (30, 35))
    part = bench.instances[0].segmentation.parts[0]
    assert {(20, 20), (50, 20), (50, 50), (20, 50)} <= set(zip(part[0::2], part[1::2], strict=True))
    assert bench.pixels()[35, 60] == (tool == "brush") and bench.pixels()[35, 40] == (tool == "brush")
    bench.editing.undo()
    assert bench.instances[0].segmentation.parts == [square(20, 20, 30)]


def test_the_eraser_takes_from_the_selected_instance_only(make_bench):
    bench = selected(make_bench, [square(20, 20, 40)], [square(40, 20, 40)], tool="eraser")
    bench.drag((50, 25), (50, 55))
    assert not bench.pixels(0)[40, 50] and bench.pixels(1)[40, 50] and bench.steps == 1


def test_the_eraser_takes_from_what_it_starts_on(make_bench):
    bench = make_bench([square(20, 20, 40)], [square(80, 20, 40)])
    bench.take("eraser").set_option("size", 10.0)
    bench.click((40, 100))
    assert "nothing to erase" in bench.messages[-1] and bench.steps == 0
    bench.click((40, 40))
    assert not bench.pixels(0)[40, 40] and bench.pixels(0)[30, 30]
    bench.context.select(list(bench.context.annotations)[:1])
    bench.drag((100, 40), (30, 40))
    assert not bench.pixels(1)[40, 90] and bench.pixels(0)[40, 30], "the selection is elsewhere"


def test_an_eraser_that_comes_from_beside_takes_what_it_runs_over(make_bench):
    bench = make_bench([square(20, 20, 30)], [square(60, 20, 30)])
    bench.take("eraser").set_option("size", 10.0)
    bench.drag((55, 5), (55, 80))
    bench.drag((10, 35), (100, 35))
    assert bench.steps == 1 and not bench.pixels(0)[35].any() and not bench.pixels(1)[35].any()
    bench.editing.undo()
    bench.context.select(list(bench.context.annotations)[1:])
    bench.drag((10, 35), (100, 35))
    assert bench.pixels(0)[35, 20:50].all() and not bench.pixels(1)[35].any(), "where the selection is hit, only that"


def test_an_instance_that_is_erased_as_a_whole_is_gone_and_undo_brings_it_back(make_bench):
    bench = selected(make_bench, [square(20, 20, 10)], tool="eraser", size=40.0)
    bench.click((25, 25))
    assert not bench.instances and not bench.context.selection
    bench.editing.undo()
    assert bench.pixels().sum() == 100


@pytest.mark.parametrize("tool", ["brush", "eraser"])
def test_a_locked_instance_stays_as_it_is(make_bench, tool):
    bench = selected(make_bench, [square(20, 20, 40)], tool=tool)
    bench.context.locked = bench.context.selection
    bench.drag((30, 30), (90, 30))
    assert bench.pixels().sum() == 1600 and bench.steps == 0 and "locked" in bench.messages[-1]


def test_escape_throws_a_stroke_away_and_another_image_finishes_it(bench):
    bench.press((30, 30))
    bench.move((60, 30))
    bench.key(Qt.Key.Key_Escape)
    bench.release((60, 30))
    assert bench.steps == 0
    bench.press((30, 30))
    bench.move((60, 30))
    bench.choose(1)
    bench.release((60, 30))
    assert not bench.instances
    bench.choose(0)
    assert bench.steps == 1 and bench.pixels()[30, 30:60].all()


def test_undo_in_the_middle_of_a_stroke_takes_that_back_and_no_edit_before_it(bench):
    bench.drag((30, 30), (60, 30))
    bench.press((30, 80))
    bench.move((60, 80))
    assert bench.view.tool.undo()
    bench.release((60, 80))
    assert bench.steps == 1 and bench.pixels()[30, 30:60].all() and not bench.pixels()[80].any()


def test_the_stroke_is_seen_while_it_is_painted_and_the_eraser_shows_what_goes(make_bench):
    bench = selected(make_bench, [square(20, 20, 40)], tool="brush", size=20.0)
    bare = bench.color_at(100, 30)
    bench.press((80, 30))
    bench.move((100, 30))
    bench.move((120, 30))
    assert bench.color_at(100, 30) != bare
    bench.release((120, 30))
    bench.take("eraser").set_option("size", 20.0)
    bench.press((40, 40))
    bench.move((41, 40))
    assert bench.color_at(35, 40) != bench.color_at(25, 55)
    bench.release((41, 40))


def test_the_circle_under_the_mouse_is_as_wide_as_the_stroke(bench):
    bare = bench.grabbed()
    bench.hover((80, 60))
    seen = np.abs(bench.grabbed() - bare).sum(axis=2)
    columns = np.flatnonzero(seen[bench.at((80, 60)).y()])
    assert columns[-1] - columns[0] == pytest.approx(10 * 4, abs=5)


def test_without_a_class_the_stroke_waits_for_one(make_bench, qtbot):
    bench = make_bench(classes=())
    bench.take("brush").set_option("size", 10.0)
    with qtbot.waitSignal(bench.context.unclassified.class_wanted):
        bench.drag((30, 30), (60, 30))
    bench.drag((90, 90), (100, 90))
    bench.drag((60, 30), (60, 60))
    bench.take("eraser").set_option("size", 10.0)
    bench.click((95, 90))
    bench.name_class("nut")
    assert len(bench.instances) == 2 and bench.pixels(0)[30, 30:60].all()
    assert bench.pixels(0)[55, 60], "a stroke goes on with what waits"
    assert not bench.pixels(1)[90, 95] and bench.pixels(1)[90, 88], "and the eraser takes from it"
