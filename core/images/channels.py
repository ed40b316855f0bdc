"""From what a file holds to 8-bit RGB.

Transparent parts lie on white, as annotation tools and viewers show them. Values of more than 8 bits, grey or color,
are divided by a power of two, so that black stays black and the brightest value lies in the upper half: cameras and
microscopes put 10, 12 or 14 bits into 16. Numbers without a scale are stretched between their least and their greatest.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL.TiffImagePlugin import TiffImageFile

Picture = NDArray[np.uint8]
"""RGB, shape ``(height, width, 3)``."""

_AT_ONCE = 4_000_000
"""Pixels that are converted at a time, about: conversions take ten bytes for each."""
_DEEP_PNG = {2: "RGB", 4: "LA", 6: "RGBA"}
"""Color types of a PNG of 16 bits a channel of which Pillow keeps the upper eight."""
_BITS = 258


def to_rgb(image: PIL.Image.Image) -> Picture:
    """The pixels of an image in any mode that Pillow reads completely (see ``is_deep``), converted in parts, so that
    little more than the result is in memory."""
    if image.mode.startswith(("I", "F")):
        return np.repeat(_grey(np.asarray(image))[:, :, None], 3, 2)
    image.load()
    made = np.empty((image.height, image.width, 3), np.uint8)
    for rows in _parts(image.height, image.width):
        part = image.crop((0, rows.start, image.width, rows.stop)) if rows.stop - rows.start < image.height else image
        made[rows] = _on_white(part)
    return made


def _parts(height: int, width: int) -> Iterator[slice]:
    step = max(_AT_ONCE // width, 1)
    for top in range(0, height, step):
        yield slice(top, min(top + step, height))


def _on_white(image: PIL.Image.Image) -> Picture:
    if image.has_transparency_data:
        image = image.convert("RGBA")
        if np.asarray(image)[:, :, 3].min() < 255:
            white = PIL.Image.new("RGBA", image.size, (255, 255, 255, 255))
            image = PIL.Image.alpha_composite(white, image)
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))


def _grey(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Values of one channel of more than 8 bits, shape ``(height, width)``."""
    if np.issubdtype(values.dtype, np.integer) and int(values.min()) >= 0:
        return _upper_bits(values, int(values.max()))
    return _stretched(values)


def _stretched(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Numbers, from the least to the greatest; what is none counts as 0."""

    def numbers(rows: slice) -> NDArray[np.float64]:
        return np.nan_to_num(values[rows].astype(np.float64), posinf=0, neginf=0)

    height, width = values.shape
    ranges = [(part.min(), part.max()) for part in map(numbers, _parts(height, width))]
    low, high = float(min(low for low, _ in ranges)), float(max(high for _, high in ranges))
    made = np.empty(values.shape, np.uint8)
    for rows in _parts(height, width):
        made[rows] = np.rint((numbers(rows) - low) * (255 / max(high - low, 1e-12)))
    return made


def _upper_bits(values: NDArray[np.generic], greatest: int) -> NDArray[np.uint8]:
    """Whole numbers without the lowest bits that the ``greatest`` of them has too many."""
    surplus = max(greatest.bit_length() - 8, 0)
    made = np.empty(values.shape, np.uint8)
    np.floor_divide(values, 1 << surplus, out=made, casting="unsafe")
    return made


def is_deep(image: PIL.Image.Image, path: Path) -> bool:
    """Whether an image, opened from ``path``, has colors of 16 bits, which Pillow does not read completely."""
    if image.format == "PNG":
        with path.open("rb") as file:
            header = file.read(26)
        return header[24] == 16 and header[25] in _DEEP_PNG
    if image.format == "TIFF":
        return image.mode.startswith("RGB") and 16 in cast(TiffImageFile, image).tag_v2.get(_BITS, ())
    return False


def deep_to_rgb(path: Path) -> Picture:
    """The pixels in ``path``, of an image for which ``is_deep`` is true. ``ValueError`` when they are broken."""
    data = np.fromfile(path, np.uint8)
    if not data[:4].tobytes().startswith((b"\x89PNG", b"II", b"MM")):  # OpenCV too would open what the bytes look like
        raise ValueError("it was changed meanwhile")
    values = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    if values is None or values.dtype != np.uint16 or values.ndim != 3:
        raise ValueError("its pixels cannot be decoded")
    made = _upper_bits(values[:, :, 2::-1], int(values[:, :, :3].max()))
    if values.shape[2] == 4:
        _lay_on_white(made, np.asarray(values[:, :, 3], np.uint16))
    return made


def _lay_on_white(picture: Picture, opacity: NDArray[np.integer]) -> None:
    """Where ``opacity`` ``(height, width)``, of as many bits as the greatest needs, is less than whole."""
    whole = max((1 << int(opacity.max()).bit_length()) - 1, 1)
    if opacity.min() == whole:
        return
    for rows in _parts(*opacity.shape):
        share = opacity[rows, :, None] / np.float32(whole)
        picture[rows] = np.rint(picture[rows] * share + 255 * (1 - share))
