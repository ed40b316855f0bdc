"""Which instances of one image are the same object."""

import tracemalloc

import numpy as np
from pycocotools import mask as coco_mask

from core.dataset.several.matching import one_to_one, overlaps
from core.geometry.polygons import encoded


def cells(number: int, side: int, seed: int) -> list[dict[str, object]]:
    """Masks of small squares anywhere in an image of ``side`` pixels; one in ten is empty."""
    random = np.random.default_rng(seed)
    masks = []
    for x, y, wide in random.integers(0, (side, side, 12), (number, 3)).tolist():
        wide *= random.random() > 0.1
        masks.append(encoded([[x, y, x + wide, y, x + wide, y + wide, x, y + wide]], (side, side)))
    return masks


def test_the_overlaps_are_those_of_a_table_of_all():
    """More pairs than are looked at together."""
    left, right = cells(700, 100, 1), cells(600, 100, 2)
    dense = coco_mask.iou(left, right, [0] * len(right))
    rows, columns = np.nonzero(dense)
    found = overlaps(left, right)
    assert len(rows) > 2048
    assert (found.rows.tolist(), found.columns.tolist()) == (rows.tolist(), columns.tolist())
    assert found.iou.tolist() == dense[rows, columns].tolist()


def test_without_instances_nothing_overlaps():
    some = cells(3, 20, 1)
    assert [len(overlaps(*each).iou) for each in (([], some), (some, []), ([], []))] == [0, 0, 0]
    assert one_to_one(overlaps([], some), [], [1, 1, 1], 0.0) == {}


def test_an_image_with_many_cells_takes_no_table_of_all():
    """Of 4000 × 4000: 128 MB."""
    left = cells(4000, 4000, 1)
    tracemalloc.start()
    found = overlaps(left, left)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    pairs = one_to_one(found, [0] * 4000, [0] * 4000, 0.5)
    drawn = [place for place, wide in enumerate(coco_mask.toBbox(left)[:, 2]) if wide]
    assert [row for row in sorted(pairs) if pairs[row] == (row, 1.0)] == drawn
    assert peak < 60e6
