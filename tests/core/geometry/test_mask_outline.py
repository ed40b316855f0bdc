import cv2
import numpy as np
import pytest

from core.geometry.mask_outline import outlines


def filled(loops, shape):
    """The pixels whose centre lies inside, by the even-odd rule: an independent way back from outlines to pixels."""
    result = np.zeros(shape, np.uint8)
    for row in range(shape[0]):
        for column in range(shape[1]):
            crossings = 0
            for loop in loops:
                for (x1, y1), (x2, y2) in zip(loop, np.roll(loop, -1, axis=0), strict=True):
                    crosses = x1 == x2 and x1 > column + 0.5 and min(y1, y2) <= row < max(y1, y2)
                    crossings += crosses
            result[row, column] = crossings % 2
    return result


def signed_area(loop):
    x, y = loop.astype(float).T
    return 0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)


def test_a_single_pixel_is_a_unit_square():
    (loop,) = outlines(np.ones((1, 1), np.uint8))
    assert sorted(map(tuple, loop.tolist())) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert signed_area(loop) == 1


def test_nothing_has_no_outline():
    assert outlines(np.zeros((4, 5), np.uint8)) == []
    assert outlines(np.zeros((0, 0), np.uint8)) == []


def test_a_rectangle_has_four_corners():
    bitmap = np.zeros((10, 20), np.uint8)
    bitmap[2:7, 3:15] = 1
    (loop,) = outlines(bitmap)
    assert len(loop) == 4
    assert signed_area(loop) == 5 * 12


def test_a_hole_runs_the_other_way_round():
    bitmap = np.ones((5, 5), np.uint8)
    bitmap[2, 2] = 0
    areas = sorted(signed_area(loop) for loop in outlines(bitmap))
    assert areas == [-1, 25]


def test_pixels_that_touch_at_a_corner_are_apart():
    loops = outlines(np.eye(3, dtype=np.uint8))
    assert [signed_area(loop) for loop in loops] == [1, 1, 1]


@pytest.mark.parametrize("seed", range(6))
def test_outlines_hold_exactly_the_pixels_of_the_mask(seed):
    random = np.random.default_rng(seed)
    bitmap = (random.random((9, 13)) < 0.5).astype(np.uint8)
    loops = outlines(bitmap)
    assert np.array_equal(filled(loops, bitmap.shape), bitmap)
    assert sum(signed_area(loop) for loop in loops) == bitmap.sum()
    for loop in loops:  # every edge is level or upright, and neighbours turn
        steps = np.diff(np.vstack([loop, loop[:1]]), axis=0)
        assert ((steps == 0).sum(axis=1) == 1).all()


def test_a_blob_with_many_holes():
    bitmap = np.zeros((200, 300), np.uint8)
    cv2.circle(bitmap, (150, 100), 90, 1, -1)
    for angle in range(0, 360, 45):
        centre = (int(150 + 50 * np.cos(np.radians(angle))), int(100 + 50 * np.sin(np.radians(angle))))
        cv2.circle(bitmap, centre, 8, 0, -1)
    loops = outlines(bitmap)
    assert len(loops) == 9
    assert sum(signed_area(loop) for loop in loops) == bitmap.sum()
