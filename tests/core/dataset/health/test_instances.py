"""Each kind of fault is found where it is, and not where it nearly is."""

import tracemalloc

import numpy as np
import pytest

from core.dataset.health.instances import (
    CheckedImage,
    CheckedInstance,
    checked,
    examine_image,
    stray_pieces,
    unusual,
    usual_overlaps,
)
from core.geometry.masks import Mask, crop
from core.geometry.segmentation import Polygons, Rle

SIZE = (100, 120)
NAMES = {1: "nut", 2: "bolt"}


def box(x: float, y: float, width: float, height: float) -> Polygons:
    return Polygons([[x, y, x + width, y, x + width, y + height, x, y + height]])


def pixels(*areas: tuple[slice, slice]) -> Rle:
    bitmap = np.zeros(SIZE, np.uint8)
    for area in areas:
        bitmap[area] = 1
    return Rle.of(crop(bitmap))


def found(*instances, stated=None) -> list[tuple[str, tuple[int, ...]]]:
    """Kinds and ids of what is found among instances given as ``(category, shape)`` or ``(category, shape, crowd)``."""
    made = [
        checked(number, category, shape, shape.box if shape else (5, 5, 9, 9), SIZE, crowd=bool(crowd), stated=sizes)
        for number, (category, shape, *crowd) in enumerate(instances, 1)
        for sizes in [stated or (None, None)]
    ]
    return [(each.kind, each.instances) for each in examine_image(CheckedImage(0, SIZE, made, NAMES))]


SQUARE = box(10, 10, 40, 40)


@pytest.mark.parametrize(
    ("instances", "expected"),
    [
        ([(1, SQUARE), (1, box(11, 10, 40, 40))], [("twice", (1, 2))]),
        ([(1, SQUARE), (2, box(11, 10, 40, 40))], [("two_classes", (1, 2))]),
        ([(1, SQUARE), (1, box(20, 20, 10, 10))], [("inside", (2, 1))]),
        ([(1, SQUARE), (2, box(20, 20, 10, 10))], []),  # a button on a coat
        ([(1, SQUARE), (1, box(40, 10, 20, 40))], [("overlap", (2, 1))]),
        ([(1, SQUARE), (1, box(46, 10, 20, 40))], []),  # a fifth
        ([(1, SQUARE), (1, SQUARE, True)], []),  # a crowd lies over its single objects
        ([(1, None)], [("box_only", (1,))]),
        ([(1, box(10, 10, 0.2, 0.2))], [("no_pixels", (1,))]),
        ([(1, box(200, 10, 20, 20))], [("beyond", (1,))]),
        ([(1, box(0.2, 0.2, 0.5, 0.5))], [("shares", (1,))]),
        ([(1, pixels(np.s_[10:50, 10:50], np.s_[70, 80]))], [("speck", (1,))]),
        ([(1, pixels(np.s_[10:50, 10:50], np.s_[50, 50]))], []),  # it touches at a corner
        ([(1, pixels(np.s_[10:50, 10:50], np.s_[60:70, 60:70]))], []),  # a part
        ([(1, pixels(np.s_[10:12, 10:40]))], [("sliver", (1,))]),
        ([(1, pixels(np.s_[10:13, 10:40]))], []),
        ([(1, pixels(np.s_[10:12, 10:18]))], []),  # small, not thin
        ([(1, pixels(np.s_[10:13, 10:15]))], [("tiny", (1,))]),
        ([(1, pixels(np.s_[10:14, 10:14]))], []),
        ([(1, Polygons([[10, 10, 50, 50, 50, 10, 10, 50]]))], [("crossing", (1,))]),
        ([(1, box(100, 10, 20.02, 40))], [("outside", (1,))]),
        ([(1, box(100, 10, 20, 40))], []),
    ],
)
def test_what_is_found(instances, expected):
    assert found(*instances) == expected


def test_ways_into_holes_are_no_crossings():
    ring = [10, 10, 60, 10, 60, 60, 10, 60]
    bridged = [*ring[:2], 20, 20, 20, 40, 40, 40, 40, 20, 20, 20, *ring[:2], *ring[2:]]
    assert found((1, Polygons([bridged]))) == []


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (((10, 10, 40, 40), 1600), []),
        (((9, 9, 42, 42), 1640), []),  # rounded outwards
        (((10, 10, 40, 44), 1600), ["box"]),
        (((10, 10, 40, 40), 2400), ["area"]),
        ((None, None), []),
    ],
)
def test_sizes_that_disagree(stated, expected):
    assert [kind for kind, _ in found((1, SQUARE), stated=stated)] == expected


def test_a_large_piece_far_away_is_a_stray_and_a_near_one_a_part():
    bitmap = np.zeros((600, 900), np.uint8)
    bitmap[10:110, 10:110] = 1
    bitmap[115:121, 50:57] = 1
    assert stray_pieces(crop(bitmap)) == []
    bitmap[500:506, 800:807] = 1
    assert [stray.box for stray in stray_pieces(crop(bitmap))] == [(800, 500, 7, 6)]


def test_what_a_class_is_full_of_is_usual():
    """Overlaps that one instance in ten has are no faults; one that is far beyond them is."""
    findings = []
    for image in range(10):
        shares = [(1, box(10, 10, 40, 40)), (1, box(40, 10, 20 if image else 12, 40))]
        made = [checked(number, category, shape, shape.box, SIZE) for number, (category, shape) in enumerate(shares)]
        findings += examine_image(CheckedImage(image, SIZE, made, NAMES))
    assert [each.kind for each in findings] == ["inside", *["overlap"] * 9]
    usual = usual_overlaps(findings, {1: 40})
    assert [each.images for each in unusual(findings, usual)] == [(0,)]
    assert len(unusual(findings, usual_overlaps(findings, {1: 1000}))) == 10  # one in a hundred is not usual


def test_of_very_many_instances_all_that_overlap_are_found_without_a_table_of_all_pairs():
    random = np.random.default_rng(0)
    places, size = random.integers(0, 20_000, (6000, 2)).tolist(), (20_100, 20_100)
    bitmap = np.ones((60, 60), np.uint8)
    given = [
        CheckedInstance(number, 1, box(x, y, 60, 60), (x, y, 60, 60), False, (None, None), Mask(x, y, bitmap, size))
        for number, (x, y) in enumerate(places)
    ]
    tracemalloc.start()
    overlaps = CheckedImage(0, size, given, NAMES).overlaps
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    apart = np.abs(np.array(places)[:, None] - np.array(places)[None]).max(2)
    expected = np.argwhere(np.triu(apart < 60, 1)).tolist()
    assert [sorted((each.one.id, each.other.id)) for each in overlaps] == expected and len(expected) > 100
    assert peak < 20 << 20
