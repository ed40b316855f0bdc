"""Masks go where their pixels go, whatever the map, and nothing moves that should not."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from core.geometry.masks import Mask, crop
from core.training.data.warping import (
    Matrix,
    chain,
    hard,
    lay_masks,
    lay_picture,
    mapped_reaches,
    moving,
    paste_piece,
    resizing,
    soft,
    turning,
)

SIZE = 120, 160
CANVAS = 128, 192
SEEDS = range(60)


def blobs(random: np.random.Generator) -> list[Mask]:
    """Instances of all sizes: some with holes or in several parts, some at the picture's border."""
    masks = []
    for _ in range(6):
        bitmap = np.zeros(SIZE, np.uint8)
        for _ in range(random.integers(1, 4)):
            centre, axes = random.integers(0, SIZE[::-1]).tolist(), random.integers(2, 40, 2).tolist()
            cv2.ellipse(bitmap, centre, axes, random.uniform(0, 180), 0, 360, 1, -1)
        cv2.circle(bitmap, random.integers(0, SIZE[::-1]).tolist(), 10, 0, -1)
        masks.append(crop(bitmap))
    return masks


def any_map(random: np.random.Generator) -> Matrix:
    """Mirrored, scaled by 0.3 to 2.5, turned, slanted and moved, each by chance."""
    target = tuple((np.array(SIZE) * random.uniform(0.3, 2.5, 2)).astype(int).tolist())
    moved = moving(*random.uniform(-60, 60, 2))
    turned = turning(random.uniform(-180, 180), random.uniform(-40, 40), (80.0, 60.0))
    steps = [resizing(SIZE, target, *(random.random(2) < 0.5)), moved, turned]
    return chain(steps[0], *(step for step in steps[1:] if random.random() < 0.6))


def warped(mask: Mask, matrix: Matrix) -> NDArray[np.bool_]:
    """The whole bitmap under the map."""
    return cv2.warpAffine(mask.full() * 255, matrix, CANVAS[::-1], flags=cv2.INTER_LINEAR) > 127


def laid(masks: list[Mask], matrix: Matrix) -> list[Mask]:
    return [hard(mask) for mask in lay_masks([soft(mask) for mask in masks], matrix, CANVAS)]


def agree(mask: NDArray[np.generic], other: NDArray[np.generic]) -> bool:
    """Whether two bitmaps are the same but for pixels on the outline, which may fall on either side of one half."""
    union = np.count_nonzero((mask > 0) | (other > 0))
    return np.count_nonzero((mask > 0) & (other > 0)) >= 0.98 * union or union <= 100


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cropped_mask_is_laid_as_the_whole_bitmap_is(seed: int) -> None:
    random = np.random.default_rng(seed)
    masks, matrix = blobs(random), any_map(random)
    found_masks = laid(masks, matrix)
    for mask, found in zip(masks, found_masks, strict=True):
        assert agree(found.full(), warped(mask, matrix))
        assert found.size == CANVAS
        assert found.bitmap.size == 0 or crop(found.full()).box == found.box
    reach = mapped_reaches(masks, matrix)
    for found, (left, top, right, bottom) in zip(found_masks, reach, strict=True):
        x, y, width, height = found.box
        assert not width or (left - 1 < x and top - 1 < y and x + width < right + 1 and y + height < bottom + 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_mask_painted_into_the_picture_stays_under_the_mask(seed: int) -> None:
    random = np.random.default_rng(seed)
    matrix = any_map(random)
    for mask, found in zip(masks := blobs(random), laid(masks, matrix), strict=True):
        canvas = np.zeros((*CANVAS, 3), np.uint8)
        piece = lay_picture(np.repeat(mask.full()[..., None] * 255, 3, axis=2), matrix, CANVAS)
        if piece:
            paste_piece(canvas, piece, piece.pixels)
        assert agree(found.full(), canvas[..., 0] > 127)


def test_most_maps_of_these_tests_show_something() -> None:
    areas = []
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        areas.append(sum(mask.area for mask in laid(blobs(random), any_map(random))))
    assert np.median(areas) > 1000


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("upside_down", [False, True])
@pytest.mark.parametrize("shift", [(0, 0), (-31, 12), (40, -50), (500, 0)])
def test_mirroring_and_moving_change_no_pixel(mirrored: bool, upside_down: bool, shift: tuple[int, int]) -> None:
    matrix = chain(resizing(SIZE, SIZE, mirrored, upside_down), moving(*shift))
    for mask, found in zip(masks := blobs(np.random.default_rng(7)), laid(masks, matrix), strict=True):
        full = mask.full()[:: -1 if upside_down else 1, :: -1 if mirrored else 1]
        expected = np.zeros((600, 900), np.uint8)
        expected[100 + shift[1] : 220 + shift[1], 100 + shift[0] : 260 + shift[0]] = full
        np.testing.assert_array_equal(found.full(), expected[100 : 100 + CANVAS[0], 100 : 100 + CANVAS[1]])


@pytest.mark.parametrize("size", [SIZE, (84, 112), (131, 181), (240, 320)])
def test_an_upright_picture_is_resized_as_for_inference(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), np.uint8)
    piece = lay_picture(picture, chain(resizing(SIZE, size, mirrored=True), moving(-9, -5)), CANVAS)
    assert piece is not None
    expected = cv2.resize(picture[:, ::-1], size[::-1])[5 : 5 + CANVAS[0], 9 : 9 + CANVAS[1]]
    np.testing.assert_array_equal(piece.pixels, expected)
    assert (piece.x, piece.y, piece.covered) == (0, 0, None)


