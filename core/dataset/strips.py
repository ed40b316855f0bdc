"""Huge pictures read from top to bottom, a few rows at a time, in memory that does not grow with the picture.

No decoder at hand gives rows of a PNG or a TIFF. So a small file of the same kind is made in memory out of what the
rows are stored as, and decoded as any other picture: the pixels are those that ``pictures.read_image`` gives.
PNG: W3C Portable Network Graphics, third edition. TIFF: revision 6.0.
"""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import PIL.Image

from core.dataset.pictures import Picture, ends_as_jpeg, opened, to_rgb
from core.dataset.tiff_cuts import tiff_cuts
from core.errors import UserError
from core.geometry.masks import Size

Strips = Iterator[Picture]
"""RGB, shapes ``(rows, width, 3)``, from top to bottom."""
Watch = Callable[[float], None]
"""Told what share of the work is done; raises ``CancelRequested`` when nobody wants the rest."""
Reader = Callable[[Path, Watch], Strips]

_PNG = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Bytes a pixel for each of PNG's colour types, with 8 bits a channel."""
_READ = 1 << 20
_AT_ONCE = 4_000_000
"""Pixels of a strip, about. Decoding one takes some ten bytes for each; of larger ones, copies in Python would keep the
window's thread waiting for longer than a frame."""


def reader_of(path: Path, stated: Size, jpeg: Reader | None = None) -> Reader | None:
    """How to read the picture in ``path`` by rows, or ``None`` where it has to be read as a whole: it is of another
    kind, is stored in a way that allows nothing else, or lies under its masks only when it is turned or scaled.

    ``jpeg`` reads JPEG: it takes a library that this room does not have. Raises ``UserError`` for what is no picture.
    """
    with opened(path) as image:
        if (image.height, image.width) != stated:
            return None
        rows = max(_AT_ONCE // image.width, 1)
        if image.format == "JPEG":
            return jpeg if image.mode in ("RGB", "L") and _is_sequential(image, path) else None
        if image.format == "PNG":
            return _watched(png_strips, rows, image.height) if _is_plain(path) else None
        if image.format == "TIFF":
            able = tiff_cuts(image, path, rows) is not None
            return _watched(tiff_strips, rows, image.height) if able else None
    return None


def _watched(read: Callable[[Path, int], Strips], rows: int, height: int) -> Reader:
    return lambda path, watch: by_rows(read(path, rows), height, watch)


def by_rows(strips: Strips, height: int, watch: Watch) -> Strips:
    """The same strips of a picture of this height, where each row takes as long as any other."""
    done = 0
    for strip in strips:
        yield strip
        done += len(strip)
        watch(done / height)


def _is_sequential(image: PIL.Image.Image, path: Path) -> bool:
    """Whether a JPEG is stored row by row, and to its end: of a torn one decoders would make up the rest."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 64, 0))
        return not image.info.get("progressive") and ends_as_jpeg(file.read())


def png_strips(path: Path, rows: int) -> Strips:
    """A PNG with 8 bits a channel, not interlaced. Raises ``UserError`` when it is broken."""
    try:
        with path.open("rb") as file:
            yield from _png_strips(file, rows)
    except (OSError, ValueError, SyntaxError, struct.error, zlib.error) as error:
        raise UserError(f"{path} is broken: {error}", "replace the file, or remove its entry") from error


def tiff_strips(path: Path, rows: int) -> Strips:
    """A TIFF that is stored in strips or tiles. Raises ``UserError`` when it is broken."""
    with opened(path) as image:
        cuts = tiff_cuts(image, path, rows)
    try:
        for cut in cuts or ():
            yield decoded(cut)
    except (OSError, ValueError, SyntaxError, struct.error) as error:
        raise UserError(f"{path} is broken: {error}", "replace the file, or remove its entry") from error


def decoded(data: bytes) -> Picture:
    """The picture in the bytes of a file."""
    with PIL.Image.open(io.BytesIO(data)) as image:
        return to_rgb(image)


def _is_plain(path: Path) -> bool:
    """Whether a PNG is not interlaced and has 8 bits a channel: only then are its rows those of the picture."""
    with path.open("rb") as file:
        header = file.read(29)
    return header[24:25] == b"\x08" and header[28:] == b"\0"


def _png_strips(file: BinaryIO, rows: int) -> Strips:
    """A row may be stored as its difference from the one above. So each small file begins with the last row of the
    strip before, stored as it is."""
    header, others, stream = _png_parts(file)
    width, height, _, kind = struct.unpack_from(">IIBB", header)
    stride = width * _CHANNELS[kind]
    above = b"\0" + bytes(stride)  # what the first row is compared with
    for top in range(0, height, rows):
        count = min(rows, height - top)
        stored = stream(count * (stride + 1))
        with PIL.Image.open(io.BytesIO(_png(header, others, above + stored, count + 1))) as image:
            image.load()
            above = b"\0" + np.asarray(image)[-1].tobytes()
            yield to_rgb(image.crop((0, 1, width, count + 1)))


def _png(header: bytes, others: bytes, rows: bytes, count: int) -> bytes:
    """A PNG of ``count`` rows as they are stored."""
    small = header[:4] + struct.pack(">I", count) + header[8:]
    return _PNG + _chunk(b"IHDR", small) + others + _chunk(b"IDAT", zlib.compress(rows, 0)) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _png_parts(file: BinaryIO) -> tuple[bytes, bytes, Callable[[int], bytes]]:
    """The header, what colours mean (whole chunks), and a function that gives the next bytes of the rows."""
    file.seek(len(_PNG))
    header, others = b"", b""
    while True:
        length, name = struct.unpack(">I4s", file.read(8))
        if name == b"IDAT":
            break
        data = file.read(length + 4)[:length]
        if name == b"IHDR":
            header = data
        elif name in (b"PLTE", b"tRNS"):
            others += _chunk(name, data)
    return header, others, _inflated(_png_data(file, length))


def _png_data(file: BinaryIO, length: int) -> Iterator[bytes]:
    """The compressed bytes, from the first chunk of them, which has this length, to the last."""
    name = b"IDAT"
    while name == b"IDAT":
        while length:
            data = file.read(min(length, _READ))
            if not data:
                raise ValueError("its end is missing")
            length -= len(data)
            yield data
        length, name = struct.unpack(">4xI4s", file.read(12))


def _inflated(compressed: Iterator[bytes]) -> Callable[[int], bytes]:
    inflater = zlib.decompressobj()

    def take(count: int) -> bytes:
        parts, missing = [], count
        while missing:
            data = inflater.unconsumed_tail or next(compressed, b"")
            if not data:
                raise ValueError("rows are missing at its end")
            parts.append(inflater.decompress(data, missing))
            missing -= len(parts[-1])
        return b"".join(parts)

    return take
