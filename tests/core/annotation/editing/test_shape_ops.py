"""What cuts, moves and tidying make of instances."""

import numpy as np
import pytest

from core.annotation.editing import boolean_ops, shape_ops
from core.annotation.editing.model import Annotation, fault
from core.geometry import masks
from core.geometry.segmentation import Polygons, Rle
from tests.core.annotation.edits import square

SIZE = (60, 80)


def pixels(annotation):
    assert annotation is not None and fault(annotation, SIZE) is None
    return annotation.mask(SIZE).full()


def spot(x, y, side=6):
    full = np.zeros(SIZE, np.uint8)
    full[y : y + side, x : x + side] = 1
    return masks.crop(full)


def mask_of_square(x, y, side=6, **other):
    return Annotation(3, Rle.of(spot(x, y, side)), (float(x), float(y), float(side), float(side)), **other)


def hole(x, y, side):
    return [float(value) for value in (x, y, x, y + side, x + side, y + side, x + side, y)]


@pytest.mark.parametrize("make, kind", [(square, Polygons), (mask_of_square, Rle)])
def test_a_cut_makes_two_of_the_same_kind(make, kind):
    whole = make(10, 10, 20)
    parts = shape_ops.cut(whole, (0.0, 16.0), (40.0, 16.0), SIZE)
    assert all(isinstance(part.segmentation, kind) for part in parts) and len(parts) == 2
    assert np.array_equal(sum(pixels(part).astype(int) for part in parts), pixels(whole))
    assert pixels(parts[0]).sum() > pixels(parts[1]).sum()
    assert shape_ops.cut(whole, (0.0, 5.0), (40.0, 5.0), SIZE) == [whole]


def test_a_polygon_with_a_hole_is_cut_through_both_sides():
    ring = boolean_ops.with_hole(square(10, 10, 20), hole(15, 15, 10), SIZE)
    parts = shape_ops.cut(ring, (0.0, 20.5), (40.0, 20.5), SIZE)
    assert len(parts) == 2
    assert np.array_equal(sum(pixels(part).astype(int) for part in parts), pixels(ring))


def test_pieces_become_instances():
    two = boolean_ops.with_part(square(10, 10, 20), hole(50, 10, 10), SIZE)
    assert [pixels(part).sum() for part in shape_ops.pieces(two, SIZE)] == [400, 100]
    assert [pixels(part).sum() for part in shape_ops.pieces(shape_ops.as_mask(two, SIZE), SIZE)] == [400, 100]
    assert shape_ops.pieces(square(10, 10), SIZE) == [square(10, 10)]


@pytest.mark.parametrize("kind", [Polygons, Rle])
def test_holes_are_filled_and_polygons_stay_polygons(kind):
    ring = boolean_ops.with_hole(square(10, 10, 20), hole(12, 12, 5), SIZE)
    ring = boolean_ops.with_hole(ring, hole(22, 22, 5), SIZE)
    if kind is Rle:
        ring = shape_ops.as_mask(ring, SIZE)
    one, all_of_them = shape_ops.filled(ring, (13, 13), SIZE), shape_ops.filled(ring, None, SIZE)
    assert pixels(one).sum() == 375 and pixels(all_of_them).sum() == 400
    assert isinstance(one.segmentation, kind) and isinstance(all_of_them.segmentation, kind)
    assert shape_ops.filled(ring, (40, 40), SIZE) is ring


def test_polygons_and_masks_become_each_other_to_the_pixel():
    ring = boolean_ops.with_hole(square(10, 10, 20), hole(12, 12, 5), SIZE)
    there = shape_ops.as_mask(ring, SIZE)
    back = shape_ops.as_polygons(there, SIZE)
    assert isinstance(there.segmentation, Rle) and isinstance(back.segmentation, Polygons)
    assert np.array_equal(pixels(there), pixels(ring)) and np.array_equal(pixels(back), pixels(ring))


def test_simplifying_keeps_holes_and_needs_fewer_points():
    disc = np.hypot(*(np.indices(SIZE) - 30)) < 25
    disc &= np.hypot(*(np.indices(SIZE) - 30)) > 10
    mask = masks.crop(disc.astype(np.uint8))
    before = shape_ops.as_polygons(Annotation(3, Rle.of(mask), mask.box), SIZE)
    after = shape_ops.simplified(before, 1.0, SIZE)
    assert len(after.segmentation.parts[0]) < len(before.segmentation.parts[0]) / 3 and not pixels(after)[30, 30]
    assert (pixels(after) & disc).sum() / (pixels(after) | disc).sum() > 0.9


@pytest.mark.parametrize("make", [square, mask_of_square])
def test_smoothing_rounds_the_corners(make):
    found = shape_ops.smoothed(make(10, 10, 30), 3, SIZE)
    assert not pixels(found)[10, 10] and pixels(found)[25, 25]


def test_specks_go():
    two = boolean_ops.with_part(mask_of_square(10, 10, 20), hole(50, 10, 2), SIZE)
    assert pixels(shape_ops.without_specks(two, 10, SIZE)).sum() == 400
    assert shape_ops.without_specks(two, 2, SIZE) is two


@pytest.mark.parametrize("make", [square, mask_of_square])
def test_moving(make):
    found = shape_ops.moved(make(10, 10, 20), 5, -3, SIZE)
    assert found.box == (15, 7, 20, 20) and pixels(found)[7:27, 15:35].all() and pixels(found).sum() == 400


def test_a_polygon_that_crosses_itself_is_cut_as_what_is_seen():
    bow = Annotation(3, Polygons([[10, 10, 50, 50, 50, 10, 10, 50]]), (10.0, 10.0, 40.0, 40.0))
    parts = shape_ops.cut(bow, (20.5, 0.0), (20.5, 60.0), SIZE)
    assert np.array_equal(sum(pixels(part).astype(int) for part in parts), pixels(bow)) and len(parts) == 2


def test_parts_that_overlap_are_cut_without_a_pixel_in_two_instances():
    both = boolean_ops.with_part(square(10, 10, 20), hole(20, 10, 30), SIZE)
    parts = shape_ops.cut(both, (0.0, 20.0), (80.0, 20.0), SIZE)
    assert np.array_equal(sum(pixels(part).astype(int) for part in parts), pixels(both)) and len(parts) == 2


def test_two_parts_cut_at_once_are_four_instances_none_of_them_on_both_sides():
    both = boolean_ops.with_part(square(10, 10, 20), hole(40, 10, 30), SIZE)
    for before in (both, shape_ops.as_mask(both, SIZE)):
        parts = shape_ops.cut(before, (0.0, 16.0), (80.0, 16.0), SIZE)
        assert len(parts) == 4 and all(part.box[1] == 16 or part.box[1] + part.box[3] == 16 for part in parts)


def test_filling_a_polygon_with_hundreds_of_holes():
    full = np.zeros((600, 600), np.uint8)
    full[:] = 1
    full[5:-5:20, 5:-5:20] = 0
    size, mask = full.shape, masks.crop(full)
    sieve = shape_ops.as_polygons(Annotation(3, Rle.of(mask), mask.box), size)
    whole, but_one = shape_ops.filled(sieve, None, size), shape_ops.filled(sieve, (25, 25), size)
    assert len(whole.segmentation.parts[0]) == 8 and but_one.mask(size).area == mask.area + 1
    assert isinstance(but_one.segmentation, Polygons)
