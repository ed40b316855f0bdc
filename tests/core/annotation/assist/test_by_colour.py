"""Wand, scissors and GrabCut: from a picture and what a person points at to a mask or a line."""

import numpy as np
import pytest

from core.annotation.assist import grab_cut, scissors, wand
from core.geometry import masks

SIZE, HUGE = (120, 160), (20_000, 20_000)
DISC = np.hypot(*(np.indices(SIZE) - 60)) <= 25
NOTHING = masks.crop(np.zeros(SIZE, np.uint8))


def picture(noise=0.0):
    """A bright disc at (60, 60) on a dark ground."""
    pixels = np.where(DISC[..., None], (220, 180, 60), (40, 40, 40)).astype(float)
    return np.clip(pixels + np.random.default_rng(0).normal(0, noise, pixels.shape), 0, 255).astype(np.uint8)


def iou(mask, expected=DISC):
    found = mask.full() > 0
    return (found & expected).sum() / (found | expected).sum()


def spot(x, y, side):
    bitmap = np.zeros(SIZE, np.uint8)
    bitmap[y : y + side, x : x + side] = 1
    return masks.crop(bitmap)


# Wand


def test_the_wand_takes_what_has_the_color_and_leaves_the_picture_alone():
    pixels = picture()
    before = pixels.copy()
    assert iou(wand.flood(pixels, (60, 60), 10)) == 1
    assert np.array_equal(pixels, before)


def test_the_tolerance_is_for_each_channel_against_the_seed():
    ramp = np.zeros((10, 100, 3), np.uint8)
    ramp[..., 0] = np.arange(100)
    assert wand.flood(ramp, (20, 5), 30).box == (0, 0, 51, 10)
    assert wand.flood(ramp, (20, 5), 0).area == 10


def test_pixels_that_touch_at_a_corner_are_apart():
    board = np.zeros((4, 4, 3), np.uint8)
    board[::2, ::2] = board[1::2, 1::2] = 200
    assert wand.flood(board, (1, 1), 5).area == 1


@pytest.mark.parametrize("seed", [(-1, 0), (160, 5), (5, 120)])
def test_a_seed_outside_is_refused(seed):
    with pytest.raises(ValueError, match="outside"):
        wand.flood(picture(), seed, 5)


def test_the_wand_looks_farther_as_long_as_the_color_goes_on(monkeypatch):
    monkeypatch.setattr(wand, "_NEAR", 8)
    snake = np.zeros((90, 130, 3), np.uint8)
    snake[::4] = 200
    snake[2::8, -1] = snake[6::8, 0] = snake[1::8, -1] = snake[3::8, -1] = snake[5::8, 0] = snake[7::8, 0] = 200
    whole = wand.flood(snake, (60, 44), 5)
    monkeypatch.setattr(wand, "_NEAR", 1000)
    assert np.array_equal(whole.full(), wand.flood(snake, (60, 44), 5).full()) and not wand.was_cut(whole, (60, 44))
    monkeypatch.setattr(wand, "FAR", 20)
    near = wand.flood(snake, (60, 44), 5)
    assert near.box == (40, 44, 41, 1) and near.bitmap.all() and wand.was_cut(near, (60, 44))


@pytest.mark.parametrize(
    "ask",
    [
        lambda pixels: wand.flood(pixels, (9000, 9000), 20),
        lambda pixels: grab_cut.cut(pixels, (9000, 9000, 200, 200), [masks.Mask(9050, 9050, DISC.view("u1"), HUGE)]),
        lambda pixels: scissors.path(pixels, (100, 100), (15_000, 12_000)),
    ],
)
def test_in_a_huge_picture_they_take_what_they_look_at(ask, monkeypatch):
    import tracemalloc

    monkeypatch.setattr(wand, "FAR", 1000)
    pixels = np.broadcast_to(np.uint8(90), (*HUGE, 3))
    tracemalloc.start()
    ask(pixels)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 100 << 20, "of 1,200 MB"


# GrabCut


