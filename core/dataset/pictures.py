"""Reading pictures as they were annotated: 8-bit RGB, whatever the file holds.

Stored pixels count. COCO annotations refer to them, so an EXIF orientation is not applied, with one exception: where
the annotations state the size of the upright picture and not that of the stored one, they were drawn on the upright
picture. Transparent parts lie on white, as annotation tools and viewers show them. Values of 16 bits are scaled by a
power of two, so that black stays black and the brightest value lies in the upper half; of several frames, the first.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import PIL.ImageOps
from numpy.typing import NDArray

from core.errors import UserError
from core.geometry.masks import Size
from core.geometry.rle import MAX_PIXELS

Picture = NDArray[np.uint8]
"""RGB, shape ``(height, width, 3)``."""

PIL.Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # Pillow's own limit is lower than a slide scanner's or a satellite's picture

_MAX_BYTES = 4 << 30
_ORIENTATION = 0x0112
_SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations that swap width and height


def read_image(path: Path, stated: Size | None = None) -> Picture:
    """The picture in a file.

    ``stated`` is the (height, width) that the annotations give; the module says what it decides. Raises ``UserError``
    when the file is missing, is not a picture, is broken or is too large.
    """
    with _opened(path) as (image, data):
        turned = stated is not None and is_turned(image, stated)
        if image.format == "JPEG" and image.mode in ("RGB", "L") and data.rstrip(b"\0\r\n").endswith(b"\xff\xd9"):
            flags = cv2.IMREAD_COLOR_RGB | (0 if turned else cv2.IMREAD_IGNORE_ORIENTATION)
            picture = cv2.imdecode(np.frombuffer(data, np.uint8), flags)  # the same pixels, in two thirds of the time
            if picture is not None:
                return picture.astype(np.uint8, copy=False)
        return _to_rgb(PIL.ImageOps.exif_transpose(image) if turned else image)


def picture_size(path: Path) -> Size:
    """Height and width of the stored picture, from its header. Raises ``UserError`` like ``read_image``."""
    with _opened(path) as (image, _):
        return image.height, image.width


def is_stated(path: Path, stated: Size) -> Size | None:
    """``None`` when the picture, stored or upright, has the size that the annotations state; else its size."""
    with _opened(path) as (image, _):
        size = image.height, image.width
        return None if size == stated or is_turned(image, stated) else size


def thumbnail(path: Path, side: int, stated: Size | None = None) -> Picture:
    """The picture scaled down so that its longer side has at most ``side`` pixels; never scaled up.

    Decodes JPEG at a fraction of its size. Works in any thread. Raises ``UserError`` like ``read_image``.
    """
    with _opened(path) as (image, _):
        turned = stated is not None and is_turned(image, stated)
        scale = min(side / max(image.size), 1.0)
        width, height = (max(round(length * scale), 1) for length in image.size)
        image.draft("RGB", (width, height))  # JPEG: decodes at 1/2, 1/4 or 1/8, still at least this large
        picture = _to_rgb(image)
        small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA) if scale < 1 else picture
        if turned:
            small = np.asarray(PIL.ImageOps.exif_transpose(_with_orientation(small, image)))
        return small.astype(np.uint8, copy=False)


def is_turned(image: PIL.Image.Image, stated: Size) -> bool:
    """Whether annotations that state this size (height, width) were drawn on the upright form of a sideways picture."""
    if (image.height, image.width) == stated or (image.width, image.height) != stated:
        return False
    return image.getexif().get(_ORIENTATION) in _SIDEWAYS


def _with_orientation(picture: Picture, source: PIL.Image.Image) -> PIL.Image.Image:
    image = PIL.Image.fromarray(picture)
    image.getexif()[_ORIENTATION] = source.getexif()[_ORIENTATION]
    return image


@contextmanager
def _opened(path: Path) -> Iterator[tuple[PIL.Image.Image, bytes]]:
    """The picture with its header read and its pixels not, and the bytes of the file; all errors become ``UserError``."""
    try:
        if not path.is_file():
            raise UserError(f"there is no picture {path}", "put the file back, or remove its entry")
        if path.stat().st_size > _MAX_BYTES:
            raise UserError(f"{path} is too large: {path.stat().st_size >> 20:,} MiB", _HINT_SIZE)
        data = path.read_bytes()
        with PIL.Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise UserError(f"{path} is too large: {image.width:,} × {image.height:,} pixels", _HINT_SIZE)
            yield image, data
    except UserError:
        raise
    except (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning) as error:
        raise UserError(
            f"{path} is too large: it would unpack to more than {MAX_PIXELS:,} pixels", _HINT_SIZE
        ) from error
    except PIL.UnidentifiedImageError as error:
        raise UserError(f"{path} is not a picture that can be read", "use PNG, JPEG, TIFF, BMP or WebP") from error
    except Exception as error:  # noqa: BLE001 - on broken bytes, decoders raise whatever comes to their mind
        raise UserError(f"{path} is broken: {error}", "replace the file, or remove its entry") from error


_HINT_SIZE = "cut it into tiles first"


def _to_rgb(image: PIL.Image.Image) -> Picture:
    if image.mode.startswith(("I", "F")):
        grey = _to_8_bits(np.asarray(image))
        return np.repeat(grey[:, :, None], 3, 2)
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        if rgba.getextrema()[3][0] < 255:  # type: ignore[index]
            white = PIL.Image.new("RGBA", rgba.size, (255, 255, 255, 255))
            rgba = PIL.Image.alpha_composite(white, rgba)
        image = rgba
    return np.array(image.convert("RGB"))


def _to_8_bits(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Grey values of more than 8 bits, shape ``(height, width)``: whole numbers lose their lowest bits; others, which
    know no scale, are stretched between their least and their greatest."""
    numbers = np.nan_to_num(values.astype(np.float64))
    low, high = float(numbers.min()), float(numbers.max())
    if np.issubdtype(values.dtype, np.integer) and low >= 0:
        bits = max(int(high).bit_length(), 8)
        return (numbers / 2 ** (bits - 8)).astype(np.uint8)
    return ((numbers - low) * (255 / max(high - low, 1e-12))).round().astype(np.uint8)
