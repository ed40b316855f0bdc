"""Selecting, and editing what is selected."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from core.annotation.editing.model import Annotation
from core.geometry import masks
from core.geometry.segmentation import Rle
from tests.app.tools.bench import ALT, CONTROL, SHIFT
from tests.app.tools.conftest import square

LARGE, SMALL, OTHER = square(20, 20, 60), square(40, 40, 10), square(100, 20, 30)


@pytest.fixture
def bench(make_bench):
    """A large instance, a small one on it, and another beside them."""
    bench = make_bench([LARGE], [SMALL], [OTHER])
    bench.take("select").set_option("snap", False)
    return bench


@pytest.fixture
def large(bench):
    """With the large one selected."""
    bench.click((25, 25))
    return bench


def ids(bench):
    return list(bench.context.annotations)


def corners(bench, place=0):
    flat = bench.instances[place].segmentation.parts[0]
    return list(zip(flat[0::2], flat[1::2], strict=True))


# Selecting


def test_a_click_selects_the_small_one_on_top_and_a_click_beside_selects_nothing(bench):
    bench.click((45, 45))
    assert bench.context.order == (ids(bench)[1],)
    bench.click((30, 70))
    assert bench.context.order == (ids(bench)[0],)
    bench.click((90, 100))
    assert not bench.context.order and bench.steps == 0


def test_shift_adds_and_takes_away(bench):
    one, two, three = ids(bench)
    bench.click((45, 45))
    bench.click((110, 30), held=SHIFT)
    assert bench.context.order == (two, three)
    bench.click((45, 45), held=SHIFT)
    assert bench.context.order == (three,)
    bench.click((30, 70), held=SHIFT)
    assert bench.context.order == (three, one)


def test_a_rubber_band_selects_what_it_holds_as_a_whole(bench):
    bench.drag((10, 10), (95, 95))
    assert set(bench.context.order) == set(ids(bench)[:2])
    bench.drag((90, 10), (140, 60), held=SHIFT)
    assert set(bench.context.order) == set(ids(bench))
    bench.drag((150, 100), (155, 110))
    assert not bench.context.order


def test_a_band_can_start_on_an_instance_that_is_not_selected(bench):
    bench.drag((30, 30), (55, 55))
    assert bench.context.order == (ids(bench)[1],) and bench.steps == 0


def test_hidden_instances_are_not_clicked_on(bench):
    bench.context.hidden = frozenset(ids(bench)[1:2])
    bench.click((45, 45))
    assert bench.context.order == (ids(bench)[0],)


def test_control_a_selects_all_and_escape_none(bench):
    bench.key(Qt.Key.Key_A, CONTROL)
    assert bench.context.selection == frozenset(ids(bench))
    bench.key(Qt.Key.Key_Escape)
    assert not bench.context.selection


def test_another_image_selects_nothing_and_clicks_there_do_no_harm(large):
    large.choose(1)
    assert not large.context.order
    large.click((25, 25))
    large.drag((20, 20), (80, 80))
    large.key(Qt.Key.Key_Delete)
    assert large.steps == 0


# Moving


def test_a_drag_on_a_selected_instance_moves_it_in_one_step(large):
    large.drag((30, 70), (45, 75))
    assert corners(large)[0] == (35, 25) and large.instances[0].box == (35, 25, 60, 60) and large.steps == 1
    large.editing.undo()
    assert corners(large)[0] == (20, 20)


def test_all_that_is_selected_moves_and_stops_at_the_border_of_the_image(bench):
    bench.click((30, 70))
    bench.click((110, 30), held=SHIFT)
    bench.drag((115, 35), (159, 35))
    assert corners(bench)[0] == (50, 20) and corners(bench, 2)[0] == (130, 20) and bench.steps == 1


def test_a_mask_with_a_hole_moves_too(bench):
    bitmap = np.zeros(bench.context.size, np.uint8)
    bitmap[90:110, 20:40] = 1
    bitmap[95:100, 25:30] = 0
    mask = masks.crop(bitmap)
    bench.context.add("Mask", Annotation(1, Rle.of(mask), mask.box))
    bench.drag((35, 105), (45, 100))
    assert np.array_equal(bench.pixels(), np.roll(bitmap, (-5, 10), (0, 1)))


def test_arrows_nudge_by_one_pixel_and_with_shift_by_ten(large):
    large.key(Qt.Key.Key_Right)
    large.key(Qt.Key.Key_Down, SHIFT)
    assert corners(large)[0] == (21, 30) and large.steps == 2
    for _ in range(5):
        large.key(Qt.Key.Key_Left, SHIFT)
    assert corners(large)[0] == (0, 30)


def test_escape_leaves_everything_where_it_was(large):
    large.press((30, 70))
    large.move((60, 80))
    large.key(Qt.Key.Key_Escape)
    large.release((60, 80))
    assert corners(large)[0] == (20, 20) and large.context.order and large.steps == 0


def test_another_image_finishes_the_move_that_is_begun(large):
    large.press((30, 70))
    large.move((45, 75))
    large.choose(1)
    large.release((45, 75))
    large.choose(0)
    assert corners(large)[0] == (35, 25) and large.steps == 1


# Corners


def test_a_corner_is_dragged_without_another_tool(large):
    large.drag((20, 20), (10, 15))
    assert corners(large)[0] == (10, 15) and len(corners(large)) == 4 and large.steps == 1
    assert large.instances[0].box == (10, 15, 70, 65)


def test_corners_stay_in_the_image(large):
    large.drag((20, 20), (-2, -2))
    assert corners(large)[0] == (0, 0)


@pytest.mark.parametrize("to", [(50, 20), (50, 12)])
def test_an_edge_gets_a_corner_where_it_is_clicked_or_dragged(large, to):
    if to == (50, 20):
        large.click(to)
    else:
        large.drag((50, 20), to)
    assert corners(large)[:3] == [(20, 20), to, (80, 20)] and large.steps == 1


@pytest.mark.parametrize("way", ["alt", "delete"])
def test_a_corner_is_removed(large, way):
    if way == "alt":
        large.click((20, 20), held=ALT)
    else:
        large.hover((20, 20))
        large.key(Qt.Key.Key_Delete)
    assert corners(large) == [(80, 20), (80, 80), (20, 80)] and large.steps == 1


def test_a_band_over_corners_chooses_them_and_they_move_and_go_together(large):
    large.drag((72, 10), (90, 90))
    large.drag((80, 20), (85, 25))
    assert corners(large) == [(20, 20), (85, 25), (85, 85), (20, 80)] and large.steps == 1
    large.key(Qt.Key.Key_Right)
    assert corners(large)[1:3] == [(86, 25), (86, 85)]
    large.key(Qt.Key.Key_Delete)
    assert len(large.instances) == 2, "less than a triangle is no instance"


def test_the_bridge_to_a_hole_moves_as_one(make_bench):
    bridged = [20, 20, 80, 20, 80, 80, 20, 80, 20, 20, 40, 40, 40, 60, 60, 60, 60, 40, 40, 40]
    bench = make_bench([bridged])
    bench.take("select").set_option("snap", False)
    bench.click((30, 70))
    hole = bench.pixels()[45:55, 45:55].sum()
    bench.drag((40, 40), (44, 44))
    assert hole == 0 and bench.pixels()[46:55, 46:55].sum() == 0
    assert bench.instances[0].segmentation.parts[0].count(44) == 4, "both ends of the bridge lie in the same place"
    bench.click((44, 44), held=ALT)
    assert bench.pixels()[58, 50] == 0 and bench.pixels()[42, 42] == 1 and bench.pixels()[30, 30] == 1


def test_a_corner_snaps_to_a_neighbour(make_bench):
    bench = make_bench([square(20, 20, 30)], [square(60, 20, 30)])
    bench.take("select")
    bench.click((30, 30))
    bench.drag((50, 20), (59, 21))
    assert corners(bench)[1] == (60, 20)


def test_locked_instances_are_selected_but_never_changed(large):
    large.context.locked = large.context.selection
    before = large.instances
    large.drag((20, 20), (10, 10))
    large.click((25, 25))
    large.drag((30, 70), (45, 75))
    large.click((25, 25))
    large.key(Qt.Key.Key_Right)
    large.key(Qt.Key.Key_Delete)
    assert large.instances == before and large.steps == 0 and "locked" in large.messages[-1]


# Deleting and copying


def test_delete_deletes_all_that_is_selected_in_one_step(bench):
    bench.key(Qt.Key.Key_A, CONTROL)
    bench.key(Qt.Key.Key_Delete)
    assert not bench.instances and bench.editing.history.undoText() == "Delete 3 instances"
    bench.editing.undo()
    assert len(bench.instances) == 3


def test_a_duplicate_lies_beside_and_is_selected(large):
    large.key(Qt.Key.Key_D, CONTROL)
    assert corners(large, 3)[0] == (30, 30) and large.context.order == (ids(large)[3],) and large.steps == 1


def test_undo_and_redo_of_a_corner_leaves_no_handle_that_is_not_there(large):
    large.click((50, 20))
    large.editing.undo()
    large.hover((50, 20))
    large.drag((80, 80), (85, 85))
    assert corners(large) == [(20, 20), (80, 20), (85, 85), (20, 80)]


def test_handles_are_seen_on_the_corners_of_what_is_selected(bench):
    bare = bench.color_at(80, 80)
    bench.click((30, 70))
    bench.hover((150, 110))
    assert bench.color_at(80, 80) != bare
