"""How large a pixel is, as the files of microscopes say it: OME-XML, ImageJ's description, or the resolution of a TIFF.

Photographs and scans state a resolution, too, by which nothing can be measured: what they were to be printed at. So
dots an inch count only where they are more than any printer has.
"""

import math
import re
from pathlib import Path
from typing import Literal, get_args

import msgspec

from core.errors import UserError

Unit = Literal["nm", "µm", "mm", "cm", "m"]
MICROMETRES: dict[Unit, float] = {"nm": 1e-3, "µm": 1.0, "mm": 1e3, "cm": 1e4, "m": 1e6}
"""Of each unit."""
_SPELLINGS: dict[str, Unit] = {
    **{unit: unit for unit in get_args(Unit)},
    **dict.fromkeys(("um", "μm", "micron", "microns", "micrometer", "\\u00b5m"), "µm"),
    "nanometer": "nm",
    "millimeter": "mm",
}
_X, _Y, _UNIT = 282, 283, 296
_INCH, _CENTIMETRE = 2, 3
_PRINTED = 2540.0
"""Dots an inch, 10 µm each, up to which they are a printer's."""
_SQUARE = 0.01
"""By which share width and height of a pixel may differ."""
_MOST_TEXT = 1 << 20


class PixelSize(msgspec.Struct, frozen=True):
    """The side of a square pixel."""

    value: float
    unit: Unit

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and 0 < self.micrometres < 1e12):
            raise ValueError

    @property
    def micrometres(self) -> float:
        """The side in micrometres."""
        return self.value * MICROMETRES[self.unit]


def stated_pixel_size(path: Path) -> PixelSize | None:
    """What the file of a picture says; ``None`` where it says nothing that one can measure by, where pixels are not
    square, and where it cannot be read. Reads the header of TIFFs, and nothing of others."""
    if path.suffix.lower() not in (".tif", ".tiff"):
        return None
    from PIL.TiffImagePlugin import TiffImageFile  # not everybody who opens a dataset needs it

    from core.images.axes import description_of
    from core.images.image_file import opened

    try:
        with opened(path) as image:
            if not isinstance(image, TiffImageFile):
                return None
            tags = image.tag_v2
            text = description_of(image)[:_MOST_TEXT]
            across, down, unit = tags.get(_X), tags.get(_Y), tags.get(_UNIT)
    except UserError:
        return None
    try:
        if "<OME" in text[:2000]:
            return _of_ome(text)
        if not across or not down:
            return None
        sides = [1 / float(across), 1 / float(down)]
        return _of_resolution(sides, text, int(unit or 1))
    except (ValueError, ZeroDivisionError, OverflowError, TypeError):
        return None


def _of_ome(text: str) -> PixelSize | None:
    """``PhysicalSizeX`` of the first image; micrometres where no unit is stated."""
    element = re.search(r"<(?:\w+:)?Pixels\b[^>]{0,4000}>", text)
    fields: dict[str, str] = (
        dict(re.findall(r'\b(PhysicalSize[XY](?:Unit)?)="([^"]{0,40})"', element[0])) if element else {}
    )
    if "PhysicalSizeX" not in fields:
        return None
    across = fields["PhysicalSizeX"]
    unit = _SPELLINGS.get(fields.get("PhysicalSizeXUnit", "µm").replace("&#181;", "µ").replace("&#xB5;", "µ"))
    return _square([float(across), float(fields.get("PhysicalSizeY", across))], unit)


def _of_resolution(sides: list[float], text: str, unit: int) -> PixelSize | None:
    """``sides`` of a pixel in the unit of the tag, or in ImageJ's, which a description names."""
    if text.startswith("ImageJ="):
        found = re.search(r"^unit=(\S{1,20})\s*$", text, re.MULTILINE)
        return _square(sides, _SPELLINGS.get(found[1].casefold())) if found else None
    if unit == _CENTIMETRE and min(sides) < 2.54 / _PRINTED:
        return _square([side * 1e4 for side in sides], "µm")
    if unit == _INCH and min(sides) < 1 / _PRINTED:
        return _square([side * 25_400 for side in sides], "µm")
    return None


def _square(sides: list[float], unit: Unit | None) -> PixelSize | None:
    if unit is None or abs(sides[0] - sides[1]) > _SQUARE * max(sides):
        return None
    return PixelSize(float(f"{sides[0]:.6g}"), unit)
