"""Wand, scissors and GrabCut: tools that look at the picture."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from tests.app.tools.bench import ALT, RIGHT, SHIFT
from tests.app.tools.conftest import square

DISC = np.hypot(*(np.indices((120, 160)) - 60)) <= 25
"""The bright disc of the first image."""


def iou(pixels, expected=DISC):
    return (pixels & expected).sum() / (pixels | expected).sum()


@pytest.fixture
def wait(qtbot):
    def until(condition):
        qtbot.waitUntil(lambda: bool(condition()), timeout=10_000)

    return until


# Wand


@pytest.fixture
def wand(bench):
    bench.take("wand")
    return bench


def test_a_click_with_the_wand_makes_an_instance_of_what_has_one_color(wand, wait):
    wand.click((60, 60))
    wait(lambda: wand.instances)
    assert iou(wand.pixels()) > 0.97 and wand.steps == 1 and wand.context.selection


def test_dragging_up_takes_more_and_shows_it_before_it_is_kept(wand, wait):
    before = wand.color_at(60, 60)
    wand.press((60, 60))
    wait(lambda: wand.color_at(60, 60) != before)
    wand.move((60, -120))
    assert wand.tool.values["tolerance"] > 100
    wait(lambda: wand.tool.proposal.area == 120 * 160)
    wand.release((60, -120))
    wait(lambda: wand.instances)
    assert wand.pixels().all()


def test_shift_adds_to_the_selected_instance_and_alt_takes_from_it(make_bench, wait):
    bench = make_bench([square(50, 50, 20)])
    bench.context.select(bench.context.annotations)
    bench.take("wand")
    bench.click((60, 60), held=SHIFT)
    wait(lambda: bench.steps == 1)
    assert len(bench.instances) == 1 and iou(bench.pixels()) > 0.97
    bench.click((60, 60), held=ALT)
    wait(lambda: bench.steps == 2)
    assert not bench.instances or bench.pixels().sum() < 30


def test_a_double_click_makes_one_instance(wand, wait):
    wand.double_click((60, 60))
    wait(lambda: wand.instances and not wand.tool.worker.busy)
    assert len(wand.instances) == 1


def test_the_wand_leaves_a_locked_instance_alone(make_bench):
    bench = make_bench([square(50, 50, 20)])
    bench.context.select(bench.context.annotations)
    bench.context.locked = bench.context.selection
    bench.take("wand")
    bench.click((60, 60), held=SHIFT)
    assert "locked" in bench.messages[-1] and not bench.tool.busy()


def test_an_answer_for_another_image_is_dropped(wand, qtbot):
    wand.click((60, 60))
    wand.choose(1)
    qtbot.wait(200)
    assert wand.steps == 0 and wand.tool.proposal is None


# GrabCut


@pytest.fixture
def cut_out(bench, wait):
    """With a box drawn around the disc, and its mask found."""
    bench.take("grab_cut")
    bench.drag((30, 30), (90, 90))
    wait(lambda: bench.tool.proposal is not None)
    return bench


def test_a_box_finds_the_object_in_it_and_enter_keeps_it(cut_out):
    assert cut_out.steps == 0
    cut_out.key(Qt.Key.Key_Return)
    assert iou(cut_out.pixels()) > 0.95 and cut_out.steps == 1 and not cut_out.tool.busy()


@pytest.mark.parametrize("held, button", [(ALT, Qt.MouseButton.LeftButton), (Qt.KeyboardModifier.NoModifier, RIGHT)])
def test_strokes_say_what_does_not_belong_and_what_does(cut_out, wait, held, button):
    cut_out.drag((45, 60), (75, 60), held=held, button=button)
    wait(lambda: not cut_out.tool.worker.busy)
    cut_out.drag((60, 33), (60, 36))
    wait(lambda: not cut_out.tool.worker.busy)
    cut_out.key(Qt.Key.Key_Return)
    assert not cut_out.pixels()[60, 50:70].any() and cut_out.pixels()[34, 60]


def test_the_last_stroke_can_be_taken_back(cut_out, wait):
    cut_out.drag((45, 60), (75, 60), button=RIGHT)
    wait(lambda: not cut_out.tool.worker.busy)
    cut_out.key(Qt.Key.Key_Backspace)
    wait(lambda: not cut_out.tool.worker.busy)
    cut_out.key(Qt.Key.Key_Return)
    assert iou(cut_out.pixels()) > 0.95


def test_enter_before_the_answer_keeps_it_when_it_comes(bench, wait):
    bench.take("grab_cut")
    bench.drag((30, 30), (90, 90))
    bench.key(Qt.Key.Key_Return)
    wait(lambda: bench.instances)
    assert iou(bench.pixels()) > 0.95


def test_escape_throws_the_proposal_away(cut_out):
    cut_out.key(Qt.Key.Key_Escape)
    assert not cut_out.tool.busy() and cut_out.tool.proposal is None and cut_out.steps == 0


def test_on_another_image_what_is_begun_waits_and_another_tool_keeps_what_is_shown(cut_out, wait):
    cut_out.drag((55, 60), (65, 60))
    wait(lambda: not cut_out.tool.worker.busy)
    before = iou(cut_out.tool.proposal.mask.full())
    cut_out.choose(1)
    assert not cut_out.tool.busy()
    cut_out.choose(0)
    assert cut_out.steps == 0
    wait(lambda: cut_out.tool.proposal is not None)
    assert iou(cut_out.tool.proposal.mask.full()) == pytest.approx(before)
    assert cut_out.tool.undo() and cut_out.tool.busy(), "the stroke is there to be taken back"
    wait(lambda: not cut_out.tool.worker.busy)
    cut_out.take("select")
    assert iou(cut_out.pixels()) > 0.95


def test_a_box_of_nothing_and_one_of_too_much_say_what_to_do(bench, monkeypatch):
    bench.take("grab_cut")
    bench.click((30, 30))
    assert "Drag a box" in bench.messages[-1] and not bench.tool.busy()
    monkeypatch.setattr("core.annotation.assist.grab_cut.LARGEST", 40.0)
    bench.drag((30, 30), (90, 90))
    assert "smaller box" in bench.messages[-1] and not bench.tool.busy()


# Scissors

AROUND = [(60 + 25 * np.cos(turn), 60 + 25 * np.sin(turn)) for turn in np.linspace(0, 2 * np.pi, 6)[:-1]]


@pytest.fixture
def scissors(bench):
    bench.take("scissors")
    return bench


@pytest.mark.parametrize("close", ["first", "enter", "double"])
def test_five_anchors_find_the_border_of_the_disc(scissors, wait, close):
    scissors.click(*AROUND[:4])
    if close == "double":
        scissors.double_click(AROUND[4])
    else:
        scissors.click(AROUND[4])
    if close == "first":
        scissors.click(AROUND[0])
    elif close == "enter":
        scissors.key(Qt.Key.Key_Return)
    wait(lambda: scissors.instances)
    ring = scissors.instances[0].segmentation.parts[0]
    assert iou(scissors.pixels()) > 0.93, "a pentagon through the same points covers 0.76"
    assert len(ring) / 2 < 80 and scissors.steps == 1


def test_the_line_to_the_mouse_follows_the_border(scissors, wait):
    scissors.click(AROUND[0])
    scissors.hover(AROUND[1])
    wait(lambda: scissors.tool.live is not None and scissors.tool.live.border)
    away = [np.hypot(point.x() - 60, point.y() - 60) for point in scissors.tool.live.points]
    assert min(away) > 22 and max(away) < 28


def test_the_last_anchor_can_be_taken_back(scissors, wait):
    scissors.click(*AROUND[:4], (140, 20))
    scissors.key(Qt.Key.Key_Backspace)
    scissors.click(AROUND[4], AROUND[0])
    wait(lambda: scissors.instances)
    assert iou(scissors.pixels()) > 0.93


def test_anchors_wait_while_another_image_is_in_view(scissors, wait):
    scissors.click(*AROUND[:4])
    scissors.choose(1)
    assert not scissors.tool.busy()
    scissors.choose(0)
    assert scissors.steps == 0 and len(scissors.tool.points) == 4
    scissors.click(AROUND[4], AROUND[0])
    wait(lambda: scissors.instances)
    assert iou(scissors.pixels()) > 0.93


def test_the_picture_changes_before_the_border_of_a_closed_one_is_known(scissors):
    scissors.click(*AROUND, AROUND[0])
    scissors.choose(1)
    assert not scissors.instances
    scissors.choose(0)
    assert iou(scissors.pixels()) > 0.7, "what was clicked is kept"


def test_escape_throws_the_anchors_away(scissors, qtbot):
    scissors.click(*AROUND)
    scissors.key(Qt.Key.Key_Escape)
    qtbot.wait(100)
    assert not scissors.tool.busy() and scissors.steps == 0


def test_closing_twice_before_the_border_is_known_closes_once(scissors, wait):
    scissors.click(*AROUND)
    scissors.key(Qt.Key.Key_Return)
    scissors.key(Qt.Key.Key_Return)
    wait(lambda: scissors.instances)
    assert iou(scissors.pixels()) > 0.9 and scissors.steps == 1


@pytest.mark.parametrize("key", ["wand", "grab_cut", "scissors"])
def test_without_a_class_what_was_found_waits_for_one(make_bench, wait, key):
    bench = make_bench(classes=())
    bench.take(key)
    if key == "wand":
        bench.click((60, 60))
    elif key == "grab_cut":
        bench.drag((30, 30), (90, 90))
        bench.key(Qt.Key.Key_Return)
    else:
        bench.click(*AROUND)
        bench.key(Qt.Key.Key_Return)
    wait(lambda: bench.context.unclassified.drawn)
    bench.name_class("nut")
    assert iou(bench.pixels()) > 0.7
