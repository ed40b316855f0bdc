"""Huge JPEG pictures are read by strips, and the pixels are those of the whole picture."""

import cv2
import numpy as np
import PIL.Image
import pytest

from app.canvas.jpeg_strips import jpeg_strips
from core.dataset.pictures import read_image
from core.dataset.pyramids import open_pyramid
from core.dataset.strips import reader_of
from core.errors import UserError

SIZE = (730, 610)


@pytest.fixture
def save(tmp_path):
    small = np.random.default_rng(0).integers(0, 255, (12, 9, 3), np.uint8)
    picture = PIL.Image.fromarray(cv2.resize(small, SIZE[::-1]))

    def write(mode="RGB", **settings):
        picture.convert(mode).save(tmp_path / "a.jpg", **settings)
        return tmp_path / "a.jpg"

    return write


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("subsampling", [0, 2])
@pytest.mark.parametrize("rows", [7, 100, 1000])
def test_strips_are_the_rows_of_the_picture(save, mode, subsampling, rows):
    path = save(mode, subsampling=subsampling)
    strips = list(jpeg_strips(path, rows * SIZE[1]))
    assert np.abs(np.concatenate(strips).astype(int) - read_image(path)).max() <= 1


def test_a_pyramid_is_made_of_them(save, own_home):
    path = save()
    levels = open_pyramid(path, SIZE, lambda path: jpeg_strips(path, 101 * SIZE[1]))
    assert [level.shape for level in levels] == [(730, 610, 3), (365, 305, 3)]
    whole = read_image(path).astype(float)
    assert np.abs(levels[1] - whole.reshape(365, 2, 305, 2, 3).mean((1, 3))).max() <= 1.5


def test_progressive_and_torn_ones_are_read_as_a_whole(save):
    assert reader_of(save(progressive=True), SIZE, jpeg_strips) is None
    path = save()
    assert reader_of(path, SIZE, jpeg_strips) is jpeg_strips
    path.write_bytes(path.read_bytes()[:5000])
    assert reader_of(path, SIZE, jpeg_strips) is None
    with pytest.raises(UserError, match=r"a\.jpg"):
        open_pyramid(path, SIZE, jpeg_strips)
