"""Huge pictures are read by strips, and the pixels are those of the whole picture."""

import cv2
import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UserError
from core.images.decoding import read_image
from core.images.png_file import strips as png_strips
from core.images.strips import reader_of, tiff_strips


def pixels(height=97, width=61, channels=3):
    smooth = cv2.resize(np.random.default_rng(0).integers(0, 255, (9, 7, channels), np.uint8), (width, height))
    return smooth.reshape(height, width, channels)


def image(mode):
    channels = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "P": 3}[mode]
    found = PIL.Image.fromarray(pixels(channels=channels).squeeze(), "RGB" if mode == "P" else mode)
    return found.quantize(64) if mode == "P" else found


def joined(strips):
    return np.concatenate(list(strips))


@pytest.mark.filterwarnings("ignore:'mode' parameter is deprecated")
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P"])
@pytest.mark.parametrize("rows", [1, 10, 97, 200])
def test_a_png_of_any_kind(tmp_path, mode, rows):
    path = tmp_path / "a.png"
    image(mode).save(path)
    assert np.array_equal(joined(png_strips(path, rows)), read_image(path))


@given(filter=st.integers(0, 4), rows=st.integers(1, 40), level=st.integers(0, 9))
@settings(max_examples=25, deadline=None)
def test_a_png_with_any_filter(tmp_path_factory, filter, rows, level):
    path = tmp_path_factory.mktemp("png") / "a.png"
    flags = [cv2.IMWRITE_PNG_FILTER, 8 << filter, cv2.IMWRITE_PNG_COMPRESSION, level]
    cv2.imwrite(str(path), pixels(), flags)
    assert np.array_equal(joined(png_strips(path, rows)), read_image(path))


@pytest.mark.parametrize(
    ("compression", "strip"),
    [
        ("jpeg", 16),
        *((kind, strip) for kind in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits") for strip in (1, 33)),
    ],
)
def test_a_tiff_in_strips(tmp_path, compression, strip):
    path = tmp_path / "a.tif"
    image("RGB").save(path, compression=compression, tiffinfo={278: strip})
    strips = list(tiff_strips(path, 20))
    assert len(strips) > 1
    whole = read_image(path)
    if compression == "jpeg":  # neighbouring strips lend each other no colors
        assert np.abs(joined(strips).astype(int) - whole).mean() < 1
    else:
        assert np.array_equal(joined(strips), whole)


def test_a_tiff_of_grey_values_with_a_predictor(tmp_path):
    path = tmp_path / "a.tif"
    image("L").save(path, compression="tiff_lzw", tiffinfo={278: 16, 317: 2})
    assert np.array_equal(joined(tiff_strips(path, 32)), read_image(path))


def test_pictures_that_need_all_rows_at_once_are_read_as_a_whole(tmp_path):
    deep, bitmap = tmp_path / "deep.png", tmp_path / "a.bmp"
    cv2.imwrite(str(deep), pixels().astype(np.uint16) * 200)
    cv2.imwrite(str(bitmap), pixels())
    assert reader_of(deep, (97, 61)) is None
    assert reader_of(bitmap, (97, 61)) is None


def test_masks_of_another_size_ask_for_the_whole_picture(tmp_path):
    path = tmp_path / "a.png"
    image("RGB").save(path)
    assert reader_of(path, (97, 61)) is not None
    assert reader_of(path, (194, 122)) is None


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
@pytest.mark.parametrize("kept", [0.3, 0.7, 0.95])
def test_a_torn_file_is_named(tmp_path, name, kept):
    path = tmp_path / name
    noise = np.random.default_rng(0).integers(0, 255, (97, 61, 3), np.uint8)
    PIL.Image.fromarray(noise).save(path, **({"tiffinfo": {278: 8}} if name == "a.tif" else {}))
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data))])
    read = png_strips if name == "a.png" else tiff_strips
    with pytest.raises(UserError, match=name):
        joined(read(path, 10))
