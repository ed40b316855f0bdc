"""GrabCut: from a picture and a box to the object in it."""

import numpy as np
import pytest

from core.annotation.assist import grab_cut
from core.geometry import masks
from tests.core.annotation.assist.disc import DISC, SIZE, iou, picture


def spot(x, y, side):
    bitmap = np.zeros(SIZE, np.uint8)
    bitmap[y : y + side, x : x + side] = 1
    return masks.crop(bitmap)


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
