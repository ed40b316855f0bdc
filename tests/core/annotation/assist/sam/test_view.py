"""Of a large picture SAM looks at what is in view: clicks and answers stay in pixels of the picture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.annotation.assist.sam import Click, Prompt, Sam
from core.annotation.assist.sam.frame import Frame
from core.annotation.assist.sam.view import region_for, serves, whole
from core.geometry.masks import Mask, crop
from core.geometry.tiles import Tile, cut_mask, cut_picture

HUGE = (20_000, 18_000)
views = st.tuples(st.integers(-500, 17_000), st.integers(-500, 19_000), st.integers(1, 9_000), st.integers(1, 9_000))


def extent(x, y, width, height):
    return (x, y, x + width, y + height)


@given(view=views)
@settings(max_examples=60, deadline=None)
def test_what_is_looked_at_has_all_of_the_view_and_lies_in_the_picture(view) -> None:
    seen = extent(*view)
    region = region_for(HUGE, [seen])
    assert region.x >= 0 and region.y >= 0 and region.width > 0 and region.height > 0
    assert region.x + region.width <= HUGE[1] and region.y + region.height <= HUGE[0]
    assert serves(region, HUGE, [seen]) or seen[2] <= 0 or seen[3] <= 0


def test_a_picture_that_is_not_large_and_a_view_of_all_of_it_are_looked_at_as_a_whole() -> None:
    assert region_for((3000, 4000), [(10, 10, 20, 20)]) == whole((3000, 4000))
    assert region_for(HUGE, [(-900, -900, 19_000, 21_000)]) == whole(HUGE)
    assert region_for(HUGE, []) == whole(HUGE)


def test_a_view_that_moves_a_little_is_still_seen_and_one_that_goes_closer_is_looked_at_anew() -> None:
    region = region_for(HUGE, [extent(4000, 4000, 3000, 2000)])
    assert serves(region, HUGE, [extent(4200, 3900, 3000, 2000)])
    assert not serves(region, HUGE, [extent(5200, 3900, 3000, 2000)])
    assert not serves(region, HUGE, [extent(4500, 4500, 900, 600)])
    assert serves(region, HUGE, [extent(4000, 4000, 3000, 2000), (4100, 4100, 4100, 4100)])


@given(seed=st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_a_part_is_seen_as_a_picture_of_its_own_would_be(seed) -> None:
    random = np.random.default_rng(seed)
    size = tuple(int(side) for side in random.integers(200, 400, 2))
    width, height = (int(side) for side in random.integers(40, 200, 2))
    region = Tile(int(random.integers(0, size[1] - width)), int(random.integers(0, size[0] - height)), width, height)
    picture = random.integers(0, 255, (*size, 3), np.uint8)
    part, alone = Frame(size, 128, region), Frame(region.size, 128)
    assert np.array_equal(part.canvas(picture), alone.canvas(np.ascontiguousarray(cut_picture(picture, region))))
    places = random.uniform(0, 100, (5, 2))
    assert np.allclose(part.coordinates(places + np.array([region.x, region.y])), alone.coordinates(places), atol=1e-3)
    logits = random.normal(-0.5, 1, (32, 32)).astype(np.float32)
    mask, own = part.mask(logits), alone.mask(logits)
    assert mask.size == size and np.array_equal(cut_mask(mask, region).full(), own.full())
    assert mask.area == own.area
    everywhere = crop(random.integers(0, 2, size, np.uint8))
    assert np.allclose(part.logits(everywhere, 32), alone.logits(cut_mask(everywhere, region), 32), atol=1e-4)


def test_a_click_in_a_part_lands_where_it_was_made(sam: Sam) -> None:
    white = np.full((900, 1200, 3), 255, np.uint8)
    for region in (Tile(700, 500, 400, 300), Tile(800, 600, 200, 200)):
        mask = sam.predict(sam.encode(white, region), Prompt((Click(900.5, 690.5),))).mask
        rows, columns = np.nonzero(mask.full())
        assert (columns.mean(), rows.mean()) == pytest.approx((900, 690), abs=1.5)


def test_parts_are_kept_apart(sam: Sam) -> None:
    white = np.full((900, 1200, 3), 255, np.uint8)
    one, other = sam.encode(white, Tile(0, 0, 300, 300)), sam.encode(white, Tile(300, 0, 300, 300))
    assert one is not other and one is sam.encode(white, Tile(0, 0, 300, 300))


def test_a_mask_of_a_huge_picture_costs_what_it_covers() -> None:
    import tracemalloc

    frame = Frame(HUGE, 1024, Tile(9000, 9000, 2000, 2000))
    tracemalloc.start()
    mask = frame.mask(np.ones((256, 256), np.float32))
    frame.logits(Mask(0, 0, np.broadcast_to(np.uint8(1), HUGE), HUGE), 256)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert mask.area == 2000 * 2000 and most < 100 << 20
