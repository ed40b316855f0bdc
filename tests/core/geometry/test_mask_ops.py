"""What is done to the pixels of an instance."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.geometry import mask_ops, masks

SIZE = (14, 16)
bitmaps = arrays.arrays(np.uint8, SIZE, elements=st.integers(0, 1))


def ring(size=SIZE):
    full = np.zeros(size, np.uint8)
    full[2:12, 2:12] = 1
    full[4:6, 4:6] = full[8:10, 8:10] = 0
    return full


@settings(max_examples=80, deadline=None)
@given(bitmaps, bitmaps)
def test_sets_of_pixels(one, other):
    a, b = masks.crop(one), masks.crop(other)
    assert np.array_equal(mask_ops.union(a, b).full(), one | other)
    assert np.array_equal(mask_ops.difference(a, b).full(), one & (1 - other))
    assert np.array_equal(mask_ops.intersection(a, b).full(), one & other)


@settings(max_examples=60, deadline=None)
@given(bitmaps)
def test_pieces_together_are_the_mask(bitmap):
    parts = mask_ops.pieces(masks.crop(bitmap))
    assert np.array_equal(sum((part.full().astype(int) for part in parts), np.zeros(SIZE, int)), bitmap)
    assert [part.area for part in parts] == sorted((part.area for part in parts), reverse=True)


def test_holes_are_filled_one_by_one_or_all():
    mask = masks.crop(ring())
    assert [hole.box for hole in mask_ops.holes(mask)] == [(4, 4, 2, 2), (8, 8, 2, 2)]
    one = mask_ops.filled(mask, (4, 5)).full()
    assert one[4:6, 4:6].all() and not one[8:10, 8:10].any()
    assert mask_ops.filled(mask).area == 100
    assert mask_ops.filled(mask, (0, 0)).area == mask.area, "outside is no hole"


def test_a_bay_that_is_open_at_a_corner_is_no_hole():
    full = np.ones((3, 3), np.uint8)
    full[1, 1] = full[0, 0] = 0
    assert not mask_ops.holes(masks.crop(full))


def test_specks_go_and_the_largest_piece_stays():
    full = ring()
    full[0, 15] = 1
    found = mask_ops.without_specks(masks.crop(full), 5)
    assert found.full()[0, 15] == 0 and found.area == 100
    assert mask_ops.without_specks(masks.crop(np.eye(4, dtype=np.uint8)), 50).area == 1


def test_thousands_of_specks_go_at_once():
    full = (np.random.default_rng(0).random((1000, 1000)) < 0.3).astype(np.uint8)
    full[:300] = 1
    mask = mask_ops.without_specks(mask_ops.filled(masks.crop(full)), 400)
    assert mask.full()[:300].all() and len(mask_ops.pieces(mask)) == 1


def test_moving_cuts_off_what_leaves_the_image():
    mask = masks.crop(ring())
    assert np.array_equal(mask_ops.moved(mask, 2, 1).full(), np.roll(ring(), (1, 2), (0, 1)))
    assert mask_ops.moved(mask, 10, 0).area == ring()[:, :6].sum()
    assert mask_ops.moved(mask, 40, 0).area == 0
    assert np.array_equal(mask_ops.moved(mask, -5, -5).full()[:7, :7], ring()[5:12, 5:12])


def test_smoothing_rounds_corners_and_keeps_the_area():
    full = np.zeros((60, 60), np.uint8)
    full[10:50, 10:50] = 1
    found = mask_ops.smoothed(masks.crop(full), 3).full()
    assert not found[10, 10] and found[30, 10] and abs(int(found.sum()) - 1600) < 60


def test_smoothing_at_the_border_stays_in_the_image():
    assert mask_ops.smoothed(masks.crop(np.ones((20, 20), np.uint8)), 2).size == (20, 20)
