"""Which pictures are alike, where there are many of them."""

import tracemalloc

import numpy as np

from core.dataset.health.likeness import CORRELATION, SIDE, Likeness, like_pairs
from core.dataset.splits.groups import together


def likeness(scenes: int, count: int, seed: int = 0) -> Likeness:
    """Pictures that each show one of some scenes with noise over it, and have one hash, as under one microscope."""
    random = np.random.default_rng(seed)
    shown = random.normal(size=(scenes, SIDE, SIDE))[random.integers(0, scenes, count)]
    details = shown + 0.42 * random.normal(size=(count, SIDE, SIDE))
    details /= np.linalg.norm(details, axis=(1, 2), keepdims=True)
    return Likeness([b""] * count, np.zeros(count, np.uint64), details.astype(np.float16), [None] * count)


def test_the_pairs_that_are_listed_join_all_that_are_alike_and_name_all_that_leak():
    for seed in range(3):
        given = likeness(5, 300, seed)
        sides = np.random.default_rng(seed).choice(["train", "val", "test"], 300).tolist()
        flat = given.details.reshape(300, -1).astype(np.float32)
        alike = np.argwhere(np.triu(flat @ flat.T >= CORRELATION, 1)).tolist()
        listed = [(one, other) for one, other, _ in like_pairs(given, sides)]

        def leaks(pairs, sides=sides):
            both = [pair for one, other in pairs for pair in ((one, other), (other, one))]
            return {(one, sides[other]) for one, other in both if sides[one] != sides[other]}

        assert {(one, other) for one, other in alike} >= set(listed)
        assert together(300, [], listed).tolist() == together(300, [], alike).tolist()
        assert leaks(listed) == leaks(alike)


def test_a_camera_that_stands_still_makes_neither_a_pair_of_every_two_frames_nor_fills_the_memory():
    given = likeness(1, 600)
    tracemalloc.start()
    listed = like_pairs(given, ["val" if place % 5 == 0 else "train" for place in range(600)])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 599 <= len(listed) < 3 * 600
    assert peak < 200 << 20
