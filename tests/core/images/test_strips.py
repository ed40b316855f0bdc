"""A picture by rows has the pixels that every other way to it gives."""

import cv2
import numpy as np
import PIL.Image
import pytest

from core.errors import UserError
from core.images.decoding import read_image
from core.images.pyramids import upright_strips
from tests.core.images.picture_files import every_kind, tiff

SIZE = (97, 61)


def pixels(height=97, width=61, channels=3):
    smooth = cv2.resize(np.random.default_rng(0).integers(0, 255, (9, 7, channels), np.uint8), (width, height))
    return smooth.reshape(height, width, channels)


def image(mode):
    channels = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "P": 3}[mode]
    found = PIL.Image.fromarray(pixels(channels=channels).squeeze(), "RGB" if mode == "P" else mode)
    return found.quantize(64) if mode == "P" else found


def as_pillow_shows(path):
    with PIL.Image.open(path) as image:
        colors = image.convert("RGBA" if image.has_transparency_data else "RGB")
    white = PIL.Image.new("RGBA", image.size, (255, 255, 255, 255))
    return np.asarray(PIL.Image.alpha_composite(white, colors.convert("RGBA")).convert("RGB"))


@pytest.fixture(autouse=True)
def few_rows(monkeypatch):
    monkeypatch.setattr("core.images.strips.LARGE", 100)
    monkeypatch.setattr("core.images.strips._AT_ONCE", 10 * SIZE[1])


def assert_by_rows(path):
    strips = list(upright_strips(path, SIZE))
    assert len(strips) > 5
    assert np.array_equal(np.concatenate(strips), read_image(path))
    assert np.array_equal(np.concatenate(strips), as_pillow_shows(path))


@pytest.mark.filterwarnings("ignore:'mode' parameter is deprecated")
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P"])
def test_a_png_of_any_kind(tmp_path, mode):
    image(mode).save(tmp_path / "a.png")
    assert_by_rows(tmp_path / "a.png")


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("subsampling", [0, 2])
def test_a_jpeg_of_any_kind(tmp_path, mode, subsampling):
    image("RGB").convert(mode).save(tmp_path / "a.jpg", subsampling=subsampling)
    assert_by_rows(tmp_path / "a.jpg")


@pytest.mark.parametrize(
    ("compression", "strip"),
    [
        ("jpeg", 16),
        *((kind, strip) for kind in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits") for strip in (1, 33)),
    ],
)
def test_a_tiff_in_strips(tmp_path, compression, strip):
    image("RGB").save(tmp_path / "a.tif", compression=compression, tiffinfo={278: strip})
    assert_by_rows(tmp_path / "a.tif")


def test_a_tiff_of_grey_values_with_a_predictor(tmp_path):
    image("L").save(tmp_path / "a.tif", compression="tiff_lzw", tiffinfo={278: 16, 317: 2})
    assert_by_rows(tmp_path / "a.tif")


@pytest.mark.filterwarnings("ignore:'mode' parameter is deprecated")
def test_a_tiff_of_cmyk_or_with_opacity(tmp_path):
    image("RGB").convert("CMYK").save(tmp_path / "cmyk.tif", tiffinfo={278: 8})
    image("RGBA").save(tmp_path / "rgba.tif", compression="tiff_lzw", tiffinfo={278: 8})
    for name in ("cmyk.tif", "rgba.tif"):
        assert_by_rows(tmp_path / name)


def test_a_tiff_in_tiles(tmp_path):
    (tmp_path / "a.tif").write_bytes(tiff(pixels(), tile=16))
    assert_by_rows(tmp_path / "a.tif")


def test_pictures_that_need_all_rows_at_once_are_read_as_a_whole(tmp_path):
    for name in ("deep.png", "plain.bmp", "progressive.jpg", "interlaced.png", "plain.webp", "float.tif", "deep.tif"):
        (tmp_path / name).write_bytes(every_kind()[name])
        assert upright_strips(tmp_path / name, (40, 60)) is None, name


def test_masks_of_another_size_ask_for_the_whole_picture(tmp_path):
    path = tmp_path / "a.png"
    image("RGB").save(path)
    assert upright_strips(path, SIZE) is not None
    assert upright_strips(path, (194, 122)) is None


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.jpg"])
@pytest.mark.parametrize("kept", [0.3, 0.7, 0.95])
def test_a_torn_file_is_named(tmp_path, name, kept):
    path = tmp_path / name
    noise = np.random.default_rng(0).integers(0, 255, (97, 61, 3), np.uint8)
    PIL.Image.fromarray(noise).save(path, **({"tiffinfo": {278: 8}} if name == "a.tif" else {}))
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data))])
    with pytest.raises(UserError, match=name):
        list(upright_strips(path, SIZE))
