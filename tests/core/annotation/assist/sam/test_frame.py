"""Where the picture lies in SAM's square: to the pixel, in both directions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.annotation.assist.sam.frame import CONFIDENT, MEAN, Frame
from core.geometry.masks import Mask, crop

SIDE, CELLS = 1024, 256
sizes = st.tuples(st.integers(1, 700), st.integers(1, 700)) | st.sampled_from([(3000, 2000), (1024, 1024)])


@given(size=sizes, angle=st.floats(0, 6.28), offset=st.floats(-0.3, 0.3))
@settings(max_examples=40, deadline=None)
def test_a_straight_border_falls_between_the_right_pixels(size: tuple[int, int], angle: float, offset: float) -> None:
    """Logits that grow evenly across the picture stay exact: each pixel is judged at its own centre."""
    frame = Frame(size, SIDE)
    cos, sin = np.cos(angle), np.sin(angle)
    middle = (frame.place.width / 2 + offset * SIDE) * cos + frame.place.height / 2 * sin
    centre = (np.arange(CELLS) + 0.5) * SIDE / CELLS
    logits = centre * cos + centre[:, None] * sin - middle
    x = np.clip((np.arange(size[1]) + 0.5) * frame.place.scale_x, 2, SIDE - 2)  # beyond the outer centres nothing grows
    y = np.clip((np.arange(size[0])[:, None] + 0.5) * frame.place.scale_y, 2, SIDE - 2)
    expected = x * cos + y * sin - middle
    mask = frame.mask(logits.astype(np.float32))
    clear = np.abs(expected) > 0.01  # input pixels
    assert np.array_equal(mask.full()[clear], (expected > 0)[clear])


def test_what_sam_sees_beyond_the_picture_is_cut_off() -> None:
    frame = Frame((300, 1000), SIDE)
    logits = np.full((CELLS, CELLS), -1, np.float32)
    logits[200:250] = 1
    assert frame.mask(logits).area == 0
    assert frame.mask(np.ones((CELLS, CELLS), np.float32)).area == 300 * 1000


def test_nothing_is_an_empty_mask() -> None:
    mask = Frame((30, 40), SIDE).mask(np.full((CELLS, CELLS), -1, np.float32))
    assert mask.bitmap.shape == (0, 0) and mask.size == (30, 40)


def _random_mask(size: tuple[int, int], seed: int) -> Mask:
    random = np.random.default_rng(seed)
    bitmap = np.zeros(size, np.uint8)
    for _ in range(3):
        x, y = random.integers(0, size[1]), random.integers(0, size[0])
        bitmap[y : y + random.integers(1, size[0] + 1), x : x + random.integers(1, size[1] + 1)] = 1
    bitmap[random.integers(0, size[0]), :] = 0
    return crop(bitmap)


@given(size=sizes, seed=st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_a_mask_given_to_sam_keeps_its_area_and_its_place(size: tuple[int, int], seed: int) -> None:
    frame, mask = Frame(size, SIDE), _random_mask(size, seed)
    coverage = (frame.logits(mask, CELLS) / CONFIDENT + 1) / 2
    cell = SIDE / CELLS
    area_of_pixel = frame.place.scale_x * frame.place.scale_y / cell**2
    assert coverage.sum() == pytest.approx(mask.area * area_of_pixel, rel=1e-3, abs=1e-3)
    if mask.area:
        rows, columns = np.nonzero(mask.full())
        middle = (columns + 0.5).mean() * frame.place.scale_x / cell, (rows + 0.5).mean() * frame.place.scale_y / cell
        centres = np.arange(CELLS) + 0.5
        found = [(coverage.sum(axis) * centres).sum() / coverage.sum() for axis in (0, 1)]
        assert found == pytest.approx(middle, abs=0.5)  # a cell that is covered in part counts at its centre


def test_a_large_mask_comes_back_as_it_went() -> None:
    frame, ring = Frame((512, 768), SIDE), np.zeros((512, 768), np.uint8)
    ring[99:402, 150:600] = 1
    ring[200:300, 301:401] = 0
    back = frame.mask(frame.logits(crop(ring), CELLS)).full()
    assert (back != ring).sum() <= 2 * 8  # two pixels at each corner
    assert not back[203:297, 304:398].any()


def test_the_picture_lies_top_left_and_the_rest_is_the_mean() -> None:
    image = np.zeros((20, 10, 3), np.uint8)
    image[:10] = 200
    canvas = Frame((20, 10), 64).canvas(image)
    assert (canvas[:28, :32] == 200).all() and (canvas[36:, :32] == 0).all()
    assert np.array_equal(canvas[:, 32:], np.broadcast_to(np.float32(MEAN), (64, 32, 3)))
