"""Polygons with fewer points."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.geometry.mask_outline import outlines
from core.geometry.simplifying import simplified

coordinates = st.floats(-50, 50).map(lambda value: round(value, 2))
polygons = st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=40, unique=True)


def off(one, other):
    """The largest distance of the outline ``one`` from the outline ``other``."""
    begins, along = other, np.roll(other, -1, axis=0) - other
    steps = np.linspace(0, 1, 20, endpoint=False)[:, None, None]
    points = (one + steps * (np.roll(one, -1, axis=0) - one)).reshape(-1, 1, 2)
    share = ((points - begins) * along).sum(2) / np.maximum((along * along).sum(1), 1e-12)
    nearest = begins + np.clip(share, 0, 1)[..., None] * along
    return np.hypot(*(nearest - points).transpose(2, 0, 1)).min(1).max()


def ring(part):
    return np.array(part, float).reshape(-1, 2)


@settings(max_examples=100, deadline=None)
@given(polygons, st.sampled_from([0.5, 2.0, 10.0]))
def test_neither_outline_is_farther_from_the_other_than_the_tolerance(points, tolerance):
    part = [value for point in points for value in point]
    fewer = simplified(part, tolerance)
    assert off(ring(part), ring(fewer)) <= tolerance + 1e-6
    assert off(ring(fewer), ring(part)) <= tolerance + 1e-6


@pytest.mark.parametrize("tolerance, most", [(1.0, 50), (2.0, 30), (4.0, 20)])
def test_a_disc_of_pixels_needs_few_points(tolerance, most):
    (outline,) = outlines((np.hypot(*(np.indices((200, 200)) - 100)) < 80).astype(np.uint8))
    fewer = ring(simplified(outline.ravel().tolist(), tolerance))
    assert 6 < len(fewer) <= most and off(outline.astype(float), fewer) <= tolerance


def test_points_stay_in_their_order_and_a_triangle_as_it_is():
    zigzag = [0.0, 0, 10, 0.1, 20, 0, 20, 20, 10, 19.9, 0, 20]
    assert simplified(zigzag, 1.0) == [0, 0, 20, 0, 20, 20, 0, 20]
    assert simplified([0.0, 0, 1, 0, 1, 1], 100.0) == [0, 0, 1, 0, 1, 1]
    assert simplified(zigzag, 0.0) == zigzag
