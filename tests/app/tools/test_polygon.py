"""Polygons, drawn with the mouse."""

import pytest
from PySide6.QtCore import QSizeF, Qt

from app.canvas import viewport
from tests.app.tools.bench import ALT, CONTROL, SHIFT, SIZE
from tests.app.tools.conftest import square

CORNERS = ((40, 40), (80, 40), (80, 80), (40, 80))


@pytest.fixture
def bench(bench):
    bench.take("polygon")
    return bench


def test_clicks_and_a_click_on_the_first_point_make_one_instance_in_one_step(bench):
    bench.click(*CORNERS, CORNERS[0])
    assert [annotation.category for annotation in bench.instances] == [1]
    assert bench.instances[0].segmentation.parts == [[40, 40, 80, 40, 80, 80, 40, 80]]
    assert bench.instances[0].box == (40, 40, 40, 40)
    assert bench.pixels().sum() == 1600 and bench.pixels()[60, 60] and not bench.pixels()[90, 60]
    assert bench.steps == 1
    assert bench.context.selection == frozenset(bench.context.annotations)
    bench.editing.undo()
    assert not bench.instances


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_enter_closes(bench, key):
    bench.click(*CORNERS)
    bench.key(key)
    assert bench.pixels().sum() == 1600 and not bench.tool.busy()


def test_a_double_click_is_the_last_point(bench):
    bench.click(*CORNERS[:3])
    bench.double_click(CORNERS[3])
    assert bench.pixels().sum() == 1600 and bench.steps == 1


@pytest.mark.parametrize("key, held", [(Qt.Key.Key_Backspace, Qt.KeyboardModifier.NoModifier), (Qt.Key.Key_Z, CONTROL)])
def test_the_last_point_can_be_taken_back(bench, key, held):
    bench.click(*CORNERS[:3], (120, 100))
    if key == Qt.Key.Key_Z:
        assert bench.tool.undo()  # the page asks the tool first
    else:
        bench.key(key, held)
    bench.click(CORNERS[3])
    bench.key(Qt.Key.Key_Return)
    assert bench.pixels().sum() == 1600


def test_dragging_draws_a_line_that_closes_where_it_began(bench):
    bench.drag(*CORNERS, CORNERS[0], steps=20)
    assert bench.pixels().sum() == pytest.approx(1600, rel=0.05) and bench.steps == 1


def test_shift_draws_at_45_degrees(bench):
    bench.click((40, 40))
    bench.click((80, 43), held=SHIFT)
    bench.click((83, 80), held=SHIFT)
    bench.key(Qt.Key.Key_Return)
    xs, ys = bench.instances[0].segmentation.parts[0][0::2], bench.instances[0].segmentation.parts[0][1::2]
    assert ys[1] == ys[0] and xs[2] == pytest.approx(xs[1], abs=0.02)


def test_a_double_click_on_the_first_point_starts_no_other_polygon(bench):
    bench.click(*CORNERS)
    bench.double_click(CORNERS[0])
    assert len(bench.instances) == 1 and not bench.tool.busy()


def test_escape_throws_away_what_is_begun_and_nothing_else(bench):
    bench.click(*CORNERS, CORNERS[0])
    bench.click((100, 20), (120, 20))
    bench.key(Qt.Key.Key_Escape)
    assert not bench.tool.busy() and len(bench.instances) == 1 and bench.steps == 1


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_points_wait_while_another_image_is_in_view(bench, number):
    bench.click(*CORNERS[:number])
    bench.choose(1)
    assert not bench.tool.busy() and not bench.instances
    bench.click((10, 10), (30, 10))
    bench.choose(0)
    assert bench.steps == 0 and len(bench.tool.points) == number
    bench.click(*CORNERS[number:], CORNERS[0])
    assert bench.pixels().sum() == 1600
    bench.choose(1)
    assert len(bench.tool.points) == 2 and bench.steps == 1


def test_a_line_that_waited_is_taken_back_as_one(bench):
    bench.click((40, 40))
    bench.drag((60, 40), (80, 60), (70, 80))
    drawn = len(bench.tool.points)
    bench.choose(1)
    bench.choose(0)
    assert drawn > 3 and len(bench.tool.points) == drawn
    bench.tool.undo()
    assert len(bench.tool.points) == 1


def test_another_tool_says_when_there_are_too_few_points(bench):
    bench.click(*CORNERS[:2])
    bench.take("brush")
    assert not bench.instances and "less than three points" in bench.messages[-1]


