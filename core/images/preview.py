"""A small picture of a huge one within a second or two, where its file allows that."""

from pathlib import Path
from typing import cast

import cv2
import numpy as np
import PIL.Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile

from core.geometry.masks import Size
from core.images import vips
from core.images.channels import Picture, to_rgb
from core.images.decoding import reduced_jpeg
from core.images.image_file import JPEG, check_cost, opened
from core.images.orientation import Turn, needed_turn, orientation, turned
from core.images.strips import Strips, channels_of, strips, whole_picture
from core.images.tiff_file import (
    BITS,
    COMPRESSION,
    EXTRA,
    HEIGHT,
    ONE_PLANE,
    PHOTOMETRIC,
    PLANAR,
    SAMPLES,
    STRIP_BYTES,
    STRIP_ROWS,
    STRIPS,
    TILES,
    WIDTH,
    assembled,
)

_ROWS = 800
"""Rows of a TIFF that are decoded."""
_PAGES = 16
"""Pages of a TIFF among which a small copy of the first is looked for."""
_MOST = 40_000_000
"""Pixels of a small copy that is worth decoding."""
_OFF = 0.02
"""By how much the proportions of a small copy may be off: its sides are rounded."""

_PREDICTOR, _COLORS, _JPEG_TABLES, _YCBCR, _BLACK_WHITE = 317, 320, 347, 530, 532
_LOOK = (WIDTH, BITS, COMPRESSION, PHOTOMETRIC, SAMPLES, PLANAR, _PREDICTOR, _COLORS, EXTRA)
_MEANING = (*_LOOK, _JPEG_TABLES, _YCBCR, _BLACK_WHITE)
"""Tags that say how pixels are stored: all that decoding a strip takes."""
_WHOLE_BYTES, _UNCOMPRESSED = 8, 1
_FEW = 16
"""Rows that the strips may have: of higher ones too few would be left."""
_LONG = 4


def read_reduced(path: Path, stated: Size, target: Size, *, torn: bool = False) -> Picture | None:
    """The picture in ``path`` at about the size ``target``, lying as annotations of the size ``stated`` do; ``None``
    where there is no quicker way than to decode all of it: a PNG is one stream. Raises ``UserError`` when the file is
    missing or broken; with ``torn``, what is missing of a broken JPEG is grey."""
    with opened(path) as image:
        check_cost(image, path, memory=False)
        turn = needed_turn(image, stated)
        if turn.sideways:
            target = target[::-1]
        picture = None
        if image.format in JPEG:
            picture = reduced_jpeg(image, path, target, torn=torn)
        elif image.format == "TIFF":
            if orientation(image) is Turn.NONE:  # else each page has its own, or none
                picture = _small_page(image, path, target)
            if picture is None and (rows := _tiff_sample(image, path, _ROWS)) is not None:
                width, how = target[1], cv2.INTER_AREA
                narrow = np.concatenate([cv2.resize(strip, (width, len(strip)), interpolation=how) for strip in rows])
                picture = np.asarray(cv2.resize(narrow, target[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)
        return None if picture is None else turned(picture, turn)


def _small_page(image: PIL.Image.Image, path: Path, target: Size) -> Picture | None:
    """The smallest copy of the first page among the others that has the size ``target``, or else the largest."""
    width, height = image.size
    found: list[tuple[int, int]] = []
    for page in range(1, _PAGES):
        try:
            image.seek(page)
        except EOFError:
            break
        across, down = image.width / width, image.height / height
        if across < 1 and abs(across - down) <= _OFF * across and image.width * image.height <= _MOST:
            found.append((image.width, page))
    fine = [copy for copy in found if copy[0] >= target[1]]
    chosen = min(fine) if fine else max(found, default=None)
    picture = None
    if chosen is not None:
        image.seek(chosen[1])
        picture = whole_picture(strips(image, path), (image.height, image.width))
    cast(TiffImageFile, image).seek(0)
    return picture


def _tiff_sample(image: PIL.Image.Image, path: Path, rows: int) -> Strips | None:
    """Some strips of a TIFF, low ones that lie evenly over the picture: they are made a small TIFF in memory, which is
    decoded as any other. One row for each of them, the mean of its own; about so many ``rows`` are decoded. ``None``
    where the file, which ``image`` was opened from, is stored otherwise. TIFF, revision 6.0."""
    tags = cast(TiffImageFile, image).tag_v2
    layout = _layout(tags, path.stat().st_size)
    if layout is None:
        return None
    step, offsets, lengths = layout
    whole = int(tags[HEIGHT]) // step
    every = max(whole * step // rows, 1)
    pieces = []
    with path.open("rb") as whole_file:
        for place in range(every // 2, whole, every):
            whole_file.seek(offsets[place])
            pieces.append(whole_file.read(lengths[place]))
    size = len(pieces) * step, int(tags[WIDTH])
    channels, file = channels_of(image), assembled(tags, _MEANING, {HEIGHT: size[0], STRIP_ROWS: step}, pieces)
    small = (
        to_rgb(np.asarray(values, np.uint8), channels) for values in vips.value_strips(file, "TIFF", size, _FEW * step)
    )
    return (strip.reshape(-1, step, size[1], 3).mean(1).astype(np.uint8) if step > 1 else strip for strip in small)


def _layout(tags: ImageFileDirectory_v2, size: int) -> tuple[int, list[int], list[int]] | None:
    """Rows of a strip, where each begins in a file of ``size`` bytes, and how many bytes it has. ``None`` where strips
    are high, pixels are not whole bytes beside each other, or cannot all be there: what tags say may be anything."""
    if TILES in tags or set(tags.get(BITS, (1,))) != {_WHOLE_BYTES} or tags.get(PLANAR, ONE_PLANE) != ONE_PLANE:
        return None
    height = int(tags[HEIGHT])
    step = max(min(int(tags.get(STRIP_ROWS, height)), height), 1)
    offsets, lengths = list(tags[STRIPS]), list(tags.get(STRIP_BYTES, ()))
    if tags.get(COMPRESSION, _UNCOMPRESSED) == _UNCOMPRESSED:  # then each row is a strip of its own
        row = int(tags[WIDTH]) * int(tags.get(SAMPLES, 1))
        if row * height > size or len(offsets) * step < height:
            return None
        return 1, [offsets[y // step] + row * (y % step) for y in range(height)], [row] * height
    sound = len(offsets) == len(lengths) == -(-height // step) and sum(lengths) <= size
    return (step, offsets, lengths) if sound and step <= _FEW else None