def test_a_turned_picture_leaves_the_canvas_around_it_alone() -> None:
    matrix = chain(moving(16, 4), turning(30, 0, (95.5, 63.5)))
    canvas = np.full((*CANVAS, 3), 7, np.uint8)
    piece = lay_picture(np.full((*SIZE, 3), 200, np.uint8), matrix, CANVAS)
    assert piece is not None
    paste_piece(canvas, piece, piece.pixels)
    everything = crop(np.ones(SIZE, np.uint8))
    [covered] = laid([everything], matrix)
    assert set(np.unique(canvas)) == {7, 200}
    assert agree(covered.full(), canvas[..., 0] == 200)
    assert 0.6 < (canvas == 200).mean() < 0.75


def test_what_lies_outside_the_canvas_is_not_there() -> None:
    away = moving(200, 0)
    empty = Mask(0, 0, np.zeros((0, 0), np.uint8), SIZE)
    assert lay_picture(np.zeros((*SIZE, 3), np.uint8), away, CANVAS) is None
    assert [mask.bitmap.size for mask in laid([*blobs(np.random.default_rng(0)), empty], away)] == [0] * 7
    assert laid([empty], moving(0, 0))[0].bitmap.size == 0
    assert laid([], away) == []


@pytest.mark.parametrize("seed", SEEDS[:20])
def test_a_mask_that_is_laid_twice_stays_under_its_picture(seed: int) -> None:
    random = np.random.default_rng(seed)
    smaller, matrix = resizing(SIZE, (80, 107)), chain(resizing((80, 107), SIZE), any_map(random))
    for mask in blobs(random):
        once = cv2.resize(np.repeat(mask.full()[..., None] * 255, 3, axis=2), (107, 80))
        canvas = np.zeros((*CANVAS, 3), np.uint8)
        piece = lay_picture(once, matrix, CANVAS)
        if piece:
            paste_piece(canvas, piece, piece.pixels)
        [twice] = lay_masks(lay_masks([soft(mask)], smaller, (80, 107)), matrix, CANVAS)
        assert agree(hard(twice).full(), canvas[..., 0] > 127)


def test_a_turn_is_counterclockwise_and_a_slant_to_the_right_about_the_centre() -> None:
    around = turning(90, 0, (10.0, 20.0))
    np.testing.assert_allclose(around @ (11, 20, 1), (10, 19), atol=1e-9)
    np.testing.assert_allclose(around @ (10, 20, 1), (10, 20), atol=1e-9)
    np.testing.assert_allclose(turning(0, 45, (10.0, 20.0)) @ (10, 25, 1), (15, 25), atol=1e-9)
