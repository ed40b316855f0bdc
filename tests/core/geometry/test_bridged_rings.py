"""Rings with bridges to holes, and exact outlines of masks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.geometry import bridged_rings, masks
from core.geometry.mask_outline import traced
from core.geometry.polygons import rasterise

SIZE = (40, 50)
SQUARE = np.array([[5.0, 5.0], [35.0, 5.0], [35.0, 35.0], [5.0, 35.0]])
HOLE = np.array([[10.0, 10.0], [10.0, 20.0], [20.0, 20.0], [20.0, 10.0]])
OTHER = np.array([[25.0, 25.0], [25.0, 30.0], [30.0, 30.0], [30.0, 25.0]])

bitmaps = arrays.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 1))


def pixels(*found):
    return rasterise([bridged_rings.to_part(ring) for ring in found], SIZE).full()


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
    assert np.array_equal(pixels(bridged_rings.bridged(SQUARE, HOLE, OTHER)), expected)


def test_a_ring_with_bridges_falls_apart_into_what_it_was_made_of():
    outer, *holes = bridged_rings.loops(bridged_rings.bridged(SQUARE, HOLE, OTHER))
    assert np.array_equal(pixels(outer), pixels(SQUARE))
    assert [abs(bridged_rings.area(hole)) for hole in holes] == [100, 25]


def test_area_is_positive_clockwise_on_the_screen():
    assert bridged_rings.area(SQUARE) == 900 and bridged_rings.area(SQUARE[::-1]) == -900


def test_smoothing_rounds_corners_within_the_ring():
    round_ring = bridged_rings.smoothed(SQUARE)
    assert len(round_ring) == 8 and 700 < bridged_rings.area(round_ring) < 900


@pytest.mark.parametrize(
    "ring", [SQUARE, HOLE, SQUARE[[0, 1, 2]], np.array([[0, 0], [4, 0], [4, 4], [2, 1], [0, 4.0]])]
)
def test_a_ring_that_only_bends_does_not_cross_itself(ring):
    assert not bridged_rings.crosses_itself(ring) and not bridged_rings.crosses_itself(ring[::-1])


@pytest.mark.parametrize(
    "points",
    [
        [(0, 0), (9, 9), (9, 0), (0, 9)],
        [(0, 0), (9, 0), (9, 9), (4, 0), (0, 9)],
        [(0, 0), (9, 0), (5, 0), (5, 9)],
        [(5, 0), (9, 0), (5, 9), (5, 0), (0, 9)],
        [(0, 0), (6, 0), (6, 4), (9, 4), (3, 4), (3, 8), (0, 8)],
    ],
)
def test_a_ring_that_meets_itself_is_found_wherever_it_begins(points):
    for turn in range(len(points)):
        assert bridged_rings.crosses_itself(np.roll(np.array(points, float), turn, axis=0))
