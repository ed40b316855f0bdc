"""One rule for which side is up, wherever a picture is read: upright as every viewer shows it."""

import io

import numpy as np
import PIL.Image
import PIL.ImageOps
import pytest

from core.images import preview, pyramids, strips
from core.images.decoding import faults, picture_size, read_image, thumbnail
from core.images.thumbnails import small_picture
from tests.core.images.picture_files import encoded, pixels, tiff

ORIENTATIONS = range(1, 9)
STORED, UPRIGHT = (40, 60), (60, 40)


def file_of(kind, orientation, picture=None):
    picture = pixels(*STORED) if picture is None else picture
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    if kind == "TIFF":
        return tiff(picture, orientation)
    return encoded(kind, picture, exif=exif, **({"lossless": True} if kind == "WEBP" else {}))


def as_viewers_show(data):
    with PIL.Image.open(io.BytesIO(data)) as image:
        return np.asarray(PIL.ImageOps.exif_transpose(image).convert("RGB"))


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_a_picture_is_upright_whatever_reads_it(tmp_path, kind, orientation):
    data = file_of(kind, orientation)
    path = tmp_path / "a"
    path.write_bytes(data)
    upright = as_viewers_show(data)
    size = upright.shape[:2]
    assert size == (UPRIGHT if orientation > 4 else STORED) and picture_size(path) == size
    for read in (read_image(path), read_image(path, size), small_picture(path, 1000), small_picture(path, 1000, size)):
        assert np.array_equal(read, upright)
    assert np.abs(thumbnail(path, 30).astype(int) - upright[::2, ::2]).mean() < 25
    assert faults(path, size) == []


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_annotations_that_state_only_the_stored_size_lie_on_the_stored_pixels(tmp_path, kind, orientation):
    path = tmp_path / "a"
    path.write_bytes(file_of(kind, orientation))
    (tmp_path / "b").write_bytes(file_of(kind, 1))
    stored = read_image(tmp_path / "b")
    said = faults(path, STORED)
    if orientation > 4:
        for read in (read_image(path, STORED), small_picture(path, 1000, STORED)):
            assert np.array_equal(read, stored)
        assert read_image(path, (20, 30)).shape == (20, 30, 3)  # scaled, but not turned
        assert np.abs(read_image(path, (20, 30)).astype(int) - stored[::2, ::2]).mean() < 25
        (fault,) = said
        assert fault.message == "is 40 × 60 pixels upright, as EXIF says; the file states 60 × 40, as it is stored"
    else:
        assert said == []


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("stated", [STORED, UPRIGHT])
def test_a_huge_picture_lies_as_any_other(tmp_path, monkeypatch, kind, orientation, stated):
    if orientation < 5 and stated == UPRIGHT:
        return  # a size that is not the picture's
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))
    for room, name in ((pyramids, "LARGE"), (strips, "_AT_ONCE"), (preview, "_ROWS")):
        monkeypatch.setattr(room, name, 600)
    path = tmp_path / "a"
    path.write_bytes(file_of(kind, orientation))
    whole = read_image(path, stated)
    assert np.array_equal(pyramids.open_pyramid(path, stated)[0], whole)
    small = small_picture(path, 20, stated)
    assert small.shape == (stated[0] // 3, stated[1] // 3, 3)
    assert np.abs(small.astype(int) - whole[1::3, 1::3]).mean() < 25
    quick = preview.read_reduced(path, stated, stated)
    assert quick is None or np.array_equal(quick, whole)


def test_a_square_that_was_turned_is_upright(tmp_path):
    path = tmp_path / "a"
    data = file_of("PNG", 6, pixels(50, 50))
    path.write_bytes(data)
    assert np.array_equal(read_image(path, (50, 50)), as_viewers_show(data))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize("exif", [b"", b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0" + bytes(40)])
def test_what_is_broken_in_exif_does_not_break_the_picture(tmp_path, exif):
    path = tmp_path / "a.jpg"
    path.write_bytes(encoded("JPEG", exif=exif))
    assert picture_size(path) == read_image(path).shape[:2] == STORED
    path.write_bytes(file_of("JPEG", 77))
    assert read_image(path).shape == (*STORED, 3)


def test_the_size_of_a_png_is_known_without_its_pixels(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(file_of("PNG", 6))
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", None)
    assert picture_size(path) == UPRIGHT
