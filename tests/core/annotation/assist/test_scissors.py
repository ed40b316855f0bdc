"""The scissors: from a picture and two places to a line along an edge."""

import numpy as np
import pytest

from core.annotation.assist import scissors
from tests.core.annotation.assist.disc import SIZE, picture


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
