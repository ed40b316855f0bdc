"""A quick look at a huge picture shows all of it, where it lies, for a part of the work."""

import cv2
import numpy as np
import PIL.Image
import pytest

from core.images.decoding import read_image
from core.images.levels import PreviewLevel, halved
from core.images.preview import read_reduced

SIZE, WANTED = (960, 1200), (120, 150)


@pytest.fixture
def picture():
    small = np.random.default_rng(0).integers(0, 255, (6, 8, 3), np.uint8)
    return PIL.Image.fromarray(cv2.resize(small, SIZE[::-1], interpolation=cv2.INTER_CUBIC))


def look(path, size=SIZE, wanted=WANTED):
    return read_reduced(path, size, wanted)


def assert_alike(small, path, tolerance):
    whole = cv2.resize(read_image(path), WANTED[::-1], interpolation=cv2.INTER_AREA)
    assert small.shape == whole.shape
    assert np.abs(small.astype(int) - whole).mean() < tolerance


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
@pytest.mark.parametrize(("rows", "tolerance"), [(1, 1.5), (8, 3)])
def test_a_tiff_in_low_strips(tmp_path, picture, monkeypatch, compression, rows, tolerance):
    monkeypatch.setattr("core.images.preview._ROWS", 240)
    path = tmp_path / "a.tif"
    picture.save(path, compression=compression, tiffinfo={278: rows})
    assert_alike(look(path), path, tolerance)


def test_a_tiff_with_a_small_copy_of_itself(tmp_path, picture):
    path = tmp_path / "a.tif"
    copies = [picture.resize((SIZE[1] // by, SIZE[0] // by)) for by in (4, 8, 16)]
    other = PIL.Image.new("RGB", (300, 100))
    picture.save(path, save_all=True, append_images=[other, *copies], compression="tiff_lzw")
    assert_alike(look(path), path, 2)


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "high.tif"])
def test_there_is_none_where_all_would_have_to_be_decoded(tmp_path, picture, name):
    picture.save(tmp_path / name, **({"compression": "tiff_lzw", "tiffinfo": {278: 960}} if name == "high.tif" else {}))
    assert look(tmp_path / name) is None


def test_a_jpeg_that_lies_on_its_side_is_turned_as_its_masks_are(tmp_path, picture):
    path = tmp_path / "a.jpg"
    turned = PIL.Image.Exif()
    turned[0x0112] = 6
    picture.save(path, exif=turned)

    small = look(path, size=SIZE[::-1], wanted=WANTED[::-1])
    whole = cv2.resize(read_image(path), WANTED, interpolation=cv2.INTER_AREA)
    assert small.shape == whole.shape and np.abs(small.astype(int) - whole).mean() < 3


def test_exact_rows_take_the_place_of_the_quick_look(picture):
    coarse = PreviewLevel(SIZE, 7)
    assert coarse.levels[0].shape == (240, 300, 3) and (coarse.levels[0] == 7).all()
    coarse.show(np.full((100, 100, 3), 90, np.uint8))
    assert all((level == 90).all() for level in coarse.levels)
    first, _, third = halved(np.asarray(picture))
    coarse.add(0, first[:400])
    coarse.add(2, third[:50])
    coarse.add(2, third[50:100])
    assert np.array_equal(coarse.levels[0][:100], third[:100]) and (coarse.levels[0][100:] == 90).all()
