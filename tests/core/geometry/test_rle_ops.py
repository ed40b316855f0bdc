"""Masks that stay run-length encoded are the same as their bitmaps, whatever is done to them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.geometry import mask_ops, rle_ops
from core.geometry.mask_outline import outlines, run_outlines
from core.geometry.masks import crop, from_rle, to_rle

bitmaps = arrays.arrays(np.uint8, st.just((7, 9)), elements=st.integers(0, 1))


def same(kept, mask) -> bool:
    return np.array_equal(from_rle(kept).full(), mask.full())


@settings(max_examples=60, deadline=None)
@given(bitmaps, bitmaps)
def test_joined_and_taken_away_as_bitmaps_are(one, other):
    first, second = crop(one), crop(other)
    assert same(rle_ops.union(to_rle(first), to_rle(second)), mask_ops.union(first, second))
    assert same(rle_ops.difference(to_rle(first), to_rle(second)), mask_ops.difference(first, second))


@settings(max_examples=60, deadline=None)
@given(bitmaps)
def test_measured_and_hit_as_bitmaps_are(bitmap):
    mask = crop(bitmap)
    kept = to_rle(mask)
    assert (rle_ops.area(kept), rle_ops.box(kept)) == (mask.area, mask.box)
    hit = [[rle_ops.covers(kept, x, y) for x in range(-1, 10)] for y in range(-1, 8)]
    assert np.array_equal(np.array(hit, np.uint8), np.pad(bitmap, 1))


@settings(max_examples=60, deadline=None)
@given(bitmaps)
def test_outlined_as_bitmaps_are(bitmap):
    mask = crop(bitmap)
    around = [outline + np.array([mask.x, mask.y]) for outline in outlines(mask.bitmap)]
    found = run_outlines(rle_ops.counts_of(to_rle(mask)), mask.size[0])
    assert sorted(map(_cycle, found)) == sorted(map(_cycle, around))


def _cycle(outline) -> list[list[int]]:
    """Its corners, from the first one in order on."""
    corners = outline.tolist()
    first = corners.index(min(corners))
    return corners[first:] + corners[:first]


@pytest.mark.parametrize("counts", [[0, 12], [5, 3, 0, 4], [0, 0, 2, 10], [12]])
def test_runs_that_other_tools_write(counts):
    """Numbers instead of text, runs of no length, runs that go on in the next column."""
    kept = {"size": [3, 4], "counts": counts}
    mask = from_rle(kept)
    assert (rle_ops.area(kept), rle_ops.box(kept)) == (mask.area, mask.box)
    assert same(rle_ops.union(kept, kept), mask)
    assert rle_ops.area(rle_ops.difference(kept, kept)) == 0
    assert len(run_outlines(np.array(counts), 3)) == (mask.area > 0)
