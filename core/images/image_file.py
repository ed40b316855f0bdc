"""The files of pictures: which kinds are opened, how large they may be, and what is said of those that cannot be read.

Files come from anywhere, and their names end in anything. Pillow reads the header, and could hand PostScript to a
program; so only the kinds named here are ever opened. What decoding would cost is estimated before it begins.
"""

import contextlib
import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

import cv2
import PIL.Image
import psutil
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import jpeg_factory
from PIL.PngImagePlugin import PngImageFile
from PIL.PpmImagePlugin import PpmImageFile
from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from core.errors import Interruption, UserError, refused
from core.geometry.rle import MAX_PIXELS
from core.images.tiff_file import BITS, HEIGHT, SAMPLE_FORMAT, SAMPLES, TILE_ROWS, TILE_WIDTH, WIDTH, AnyTiffFile
from core.words import tr, tr_n

_OPENERS: dict[bytes, Callable[..., PIL.Image.Image]] = {
    b"BM": BmpImageFile,
    b"GIF8": GifImageFile,
    b"\xff\xd8\xff": jpeg_factory,
    b"\x89PNG\r\n\x1a\n": PngImageFile,
    b"P": PpmImageFile,
    **dict.fromkeys((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), AnyTiffFile),
    b"RIFF": WebPImageFile,
}
"""By how a file begins: what is opened, and by which of Pillow's classes. That of JPEG knows ``MPO`` too: photographs
with a second picture behind the first."""
JPEG = ("JPEG", "MPO")

ENDS_EARLY = tr("it ends before the picture does")
"""What is said of a file that breaks off."""

_MAX_BYTES = 4 << 30
LARGE = 60_000_000
"""Pixels from which on a picture costs seconds and hundreds of MB: a bomb perhaps; it is read by rows if it can be."""
_PIXELS_A_BYTE = 2_000
"""Of a file. A plain grey PNG or JPEG has 1,000 at most."""
_MAX_SCANS = 64
"""Of a progressive JPEG, each of which goes over all of its pixels. Usual are ten."""
_WEBP_BYTES = 15
"""A pixel: as the decoder has it, as Python gets it, as Pillow keeps it, and the result."""
_DEEP_BYTES = 15
"""A pixel of 16 bits a channel: eight as it is stored, four of 8 bits, and the result."""
_SHARE = 0.8
"""Of the free memory, which one picture may take."""

