"""A mask that exists, corrected with clicks: only what was clicked changes."""

import numpy as np
from numpy.typing import NDArray

from core.annotation.assist.sam import Click, Sam, repair
from core.annotation.assist.sam.repair import combined
from core.geometry.masks import Mask, crop

SIZE = (128, 128)


def drawn(*boxes: tuple[int, int, int, int], holes: tuple[tuple[int, int, int, int], ...] = ()) -> Mask:
    bitmap = np.zeros(SIZE, np.uint8)
    for value, areas in ((1, boxes), (0, holes)):
        for x, y, width, height in areas:
            bitmap[y : y + height, x : x + width] = value
    return crop(bitmap)


def same(mask: Mask, expected: Mask) -> bool:
    return np.array_equal(mask.full(), expected.full())


OLD = drawn((10, 10, 40, 40), (100, 100, 10, 10), holes=((20, 20, 8, 8),))
NEW = drawn((10, 10, 60, 40), (60, 60, 20, 20))
"""As SAM may answer: grown to the right, the hole filled, the far part forgotten, another one found."""


def test_nothing_changes_without_a_click_on_it() -> None:
    assert same(combined(OLD, NEW, ()), OLD)
    assert same(combined(OLD, NEW, (Click(5, 5), Click(15, 15, plus=False))), OLD)


def test_a_plus_click_adds_its_part_alone() -> None:
    expected = drawn((10, 10, 60, 40), (100, 100, 10, 10), holes=((20, 20, 8, 8),))
    assert same(combined(OLD, NEW, (Click(60.5, 30.5),)), expected)


def test_a_plus_click_into_a_hole_fills_it() -> None:
    assert same(combined(OLD, NEW, (Click(24, 24),)), drawn((10, 10, 40, 40), (100, 100, 10, 10)))


def test_a_minus_click_takes_its_part_alone() -> None:
    expected = drawn((10, 10, 40, 40), holes=((20, 20, 8, 8),))
    assert same(combined(OLD, NEW, (Click(105, 105, plus=False),)), expected)


def test_clicks_on_several_parts() -> None:
    clicks = (Click(60, 30), Click(70, 70), Click(105, 105, plus=False))
    expected = drawn((10, 10, 60, 40), (60, 60, 20, 20), holes=((20, 20, 8, 8),))
    assert same(combined(OLD, NEW, clicks), expected)


def test_all_may_be_taken_and_clicks_may_lie_anywhere() -> None:
    nothing = drawn()
    assert combined(drawn((10, 10, 5, 5)), nothing, (Click(12, 12, plus=False), Click(500, -3))).area == 0
    assert same(combined(nothing, drawn((10, 10, 5, 5)), (Click(12, 12),)), drawn((10, 10, 5, 5)))


def _picture() -> NDArray[np.uint8]:
    return np.full((*SIZE, 3), 255, np.uint8)


def test_sam_adds_to_a_mask_and_keeps_its_hole(sam: Sam) -> None:
    answer = repair(sam, sam.encode(_picture()), OLD, (Click(55, 30),))
    full, old = answer.mask.full(), OLD.full()
    assert full[30, 70] and not full[24, 24] and full[105, 105]
    assert (full[old == 1] == 1).all() and answer.mask.area > OLD.area + 500


def test_sam_takes_away_from_a_mask(sam: Sam) -> None:
    answer = repair(sam, sam.encode(_picture()), OLD, (Click(45, 30, plus=False),))
    full, old = answer.mask.full(), OLD.full()
    assert not full[30, 40] and full[12, 12] and full[105, 105]
    assert (full <= old).all()


def test_a_mask_without_pixels_is_drawn_anew(sam: Sam) -> None:
    assert repair(sam, sam.encode(_picture()), drawn(), (Click(64, 64),)).mask.full()[64, 64]
