"""Pages of a TIFF become images that know which they are."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.dataset import open_dataset
from core.dataset.formats.found import OtherFormatError, require_coco
from core.dataset.health.checks import examine
from core.errors import UserError
from core.images import pages
from core.runs.events import Warning
from tests.core.dataset.formats.test_videos import converted, entries, looked_into


def stack(path: Path, planes: list[np.ndarray], description: str = "", **more) -> Path:
    from PIL import Image, TiffImagePlugin

    path.parent.mkdir(exist_ok=True)
    info = TiffImagePlugin.ImageFileDirectory_v2()
    if description:
        info[270] = description
    first, *others = map(Image.fromarray, planes)
    first.save(path, save_all=True, append_images=others, tiffinfo=info, **more)
    return path


LEVELS = [np.full((30, 40), 100 * number, np.uint16) for number in range(12)]


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("", [{}] * 12),
        ("ImageJ=1.54f\nimages=12\nchannels=2\nslices=3\nframes=2\nhyperstack=true\n",
         [{"t": t, "z": z, "c": c} for t in range(2) for z in range(3) for c in range(2)]),
        ("ImageJ=1.54f\nimages=12\nslices=12\n", [{"z": z} for z in range(12)]),
        ("ImageJ=1.54f\nimages=12\nslices=5\n", [{}] * 12),
        ('<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image><Pixels '
         'DimensionOrder="XYZTC" SizeX="40" SizeY="30" SizeZ="3" SizeC="2" SizeT="2"><Channel SamplesPerPixel="1"/>'
         '<Channel SamplesPerPixel="1"/><TiffData/></Pixels></Image></OME>',
         [{"t": t, "z": z, "c": c} for c in range(2) for t in range(2) for z in range(3)]),
        ('<OME><Pixels DimensionOrder="XYCCT" SizeC="2" SizeT="1" SizeZ="6"/></OME>', [{}] * 12),
        (f'<OME><Pixels SizeC="{"9" * 400}" SizeT="-1" SizeZ="-12"/></OME>', [{}] * 12),
        ('<OME><Pixels SizeC="1" SizeT="1" SizeZ="12"><TiffData IFD="3" PlaneCount="1" FirstZ="99999"/></Pixels></OME>',
         [{"z": z} for z in range(12)]),
        ('<!DOCTYPE a [<!ENTITY b "c">]><OME><Pixels SizeZ="12">&b;</Pixels></OME>', [{}] * 12),
    ],
)  # fmt: skip
def test_each_page_is_an_image_with_its_values_and_its_place(description: str, expected: list, tmp_path: Path):
    converted(stack(tmp_path / "s.tif", LEVELS, description), tmp_path / "out")
    images = entries(tmp_path / "out")
    assert [each["page"] for each in images] == list(range(12)) and {each["stack"] for each in images} == {"s.tif"}
    assert [{axis: each[axis] for axis in "tzc" if axis in each} for each in images] == expected
    assert len({each["file_name"] for each in images}) == 12
    for level, each in zip(LEVELS, images, strict=True):
        path = tmp_path / "out" / "images" / "default" / each["file_name"]
        assert np.array_equal(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), level)


def test_pages_of_colors_fractions_and_turned_ones_are_read_as_they_are_shown(tmp_path: Path):
    color = np.zeros((30, 40, 3), np.uint8)
    color[:, :20] = (200, 10, 20)
    fractions = np.linspace(0, 1, 1200, dtype=np.float32).reshape(30, 40)
    converted(stack(tmp_path / "a.tif", [color, fractions, color[..., 0]]), tmp_path / "out")
    dataset = open_dataset(tmp_path / "out")
    assert np.array_equal(dataset.read_image(dataset.images[0]), color)
    suffixes = [Path(image.file_name).suffix for image in dataset.images]
    assert suffixes == [".png", ".tif", ".png"]
    read = cv2.imread(str(dataset.image_path(dataset.images[1])), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(read, fractions)


def test_pages_that_are_a_page_made_smaller_are_none(tmp_path: Path):
    from PIL import Image, TiffImagePlugin

    large, small = Image.new("L", (40, 30), 50), Image.new("L", (20, 15), 50)
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[254] = 1
    small.encoderinfo = {"tiffinfo": info}
    large.save(tmp_path / "a.tif", save_all=True, append_images=[small])
    assert not pages.is_stack(tmp_path / "a.tif")


def test_a_page_that_is_broken_or_not_described_is_told_and_the_rest_read(tmp_path: Path):
    path = stack(tmp_path / "s.tif", LEVELS, "ImageJ=1.54f\nimages=40\nframes=40\n", compression="tiff_deflate")
    data = bytearray(path.read_bytes())
    streams = [place for place in range(len(data) - 2) if data[place : place + 2] == b"\x78\x9c"]
    data[streams[3] + 2 : streams[3] + 12] = bytes(10)
    path.write_bytes(data)
    events = converted(path, tmp_path / "out")
    assert [each["page"] for each in entries(tmp_path / "out")] == [0, 1, 2, *range(4, 12)]
    told = " ".join(event.message for event in events if isinstance(event, Warning))
    assert "page 3" in told and "40 images" in told


def test_a_dataset_that_has_only_the_first_page_says_so(tmp_path: Path):
    stack(tmp_path / "stacks" / "a.tif", LEVELS)
    stack(tmp_path / "stacks" / "b.tif", LEVELS[:1])
    dataset = open_dataset(tmp_path / "stacks")
    examine(dataset)
    (problem,) = [each for each in dataset.problems if "several pages" in each.message]
    assert "a.tif" in problem.entry and "an image of each" in problem.hint


def test_too_many_pages_are_refused(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(pages, "MOST_PAGES", 5)
    with pytest.raises(UserError, match="more than 5 pages"):
        converted(stack(tmp_path / "s.tif", LEVELS), tmp_path / "out")


def test_a_preview_shows_pages(tmp_path: Path):
    found, samples = looked_into(stack(tmp_path / "s.tif", LEVELS), tmp_path)
    assert (found.format, found.images, found.seconds, len(samples)) == ("pages", 12, 0, 6)


def test_what_is_dropped_is_told_to_be_a_stack(tmp_path: Path):
    path = stack(tmp_path / "a.tif", LEVELS)
    with pytest.raises(OtherFormatError, match="several pages") as caught:
        require_coco([path])
    assert caught.value.source == path and caught.value.pictures
    require_coco([stack(tmp_path / "b.tif", LEVELS[:1])])
