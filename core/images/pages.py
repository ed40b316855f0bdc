"""The pages of a TIFF: a stack of planes, a series in time, channels; and which is which."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from xml.etree.ElementTree import Element

import cv2
import numpy as np
import PIL.Image
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from numpy.typing import NDArray
from PIL.TiffImagePlugin import TiffImageFile

from core.errors import UserError
from core.geometry.masks import Size
from core.images.channels import Channels, Picture, Values, to_8_bits, to_rgb
from core.images.image_file import check_cost, check_page, opened, picture_errors
from core.images.orientation import needed_turn, turned, upright_size
from core.images.strips import channels_of, stored_values
from core.words import tr

MOST_PAGES = 50_000
_DESCRIPTION, _SUBFILE = 270, 254
_SMALLER_OR_MASK = 1 | 4
"""Of a page that shows another one made smaller, or says which of its pixels count."""

Axes = dict[str, int]
"""Where a page stands along ``t``, ``z`` and ``c``, counted from 0; only those axes that are longer than 1."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page, as long as the next one is not asked for."""

    number: int
    """From 0."""
    size: Size
    """Upright."""
    _image: PIL.Image.Image
    _path: Path

    def encoded(self) -> tuple[str, bytes]:
        """The page as a file, and how its name ends: with the values that are stored, if they are gray or RGB; else as
        it is shown. Raises ``UserError`` where it is broken."""
        channels, turn, values = channels_of(self._image), needed_turn(self._image, None), self._values()
        gray_or_rgb = channels is Channels.COLORS and self._image.mode not in ("P", "1")
        usual = values.dtype in (np.uint8, np.uint16)
        if gray_or_rgb and values.shape[2] == 1:
            gray = turned(values[:, :, 0] if usual else values[:, :, 0].astype(np.float32), turn)
            return (".png", _encoded(".png", gray)) if usual else (".tif", _encoded(".tif", gray))
        if not (gray_or_rgb and usual and values.shape[2] == 3):
            values = to_rgb(to_8_bits(values, channels), channels)
        return ".png", _encoded(".png", turned(values, turn)[..., ::-1])

    def shown(self) -> Picture:
        """The page as 8-bit RGB, upright. Raises ``UserError`` where it is broken."""
        channels = channels_of(self._image)
        return turned(to_rgb(to_8_bits(self._values(), channels), channels), needed_turn(self._image, None))

    def _values(self) -> NDArray[Any]:
        with picture_errors(self._path):
            check_cost(self._image, self._path)
            return stored_values(self._image, self._path)


def _encoded(suffix: str, values: Values) -> bytes:
    data: bytes = cv2.imencode(suffix, np.ascontiguousarray(values))[1].tobytes()
    return data


def is_stack(path: Path) -> bool:
    """Whether a file is a TIFF of several pages. Fast; ``False`` also for what cannot be read."""
    if path.suffix.lower() not in (".tif", ".tiff"):
        return False
    try:
        return any(page.number for page in pages(path))
    except UserError:
        return False


def pages(path: Path) -> Iterator[Page]:
    """The pages of a TIFF, but for those that show another one smaller. Raises ``UserError``, also for too many."""
    with opened(path) as image:
        if image.format != "TIFF":
            yield Page(0, upright_size(image), image, path)
            return
        place = number = 0
        while True:
            try:
                image.seek(place)
            except EOFError:
                return
            if place >= MOST_PAGES:
                raise UserError(
                    tr("{path} has more than {n:,} pages", path=path, n=MOST_PAGES), tr("cut it into several files")
                )
            place += 1
            if int(cast(TiffImageFile, image).tag_v2.get(_SUBFILE, 0)) & _SMALLER_OR_MASK:
                continue
            check_page(image, path)
            yield Page(number, upright_size(image), image, path)
            number += 1


def stated_images(path: Path) -> int:
    """How many images ImageJ says are in a TIFF, 0 where it says nothing: of a large one it describes one."""
    found = re.search(r"\AImageJ=.*?^images=(\d{1,9})$", _description(path), re.DOTALL | re.MULTILINE)
    return int(found[1]) if found else 0


def axes(path: Path, count: int) -> list[Axes]:
    """Where each of ``count`` pages stands, as ImageJ or OME-XML say it; nowhere if neither does, or they mean another
    number of pages."""
    description = _description(path)
    if description.startswith("ImageJ="):
        lengths = {axis: _length(rf"^{name}=(\d+)\s*$", description) for axis, name in _IMAGEJ.items()}
        return _counted("czt", lengths, count)
    if "<OME" in description[:2000]:
        return _of_ome(description, count)
    return [{} for _ in range(count)]


_IMAGEJ = {"c": "channels", "z": "slices", "t": "frames"}


def _description(path: Path) -> str:
    with opened(path) as image:
        return str(cast(TiffImageFile, image).tag_v2.get(_DESCRIPTION, "")) if image.format == "TIFF" else ""


def _length(pattern: str, text: str) -> int:
    found = re.search(pattern, text, re.MULTILINE)
    return int(found[1][:9]) if found else 1


def _counted(order: str, lengths: dict[str, int], count: int) -> list[Axes]:
    """The axes of pages that run through the first of ``order`` fastest."""
    if int(np.prod([float(lengths[axis]) for axis in order])) != count:
        return [{} for _ in range(count)]
    found = []
    for page in range(count):
        place: Axes = {}
        for axis in order:
            page, place[axis] = divmod(page, lengths[axis])
        found.append({axis: place[axis] for axis in "tzc" if lengths[axis] > 1})
    return found


def _of_ome(description: str, count: int) -> list[Axes]:
    """The axes that OME-XML states (https://docs.openmicroscopy.org/ome-model/latest/ome-tiff/specification.html);
    where it lists each page by itself, in the order of that list."""
    nowhere: list[Axes] = [{} for _ in range(count)]
    try:
        root: Element = ElementTree.fromstring(description.encode(), forbid_dtd=True)
        pixels = root.find(".//{*}Pixels")
        if pixels is None:
            return nowhere
        lengths = {axis: int(pixels.get(f"Size{axis.upper()}") or 1) for axis in "tzc"}
        samples = [int(each.get("SamplesPerPixel") or 1) for each in pixels.findall("{*}Channel")]
        lengths["c"] = len(samples) if sum(samples) == lengths["c"] else lengths["c"]
        order = [axis for axis in (pixels.get("DimensionOrder") or "XYCZT").lower() if axis in lengths]
        places = _counted("".join(order), lengths, count) if len(order) == 3 else nowhere
        if not any(places):
            return places
        for each in pixels.findall("{*}TiffData"):
            ifd = int(each.get("IFD") or -1)
            if 0 <= ifd < count and each.get("PlaneCount") == "1" and each.get("FirstZ"):
                places[ifd] = {axis: int(each.get(f"First{axis.upper()}") or 0) for axis in places[ifd]}
    except (ElementTree.ParseError, DefusedXmlException, ValueError, RecursionError):
        return nowhere
    return places
