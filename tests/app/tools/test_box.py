"""Boxes that become masks."""

import pytest
from PySide6.QtCore import Qt

from tests.app.tools.bench import SHIFT


@pytest.fixture
def bench(bench):
    bench.take("box")
    return bench


@pytest.mark.parametrize("way", [((20, 30), (60, 50)), ((60, 50), (20, 30)), ((20, 50), (60, 30))])
def test_a_drag_makes_a_mask_of_the_rectangle(bench, way):
    bench.drag(*way)
    assert bench.instances[0].segmentation.parts == [[20, 30, 60, 30, 60, 50, 20, 50]]
    assert bench.pixels().sum() == 800 and bench.steps == 1


def test_shift_makes_a_square(bench):
    bench.drag((20, 30), (60, 50), held=SHIFT)
    assert bench.instances[0].box == (20, 30, 40, 40)


def test_what_lies_outside_of_the_image_is_cut_off(bench):
    bench.drag((140, 100), (170, 125))
    assert bench.instances[0].box == (140, 100, 20, 20)


def test_a_click_says_what_to_do(bench):
    bench.click((20, 30))
    assert not bench.instances and "Drag" in bench.messages[-1]


def test_escape_and_another_image_throw_away_a_half_drawn_box(bench):
    bench.press((20, 30))
    bench.move((60, 50))
    bench.key(Qt.Key.Key_Escape)
    bench.release((60, 50))
    assert not bench.instances
    bench.press((20, 30))
    bench.move((60, 50))
    bench.choose(1)
    bench.release((60, 50))
    assert bench.steps == 0 and "nothing was made" in bench.messages[-1]


def test_without_a_class_the_box_waits_for_one(make_bench, qtbot):
    bench = make_bench(classes=())
    bench.take("box")
    with qtbot.waitSignal(bench.context.unclassified.class_wanted):
        bench.drag((20, 30), (60, 50))
    bench.name_class("nut")
    assert bench.pixels().sum() == 800 and bench.context.selection == frozenset(bench.context.annotations)
