"""Small TIFF files made of some strips or tiles of a large one. TIFF, revision 6.0."""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import PIL.Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile

_WIDTH, _LENGTH, _BITS, _COMPRESSION, _PLANAR = 256, 257, 258, 259, 284
_STRIPS, _STRIP_ROWS, _STRIP_BYTES = 273, 278, 279
_TILE_WIDTH, _TILE_LENGTH, _TILES, _TILE_BYTES = 322, 323, 324, 325
_CHANNELS = 277
_PHOTOMETRIC, _PREDICTOR, _COLOURS, _EXTRA, _JPEG_TABLES, _YCBCR, _BLACK_WHITE = 262, 317, 320, 338, 347, 530, 532
_LOOK = (_WIDTH, _BITS, _COMPRESSION, _PHOTOMETRIC, _CHANNELS, _PLANAR, _PREDICTOR, _COLOURS, _EXTRA)
_MEANING = (*_LOOK, _JPEG_TABLES, _YCBCR, _BLACK_WHITE, _TILE_WIDTH, _TILE_LENGTH)
"""Tags that say how pixels are stored: all that decoding one strip or tile takes."""
_WHOLE_BYTES, _UNDEFINED = 8, 7
_UNCOMPRESSED, _LITTLE = 1, b"II*\0"
_ONE_PLANE = 1
_FEW = 16
"""Rows that the strips of a sample may have: of higher ones too few would be left."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the rows of a file lie."""

    height: int
    step: int
    """Rows of a strip, or of a tile."""
    across: int
    """Tiles beside each other; 1 for strips."""
    offsets: list[int]
    lengths: list[int]
    tiled: bool


def tiff_cuts(image: PIL.Image.Image, path: Path, rows: int) -> Iterator[bytes] | None:
    """TIFF files of ``rows`` rows each, or a few less or more, that follow each other from top to bottom of ``image``,
    which was opened from ``path``. ``None`` where the file is stored so that this is not possible: in one piece, in
    planes, or with other than 8 bits a channel.

    The number of rows is a multiple of what a strip or a tile has.
    """
    tags = cast(TiffImageFile, image).tag_v2
    layout = _layout_of_bytes(tags, path.stat().st_size)
    return None if layout is None else _cuts(tags, layout, path, rows)


@dataclass(frozen=True, slots=True)
class Sample:
    """A TIFF file of strips that lie evenly over a large one."""

    file: bytes
    rows: int
    """Of each strip."""


