"""The pixels of a picture as they are stored, a few rows at a time from top to bottom: the one way to them, for
pictures of any size. A huge one is never in memory as a whole where its file allows that (see ``is_sequential``)."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import msgspec
import numpy as np
import PIL.Image
from PIL.TiffImagePlugin import TiffImageFile

from core.channel_settings import ChannelSettings
from core.geometry.masks import Size
from core.images import jpeg_file, vips
from core.images.axes import channel_pages
from core.images.channels import Channels, Picture, Values, to_8_bits, to_rgb
from core.images.file_end import breaks_off
from core.images.image_file import ENDS_EARLY, JPEG, LARGE, check_page
from core.images.orientation import orientation, stored_size, turned
from core.images.rendering import limits_of, render, sampling_step
from core.images.tiff_file import BITS, EXTRA, ONE_PLANE, PLANAR, SAMPLES, STRIPS, TILE_ROWS, TILES, planes
from core.words import tr

Strips = Iterator[Picture]
"""RGB, shapes ``(rows, width, 3)``."""
Watch = Callable[[float], None]
"""Called with the share of the work that is done, 0–1; raises ``CancelRequested`` where the rest is not needed."""

_AT_ONCE = 500_000
"""Pixels of a strip, about: of larger ones, copies in Python would keep the window's thread waiting for long."""
_TILE_ROWS_AT_ONCE = 512
"""Rows of tiles that are read together at most: one row of small tiles after the other, each of them once."""
_MULTIPLIED = (1,)


def strips(image: PIL.Image.Image, path: Path, settings: ChannelSettings | None = None) -> Strips:
    """The pixels of ``image``, opened from ``path``; as ``settings`` say, where there are any. Raises ``ValueError``
    where they are broken."""
    if settings is not None:
        yield from _rendered(image, path, settings)
        return
    channels, size = channels_of(image), stored_size(image)
    values = _values(image, path)
    first = next(values)
    if first.dtype != np.uint8:
        values = _in_strips(to_8_bits(_joined(first, values, size), channels))
        first = next(values)
    yield to_rgb(np.asarray(first, np.uint8), channels)
    for strip in values:
        yield to_rgb(np.asarray(strip, np.uint8), channels)


def _rendered(image: PIL.Image.Image, path: Path, settings: ChannelSettings) -> Strips:
    """As ``settings`` say. A large picture is decoded twice where its percentiles are to be found first: that takes
    longer than to hold all of it, and no memory."""
    if image.width * image.height < LARGE or len(channel_pages(image)) > 1:
        yield render(*chosen_values(image, path, settings))
        return
    step, top, sampled = sampling_step(stored_size(image)), 0, []
    for strip in _values(image, path):
        sampled.append(strip[-top % step :: step, ::step].copy())
        top += len(strip)
        if settings.scale == "values":
            break
    limits = limits_of(np.concatenate(sampled), settings)
    for strip in _values(image, path):
        yield render(strip, settings, limits)


def whole_picture(strips: Strips, size: Size) -> Picture:
    """The whole picture of ``size``."""
    return np.asarray(_joined(next(strips), strips, size), np.uint8)


def stored_values(image: PIL.Image.Image, path: Path) -> Values:
    """The whole picture as it is stored, whatever its numbers mean: shape ``(height, width, channels)``."""
    values = _values(image, path)
    return _joined(next(values), values, stored_size(image))


def channel_count(image: PIL.Image.Image) -> int:
    """How many channels there are to choose from, in the first page, or in several that hold one each. From the
    header."""
    if image.format != "TIFF":
        return len(image.getbands())
    return max(len(channel_pages(image)), int(cast(TiffImageFile, image).tag_v2.get(SAMPLES, 1)))


def chosen_values(image: PIL.Image.Image, path: Path, settings: ChannelSettings) -> tuple[Values, ChannelSettings]:
    """The stored values of at least those channels that ``settings`` ask for, and the settings for them: where each
    channel has a page of its own, the others are not read."""
    pages = channel_pages(image)
    if len(pages) < 2:
        return stored_values(image, path), settings
    places = [min(source, len(pages) - 1) for source in settings.sources]
    read = {}
    for place in sorted(set(places)):
        try:
            image.seek(pages[place])
        except EOFError as error:
            raise ValueError(ENDS_EARLY) from error
        check_page(image, path)
        read[place] = stored_values(image, path)[:, :, :1]
    image.seek(0)
    if len({values.shape for values in read.values()}) > 1:
        raise ValueError(tr("its channels differ in size"))
    order = {place: index for index, place in enumerate(read)}
    red, green, blue = (order[place] for place in places)
    return np.concatenate([*read.values()], 2), msgspec.structs.replace(settings, sources=(red, green, blue))


