"""What of an outline lies nearest to a point, and which ones cross themselves."""

import numpy as np
import pytest

from core.geometry.polygons import crosses_itself, nearest_corner, nearest_edge

SQUARE = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]])
ENDS = np.roll(SQUARE, -1, axis=0)


def test_the_nearest_corner():
    assert nearest_corner(SQUARE, (9.0, 12.0)) == (2, pytest.approx(np.hypot(1, 2)))


@pytest.mark.parametrize(
    "at, edge, point", [((4, -1), 0, (4, 0)), ((12, 7), 1, (10, 7)), ((-1, 3), 3, (0, 3)), ((5, 9), 2, (5, 10))]
)
def test_the_nearest_edge_and_the_point_on_it(at, edge, point):
    found, nearest, distance = nearest_edge(SQUARE, ENDS, at)
    assert (found, nearest) == (edge, pytest.approx(point))
    assert distance == pytest.approx(np.hypot(at[0] - point[0], at[1] - point[1]))


def test_beyond_the_end_of_an_edge_its_corner_is_nearest():
    assert nearest_edge(SQUARE, ENDS, (13.0, 14.0))[1:] == ((10, 10), pytest.approx(5))


def test_an_edge_without_length_is_a_point():
    point = np.array([[3.0, 4.0]])
    assert nearest_edge(point, point, (0.0, 0.0)) == (0, (3, 4), pytest.approx(5))


@pytest.mark.parametrize(
    ("part", "crosses"),
    [
        ([0, 0, 10, 0, 10, 10, 0, 10], False),
        ([0, 0, 10, 10, 10, 0, 0, 10], True),  # a bow tie
        ([0, 0, 10, 0, 5, 5, 10, 10, 0, 10, 5, 5], False),  # it touches itself in a corner
        ([0, 0, 20, 0, 20, 20, 0, 20, 0, 0, 5, 5, 5, 15, 15, 15, 15, 5, 5, 5], False),  # a way into a hole and back
        ([0, 0, 10, 0, 10, 10, 10, 0, 0, 10], False),  # it walks back on itself
        ([0, 0, 20, 0, 20, 20, 10, -5, 0, 20], True),  # a spike through an edge
    ],
)
def test_outlines_that_cross_themselves(part, crosses):
    assert crosses_itself(part) is crosses
