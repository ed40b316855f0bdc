"""Small pictures of huge ones: the same as of any other, without the whole in memory."""

import tracemalloc

import cv2
import numpy as np
import PIL.Image
import pytest

from core.images import pyramids
from core.images.decoding import thumbnail
from core.images.thumbnails import small_picture

SIZE = (2600, 3500)


@pytest.fixture(autouse=True)
def small_is_huge(tmp_path, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(pyramids, "LARGE", 1_000_000)
    monkeypatch.setattr("core.images.strips._AT_ONCE", 50 * SIZE[1])
    monkeypatch.setattr("core.images.preview._ROWS", 200)


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.jpg", "a.bmp"])
def test_a_huge_picture_has_the_thumbnail_of_any_other(tmp_path, name):
    path = tmp_path / name
    small = np.random.default_rng(0).integers(0, 255, (6, 8, 3), np.uint8)
    PIL.Image.fromarray(cv2.resize(small, SIZE[::-1], interpolation=cv2.INTER_CUBIC)).save(path)
    usual = thumbnail(path, 256)
    tracemalloc.start()
    found = small_picture(path, 256, SIZE)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.shape == usual.shape and np.abs(found.astype(int) - usual).mean() < 3
    assert most < 12 << 20 or name == "a.bmp", "of 26 MiB"
    if name == "a.png":
        pyramids.open_pyramid(path, SIZE)
        path.touch()
        ready = small_picture(path, 256, SIZE)
        assert np.abs(ready.astype(int) - usual).mean() < 3