@pytest.mark.parametrize("noise", [0.0, 15.0])
def test_a_box_finds_the_object_in_it(noise):
    assert iou(grab_cut.cut(picture(noise), (30, 30, 60, 60))) > 0.95


def test_the_same_question_has_the_same_answer():
    one, other = (grab_cut.cut(picture(15), (30, 30, 60, 60)) for _ in range(2))
    assert np.array_equal(one.full(), other.full())


def test_hints_are_followed_whatever_the_color():
    found = grab_cut.cut(picture(5), (30, 30, 60, 60), [spot(100, 60, 6)], [spot(55, 55, 8)]).full()
    assert found[60:66, 100:106].all() and not found[55:63, 55:63].any()


def test_nothing_outside_of_the_box_belongs_to_the_object():
    found = grab_cut.cut(picture(5), (30, 30, 60, 45), [spot(55, 45, 10)]).full()
    assert found.any() and not found[75:].any()


@pytest.mark.parametrize("box", [(0, 0, 160, 120), (-20, -20, 300, 300)])
def test_in_a_box_as_large_as_the_picture_the_object_is_found(box):
    assert iou(grab_cut.cut(picture(5), box)) > 0.95


def test_where_all_in_the_box_looks_like_what_is_around_it_nothing_is_found():
    assert grab_cut.cut(picture(5), (58, 58, 3, 3)).area == 0
    assert grab_cut.cut(np.full((*SIZE, 3), 90, np.uint8), (30, 30, 60, 60)).area == 0


def test_a_box_outside_of_the_picture_holds_nothing():
    assert grab_cut.cut(picture(), (400, 400, 10, 10)).area == 0


def test_a_large_object_is_found_in_a_smaller_size():
    pixels = np.kron(picture(5), np.ones((10, 10, 1), np.uint8))
    found = grab_cut.cut(pixels, (300, 300, 600, 600))
    assert found.size == (1200, 1600) and iou(found, np.kron(DISC, np.ones((10, 10))) > 0) > 0.95


# Scissors


def test_the_way_follows_the_edge_and_not_the_straight_line():
    way = scissors.path(picture(8), (85.0, 60.0), (60.0, 85.0))
    away = np.hypot(*(way - 60.5).T)
    assert tuple(way[0]) == (85, 60) and tuple(way[-1]) == (60, 85)
    assert away.min() > 23 and away.max() < 27, "the straight line comes as near as 17.7"
    assert np.hypot(*np.diff(way, axis=0).T).max() < 3, "without gaps"


def test_where_there_is_no_edge_the_way_is_about_straight():
    way = scissors.path(np.full((*SIZE, 3), 90, np.uint8), (20.0, 20.0), (80.0, 20.0))
    assert np.abs(way[:, 1] - 20).max() < 4


@pytest.mark.parametrize("end", [(20.0, 20.0), (20.4, 20.3), (160.0, 120.0), (-5.0, 300.0)])
def test_ends_may_be_the_same_or_lie_outside(end):
    way = scissors.path(picture(), (20.0, 20.0), end)
    assert tuple(way[0]) == (20, 20) and tuple(way[-1]) == end and np.isfinite(way).all()


def test_long_ways_on_large_pictures_are_found_in_a_smaller_size():
    pixels = np.kron(picture(5), np.ones((10, 10, 1), np.uint8))
    away = np.hypot(*(scissors.path(pixels, (850.0, 600.0), (600.0, 850.0)) - 605).T)
    assert away.min() > 235 and away.max() < 265


@pytest.mark.parametrize("at", [(82.0, 60.0), (88.0, 61.0)])
def test_snapping_finds_the_edge_nearby(at):
    x, y = scissors.snap(picture(), at, 6)
    assert np.hypot(x - 60.5, y - 60.5) == pytest.approx(25.5, abs=1.5) and abs(y - at[1]) < 4


@pytest.mark.parametrize("at", [(10.0, 10.0), (0.0, 0.0), (160.0, 120.0), (-30.0, 5.0)])
def test_snapping_leaves_a_point_alone_where_the_picture_is_even_or_ends(at):
    assert scissors.snap(picture(), at, 6) == at
