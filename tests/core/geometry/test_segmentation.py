"""Masks that stay run-length encoded are the same as their bitmaps, whatever is done to them, and segmentations are
written as they were read."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.geometry import mask_ops
from core.geometry.mask_outline import outlines, run_outlines
from core.geometry.masks import crop, from_rle, to_rle
from core.geometry.segmentation import Polygons, Rle, Segmentation, from_json, to_json

bitmaps = arrays.arrays(np.uint8, st.just((7, 9)), elements=st.integers(0, 1))


def same(kept, mask) -> bool:
    assert from_rle(kept.coco).box == kept.box
    return np.array_equal(kept.mask().full(), mask.full())


@settings(max_examples=60, deadline=None)
@given(bitmaps, bitmaps)
def test_joined_and_taken_away_as_bitmaps_are(one, other):
    first, second = crop(one), crop(other)
    assert same(Rle.of(first).union(Rle.of(second)), mask_ops.union(first, second))
    assert same(Rle.of(first).difference(Rle.of(second)), mask_ops.difference(first, second))


@settings(max_examples=60, deadline=None)
@given(bitmaps)
def test_measured_and_hit_as_bitmaps_are(bitmap):
    mask = crop(bitmap)
    kept = Rle.of(mask)
    assert kept.coco == to_rle(mask) and kept == Rle(mask.size, to_rle(mask)["counts"])
    assert (kept.area(), kept.box) == (mask.area, mask.box)
    hit = [[kept.covers(x, y) for x in range(-1, 10)] for y in range(-1, 8)]
    assert np.array_equal(np.array(hit, np.uint8), np.pad(bitmap, 1))


@settings(max_examples=60, deadline=None)
@given(bitmaps)
def test_outlined_as_bitmaps_are(bitmap):
    mask = crop(bitmap)
    around = [outline + np.array([mask.x, mask.y]) for outline in outlines(mask.bitmap)]
    found = run_outlines(Rle.of(mask).counts, mask.size[0])
    assert sorted(map(_cycle, found)) == sorted(map(_cycle, around))


def _cycle(outline) -> list[list[int]]:
    """Its corners, from the first one in order on."""
    corners = outline.tolist()
    first = corners.index(min(corners))
    return corners[first:] + corners[:first]


@pytest.mark.parametrize("counts", [[0, 12], [5, 3, 0, 4], [0, 0, 2, 10], [12]])
def test_runs_that_other_tools_write(counts):
    """Numbers instead of text, runs of no length, runs that go on in the next column."""
    kept = Rle((3, 4), counts)
    mask = from_rle({"size": [3, 4], "counts": counts})
    assert (kept.area(), kept.box) == (mask.area, mask.box)
    assert same(kept.union(kept), mask)
    assert kept.difference(kept).area() == 0
    assert len(run_outlines(np.array(counts), 3)) == (mask.area > 0)


class Holder(msgspec.Struct):
    shape: Segmentation | None


@pytest.mark.parametrize(
    "shape, kind",
    [
        (b"null", type(None)),
        (b"[]", Polygons),
        (b"[[1.0,2.25,3.0,4.0,5.0,6.5],[0.1,0.2,7.0,8.0,9.0,1.0]]", Polygons),
        (b'{"size":[3,4],"counts":"0<"}', Rle),
        (b'{"size":[3,4],"counts":[0,12]}', Rle),
    ],
)
def test_what_is_read_is_written_byte_for_byte(shape, kind):
    data = b'{"shape":' + shape + b"}"
    read = msgspec.json.decode(data, type=Holder, dec_hook=from_json)
    assert type(read.shape) is kind and bool(read.shape) == (len(shape) > 4)
    assert msgspec.json.encode(read, enc_hook=to_json) == data


@pytest.mark.parametrize("shape", [b'"text"', b'{"size":[3,4]}', b'{"size":3,"counts":"0<"}', b"[1]", b'[["a"]]', b"7"])
def test_what_is_no_segmentation_is_refused(shape):
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"shape":' + shape + b"}", type=Holder, dec_hook=from_json)


def test_what_cannot_be_in_an_image_says_why():
    assert "not one of an image of 5 × 4" in Rle((3, 4), [12]).fault((4, 5))
    assert "add up to 11" in Rle((3, 4), [11]).fault((3, 4))
    assert "three points" in Polygons([[1.0, 2.0]]).fault((3, 4))
    assert Rle((3, 4), [12]).fault((3, 4)) is None and Polygons([[0.0, 0, 1, 0, 1, 1]]).fault((3, 4)) is None
