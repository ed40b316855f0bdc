"""How large a pixel is, as files of microscopes say it; what a printer was told is no size."""

import numpy as np
import PIL.Image
import pytest
from PIL.TiffImagePlugin import IFDRational, ImageFileDirectory_v2

from core.images.pixel_size import PixelSize, stated_pixel_size

PIXELS = np.zeros((20, 30), np.uint8)
INCH, CENTIMETRE = 2, 3


def write_tiff(path, across=None, down=None, unit=None, text=None):
    """A TIFF with so many pixels a ``unit``, and a description."""
    tags = ImageFileDirectory_v2()
    if across is not None:
        tags[282], tags[283] = IFDRational(across), IFDRational(across if down is None else down)
    if unit is not None:
        tags[296] = unit
    if text is not None:
        tags[270] = text
    PIL.Image.fromarray(PIXELS).save(path, tiffinfo=tags)


@pytest.fixture
def said(tmp_path):
    """What the file of a TIFF says that is written so."""

    def write(*tags, **more) -> PixelSize | None:
        write_tiff(tmp_path / "a.tif", *tags, **more)
        return stated_pixel_size(tmp_path / "a.tif")

    return write


@pytest.mark.parametrize(
    ("unit", "size"),
    [
        ("um", PixelSize(0.25, "µm")),
        ("micron", PixelSize(0.25, "µm")),
        ("\\u00B5m", PixelSize(0.25, "µm")),
        ("nm", PixelSize(0.25, "nm")),
        ("pixel", None),
        ("inch", None),
    ],
)
def test_imagej_names_its_unit_in_the_description(said, unit, size):
    assert said(4, text=f"ImageJ=1.54f\nimages=1\nunit={unit}\nloop=false\n") == size


def test_imagej_without_a_unit_says_nothing(said):
    assert said(4, text="ImageJ=1.54f\nimages=1\n") is None


def ome(fields: str) -> str:
    space = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
    return f'<?xml version="1.0"?><OME xmlns="{space}"><Image><Pixels {fields} /></Image></OME>'


def test_ome_states_the_side_of_a_pixel(said):
    pixels = 'PhysicalSizeX="0.65" PhysicalSizeXUnit="{}" PhysicalSizeY="0.65" SizeX="30"'
    assert said(text=ome(pixels.format("&#181;m"))) == PixelSize(0.65, "µm")
    assert said(text=ome(pixels.format("nm"))) == PixelSize(0.65, "nm")
    assert said(text=ome('PhysicalSizeX="0.65"')) == PixelSize(0.65, "µm")
    for side in ("nan", "-1", "1e999", "x", ""):
        assert said(text=ome(f'PhysicalSizeX="{side}"')) is None, side
    assert said(text=ome('SizeX="30"')) is None


def test_a_resolution_counts_where_no_printer_has_it(said):
    assert said(20_000, unit=CENTIMETRE) == PixelSize(0.5, "µm")
    assert said(25_400, unit=INCH) == PixelSize(1.0, "µm")
    for dots in (72, 300, 1200):
        assert said(dots, unit=INCH) is None
    for dots in (28, 118):
        assert said(dots, unit=CENTIMETRE) is None, "the same, as some programs write it"
    assert said(20_000, 10_000, unit=CENTIMETRE) is None, "not square"
    assert said(20_000) is None and said() is None


def test_what_is_no_tiff_or_broken_says_nothing(tmp_path):
    PIL.Image.fromarray(PIXELS).save(tmp_path / "a.png", dpi=(300, 300))
    (tmp_path / "b.tif").write_bytes(b"II*\0\xff\xff")
    write_tiff(tmp_path / "c.tif", 0, unit=CENTIMETRE)
    (tmp_path / "d.tif").symlink_to(tmp_path / "missing")
    assert [stated_pixel_size(tmp_path / name) for name in ("a.png", "b.tif", "c.tif", "d.tif")] == [None] * 4
