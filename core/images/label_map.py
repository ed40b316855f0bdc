"""Pictures whose pixels are numbers: of classes or of instances, in index masks and label images.

They are read as they are stored, never as colors on a screen: the numbers of a palette's entries, 16 and 32 bits whole.
"""

import io
import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray

from core.errors import UserError
from core.geometry.masks import Size
from core.geometry.rle import MAX_PIXELS
from core.images import vips
from core.images.image_file import LARGE, check_cost, opened
from core.images.strips import stored_values
from core.words import tr

Labels = NDArray[np.int64]

_PNG = b"\x89PNG\r\n\x1a\n"
_WITH_LOSSES = ("JPEG", "MPO")
_BLACK = 64
_MOST_BETWEEN = 0.02
"""The share of pixels that may be neither black nor white."""
_PIXELS_A_BYTE = 2000
"""More no compression of a mask that is no trap comes to."""


def read_label_map(path: Path, *, colors: bool = False) -> Labels:
    """The numbers of all pixels, shape ``(height, width)``. Three channels are one number, red × 65536 + green × 256 +
    blue, so that colors tell instances apart; with ``colors``, entries of a palette are their colors too. A JPEG can
    only be of black and white: 0 and 1. Raises ``UserError`` for what is no picture, or has fractions or losses."""
    with opened(path) as image:
        check_cost(image, path)
        if image.format in _WITH_LOSSES:
            return _two_values(np.asarray(image.convert("L")), path)
        if image.mode == "P" and colors:
            return _packed(np.asarray(image.convert("RGB")).astype(np.int64))
        if image.mode in ("P", "1", "L"):
            return np.asarray(image).astype(np.int64)
        values = stored_values(image, path)
    if not np.issubdtype(values.dtype, np.integer):
        fractions = values.astype(float)
        rounded = np.round(fractions)
        if not np.array_equal(rounded, fractions) or not bool((np.abs(rounded) < 2**53).all()):
            raise UserError(
                tr("{path} is no picture of labels: its pixels are fractions", path=path),
                tr("store the numbers of the instances as whole numbers of 8, 16 or 32 bits"),
            )
        values = rounded
    whole = values.astype(np.int64)
    if whole.shape[2] < 3:
        return whole[:, :, 0]
    return _packed(whole)


def _packed(whole: Labels) -> Labels:
    packed: Labels = whole[:, :, 0] << 16 | whole[:, :, 1] << 8 | whole[:, :, 2]
    return packed


def _two_values(gray: NDArray[np.uint8], path: Path) -> Labels:
    """0 for black and 1 for white, which are blurred only along edges."""
    between = np.count_nonzero((gray >= _BLACK) & (gray <= 255 - _BLACK))
    if between > _MOST_BETWEEN * gray.size or (gray.any() and gray.max() <= 127):
        raise UserError(
            tr("{path} is a JPEG, which does not keep the numbers of labels", path=path),
            tr("store label images as PNG or TIFF"),
        )
    return (gray > 127).astype(np.int64)


def read_png_mask(data: bytes) -> NDArray[np.uint8]:
    """The mask in a PNG that another file holds: 1 where a pixel is not black, shape ``(height, width)``. Raises
    ``ValueError`` for what is none, or too large for its bytes."""
    size = _size_of_png(data)
    strips = list(vips.value_strips(data, "PNG", size, max(LARGE // size[1], 1)))
    inside = np.concatenate(strips)[:, :, :3].astype(np.int64).any(2)
    return np.asarray(inside, np.uint8)


def _size_of_png(data: bytes) -> Size:
    if not data.startswith(_PNG) or len(data) < 33:
        raise ValueError(tr("is no PNG"))
    width, height = struct.unpack(">II", data[16:24])
    if not 0 < width * height <= min(MAX_PIXELS, max(LARGE, _PIXELS_A_BYTE * len(data))):
        raise ValueError(tr("is too large: {width:,} × {height:,} pixels", width=width, height=height))
    return height, width


def encode_label_map(numbers: NDArray[np.integer[Any]]) -> bytes:
    """A PNG of the numbers, shape ``(height, width)``: gray of 8 bits, or of 16 where they need them. Raises
    ``ValueError`` beyond 65,535."""
    most = int(numbers.max(initial=0))
    if most > 65_535:
        raise ValueError(tr("{most:,} instances in one picture are more than its 16 bits tell apart", most=most))
    encoded: bytes = cv2.imencode(".png", numbers.astype(np.uint8 if most < 256 else np.uint16))[1].tobytes()
    return encoded


def encode_colors(numbers: NDArray[np.integer[Any]], palette: NDArray[np.uint8]) -> bytes:
    """A PNG of the numbers below 256 with a palette of shape ``(256, 3)``, RGB."""
    image = PIL.Image.fromarray(numbers.astype(np.uint8), "P")
    image.putpalette(palette.ravel().tolist())
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
