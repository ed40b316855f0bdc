"""Reading pictures as they were annotated: 8-bit RGB, whatever the file holds.

Stored pixels count. COCO annotations refer to them, so an EXIF orientation is not applied, with one exception: where
the annotations state the size of the upright picture and not that of the stored one, they were drawn on the upright
picture. Transparent parts lie on white, as annotation tools and viewers show them. Grey values of 16 bits are divided
by a power of two, so that black stays black and the brightest value lies in the upper half. Of several frames or pages,
the first counts.
"""

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

PIL.Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # Pillow's own limit is below what slide scanners and satellites take

_MAX_BYTES = 4 << 30
_ORIENTATION = 0x0112
_SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations that swap width and height
_JPEG_END = b"\xff\xd9"
_SLACK = 2
"""Pixels by which a picture may miss its stated size because some tool rounded."""


def read_image(path: Path, stated: Size | None = None) -> Picture:
    """The picture in a file.

    With ``stated``, the (height, width) that annotations give for it, the result has that size and lies under the
    masks: turned upright if they were drawn so; a line or two cut off or repeated at the right and the bottom;
    otherwise scaled. Raises ``UserError`` when the file is missing, is not a picture, is broken or is too large.
    """
    with opened(path) as image:
        turned = stated is not None and is_turned(image, stated)
        picture = _decode_jpeg(path) if image.format == "JPEG" and image.mode in ("RGB", "L") else None
        picture = to_rgb(image) if picture is None else picture
        picture = upright(picture, image) if turned else picture
    return picture if stated is None else _fitted(picture, stated)


def picture_size(path: Path) -> Size:
    """Height and width of the stored picture, from its header. Raises ``UserError`` like ``read_image``."""
    with opened(path) as image:
        return image.height, image.width


def other_size(path: Path, stated: Size) -> Size | None:
    """Height and width of the stored picture where they are not the stated ones (see above), from its header. Raises
    ``UserError`` like ``read_image``."""
    with opened(path) as image:
        size = image.height, image.width
        return None if size == stated or is_turned(image, stated) else size


def thumbnail(path: Path, side: int, stated: Size | None = None) -> Picture:
    """The picture scaled down so that its longer side has at most ``side`` pixels; never scaled up.

    Decodes JPEG at a fraction of its size. Works in any thread. Raises ``UserError`` like ``read_image``.
    """
    with opened(path) as image:
        turned = stated is not None and is_turned(image, stated)
        scale = min(side / max(image.size), 1.0)
        width, height = (max(round(length * scale), 1) for length in image.size)
        image.draft("RGB", (width, height))  # JPEG: 1/2, 1/4 or 1/8 of the size, but not smaller than this
        picture = _resized(to_rgb(image), (height, width)) if scale < 1 else to_rgb(image)
        return upright(picture, image) if turned else picture


@contextmanager
def opened(path: Path) -> Iterator[PIL.Image.Image]:
    """The picture, with only its header read. What goes wrong inside becomes a ``UserError``."""
    try:
        if not path.is_file():
            raise UserError(f"there is no picture {path}", "put the file back, or remove its entry")
        if path.stat().st_size > _MAX_BYTES:
            raise UserError(f"{path} is too large: {path.stat().st_size >> 20:,} MiB", _TOO_LARGE)
        with PIL.Image.open(path) as image:
            if image.width * image.height > MAX_PIXELS:
                raise UserError(f"{path} is too large: {image.width:,} × {image.height:,} pixels", _TOO_LARGE)
            yield image
    except UserError:
        raise
    except (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning) as error:
        raise UserError(f"{path} is too large: more than {MAX_PIXELS:,} pixels", _TOO_LARGE) from error
    except PIL.UnidentifiedImageError as error:
        raise UserError(f"{path} is not a picture that can be read", "use PNG, JPEG, TIFF, BMP or WebP") from error
    except Exception as error:  # on broken bytes, decoders raise whatever comes to their mind
        raise UserError(f"{path} is broken: {error}", "replace the file, or remove its entry") from error


_TOO_LARGE = "cut it into tiles first"


def is_turned(image: PIL.Image.Image, stated: Size) -> bool:
    """Whether annotations that state this size were drawn on the upright form of a picture that is stored sideways."""
    if (image.height, image.width) == stated or (image.width, image.height) != stated:
        return False
    return image.getexif().get(_ORIENTATION) in _SIDEWAYS


def upright(picture: Picture, source: PIL.Image.Image) -> Picture:
    """``picture``, turned as the EXIF orientation of ``source`` asks."""
    image = PIL.Image.fromarray(picture)
    image.getexif()[_ORIENTATION] = source.getexif()[_ORIENTATION]
    return np.array(PIL.ImageOps.exif_transpose(image))


def _decode_jpeg(path: Path) -> Picture | None:
    """The same pixels that Pillow gives, in two thirds of the time. ``None`` when the end is missing: OpenCV would fill
    the rest with grey and say nothing."""
    data = np.fromfile(path, np.uint8)
    if not ends_as_jpeg(data[-64:].tobytes()):
        return None
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
    return None if picture is None else np.asarray(picture, np.uint8)


def ends_as_jpeg(end: bytes) -> bool:
    """Whether a JPEG file with these last bytes, 64 or more, is complete."""
    return end.rstrip(b"\0\r\n").endswith(_JPEG_END)


def to_rgb(image: PIL.Image.Image) -> Picture:
    """The pixels of an image in any mode, as described above."""
    if image.mode.startswith(("I", "F")):
        return np.repeat(_to_8_bits(np.asarray(image))[:, :, None], 3, 2)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        if np.asarray(image)[:, :, 3].min() < 255:
            white = PIL.Image.new("RGBA", image.size, (255, 255, 255, 255))
            image = PIL.Image.alpha_composite(white, image)
    return np.array(image.convert("RGB"))


def _to_8_bits(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Grey values of more than 8 bits, shape ``(height, width)``: whole numbers lose their lowest bits; others, whose
    scale nobody states, are stretched between their least and their greatest."""
    if np.issubdtype(values.dtype, np.integer) and int(values.min()) >= 0:
        surplus = max(int(values.max()).bit_length() - 8, 0)
        return (values // (1 << surplus)).astype(np.uint8)
    numbers = np.nan_to_num(values.astype(np.float64), posinf=0, neginf=0)
    low = float(numbers.min())
    return np.rint((numbers - low) * (255 / max(float(numbers.max()) - low, 1e-12))).astype(np.uint8)


def _fitted(picture: Picture, stated: Size) -> Picture:
    """``picture`` at the stated size."""
    height, width = stated
    more_rows, more_columns = height - picture.shape[0], width - picture.shape[1]
    if max(abs(more_rows), abs(more_columns)) > _SLACK:
        return _resized(picture, stated)
    if more_rows > 0 or more_columns > 0:
        picture = np.pad(picture, ((0, max(more_rows, 0)), (0, max(more_columns, 0)), (0, 0)), "edge")
    return np.ascontiguousarray(picture[:height, :width])


def _resized(picture: Picture, size: Size) -> Picture:
    smaller = size[0] < picture.shape[0]
    resized = cv2.resize(picture, size[::-1], interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    return np.asarray(resized, np.uint8)
