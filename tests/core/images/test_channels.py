"""Depths and colors: a picture looks as any viewer shows it, whatever its file holds."""

import struct

import cv2
import numpy as np
import PIL.Image
import pytest

from core.errors import UserError
from core.images.decoding import read_image, thumbnail
from tests.core.images.picture_files import encoded, every_kind, pixels, png, tiff


@pytest.fixture
def read(tmp_path):
    def read_bytes(data, name="a"):
        (tmp_path / name).write_bytes(data)
        return read_image(tmp_path / name)

    return read_bytes


def deep_png(values):
    return cv2.imencode(".png", values[:, :, [2, 1, 0, *range(3, values.shape[2])]])[1].tobytes()


@pytest.mark.parametrize("write", [deep_png, tiff, lambda values: tiff(values, tile=16)])
@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_colors_of_16_bits_are_as_bright_as_their_twin_of_8(read, write, bits):
    twin = pixels()
    twin[0, 0] = 255  # all bits are in use
    deep = twin.astype(np.uint16) << (bits - 8)
    deep += (1 << (bits - 8)) - 1  # the lowest ones too
    assert np.array_equal(read(write(deep)), twin)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_grey_of_12_bits_in_a_tiff_is_as_bright_as_its_twin_of_8(read, orientation):
    twin = pixels()[:, :, :1]
    twin[0, 0] = 255
    data = tiff(twin, orientation, photometric=1)
    deep = "".join(f"{value << 4:012b}" for value in twin.ravel().tolist())
    packed = int(deep, 2).to_bytes(len(deep) // 8)
    header = bytearray(data[8 + twin.size :])
    changes = {258: 12, 273: 8, 279: len(packed)}  # bits, and where the strip lies
    for entry in range(2, 2 + 12 * int.from_bytes(header[:2], "little"), 12):
        tag = int.from_bytes(header[entry : entry + 2], "little")
        if tag in changes:
            header[entry + 8 : entry + 12] = changes[tag].to_bytes(4, "little")
    made = data[:4] + (8 + len(packed)).to_bytes(4, "little") + packed + bytes(header)
    assert np.array_equal(read(made), read(data, "b"))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_deep_colors_are_turned_as_others(read, orientation):
    twin = pixels()
    twin[0, 0] = 255
    assert np.array_equal(read(tiff(twin.astype(np.uint16) * 16, orientation)), read(tiff(twin, orientation), "b"))


@pytest.mark.parametrize("bits", [12, 16])
def test_deep_transparency_lies_on_white(read, bits):
    twin = np.dstack([pixels(), np.full((40, 60), 255, np.uint8)])
    twin[:, :20, 3], twin[0, 59] = 0, 255
    deep = (twin.astype(np.uint16) << (bits - 8)) + (1 << (bits - 8)) - 1
    deep[:, :20, 3] = 0
    picture = read(deep_png(deep))
    assert (picture[:, :20] == 255).all() and np.array_equal(picture[:, 20:], twin[:, 20:, :3])
    deep[:, :, 3] = 0
    assert (read(deep_png(deep)) == 255).all()


def test_grey_with_transparency(read):
    grey = pixels()[:, :, 0]
    alpha = np.full_like(grey, 255)
    alpha[:, :30] = 0
    picture = read(encoded("PNG", PIL.Image.merge("LA", [PIL.Image.fromarray(each) for each in (grey, alpha)])))
    assert (picture[:, :30] == 255).all() and np.array_equal(picture[:, 30:, 1], grey[:, 30:])
    rows = np.dstack([grey, alpha]).astype(">u2") * 257
    data = b"".join(b"\0" + row.tobytes() for row in rows)
    assert np.array_equal(read(png(struct.pack(">IIBBBBB", 60, 40, 16, 4, 0, 0, 0), data), "deep"), picture)


def test_every_kind_looks_alike(read):
    whole = pixels().astype(int)
    for name, data in every_kind().items():
        seen = read(data, name)
        assert seen.shape == whole.shape
        if not name.startswith(("bits", "alpha")):
            grey = any(word in name for word in ("grey", "interlaced", "float"))
            wanted = np.repeat(whole[:, :, 1:2] if "interlaced" in name else whole[:, :, :1], 3, 2) if grey else whole
            assert np.abs(seen - wanted).mean() < (60 if "float" in name else 20), name


def test_conversion_in_parts_changes_nothing(read, monkeypatch):
    whole = {name: read(data, name) for name, data in every_kind().items()}
    monkeypatch.setattr("core.images.channels._AT_ONCE", 7 * 60)
    for name, data in every_kind().items():
        assert np.array_equal(read(data, name), whole[name]), name


@pytest.mark.parametrize(
    ("values", "options", "words"),
    [
        (np.full((40, 60, 2), 900, np.uint16), {"photometric": 2, "extra": (0,)}, "2 channels of 16 bits"),
        (np.ones((40, 60, 3), np.float16), {}, "3 channels of floating-point numbers of 16 bits"),
        (np.ones((40, 60, 300), np.uint8), {"photometric": 1, "extra": (0,) * 299}, "300 channels of 8 bits"),
        (np.ones((40, 60, 3), np.uint8), {"photometric": 8}, "LAB"),
    ],
)
def test_what_is_not_read_is_named_with_what_is(tmp_path, values, options, words):
    path = tmp_path / "stack.tif"
    path.write_bytes(tiff(values, **options))
    for read in (read_image, lambda path: thumbnail(path, 20)):
        with pytest.raises(UserError, match=words) as raised:
            read(path)
        assert "stack.tif" in raised.value.message and "RGB" in raised.value.hint
