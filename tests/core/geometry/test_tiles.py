"""Tiles that cover an image, and what of a mask lies in them."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from core.geometry.masks import Mask, crop
from core.geometry.tiles import Tile, cut_mask, cut_picture, tiles


def cases() -> Iterator[tuple[tuple[int, int], int, float]]:
    """Images smaller, as large as, a pixel larger and much larger than a tile."""
    random = np.random.default_rng(0)
    for _ in range(500):
        side = int(random.integers(1, 60))
        lengths = (*random.integers(1, 300, 2), side, side + 1)
        height, width = (int(random.choice(lengths)) for _ in range(2))
        yield (height, width), side, float(random.choice([0, 0.2, 0.5, random.uniform(0, 0.95)]))


def test_every_pixel_lies_in_a_tile_and_every_tile_in_the_image() -> None:
    for size, side, overlap in cases():
        seen = np.zeros(size, np.uint8)
        for tile in tiles(size, side, overlap):
            assert tile.x >= 0 and tile.y >= 0 and tile.x + tile.width <= size[1] and tile.y + tile.height <= size[0]
            cut_picture(seen, tile)[...] = 1
        assert seen.all()


def test_all_tiles_have_one_size_and_each_comes_once() -> None:
    for size, side, overlap in cases():
        made = tiles(size, side, overlap)
        assert {tile.size for tile in made} == {(min(side, size[0]), min(side, size[1]))}
        assert len(set(made)) == len(made)


def test_neighbours_share_what_was_asked_for_and_no_tile_is_superfluous() -> None:
    for size, side, overlap in cases():
        made = tiles(size, side, overlap)
        for starts in (sorted({tile.x for tile in made}), sorted({tile.y for tile in made})):
            assert all(side - (after - before) >= min(overlap * side, side - 1) for before, after in pairwise(starts))
            # without the last but one, its neighbours would share less
            for before, after in zip(starts, starts[2:], strict=False):
                assert side - (after - before) < overlap * side + 1


@pytest.mark.parametrize(
    "size, expected",
    [
        ((50, 60), [Tile(0, 0, 60, 50)]),
        ((100, 100), [Tile(0, 0, 100, 100)]),
        ((80, 230), [Tile(x, 0, 100, 80) for x in (0, 80, 130)]),
        ((180, 100), [Tile(0, 0, 100, 100), Tile(0, 80, 100, 100)]),
    ],
)
def test_tiles_of_a_hundred_pixels_that_share_twenty(size: tuple[int, int], expected: list[Tile]) -> None:
    assert tiles(size, 100, 0.2) == expected


def test_a_part_of_a_mask_is_what_one_sees_in_the_part_of_the_picture() -> None:
    random = np.random.default_rng(1)
    empty = 0
    for _ in range(500):
        height, width = (int(side) for side in random.integers(1, 40, 2))
        bitmap = np.zeros((height, width), np.uint8)
        bitmap[random.integers(height) :, random.integers(width) :] = 1
        bitmap &= random.random((height, width)) < 0.3
        x, y = int(random.integers(width)), int(random.integers(height))
        region = Tile(x, y, int(random.integers(1, width - x + 1)), int(random.integers(1, height - y + 1)))
        part, expected = cut_mask(crop(bitmap), region), crop(cut_picture(bitmap, region))
        assert part.size == region.size
        assert np.array_equal(part.full(), expected.full())
        assert part.box == expected.box or not part.area
        assert part.area or part.bitmap.shape == (0, 0)
        empty += not part.area
    assert 0 < empty < 400


def test_a_small_part_of_a_huge_image_costs_little() -> None:
    mask = Mask(15_000, 12_000, np.ones((40, 30), np.uint8), (20_000, 20_000))
    part = cut_mask(mask, Tile(14_500, 11_600, 512, 512))
    assert (part.box, part.area) == ((500, 400, 12, 40), 480)
