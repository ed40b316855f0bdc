"""Long lists as bytes."""

import pickle

import pytest

from core.dataset.model import Image
from core.dataset.packed_list import PackedList


def test_it_holds_the_values_and_travels() -> None:
    images = [Image(place, place or "none", f"{place}.jpg", 640, 480, "train") for place in range(5)]
    packed = PackedList.of(Image, images)
    for one in (packed, pickle.loads(pickle.dumps(packed)), pickle.loads(pickle.dumps(packed, 5))):  # noqa: S301
        assert list(one) == images and len(one) == 5
        assert one[1:3] == images[1:3] and one[-1] == images[-1]
        with pytest.raises(IndexError):
            one[5]


def test_it_may_hold_nothing() -> None:
    assert list(PackedList.of(str | None, [None, "a", None])) == [None, "a", None]
    assert not list(PackedList.of(str, []))
