"""PNG, chunk by chunk and row by row. W3C Portable Network Graphics, third edition.

No decoder at hand gives rows of a PNG. So a small PNG is made in memory out of what the rows are stored as, and decoded
as any other picture: the pixels are those of the whole.
"""

import io
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import PIL.Image

from core.images.channels import Picture, to_rgb
from core.images.image_file import ENDS_EARLY, picture_errors

_SIGN = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Bytes a pixel for each of PNG's color types, with 8 bits a channel."""
_READ = 1 << 20
_FEW = 1024
"""Bytes that the chunks have at most which say what pixels mean."""


def is_plain(path: Path) -> bool:
    """Whether a PNG is not interlaced and has 8 bits a channel: only then are its rows those of the picture."""
    with path.open("rb") as file:
        header = file.read(29)
    return header[24:25] == b"\x08" and header[28:] == b"\0"


def check(path: Path) -> None:
    """Raise ``ValueError`` where pixels are not what was stored: Pillow does not compare their checksums, and what was
    never written of a file is black. What is missing at the end, Pillow says."""
    with path.open("rb") as file:
        file.seek(len(_SIGN))
        while len(head := file.read(8)) == 8 and head[4:] != b"IEND":
            for _ in _checked(file, *struct.unpack(">I4s", head)):
                pass


def _checked(file: BinaryIO, length: int, name: bytes) -> Iterator[bytes]:
    """The data of a chunk, up to its end or that of the file. ``ValueError`` where its checksum is another."""
    checksum = zlib.crc32(name)
    while length and (data := file.read(min(length, _READ))):
        length -= len(data)
        checksum = zlib.crc32(data, checksum)
        yield data
    stated = file.read(4)
    if name == b"IDAT" and length:
        raise ValueError(ENDS_EARLY)
    if name == b"IDAT" and len(stated) == 4 and int.from_bytes(stated) != checksum:
        raise ValueError("some of its pixels are not those that were stored")


def strips(path: Path, rows: int) -> Iterator[Picture]:
    """A PNG that ``is_plain``, some rows at a time, from top to bottom. Raises ``UserError`` when it is broken."""
    with picture_errors(path), path.open("rb") as file:
        yield from _strips(file, rows)


def _strips(file: BinaryIO, rows: int) -> Iterator[Picture]:
    """A row may be stored as its difference from the one above. So each small file begins with the last row of the
    strip before, stored as it is."""
    header, others, compressed = _parts(file)
    stream = _inflated(compressed)
    width, height, _, kind = struct.unpack_from(">IIBB", header)
    stride = width * _CHANNELS[kind]
    above = b"\0" + bytes(stride)  # what the first row is compared with
    for top in range(0, height, rows):
        count = min(rows, height - top)
        stored = stream(count * (stride + 1))
        small = io.BytesIO(_made(header, others, above + stored, count + 1))
        with PIL.Image.open(small, formats=("PNG",)) as image:
            image.load()
            above = b"\0" + image.crop((0, count, width, count + 1)).tobytes()
            yield to_rgb(image.crop((0, 1, width, count + 1)))
    for _ in compressed:
        pass  # the last checksums


def _made(header: bytes, others: bytes, rows: bytes, count: int) -> bytes:
    """A PNG of ``count`` rows as they are stored."""
    small = header[:4] + struct.pack(">I", count) + header[8:]
    return _SIGN + _chunk(b"IHDR", small) + others + _chunk(b"IDAT", zlib.compress(rows, 0)) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _parts(file: BinaryIO) -> tuple[bytes, bytes, Iterator[bytes]]:
    """The header, what colors mean (whole chunks), and the compressed rows."""
    file.seek(len(_SIGN))
    header, others = b"", b""
    while True:
        length, name = struct.unpack(">I4s", file.read(8))
        if name == b"IDAT":
            break
        data = file.read(min(length, _FEW))
        file.seek(length - len(data) + 4, os.SEEK_CUR)
        if name == b"IHDR":
            header = data
        elif name in (b"PLTE", b"tRNS"):
            others += _chunk(name, data)
    return header, others, _data(file, length)


def _data(file: BinaryIO, length: int) -> Iterator[bytes]:
    """The compressed bytes, from the first chunk of them, which has this length, to the last."""
    name = b"IDAT"
    while name == b"IDAT":
        yield from _checked(file, length, name)
        head = file.read(8)
        if len(head) < 8:
            return
        length, name = struct.unpack(">I4s", head)


def _inflated(compressed: Iterator[bytes]) -> Callable[[int], bytes]:
    """A function that gives the next bytes of the rows."""
    inflater = zlib.decompressobj()

    def take(count: int) -> bytes:
        parts, missing = [], count
        while missing:
            data = inflater.unconsumed_tail or next(compressed, b"")
            if not data:
                raise ValueError(ENDS_EARLY)
            parts.append(inflater.decompress(data, missing))
            missing -= len(parts[-1])
        return b"".join(parts)

    return take
