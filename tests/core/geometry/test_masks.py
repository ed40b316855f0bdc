import numpy as np
import pytest
from pycocotools import mask as coco_mask

from core.geometry import rle
from core.geometry.masks import Mask, crop, from_rle, iou, overlap, to_rle
from core.geometry.polygons import outline_fault, part_fault, rasterise

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools' own


def bitmaps():
    """Of all densities and shapes: empty, full, noise, single lines."""
    random = np.random.default_rng(0)
    for _ in range(300):
        height, width = random.integers(1, 50, 2)
        yield (random.random((height, width)) < random.choice([0, 0.02, 0.5, 0.98, 1])).astype(np.uint8)


def test_run_lengths_agree_with_pycocotools_both_ways():
    for bitmap in bitmaps():
        encoded = coco_mask.encode(np.asfortranarray(bitmap))
        mask = from_rle(encoded)
        assert np.array_equal(mask.full(), bitmap)
        assert to_rle(mask)["counts"].encode() == encoded["counts"]
        assert mask.area == coco_mask.area(encoded)


def test_the_bitmap_is_cropped_to_the_object():
    for bitmap in bitmaps():
        mask, cropped = from_rle(to_rle(crop(bitmap))), crop(bitmap)
        assert np.array_equal(mask.bitmap, cropped.bitmap)
        assert not bitmap.any() or (mask.box == cropped.box and mask.bitmap[0].any() and mask.bitmap[:, -1].any())


def test_uncompressed_counts_with_runs_of_no_length():
    mask = from_rle({"size": [4, 5], "counts": [0, 2, 0, 3, 5, 0, 3, 0, 7]})
    assert mask.full().T.ravel().tolist() == [1] * 5 + [0] * 15


@pytest.mark.parametrize(
    "size, counts",
    [
        ([4, 5], [10]),
        ([4, 5], [30, -10]),
        ([4, 5], []),
        ([0, 5], []),
        ([-4, -5], [20]),
        ([1 << 20, 1 << 20], [1 << 40]),
        ([4, 5], "hello"),
        ([4, 5], b"\xff\x00"),
        ([4, 5], "P"),
        ([4, 5], "PPPPPPPPPPPPPPPPPPPP0"),
    ],
)
def test_counts_that_do_not_fit_are_refused(size, counts):
    with pytest.raises(ValueError):
        from_rle({"size": size, "counts": counts})


def test_random_text_is_refused_or_fits():
    random = np.random.default_rng(0)
    for _ in range(3000):
        text = random.integers(40, 115, random.integers(0, 12)).astype(np.uint8).tobytes()
        try:
            mask = from_rle({"size": [6, 7], "counts": text})
        except ValueError:
            continue
        assert mask.full().shape == (6, 7)


def test_a_small_object_in_a_huge_image_costs_little():
    mask = Mask(15_000, 12_000, np.ones((40, 30), np.uint8), (20_000, 20_000))
    back = from_rle(to_rle(mask))
    assert (back.box, back.area) == ((15_000, 12_000, 30, 40), 1200)
    assert rasterise([[9e3, 9e3, 9100, 9e3, 9100, 9050]], (20_000, 20_000)).bitmap.size < 6_000


def test_polygons_agree_with_pycocotools_to_the_pixel():
    random = np.random.default_rng(0)
    for _ in range(500):
        height, width = (int(side) for side in random.integers(1, 60, 2))
        parts = [random.uniform(-40, 100, 2 * random.integers(3, 9)).tolist() for _ in range(random.integers(1, 4))]
        expected = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(parts, height, width)))
        assert np.array_equal(rasterise(parts, (height, width)).full(), expected)


def test_no_parts_and_parts_outside_have_no_pixels():
    assert rasterise([], (5, 6)).full().shape == (5, 6)
    assert rasterise([[50, 50, 60, 50, 60, 60]], (5, 6)).area == 0


@pytest.mark.parametrize("part", [[], [1, 2, 3, 4], [1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 5, float("nan")]])
def test_faulty_parts_are_named_and_refused(part):
    assert part_fault(part) and not part_fault([0, 0, 1, 0, 1, 1])
    with pytest.raises(ValueError):
        rasterise([part], (5, 6))


@pytest.mark.parametrize("far", [1e7, 1e18, 1e300])
def test_outlines_that_would_take_forever_are_refused(far):
    for parts in ([[0, 0, far, 0, far, far]], [[far, far, far + 1, far, far, far + 1]], [[0, -far, 1, -far, 1, 1]]):
        assert outline_fault(parts)
        with pytest.raises(ValueError):
            rasterise(parts, (5, 6))
    assert not outline_fault([[0, 0, 1e5, 0, 1e5, 1e5]])


def test_uncompress_reads_negative_differences():
    text = coco_mask.encode(np.asfortranarray(np.eye(9, dtype=np.uint8)))["counts"]
    assert rle.uncompress(text).tolist() == [0, 1, *[9, 1] * 8]


@pytest.mark.parametrize("seed", range(20))
def test_overlap_and_iou_are_those_of_the_full_bitmaps(seed):
    random = np.random.default_rng(seed)
    one, other = (np.zeros((20, 30), np.uint8) for _ in range(2))
    for bitmap in (one, other):
        top, left = random.integers(0, 15), random.integers(0, 22)
        bitmap[top : top + 10, left : left + 12] = random.integers(0, 2, bitmap[top : top + 10, left : left + 12].shape)
    shared, either = np.count_nonzero(one & other), np.count_nonzero(one | other)
    assert overlap(crop(one), crop(other)) == overlap(crop(other), crop(one)) == shared
    assert iou(crop(one), crop(other)) == pytest.approx(shared / either)


def test_masks_without_pixels_overlap_nothing():
    empty, full = crop(np.zeros((4, 5), np.uint8)), crop(np.ones((4, 5), np.uint8))
    assert iou(empty, full) == iou(full, empty) == iou(empty, empty) == 0
    assert iou(full, full) == 1
