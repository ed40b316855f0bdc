"""Cutting masks and rings along a line."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.geometry import bridged_rings, masks
from core.geometry.cutting import cut_ring, split_mask

SIZE = (14, 16)
SQUARE = np.array([[5.0, 5.0], [35.0, 5.0], [35.0, 35.0], [5.0, 35.0]])

bitmaps = arrays.arrays(np.uint8, SIZE, elements=st.integers(0, 1))
points = st.tuples(st.floats(-4, 20), st.floats(-4, 20))


@settings(max_examples=80, deadline=None)
@given(bitmaps, points, points)
def test_a_cut_loses_no_pixel_and_has_none_twice(bitmap, start, end):
    parts = split_mask(masks.crop(bitmap), start, end)
    assert np.array_equal(sum(part.full().astype(int) for part in parts), bitmap)


@settings(max_examples=80, deadline=None)
@given(points, points)
def test_a_line_all_the_way_through_puts_every_pixel_on_its_side(start, end):
    full = np.zeros(SIZE, np.uint8)
    full[3:11, 4:12] = 1
    far = np.subtract(end, start) * 1000
    x, y = np.meshgrid(np.arange(16) + 0.5 - start[0], np.arange(14) + 0.5 - start[1])
    height = far[0] * y - far[1] * x
    assume(np.hypot(*far) > 1000 and np.abs(height).min() > 1e-3)
    above = (full > 0) & (height > 0)
    sides = sorted((side for side in (above, (full > 0) & ~above) if side.any()), key=lambda side: -side.sum())
    parts = split_mask(masks.crop(full), tuple(start - far), tuple(start + far))
    assert [part.area for part in parts] == [side.sum() for side in sides]


def test_a_cut_through_makes_two_and_one_that_ends_inside_none():
    full = np.zeros(SIZE, np.uint8)
    full[2:12, 2:12] = 1
    assert [part.area for part in split_mask(masks.crop(full), (0, 5.0), (15, 5.0))] == [70, 30]
    assert len(split_mask(masks.crop(full), (0, 4.4), (6, 4.4))) == 1
    assert len(split_mask(masks.crop(full), (0, 0.5), (15, 0.5))) == 1
    assert len(split_mask(masks.crop(full), (5, 5), (5, 5))) == 1


def test_what_is_not_cut_stays_with_the_largest_piece():
    full = np.zeros(SIZE, np.uint8)
    full[2:6, 2:14] = full[10:12, 2:14] = 1
    full[0, 5] = 1
    parts = split_mask(masks.crop(full), (5.5, 0), (5.5, 8))
    assert len(parts) == 2 and parts[0].full()[11, 3] and parts[0].full()[0, 5] and not parts[1].full()[11].any()


def test_a_speck_under_the_line_does_not_stop_the_cut():
    full = np.zeros(SIZE, np.uint8)
    full[4:10, 2:8] = full[7, 12] = 1
    assert [part.area for part in split_mask(masks.crop(full), (0, 7.5), (16, 7.5))] == [25, 12]


@pytest.mark.parametrize(
    "line, areas",
    [
        (((0, 20), (50, 20)), [450, 450]),
        (((50, 10), (0, 10)), [150, 750]),
        (((20, 0), (20, 20)), [900]),
        (((5, 5), (35, 35)), [450, 450]),
        (((0, 0), (4, 50)), [900]),
    ],
)
def test_a_line_that_runs_through_cuts(line, areas):
    pieces = cut_ring(SQUARE, *line)
    assert sorted(abs(bridged_rings.area(piece)) for piece in pieces) == pytest.approx(areas)


def test_only_the_arm_that_the_line_runs_through_is_cut():
    arms = np.array([[0, 0], [10, 0], [10, 30], [20, 30], [20, 0], [30, 0], [30, 40], [0, 40]], float)
    assert len(cut_ring(arms, (-5, 10), (15, 10))) == 2
    assert len(cut_ring(arms, (-5, 10), (35, 10))) == 3
