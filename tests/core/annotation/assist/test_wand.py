"""The wand: from a picture and a place to the pixels of like color around it."""

import numpy as np
import pytest

from core.annotation.assist import wand
from tests.core.annotation.assist.disc import iou, picture


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