def test_another_tool_finishes_the_polygon(bench):
    bench.click(*CORNERS)
    bench.take("brush")
    assert bench.pixels().sum() == 1600


def test_points_on_one_line_are_no_polygon_and_stay(bench):
    bench.click((40, 40), (60, 40), (80, 40))
    bench.key(Qt.Key.Key_Return)
    assert not bench.instances and "three points" in bench.messages[-1] and bench.tool.busy()


def test_points_outside_come_to_lie_on_the_border(bench):
    bench.click((40, 40), (163, 40), (163, 60), (40, 60))
    bench.key(Qt.Key.Key_Return)
    assert bench.pixels().sum() == 120 * 20


def test_points_snap_to_a_neighbour(make_bench):
    bench = make_bench([square(50, 50, 30)])
    bench.take("polygon")
    bench.click((20, 52), (48.9, 52), (51, 79), (20, 79))
    bench.key(Qt.Key.Key_Return)
    xs = bench.instances[1].segmentation.parts[0][0::2]
    assert xs[1] == 50 and xs[2] == 50
    assert not (bench.pixels(0) & bench.pixels(1)).any()


@pytest.mark.parametrize("by_option", [True, False])
def test_a_hole_is_cut_out_of_the_selected_instance(make_bench, by_option):
    bench = make_bench([square(20, 20, 60)])
    bench.context.select(bench.context.annotations)
    tool = bench.take("polygon")
    tool.set_option("hole", by_option)
    tool.set_option("snap", False)
    bench.click((40, 40), (60, 40), (60, 60), (40, 60))
    bench.click((40, 40), held=Qt.KeyboardModifier.NoModifier if by_option else ALT)
    assert len(bench.instances) == 1 and bench.steps == 1
    assert bench.pixels().sum() == 3600 - 400 and not bench.pixels()[50, 50]


def test_a_locked_instance_gets_no_hole_and_the_ring_stays(make_bench):
    bench = make_bench([square(20, 20, 60)])
    bench.context.locked = frozenset(bench.context.annotations)
    tool = bench.take("polygon")
    tool.set_option("hole", True)
    bench.click((40, 40), (60, 40), (60, 60))
    bench.key(Qt.Key.Key_Return)
    assert bench.pixels().sum() == 3600 and "locked" in bench.messages[-1] and tool.busy()


def test_a_part_is_added_to_the_selected_instance(make_bench):
    bench = make_bench([square(20, 20, 30)])
    bench.context.select(bench.context.annotations)
    bench.take("polygon").set_option("add", True)
    bench.click((100, 60), (120, 60), (120, 80), (100, 80))
    bench.key(Qt.Key.Key_Return)
    assert len(bench.instances) == 1 and bench.pixels().sum() == 900 + 400 and bench.steps == 1


def test_without_a_class_nothing_drawn_is_lost(make_bench, qtbot):
    bench = make_bench(classes=())
    bench.take("polygon")
    bench.click(*CORNERS)
    with qtbot.waitSignal(bench.context.unclassified.class_wanted):
        bench.key(Qt.Key.Key_Return)
    assert not bench.instances
    before = bench.color_at(60, 60)
    assert before != bench.color_at(100, 100), "what waits for a class is still seen"
    bench.choose(1)
    bench.name_class("nut")
    bench.choose(0)
    assert bench.pixels().sum() == 1600


def test_what_is_drawn_is_seen_in_the_color_of_its_class(bench):
    bench.click(*CORNERS[:3])
    bench.hover((42, 78))
    inside, outside = bench.color_at(70, 50), bench.color_at(120, 50)
    bench.key(Qt.Key.Key_Escape)
    bare = bench.color_at(70, 50)
    assert inside != bare and outside == bench.color_at(120, 50)


def test_a_picture_is_fitted_under_what_waits_unseen_and_stays_under_a_hand(bench, qtbot):
    view = bench.view
    bench.take("polygon")
    bench.click((10, 10), (60, 10), (60, 60))
    view.fit()
    view.hide()
    view.resize(400, 500)
    view.show()
    qtbot.waitExposed(view)
    fitted = viewport.fitting(QSizeF(SIZE[1], SIZE[0]), view.size().toSizeF())
    assert bench.tool.busy() and view.viewport == fitted
    view.resize(460, 500)
    assert view.viewport.scale == fitted.scale
