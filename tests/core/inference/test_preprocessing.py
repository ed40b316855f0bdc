"""One geometry for training, validation and inference."""

import numpy as np
import pytest

from core.inference.preprocessing import fit, placement, resize_and_pad
from core.recipes.model_spec import InputSpec

SPEC = InputSpec(height=320, width=320, pad_value=114, mean=(120.0, 110.0, 100.0), std=(60.0, 50.0, 40.0))


@pytest.mark.parametrize(
    ("size", "fitted"),
    [
        ((320, 320), (320, 320)),
        ((640, 640), (320, 320)),
        ((240, 640), (120, 320)),
        ((1000, 500), (320, 160)),
        ((80, 60), (320, 240)),
        ((333, 500), (213, 320)),
        ((1, 5000), (1, 320)),
    ],
)
def test_a_picture_is_as_large_as_fits_with_its_proportions_kept(
    size: tuple[int, int], fitted: tuple[int, int]
) -> None:
    place = placement(size, SPEC)
    assert (place.height, place.width) == fitted
    assert place.scale_x == fitted[1] / size[1]
    assert place.scale_y == fitted[0] / size[0]


def test_it_lies_top_left_and_the_rest_is_padding() -> None:
    image = np.full((100, 200, 3), (10, 20, 30), np.uint8)
    padded, place = resize_and_pad(image, SPEC)
    assert padded.shape == (320, 320, 3)
    assert (padded[: place.height, : place.width] == (10, 20, 30)).all()
    assert (padded[place.height :] == 114).all()


@pytest.mark.parametrize("size", [(160, 160), (640, 480), (213, 500), (431, 1277)])
def test_the_scale_says_where_things_went(size: tuple[int, int]) -> None:
    height, width = size
    image = np.zeros((*size, 3), np.uint8)
    left, top, right, bottom = width // 4, height // 3, width * 3 // 4, height - height // 8
    image[top:bottom, left:right] = 255
    padded, place = resize_and_pad(image, SPEC)
    share = padded[: place.height, : place.width, 0] / 255.0
    middle = share[(top + bottom) // 2 * place.height // height], share[:, place.width // 2]
    for profile, start, end, scale in (
        (middle[0], left, right, place.scale_x),
        (middle[1], top, bottom, place.scale_y),
    ):
        centre = (profile * (np.arange(len(profile)) + 0.5)).sum() / profile.sum()
        assert centre == pytest.approx((start + end) / 2 * scale, abs=0.3)
        assert profile.sum() == pytest.approx((end - start) * scale, abs=0.3)


def test_channels_are_rgb_and_normalised_on_the_scale_of_bytes() -> None:
    image = np.full((320, 320, 3), (180, 60, 100), np.uint8)
    pixels, _ = fit(image, SPEC)
    assert pixels.shape == (1, 3, 320, 320)
    assert pixels.dtype == np.float32
    assert pixels.flags.c_contiguous
    np.testing.assert_allclose(pixels[0, :, 5, 5], [1.0, -1.0, 0.0])
