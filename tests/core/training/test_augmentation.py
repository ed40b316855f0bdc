"""Masks go where their pixels go, and nothing moves that should not."""

import cv2
import numpy as np
import pytest

from core.geometry.masks import Mask, crop
from core.recipes.schema import Settings
from core.training.augmentation import View, choose_view, jitter_color, lay_mask, lay_picture

SIZE = 120, 160
WINDOW = 128, 192
IDENTITY = View(SIZE, (0, 0), WINDOW)


def ring() -> Mask:
    """An instance with a hole, off the middle."""
    bitmap = np.zeros(SIZE, np.uint8)
    cv2.circle(bitmap, (110, 50), 35, 1, -1)
    cv2.circle(bitmap, (115, 45), 12, 0, -1)
    return crop(bitmap)


def seen(mask: Mask, view: View) -> np.ndarray:
    """Where a mask lands when it is drawn into a picture first and that is laid into the view."""
    return lay_picture(np.repeat(mask.full()[..., None] * 255, 3, axis=2), view, 0)[..., 0] > 127


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("size", [(120, 160), (84, 112), (180, 240), (131, 181)])
@pytest.mark.parametrize("offset", [(0, 0), (20, 40)])
def test_a_mask_follows_the_picture(size: tuple[int, int], offset: tuple[int, int], flip: bool) -> None:
    view = View(size, offset, WINDOW, flip)
    mask = lay_mask(ring(), view)
    expected = seen(ring(), view)
    # Pixels on the outline may fall on either side of one half.
    assert np.count_nonzero(mask.full() != expected) <= 0.01 * expected.sum()
    assert expected.sum() > 500
    assert mask.size == WINDOW


@pytest.mark.parametrize("flip", [False, True])
def test_a_view_at_the_same_scale_keeps_every_pixel(flip: bool) -> None:
    view = View(SIZE, (0, 0), WINDOW, flip)
    full = ring().full()
    np.testing.assert_array_equal(lay_mask(ring(), view).full()[:120, :160], full[:, ::-1] if flip else full)


def test_a_mask_is_cut_at_the_window_and_its_box_with_it() -> None:
    view = View((240, 320), (0, 0), (128, 192))
    mask = lay_mask(ring(), view)
    assert (mask.x + mask.bitmap.shape[1], mask.y + mask.bitmap.shape[0]) == (192, 128)
    assert mask.bitmap[:, -1].any()
    assert mask.bitmap[-1].any()


def test_nothing_is_left_of_a_mask_outside_the_window() -> None:
    mask = lay_mask(ring(), View((480, 640), (0, 0), (96, 96)))
    assert mask.bitmap.size == 0
    assert lay_mask(Mask(0, 0, np.zeros((0, 0), np.uint8), SIZE), IDENTITY).bitmap.size == 0


def test_a_picture_lies_top_left_and_the_rest_is_padding() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), np.uint8)
    laid = lay_picture(picture, IDENTITY, 114)
    np.testing.assert_array_equal(laid[:120, :160], picture)
    assert (laid[120:] == 114).all()
    assert (laid[:, 160:] == 114).all()


def test_views_stay_within_the_settings() -> None:
    settings = Settings(flip=0.5, scale_jitter=0.5)
    views = [choose_view(np.random.default_rng(seed), SIZE, WINDOW, settings) for seed in range(300)]
    zooms = [view.size[0] / SIZE[0] for view in views]
    assert min(zooms) == pytest.approx(0.5, abs=0.03)
    assert max(zooms) == pytest.approx(1.5, abs=0.03)
    assert 0.4 < np.mean([view.flip for view in views]) < 0.6
    assert all(view.offset[0] + view.visible()[0] <= view.size[0] for view in views)
    assert any(view.offset != (0, 0) for view in views)
    # what is moved out of the window is never more than what does not fit
    assert all(view.visible() == tuple(map(min, view.size, WINDOW)) for view in views)


def test_without_augmentation_the_view_is_the_whole_picture() -> None:
    settings = Settings(flip=0.0, scale_jitter=0.0)
    assert choose_view(np.random.default_rng(0), SIZE, WINDOW, settings) == IDENTITY


def test_color_jitter_changes_colors_by_chance_and_strength() -> None:
    picture = np.random.default_rng(0).integers(60, 200, (*SIZE, 3), np.uint8)
    weak, strong = (
        np.mean(
            [
                np.abs(jitter_color(np.random.default_rng(seed), picture, s) - picture.astype(float)).mean()
                for seed in range(20)
            ]
        )
        for s in (0.05, 0.5)
    )
    assert 0 < weak < strong
    once, again = (jitter_color(np.random.default_rng(7), picture, 0.5) for _ in range(2))
    np.testing.assert_array_equal(once, again)
