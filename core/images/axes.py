"""Where the pages of a TIFF stand in depth, time and among its channels, as ImageJ or OME-XML say it."""

import contextlib
import math
import re
from pathlib import Path
from typing import cast
from xml.etree.ElementTree import Element

import PIL.Image
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from PIL.TiffImagePlugin import TiffImageFile

from core.images.image_file import opened

_DESCRIPTION = 270
_MOST_CHANNELS = 256
MOST_PAGES = 50_000

Axes = dict[str, int]
"""Where a page stands along ``t``, ``z`` and ``c``, counted from 0; only those axes that are longer than 1."""


def stated_images(path: Path) -> int:
    """How many images ImageJ says are in a TIFF, 0 where it says nothing: of a large one it describes one."""
    found = re.search(r"\AImageJ=.*?^images=(\d{1,9})$", _description(path), re.DOTALL | re.MULTILINE)
    return int(found[1]) if found else 0


def axes(path: Path, count: int) -> list[Axes]:
    """Where each of ``count`` pages stands, as ImageJ or OME-XML say it; nowhere if neither does, or they mean another
    number of pages."""
    description = _description(path)
    if description.startswith("ImageJ="):
        return _counted("czt", _lengths_of_imagej(description), count)
    if "<OME" in description[:2000]:
        return _of_ome(description, count)
    return [{} for _ in range(count)]


_IMAGEJ = {"c": "channels", "z": "slices", "t": "frames"}


def channel_pages(image: PIL.Image.Image) -> list[int]:
    """The pages that hold the channels of the first plane at the first time, in order; the first page alone where each
    holds all of them, or nothing is said."""
    text = description_of(image)
    if text.startswith("ImageJ="):
        return list(range(min(max(_lengths_of_imagej(text)["c"], 1), _MOST_CHANNELS)))
    places = _of_ome(text) if "<OME" in text[:2000] else []
    first = {at["c"]: page for page, at in enumerate(places) if "c" in at and not at.get("z") and not at.get("t")}
    return [first[channel] for channel in sorted(first)[:_MOST_CHANNELS]] or [0]


def _description(path: Path) -> str:
    with opened(path) as image:
        return description_of(image)


def description_of(image: PIL.Image.Image) -> str:
    """What the program that wrote a TIFF says of it; empty for other files. UTF-8, which OME-XML is, where it can be:
    Pillow takes the bytes for Latin-1."""
    text = str(cast(TiffImageFile, image).tag_v2.get(_DESCRIPTION, "")) if image.format == "TIFF" else ""
    with contextlib.suppress(UnicodeError):
        return text.encode("latin-1").decode("utf-8")
    return text


def _lengths_of_imagej(description: str) -> Axes:
    return {axis: _length(rf"^{name}=(\d+)\s*$", description) for axis, name in _IMAGEJ.items()}


def _length(pattern: str, text: str) -> int:
    found = re.search(pattern, text, re.MULTILINE)
    return int(found[1][:9]) if found else 1


def _counted(order: str, lengths: dict[str, int], count: int) -> list[Axes]:
    """The axes of pages that run through the first of ``order`` fastest."""
    if min(lengths.values()) < 1 or math.prod(lengths.values()) != count:
        return [{} for _ in range(count)]
    found = []
    for page in range(count):
        place: Axes = {}
        for axis in order:
            page, place[axis] = divmod(page, lengths[axis])
        found.append({axis: place[axis] for axis in "tzc" if lengths[axis] > 1})
    return found


def _of_ome(description: str, count: int | None = None) -> list[Axes]:
    """The axes that OME-XML states (https://docs.openmicroscopy.org/ome-model/latest/ome-tiff/specification.html);
    where it lists each page by itself, in the order of that list. Of ``count`` pages, or as many as it states."""
    nowhere: list[Axes] = [{} for _ in range(count or 0)]
    try:
        root: Element = ElementTree.fromstring(description.encode(), forbid_dtd=True)
        pixels = root.find(".//{*}Pixels")
        if pixels is None:
            return nowhere
        lengths = {axis: int(pixels.get(f"Size{axis.upper()}") or 1) for axis in "tzc"}
        samples = [int(each.get("SamplesPerPixel") or 1) for each in pixels.findall("{*}Channel")]
        lengths["c"] = len(samples) if sum(samples) == lengths["c"] else lengths["c"]
        count = count if count is not None else min(math.prod(lengths.values()), MOST_PAGES)
        order = (pixels.get("DimensionOrder") or "XYCZT").lower().removeprefix("xy")
        places = _counted(order, lengths, count) if sorted(order) == sorted(lengths) else nowhere
        if not any(places):
            return places
        for each in pixels.findall("{*}TiffData"):
            ifd = int(each.get("IFD") or -1)
            if 0 <= ifd < count and each.get("PlaneCount") == "1" and each.get("FirstZ"):
                stated = {axis: int(each.get(f"First{axis.upper()}") or 0) for axis in places[ifd]}
                if all(0 <= place < lengths[axis] for axis, place in stated.items()):
                    places[ifd] = stated
    except (ElementTree.ParseError, DefusedXmlException, ValueError, RecursionError):
        return nowhere
    return places
