"""Fill, cut, and the commands on what is selected."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.settings.toolbox import COMMANDS
from app.tools import operations
from app.tools.commands import run_command
from core.annotation.editing.model import Annotation
from core.geometry import bridged_rings, masks
from core.geometry.segmentation import Polygons, Rle
from tests.app.tools.bench import SHIFT
from tests.app.tools.conftest import square


def ring(x, y, side, hole):
    """A square with a square hole in its middle."""
    inner = square(x + (side - hole) / 2, y + (side - hole) / 2, hole)
    return bridged_rings.to_part(
        bridged_rings.bridged(bridged_rings.to_ring(square(x, y, side)), bridged_rings.to_ring(inner)[::-1])
    )


def ids(bench):
    return list(bench.context.annotations)


@pytest.fixture
def two(make_bench):
    """Two that overlap in 10 × 10 pixels, both selected, the first one first."""
    bench = make_bench([square(20, 20, 30)], [square(40, 40, 30)])
    bench.context.select(ids(bench))
    return bench


# Fill


def test_a_click_in_a_hole_fills_it(make_bench):
    bench = make_bench([ring(20, 20, 40, 10)])
    bench.take("fill")
    bench.click((40, 40))
    assert bench.pixels().sum() == 1600 and bench.steps == 1 and isinstance(bench.instances[0].segmentation, Polygons)
    bench.editing.undo()
    bench.click((25, 25))
    assert bench.pixels().sum() == 1500 and "no hole" in bench.messages[-1]


def test_all_holes_are_filled_by_a_click_on_the_instance(make_bench):
    bench = make_bench([ring(20, 20, 40, 10)])
    bench.take("fill").set_option("all", True)
    bench.click((25, 25))
    assert bench.pixels().sum() == 1600


def test_the_hole_of_a_locked_instance_stays(make_bench):
    bench = make_bench([ring(20, 20, 40, 10)])
    bench.context.locked = frozenset(ids(bench))
    bench.take("fill")
    bench.click((40, 40))
    assert bench.steps == 0 and "locked" in bench.messages[-1]


def test_of_two_holes_in_the_same_place_the_selected_ones_is_filled(make_bench):
    bench = make_bench([ring(20, 20, 40, 10)], [ring(10, 10, 60, 20)])
    bench.take("fill")
    bench.click((40, 40))
    assert bench.pixels(0).sum() == 1600
    bench.editing.undo()
    bench.context.select(ids(bench)[1:])
    bench.click((40, 40))
    assert bench.pixels(0).sum() == 1500 and bench.pixels(1).sum() == 3600


# Cut


def test_a_line_through_an_instance_splits_it_in_one_step(make_bench):
    bench = make_bench([square(20, 20, 40)])
    before = bench.pixels()
    bench.take("cut")
    bench.drag((10, 30), (70, 30))
    assert len(bench.instances) == 2 and bench.steps == 1
    assert np.array_equal(bench.pixels(0) + bench.pixels(1), before)
    assert bench.context.selection == frozenset(ids(bench))
    bench.editing.undo()
    assert np.array_equal(bench.pixels(), before)


def test_with_a_selection_only_that_is_cut(make_bench):
    bench = make_bench([square(20, 20, 40)], [square(70, 20, 40)])
    bench.context.select(ids(bench)[1:])
    bench.take("cut")
    bench.drag((10, 30), (130, 30))
    assert len(bench.instances) == 3 and bench.pixels(0).sum() == 1600
    bench.editing.undo()
    bench.context.select(())
    bench.drag((10, 30), (130, 30))
    assert len(bench.instances) == 4 and bench.steps == 1


def test_a_line_that_ends_inside_says_so_and_a_locked_instance_stays_whole(make_bench):
    bench = make_bench([square(20, 20, 40)])
    bench.take("cut")
    bench.drag((10, 30), (40, 30))
    assert "all the way" in bench.messages[-1]
    bench.context.locked = frozenset(ids(bench))
    bench.drag((10, 30), (70, 30))
    assert bench.steps == 0 and "locked" in bench.messages[-1]


def test_shift_cuts_level_and_escape_does_not_cut(make_bench):
    bench = make_bench([square(20, 20, 40)])
    bench.take("cut")
    bench.press((10, 30))
    bench.move((70, 30))
    bench.key(Qt.Key.Key_Escape)
    bench.release((70, 30))
    assert bench.steps == 0
    bench.drag((10, 30), (70, 36), held=SHIFT)
    assert {annotation.box[3] for annotation in bench.instances} == {10, 30}


# Commands


def test_merge_makes_one_of_the_class_of_the_first(two):
    first, second = ids(two)
    two.context.change("Class", {second: Annotation(2, Polygons([square(40, 40, 30)]), (40.0, 40.0, 30.0, 30.0))})
    operations.merge(two.context)
    assert ids(two) == [first] and two.instances[0].category == 1 and two.pixels().sum() == 1700
    assert two.editing.history.undoText() == "Merge 2 instances" and two.context.order == (first,)
    two.editing.undo()
    assert len(two.instances) == 2


def test_the_others_are_cut_out_of_the_first(two):
    operations.subtract(two.context)
    assert two.pixels(0).sum() == 800 and two.pixels(1).sum() == 900 and two.steps == 1
    two.editing.undo()
    two.context.select(reversed(ids(two)))
    operations.subtract(two.context)
    assert two.pixels(0).sum() == 900 and two.pixels(1).sum() == 800


def test_intersect_keeps_what_they_share(two):
    operations.intersect(two.context)
    assert len(two.instances) == 1 and two.pixels().sum() == 100 and two.steps == 1


def test_instances_apart_are_not_intersected_to_nothing(make_bench):
    bench = make_bench([square(20, 20, 10)], [square(60, 20, 10)])
    bench.context.select(ids(bench))
    operations.intersect(bench.context)
    assert len(bench.instances) == 2 and "in common" in bench.messages[-1]
    operations.subtract(bench.context)
    assert bench.steps == 0 and "overlap" in bench.messages[-1]


def test_split_makes_an_instance_of_every_part(make_bench):
    bench = make_bench([square(20, 20, 10), square(60, 20, 20)])
    bench.context.select(ids(bench))
    operations.split(bench.context)
    assert [annotation.box[2] for annotation in bench.instances] == [10, 20] and len(bench.context.order) == 2
    operations.split(bench.context)
    assert bench.steps == 1 and "one piece" in bench.messages[-1]


def test_masks_and_polygons_become_each_other_to_the_pixel(two):
    before = two.pixels(0), two.pixels(1)
    operations.to_mask(two.context)
    assert all(isinstance(annotation.segmentation, Rle) for annotation in two.instances)
    operations.to_polygons(two.context)
    assert all(isinstance(annotation.segmentation, Polygons) for annotation in two.instances)
    assert all(np.array_equal(was, two.pixels(place)) for place, was in enumerate(before)) and two.steps == 2


def test_simplify_smooth_and_specks(make_bench):
    bench = make_bench()
    disc = (np.hypot(*(np.indices(bench.context.size) - 60)) < 30).astype(np.uint8)
    disc[5, 5] = 1
    bench.context.draw("Mask", Rle.of(masks.crop(disc)))
    operations.remove_specks(bench.context)
    assert not bench.pixels()[5, 5]
    operations.smooth(bench.context)
    operations.simplify(bench.context)
    assert len(bench.instances[0].segmentation.parts[0]) < 100
    assert (bench.pixels() & disc).sum() / (bench.pixels() | disc).sum() > 0.95 and bench.steps == 4


def test_fill_holes_fills_those_of_all_that_is_selected(make_bench):
    bench = make_bench([ring(20, 20, 40, 10)], [ring(80, 20, 40, 10)])
    bench.context.select(ids(bench))
    operations.fill_holes(bench.context)
    assert bench.pixels(0).sum() == bench.pixels(1).sum() == 1600 and bench.steps == 1
    operations.fill_holes(bench.context)
    assert bench.steps == 1 and "No hole" in bench.messages[-1]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.key)
def test_without_a_selection_a_command_says_what_it_needs(bench, command):
    run_command(command, bench.context)
    assert bench.steps == 0 and bench.messages[-1].startswith("Select")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.key)
def test_no_command_changes_what_is_locked(two, command):
    two.context.locked = two.context.selection
    before = two.instances
    run_command(command, two.context)
    assert two.instances == before and two.steps == 0 and "locked" in two.messages[-1]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.key)
def test_a_box_without_a_mask_stays_a_box_and_alone_it_is_refused(make_bench, command):
    bench = make_bench([square(20, 20, 30)])
    box = Annotation(1, None, (10.0, 10.0, 20.0, 20.0))
    bench.context.add("Box", box)
    before = bench.instances
    bench.context.select(ids(bench)[-1:])
    run_command(command, bench.context)
    assert bench.instances == before and "Select" in bench.messages[-1]
    bench.context.select(ids(bench))
    run_command(command, bench.context)
    assert (box in bench.instances) == (command.key != "merge")
