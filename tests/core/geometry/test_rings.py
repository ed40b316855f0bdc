"""Rings with bridges to holes, and exact outlines of masks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.geometry import masks, rings
from core.geometry.polygons import rasterise
from core.geometry.tracing import traced

SIZE = (40, 50)
SQUARE = np.array([[5.0, 5.0], [35.0, 5.0], [35.0, 35.0], [5.0, 35.0]])
HOLE = np.array([[10.0, 10.0], [10.0, 20.0], [20.0, 20.0], [20.0, 10.0]])
OTHER = np.array([[25.0, 25.0], [25.0, 30.0], [30.0, 30.0], [30.0, 25.0]])

bitmaps = arrays.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 1))


def pixels(*found):
    return rasterise([rings.to_part(ring) for ring in found], SIZE).full()


def placed(bitmap):
    full = np.zeros(SIZE, np.uint8)
    full[3 : 3 + bitmap.shape[0], 5 : 5 + bitmap.shape[1]] = bitmap
    return full


@settings(max_examples=150, deadline=None)
@given(bitmaps)
def test_the_outlines_of_any_mask_rasterise_to_the_same_pixels(bitmap):
    full = placed(bitmap)
    assert np.array_equal(rasterise(traced(masks.crop(full)), SIZE).full(), full)


def test_a_piece_with_a_hole_is_one_part_and_two_pieces_are_two():
    full = placed(np.ones((10, 10), np.uint8))
    full[6:8, 8:10] = 0
    assert len(traced(masks.crop(full))) == 1
    full[30:34, 30:34] = 1
    assert len(traced(masks.crop(full))) == 2


def test_with_a_tolerance_there_are_fewer_points_and_the_shape_is_about_the_same():
    disc = (np.hypot(*(np.indices((200, 200)) - 100)) < 60).astype(np.uint8)
    exact, coarse = (traced(masks.crop(disc), tolerance)[0] for tolerance in (0, 1.0))
    found = rasterise([coarse], (200, 200)).full()
    assert len(coarse) < len(exact) / 5
    assert (found & disc).sum() / (found | disc).sum() > 0.97


def test_specks_below_the_tolerance_are_left_out_but_never_all():
    full = np.zeros(SIZE, np.uint8)
    full[5, 5] = 1
    assert traced(masks.crop(full), 3.0)
    full[10:20, 10:20] = 1
    assert len(traced(masks.crop(full), 3.0)) == 1


def test_bridges_to_holes_are_not_seen():
    expected = pixels(SQUARE) - pixels(HOLE) - pixels(OTHER)
    assert np.array_equal(pixels(rings.bridged(SQUARE, HOLE, OTHER)), expected)


def test_a_ring_with_bridges_falls_apart_into_what_it_was_made_of():
    outer, *holes = rings.loops(rings.bridged(SQUARE, HOLE, OTHER))
    assert np.array_equal(pixels(outer), pixels(SQUARE))
    assert [abs(rings.area(hole)) for hole in holes] == [100, 25]


def test_area_is_positive_clockwise_on_the_screen():
    assert rings.area(SQUARE) == 900 and rings.area(SQUARE[::-1]) == -900


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
    pieces = rings.cut(SQUARE, *line)
    assert sorted(abs(rings.area(piece)) for piece in pieces) == pytest.approx(areas)


def test_only_the_arm_that_the_line_runs_through_is_cut():
    arms = np.array([[0, 0], [10, 0], [10, 30], [20, 30], [20, 0], [30, 0], [30, 40], [0, 40]], float)
    assert len(rings.cut(arms, (-5, 10), (15, 10))) == 2
    assert len(rings.cut(arms, (-5, 10), (35, 10))) == 3


def test_smoothing_rounds_corners_within_the_ring():
    round_ring = rings.smoothed(SQUARE)
    assert len(round_ring) == 8 and 700 < rings.area(round_ring) < 900
