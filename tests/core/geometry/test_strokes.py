"""Brush strokes: which pixels a round brush covers."""

import time

import numpy as np
import pytest

from core.geometry.strokes import Stroke

SIZE = (60, 80)


def test_a_dab_is_a_disc_of_its_diameter():
    stroke = Stroke(SIZE)
    stroke.move((30.0, 20.0), (30.0, 20.0), 16)
    y, x = np.nonzero(stroke.bitmap)
    assert np.hypot(x + 0.5 - 30, y + 0.5 - 20).max() <= 8
    assert stroke.mask().area == pytest.approx(np.pi * 64, rel=0.05)
    assert stroke.mask().box == (22, 12, 16, 16)


@pytest.mark.parametrize("at", [(3.0, 4.0), (3.5, 4.5), (3.99, 4.01)])
def test_the_smallest_brush_paints_the_pixel_under_it(at):
    stroke = Stroke(SIZE)
    stroke.move(at, at, 1)
    assert stroke.bitmap[4, 3] == 1
    assert stroke.mask().area <= 4


def test_a_fast_move_leaves_no_gap():
    stroke = Stroke(SIZE)
    stroke.move((5.0, 5.0), (70.0, 41.0), 1)
    columns = stroke.bitmap[:, 5:70].sum(axis=0)
    assert columns.min() >= 1
    stroke.move((70.0, 41.0), (70.0, 10.0), 6)
    assert stroke.bitmap[10:41, 67:73].all()


def test_what_lies_outside_of_the_image_is_cut_off():
    stroke = Stroke(SIZE)
    assert stroke.move((-50.0, 10.0), (-40.0, 10.0), 8) == (0, 0, 0, 0)
    assert stroke.mask().area == 0
    stroke.move((-2.0, -2.0), (90.0, 70.0), 8)
    assert stroke.mask().size == SIZE
    assert stroke.mask().full().sum() == stroke.bitmap.sum()


def test_the_mask_is_what_was_painted():
    stroke = Stroke(SIZE)
    for start, end in (((10.0, 10.0), (20.0, 30.0)), ((20.0, 30.0), (60.0, 12.0))):
        left, top, right, bottom = stroke.move(start, end, 7)
        assert stroke.bitmap[top:bottom, left:right].any()
    assert np.array_equal(stroke.mask().full(), stroke.bitmap)


def test_a_step_on_a_large_image_takes_a_fraction_of_a_frame():
    stroke = Stroke((20_000, 20_000))
    began = time.perf_counter()
    for step in range(20):
        stroke.move((1000.0 + 20 * step, 9000.0), (1020.0 + 20 * step, 9010.0), 60)
    assert (time.perf_counter() - began) / 20 < 0.016
