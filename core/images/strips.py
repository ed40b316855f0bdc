"""Huge pictures read from top to bottom, a few rows at a time, in memory that does not grow with the picture.

No decoder at hand gives rows of a PNG or a TIFF. So a small file of the same kind is made in memory out of what the
rows are stored as, and decoded as any other picture: the pixels are those that ``pictures.read_image`` gives.
"""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import PIL.Image

from core.geometry.masks import Size
from core.images import jpeg_file, png_file
from core.images.channels import Picture, to_rgb
from core.images.image_file import ENDS_EARLY, JPEG, check_cost, opened, picture_errors
from core.images.orientation import Turn, shown, stored_size
from core.images.tiff_cuts import tiff_cuts
from core.plain_text import is_utf_8

Strips = Iterator[Picture]
"""RGB, shapes ``(rows, width, 3)``, from top to bottom."""
Watch = Callable[[float], None]
"""Told what share of the work is done; raises ``CancelRequested`` when nobody wants the rest."""
Reader = Callable[[Path, Watch], Strips]

_AT_ONCE = 4_000_000
"""Pixels of a strip, about. Decoding one takes some ten bytes for each; of larger ones, copies in Python would keep the
window's thread waiting for longer than a frame."""


def reader_of(path: Path, stated: Size, jpeg: Reader | None = None) -> Reader | None:
    """How to read the picture in ``path`` by rows, or ``None`` where it has to be read as a whole: it is of another
    kind, is stored in a way that allows nothing else, or lies under its masks only when it is turned or scaled.

    ``jpeg`` reads JPEG: it takes a library that this room does not have. Raises ``UserError`` for what is no picture.
    """
    with opened(path) as image:
        fits = stored_size(image) == stated and shown(image, stated) is Turn.NONE
        return stored_reader(image, path, jpeg) if fits else None


def stored_reader(image: PIL.Image.Image, path: Path, jpeg: Reader | None = None) -> Reader | None:
    """The same for the pixels of ``image``, opened from ``path``, as they are stored."""
    height, width = stored_size(image)
    if width > _AT_ONCE:  # a strip would be as large as the picture
        return None
    check_cost(image, path, memory=False)
    rows = max(_AT_ONCE // width, 1)
    if image.format in JPEG:
        named = is_utf_8(str(path))  # the library that reads JPEG takes no other name
        return jpeg if named and image.mode in ("RGB", "L") and _is_sequential(image, path) else None
    if image.format == "PNG":
        return _watched(png_file.strips, rows, height) if png_file.is_plain(path) else None
    if image.format == "TIFF":
        able = tiff_cuts(image, path, rows) is not None
        return _watched(tiff_strips, rows, height) if able else None
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
        return not image.info.get("progressive") and jpeg_file.ends_as_jpeg(file.read())


def tiff_strips(path: Path, rows: int) -> Strips:
    """A TIFF that is stored in strips or tiles. Raises ``UserError`` when it is broken."""
    with opened(path) as image:
        cuts, missing = tiff_cuts(image, path, rows), stored_size(image)[0]
    with picture_errors(path):
        for cut in cuts or ():
            strip = decoded(cut)
            missing -= len(strip)
            yield strip
        if missing:
            raise ValueError(ENDS_EARLY)


def decoded(data: bytes) -> Picture:
    """The picture in the bytes of a TIFF."""
    with PIL.Image.open(io.BytesIO(data), formats=("TIFF",)) as image:
        return to_rgb(image)
