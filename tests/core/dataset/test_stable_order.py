"""Places in the order of their keys."""

import numpy as np

from core.dataset.stable_order import distinct, stable_order


def test_places_are_sorted_by_their_keys_and_equal_ones_stay_as_they_are() -> None:
    keys = np.random.default_rng(0).integers(-1, 40, 5_000)
    keys[7] = 2**31 - 1
    assert stable_order(keys).tolist() == sorted(range(keys.size), key=keys.__getitem__)
    assert stable_order(keys[:0]).tolist() == []


def test_keys_that_are_there_several_times_are_left_once_and_in_order() -> None:
    keys = np.random.default_rng(0).integers(0, 40, 200)
    assert distinct(keys).tolist() == sorted(set(keys.tolist()))
    assert distinct(keys[:0]).tolist() == []