_MODES = frozenset(("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "I", "F"))
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

_READ = tr("PNG, JPEG, TIFF, BMP, WebP, GIF and PPM are read")
_TIFF_READ = tr("a TIFF has one channel of 1 to 32 bits, or several of 8, 16 or 32 bits each, gray or RGB, or is CMYK")
_TOO_LARGE = tr("cut it into tiles first")
_REPLACE = tr("replace the file, or remove its entry")
_FOREIGN = {
    b"%!PS": tr("{path} is a PostScript file"),
    b"\xc5\xd0\xd3\xc6": tr("{path} is a PostScript file"),
    b"%PDF": tr("{path} is a PDF file"),
    b"<svg": tr("{path} is an SVG drawing"),
    b"<?xml": tr("{path} is an XML file, perhaps an SVG drawing"),
    b"8BPS": tr("{path} is a Photoshop file"),
    b"\0\0\0\x0cjP  ": tr("{path} is a JPEG 2000 picture"),
    b"\xff\x4f\xff\x51": tr("{path} is a JPEG 2000 picture"),
    b"\x76\x2f\x31\x01": tr("{path} is an OpenEXR picture"),
}
"""What files are that are not read, by how they begin."""
_BRANDS = {
    b"heic": tr("{path} is a HEIC picture"),
    b"heix": tr("{path} is a HEIC picture"),
    b"mif1": tr("{path} is a HEIF picture"),
    b"avif": tr("{path} is an AVIF picture"),
}
"""The same of ISO media files, by their brand."""


@contextlib.contextmanager
def picture_errors(path: Path) -> Iterator[None]:
    """What goes wrong inside, with the file of a picture, becomes a ``UserError``."""
    try:
        yield
    except (UserError, Interruption):
        raise
    except MemoryError as error:
        raise UserError(tr("{path} does not fit into the memory that is free", path=path), _TOO_LARGE) from error
    except PIL.Image.DecompressionBombError as error:  # of a GIF, whose frames may be larger than its header says
        raise UserError(
            tr("{path} is too large: more than {max_pixels:,} pixels", path=path, max_pixels=MAX_PIXELS), _TOO_LARGE
        ) from error
    except Exception as error:  # on broken bytes, decoders raise whatever comes to their mind
        if isinstance(error, OSError) and error.errno is not None:
            raise refused(error, path, "read") from error
        reason = str(error.err if isinstance(error, cv2.error) else error) or type(error).__name__
        if isinstance(error, LookupError | TypeError | ArithmeticError | AttributeError | struct.error):
            reason = tr("what it says of itself is impossible")
        elif any(sign in reason.lower() for sign in ("truncated", "but only got")):
            reason = ENDS_EARLY
        raise UserError(tr("{path} is broken: {reason}", path=path, reason=reason), _REPLACE) from error


@contextlib.contextmanager
def opened(path: Path) -> Iterator[PIL.Image.Image]:
    """The picture, with only its header read; for what its pixels cost see ``check_cost``. What goes wrong inside
    becomes a ``UserError``."""
    with picture_errors(path):
        if not path.is_file():
            raise UserError(tr("there is no picture {path}", path=path), tr("put the file back, or remove its entry"))
        if path.stat().st_size > _MAX_BYTES:
            size = path.stat().st_size >> 20
            raise UserError(tr("{path} is too large: {size:,} MiB", path=path, size=size), _TOO_LARGE)
        with path.open("rb") as file:
            head = file.read(30)
        _check_webp(path, head)
        # What ``PIL.Image.open`` compares the size with is a limit of its own, one for the whole process and below what
        # slide scanners and satellites take.
        header = None
        for opener in (opener for sign, opener in _OPENERS.items() if head.startswith(sign)):
            with contextlib.suppress(SyntaxError, IndexError, TypeError, struct.error):  # it only begins like one
                header = opener(path)
                break
        if header is None:
            raise _unidentified(path)
        with header as image:
            check_page(image, path)
            yield image


def check_page(image: PIL.Image.Image, path: Path) -> None:
    """Raise ``UserError`` for a picture, or the page of it that ``image`` is at, of more pixels than are read, or of
    colors that are not."""
    _check_size(path, *_decoded_at_once(image))
    if reason := _unread_colors(image):
        raise UserError(tr("{path} cannot be read: {reason}", path=path, reason=reason), _TIFF_READ)


def _decoded_at_once(image: PIL.Image.Image) -> tuple[int, int]:
    """Width and height of what a decoder makes room for: the picture, or a tile of a TIFF if that is larger."""
    tags = cast(TiffImageFile, image).tag_v2 if image.format == "TIFF" else {}
    tile = int(tags.get(TILE_WIDTH, 0)), int(tags.get(TILE_ROWS, 0))
    return max(image.size, tile, key=lambda size: size[0] * size[1]) if 0 not in image.size else image.size


def _check_size(path: Path, width: int, height: int) -> None:
    """Raise ``UserError`` for more pixels than are read, and for more than the bytes of the file can honestly mean."""
    pixels, size = width * height, path.stat().st_size
    if not pixels:
        raise ValueError(tr("it has no pixels"))
    if pixels > MAX_PIXELS:
        raise UserError(
            tr("{path} is too large: {width:,} × {height:,} pixels", path=path, width=width, height=height), _TOO_LARGE
        )
    if pixels >= LARGE and pixels > _PIXELS_A_BYTE * size:
        raise UserError(
            tr(
                "{path} is not decoded: its {bytes:,} bytes would become {width:,} × {height:,} pixels",
                path=path,
                bytes=size,
                width=width,
                height=height,
            ),
            tr("store the picture anew if it is meant to be so large"),
        )


def _check_webp(path: Path, head: bytes) -> None:
    """The same for WebP, whose decoder makes room for all pixels when it is only opened."""
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP" or len(head) < 30:
        return
    if head[12:16] == b"VP8X":
        width, height = (int.from_bytes(head[place : place + 3], "little") + 1 for place in (24, 27))
    elif head[12:16] == b"VP8L":
        both = int.from_bytes(head[21:25], "little")
        width, height = (both & 0x3FFF) + 1, (both >> 14 & 0x3FFF) + 1
    else:
        width, height = (int.from_bytes(head[place : place + 2], "little") & 0x3FFF for place in (26, 28))
    _check_size(path, width, height)
    _check_memory(path, width, height, _WEBP_BYTES)


def _unread_colors(image: PIL.Image.Image) -> str:
    """What is not read although Pillow opens it: it converts none of it."""
    if image.mode not in _MODES and not image.mode.startswith("I;"):
        return tr("its colors are of the kind {mode}", mode=image.mode)
    return ""


def check_cost(image: PIL.Image.Image, path: Path, *, memory: bool = True) -> None:
    """Raise ``UserError`` where decoding ``image``, opened from ``path``, would take too long or, unless it is read by
    strips, more ``memory`` than is free."""
    if image.info.get("progressive"):
        with path.open("rb") as file:
            scans = sum(part.count(b"\xff\xda") for part in iter(lambda: file.read(1 << 20), b""))  # about
        if scans > _MAX_SCANS:
            raise UserError(
                tr("{path} is not decoded: it is stored in {scans:,} scans", path=path, scans=scans),
                tr("store it as a usual JPEG"),
            )
    if memory:
        _check_memory(path, *_decoded_at_once(image), _bytes_a_pixel(image))


def _check_memory(path: Path, width: int, height: int, each: int) -> None:
    """Raise ``UserError`` where ``each`` bytes for a pixel are more than is free."""
    need = width * height * each
    if max(width * height, need // _DEEP_BYTES) < LARGE:
        return
    free = psutil.virtual_memory().available
    if need > _SHARE * free:
        raise UserError(
            tr(
                "{path} is too large: decoding {width:,} × {height:,} pixels takes {need:.1f} GB, and {free:.1f} GB of "
                "memory are free",
                path=path,
                width=width,
                height=height,
                need=need / 1e9,
                free=free / 1e9,
            ),
            tr("cut it into tiles first, or close other programs"),
        )


def _bytes_a_pixel(image: PIL.Image.Image) -> int:
    """That decoding the whole picture takes at most, the result included."""
    if image.format == "WEBP":
        return _WEBP_BYTES
    if len(image.getbands()) > 1 and ";16" in str(cast(ImageFile, image).tile):
        return _DEEP_BYTES
    if image.format == "TIFF" and image.mode == "F":
        tags = cast(TiffImageFile, image).tag_v2
        return int(tags.get(SAMPLES, 1)) * (int(tags.get(BITS, (32,))[0]) // 8 + 1) + 3  # as stored, and of 8 bits
    stored = {"1": 1, "L": 1, "P": 1, "I;16": 2}.get(image.mode, 4)
    return (9 if image.info.get("progressive") else stored) + 3  # two for each coefficient


def _unidentified(path: Path) -> UserError:
    """Why a file is no picture that is read."""
    with path.open("rb") as file:
        head = file.read(64)
        if head[:4] in _TIFF:
            return UserError(*_unread_tiff(path, file, head))
    if head[4:8] == b"ftyp":
        sentence = _BRANDS.get(head[8:12], tr("{path} is a video or a picture of a kind that is not read"))
    else:
        known = (sentence for sign, sentence in _FOREIGN.items() if head.lstrip().startswith(sign))
        sentence = next(known, tr("{path} is not a picture that can be read"))
    return UserError(sentence.format(path=path), _READ)


def _unread_tiff(path: Path, file: BinaryIO, head: bytes) -> tuple[str, str]:
    """What is the matter with a TIFF of which Pillow can make nothing, and what to do."""
    broken = tr("{path} is broken: {reason}", path=path, reason=ENDS_EARLY), _REPLACE
    tags = ImageFileDirectory_v2(head[: 16 if head[2] == 43 or head[3] == 43 else 8])
    if tags.next + 2 > os.fstat(file.fileno()).st_size:
        return broken
    file.seek(tags.next)
    tags.load(file)
    if not {WIDTH, HEIGHT} <= set(tags):
        return broken
    bits, formats = (tuple(tags.get(tag, (1,))) for tag in (BITS, SAMPLE_FORMAT))
    channels = int(tags.get(SAMPLES, len(bits)))
    depths = ", ".join(map(str, sorted(set(bits))))
    counted = tr_n("{n} channel", "{n} channels", channels)
    if 3 in formats:
        message = tr(
            "{path} cannot be read: it has {channels} of floating-point numbers of {depths} bits",
            path=path,
            channels=counted,
            depths=depths,
        )
    else:
        message = tr(
            "{path} cannot be read: it has {channels} of {depths} bits", path=path, channels=counted, depths=depths
        )
    return message, _TIFF_READ