def tiff_sample(image: PIL.Image.Image, path: Path, rows: int) -> Sample | None:
    """Strips of about so many ``rows`` in all. ``None`` where the file is stored in tiles, in high strips, or so that
    ``tiff_cuts`` has nothing of it either."""
    tags = cast(TiffImageFile, image).tag_v2
    layout = _layout_of_bytes(tags, path.stat().st_size)
    if layout is None or layout.tiled or layout.step > _FEW:
        return None
    whole = layout.height // layout.step
    every = max(whole * layout.step // rows, 1)
    places = range(every // 2, whole, every)
    with path.open("rb") as file:
        pieces = _pieces(file, layout, places)
    return Sample(_file(tags, layout, len(pieces) * layout.step, pieces), layout.step)


def _layout_of_bytes(tags: ImageFileDirectory_v2, size: int) -> _Layout | None:
    """Of a file of ``size`` bytes. ``None`` where pixels are not whole bytes beside each other, or cannot all be in the
    file: what tags say may be anything."""
    if set(tags.get(_BITS, (1,))) != {_WHOLE_BYTES} or tags.get(_PLANAR, _ONE_PLANE) != _ONE_PLANE:
        return None
    layout = _layout(tags, size)
    pieces = -(-layout.height // layout.step) * layout.across if layout is not None else -1
    if layout is None or not len(layout.offsets) == len(layout.lengths) == pieces or sum(layout.lengths) > size:
        return None
    return layout


def _layout(tags: ImageFileDirectory_v2, size: int) -> _Layout | None:
    height, width = int(tags[_LENGTH]), int(tags[_WIDTH])
    if _TILES in tags:
        across, step = -(-width // max(int(tags[_TILE_WIDTH]), 1)), max(int(tags[_TILE_LENGTH]), 1)
        return _Layout(height, step, across, list(tags[_TILES]), list(tags[_TILE_BYTES]), True)
    step = max(min(int(tags.get(_STRIP_ROWS, height)), height), 1)
    offsets = list(tags[_STRIPS])
    if int(tags.get(_COMPRESSION, _UNCOMPRESSED)) == _UNCOMPRESSED:  # then each row is a strip of its own
        row = width * int(tags.get(_CHANNELS, 1))
        if row * height > size or len(offsets) * step < height:
            return None
        places = [offsets[y // step] + row * (y % step) for y in range(height)]
        return _Layout(height, 1, 1, places, [row] * height, False)
    if len(offsets) == 1:
        return None
    return _Layout(height, step, 1, offsets, list(tags[_STRIP_BYTES]), False)


def _cuts(tags: ImageFileDirectory_v2, layout: _Layout, path: Path, rows: int) -> Iterator[bytes]:
    many = max(rows // layout.step, 1)
    with path.open("rb") as file:
        for first in range(0, len(layout.offsets) // layout.across, many):
            places = range(first * layout.across, min((first + many) * layout.across, len(layout.offsets)))
            pieces = _pieces(file, layout, places)
            height = min(many * layout.step, layout.height - first * layout.step)
            yield _file(tags, layout, height, pieces)


def _pieces(file: BinaryIO, layout: _Layout, places: Iterable[int]) -> list[bytes]:
    """The strips or tiles at these places, as they are stored."""
    pieces = []
    for place in places:
        file.seek(layout.offsets[place])
        pieces.append(file.read(layout.lengths[place]))
    return pieces


def _file(tags: ImageFileDirectory_v2, layout: _Layout, height: int, pieces: list[bytes]) -> bytes:
    """A file of ``height`` rows."""
    body, places, lengths = b"".join(pieces), [], []
    place = len(_LITTLE) + 4
    for piece in pieces:
        places.append(place)
        lengths.append(len(piece))
        place += len(piece)
    values: dict[int, Any] = {tag: tags[tag] for tag in _MEANING if tag in tags}
    values[_LENGTH] = height
    values |= (
        {_TILES: places, _TILE_BYTES: lengths}
        if layout.tiled
        else {_STRIPS: places, _STRIP_BYTES: lengths, _STRIP_ROWS: layout.step}
    )
    return _LITTLE + struct.pack("<I", place) + body + _directory(values, place)


def _directory(values: dict[int, Any], place: int) -> bytes:
    """The directory that begins at ``place``, and the values that have no room in it."""
    entries, beyond = [], b""
    room = place + 2 + 12 * len(values) + 4
    for tag, value in sorted(values.items()):
        kind, count, data = _packed(value)
        if len(data) > 4:
            entries.append(struct.pack("<HHII", tag, kind, count, room + len(beyond)))
            beyond += data + b"\0" * (len(data) % 2)
        else:
            entries.append(struct.pack("<HHI4s", tag, kind, count, data))
    return struct.pack("<H", len(values)) + b"".join(entries) + struct.pack("<I", 0) + beyond


_SHORT, _LONG, _RATIONAL = 3, 4, 5


def _packed(value: Any) -> tuple[int, int, bytes]:
    """Type, count and bytes of a value."""
    if isinstance(value, bytes):
        return _UNDEFINED, len(value), value
    numbers = list(value) if isinstance(value, tuple | list) else [value]
    if not all(isinstance(number, int) for number in numbers):
        pairs = [side for number in numbers for side in (number.numerator, number.denominator)]
        return _RATIONAL, len(numbers), struct.pack(f"<{len(pairs)}I", *pairs)
    short = all(number < 1 << 16 for number in numbers)
    return (_SHORT if short else _LONG), len(numbers), struct.pack(f"<{len(numbers)}{'H' if short else 'I'}", *numbers)
