"""Boxes that meet."""

import numpy as np

from core.geometry.boxes import meeting


def test_pairs_that_have_a_point_in_common_in_order():
    left = [[0, 0, 4, 4], [10, 10, 12, 12], [0, 0, 20, 20]]
    right = [[11, 0, 12, 30], [4, 4, 5, 5], [5, 0, 6, 1]]
    assert meeting(left, right).tolist() == [[0, 1], [1, 0], [2, 0], [2, 1], [2, 2]]
    assert meeting([], right).shape == meeting(left, []).shape == (0, 2)


def test_they_are_those_of_a_table_of_all():
    corners = np.random.default_rng(5).integers(0, 60, (2, 200, 2)).astype(float)
    left, right = (np.hstack([each, each + each[::-1] % 7]) for each in corners)
    touching = (left[:, None, :2] <= right[None, :, 2:]) & (right[None, :, :2] <= left[:, None, 2:])
    assert meeting(left, right).tolist() == np.argwhere(touching.all(axis=2)).tolist()
