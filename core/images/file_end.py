"""Whether the file of a picture goes on to its end, from a few of its bytes: for a look at ten thousand of them."""

import os
from pathlib import Path
from typing import BinaryIO, cast

import PIL.Image
from PIL.TiffImagePlugin import TiffImageFile

from core.images import jpeg_file
from core.images.image_file import JPEG
from core.images.tiff_file import STRIP_BYTES, STRIPS, TILE_BYTES, TILES

_TAIL = 64
_PLACES = ((STRIPS, STRIP_BYTES), (TILES, TILE_BYTES))
"""Tags of a TIFF: where its strips or tiles lie, and how many bytes each has."""


def breaks_off(image: PIL.Image.Image, path: Path) -> bool:
    """Whether the end of the file that ``image`` was opened from is missing, or was never written. Files without any
    mark of their end are taken to be whole."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - _TAIL, 0))
        tail = file.read()
        match image.format:
            case format if format in JPEG:
                return not jpeg_file.ends_as_jpeg(tail) and not jpeg_file.has_end(path.read_bytes())
            case "PNG":
                return b"IEND" not in tail and not _has_last_chunk(file)
            case "TIFF":
                return _reach(image) > size
            case "BMP":
                return _stated_bytes(file, 2) > size
            case "WEBP":  # its coded data never end in so many zeros
                return _stated_bytes(file, 4) + 8 > size or not any(tail)
            case _:
                return False


def _has_last_chunk(file: BinaryIO) -> bool:
    """Whether a PNG has its last chunk, something else behind it perhaps."""
    file.seek(8)
    while len(head := file.read(8)) == 8:
        if head[4:] == b"IEND":
            return True
        file.seek(int.from_bytes(head[:4]) + 4, os.SEEK_CUR)
    return False


def _reach(image: PIL.Image.Image) -> int:
    """Where the pixels of a TIFF end."""
    tags = cast(TiffImageFile, image).tag_v2
    ends = [
        offset + length
        for offsets, lengths in _PLACES
        if offsets in tags and lengths in tags
        for offset, length in zip(tags[offsets], tags[lengths], strict=False)
    ]
    return max(ends, default=0)


def _stated_bytes(file: BinaryIO, place: int) -> int:
    """The number in four bytes of a header."""
    file.seek(place)
    return int.from_bytes(file.read(4), "little")
