"""What programs of microscopes write is read as tifffile wrote it (see ``files/README.md``): any number of channels,
beside each other, in planes or on pages, and how large a pixel is."""

import struct
from pathlib import Path

import numpy as np
import pytest

from core.channel_settings import ChannelSettings
from core.errors import UserError
from core.images.decoding import channels_to_choose, is_plain, read_image, thumbnail
from core.images.image_file import opened
from core.images.pixel_size import PixelSize, stated_pixel_size
from core.images.strips import stored_values
from tests.core.images.picture_files import tiff

FILES = Path(__file__).parent / "files"
FIVE = [
    "interleaved.ome.tif",
    "planes.ome.tif",
    "plane tiles.tif",
    "pages.ome.tif",
    "pages zc.ome.tif",
    "hyperstack.tif",
]
OF_ONE_PAGE = {**dict.fromkeys(FIVE[:3], 5), "rgb planes.tif": 3, "two floats.tif": 2}
SETTINGS = ChannelSettings((4, 1, 0), "values", 0, 5000)


def written(*channels: int) -> np.ndarray:
    """The values of these channels in all files, last axis."""
    y, x = np.mgrid[:24, :32]
    return np.stack([1000 * channel + 10 * y + x for channel in channels], 2)


def as_chosen(*channels: int) -> np.ndarray:
    return np.rint(np.clip(written(*channels) * (255 / 5000), 0, 255)).astype(np.uint8)


@pytest.mark.parametrize(("name", "count"), OF_ONE_PAGE.items())
def test_values_are_those_that_were_written(name, count):
    with opened(FILES / name) as image:
        assert np.array_equal(stored_values(image, FILES / name), written(*range(count)))


@pytest.mark.parametrize("name", FIVE)
def test_a_person_chooses_among_all_channels(name):
    path = FILES / name
    assert channels_to_choose(path) == 5 and not is_plain(path)
    assert np.abs(read_image(path, settings=SETTINGS).astype(int) - as_chosen(4, 1, 0)).max() <= 1
    assert thumbnail(path, 16, settings=SETTINGS).shape == (12, 16, 3)


def test_what_a_picture_lacks_is_its_last_channel():
    two = read_image(FILES / "two floats.tif", settings=SETTINGS)
    assert np.abs(two.astype(int) - as_chosen(1, 1, 0)).max() <= 1


@pytest.mark.parametrize("name", [*FIVE, *OF_ONE_PAGE])
def test_without_a_choice_they_are_seen_all_the_same(name):
    picture = read_image(FILES / name)
    assert picture.shape == (24, 32, 3) and picture.std() > 5


@pytest.mark.parametrize("name", ["interleaved.ome.tif", "planes.ome.tif", "pages.ome.tif", "hyperstack.tif"])
def test_the_size_of_a_pixel_is_read(name):
    assert stated_pixel_size(FILES / name) == PixelSize(0.325, "µm")


@pytest.mark.parametrize("name", [*FIVE, *OF_ONE_PAGE])
def test_what_breaks_off_is_broken(tmp_path, name):
    data = (FILES / name).read_bytes()
    for share in (0.3, 0.6):
        (tmp_path / name).write_bytes(data[: int(len(data) * share)])
        with pytest.raises(UserError, match="is broken"):
            read_image(tmp_path / name, settings=SETTINGS)


def test_planes_that_cannot_all_be_there_are_broken(tmp_path):
    values = written(0, 1, 2).astype(np.uint16)
    lengths = struct.pack("<3I", *[24 * 32 * 2] * 3)
    assert lengths in tiff(values, planar=True)
    (tmp_path / "a.tif").write_bytes(tiff(values, planar=True).replace(lengths, b"\xff" * 12))
    with pytest.raises(UserError, match=r"a\.tif is broken"):
        read_image(tmp_path / "a.tif")