def by_rows(strips: Strips, height: int, watch: Watch) -> Strips:
    """The same strips of a picture of this height; ``watch`` hears of each."""
    done = 0
    for strip in strips:
        yield strip
        done += len(strip)
        watch(done / height)


def is_sequential(image: PIL.Image.Image, path: Path, settings: ChannelSettings | None = None) -> bool:
    """Whether a picture, opened from ``path``, is stored row by row, with 8 bits a channel at most where no
    ``settings`` say what its values mean: only then are its strips made without the whole of it."""
    deepest = 8 if settings is None else 16
    if image.format in JPEG:
        return not image.info.get("progressive")
    if image.format == "PNG":
        with path.open("rb") as file:
            header = file.read(29)
        return header[24] <= deepest and header[28] == 0
    if image.format != "TIFF":
        return False
    tags = cast(TiffImageFile, image).tag_v2
    pieces = len(tags.get(TILES, ())) if TILES in tags else len(tags.get(STRIPS, ()))
    raw = image.info.get("compression") == "raw"
    if settings is not None and len(channel_pages(image)) > 1:
        return False
    return max(tags.get(BITS, (1,))) <= deepest and tags.get(PLANAR, ONE_PLANE) == ONE_PLANE and (pieces > 1 or raw)


def channels_of(image: PIL.Image.Image) -> Channels:
    """What the channels of an image mean, as it was opened."""
    if image.has_transparency_data:
        extra = cast(TiffImageFile, image).tag_v2.get(EXTRA) if image.format == "TIFF" else None
        return Channels.MULTIPLIED if extra == _MULTIPLIED else Channels.OPACITY
    return Channels.CMYK if image.mode == "CMYK" else Channels.COLORS


def _values(image: PIL.Image.Image, path: Path) -> Iterator[Values]:
    bits = cast(TiffImageFile, image).tag_v2.get(BITS, (1,)) if image.format == "TIFF" else ()
    if image.format not in vips.LOADERS or 12 in bits:
        return _in_strips(_values_of_pillow(image))
    return _from_jpeg(image, path) if image.format in JPEG else _from_vips(image, path)


def _from_jpeg(image: PIL.Image.Image, path: Path) -> Iterator[Values]:
    usual = image.mode in ("RGB", "L") and image.width * image.height < LARGE
    picture = jpeg_file.decode(path) if usual else None
    corner = None
    for strip in _from_vips(image, path) if picture is None else (picture,):
        yield strip
        corner = strip[-1, -1]
    assert corner is not None
    jpeg_file.check(path, corner, progressive=bool(image.info.get("progressive")))


def _from_vips(image: PIL.Image.Image, path: Path) -> Iterator[Values]:
    assert image.format is not None
    if image.format == "WEBP" and breaks_off(image, path):  # its decoder takes zeros for pixels
        raise ValueError(ENDS_EARLY)
    size, page = stored_size(image), 0
    rows = max(_AT_ONCE // size[1], 1)
    tags = cast(TiffImageFile, image).tag_v2 if image.format == "TIFF" else None
    if tags is not None:
        page = image.tell()
        rows = min(int(tags.get(TILE_ROWS, rows)), max(rows, _TILE_ROWS_AT_ONCE))
    try:
        if tags is not None and tags.get(PLANAR, ONE_PLANE) != ONE_PLANE:
            read = [list(vips.value_strips(file, "TIFF", size, rows)) for file in planes(tags, path)]
            yield from (np.concatenate(of_all, 2) for of_all in zip(*read, strict=True))
            return
        yield from vips.value_strips(path, image.format, size, rows, page)
    except vips.VipsError as error:
        raise ValueError(ENDS_EARLY if breaks_off(image, path) else tr("its pixels cannot be decoded")) from error


def _values_of_pillow(image: PIL.Image.Image) -> Values:
    """All of a picture of a kind that libvips does not know."""
    turn = orientation(image)
    if not image.mode.startswith(("I", "F")):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    values = np.asarray(image)
    if image.format == "TIFF":  # Pillow turns it by itself
        values = turned(values, turn.inverse)
    return values.reshape(*values.shape[:2], -1)


def _in_strips(values: Values) -> Iterator[Values]:
    rows = max(_AT_ONCE // values.shape[1], 1)
    return (values[top : top + rows] for top in range(0, len(values), rows))


def _joined(first: Values, others: Iterator[Values], size: Size) -> Values:
    top = len(first)
    if top == size[0]:
        made = first
    else:
        made = np.empty((*size, first.shape[2]), first.dtype)
        made[:top] = first
    for strip in others:
        made[top : top + len(strip)] = strip
        top += len(strip)
    if top < size[0]:
        raise ValueError(ENDS_EARLY)
    return made
