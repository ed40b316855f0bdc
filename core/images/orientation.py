"""Which side of a picture is up.

A picture is upright as its EXIF orientation says: every viewer shows it so, and people annotate what they see. There is
one exception: a picture that is stored sideways, and annotations that state the size of the stored pixels and not that
of the upright picture, were made by a tool that ignores the orientation, and the picture is shown as it is stored.
"""

from enum import IntEnum
from typing import cast

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL.TiffImagePlugin import TiffImageFile

from core.geometry.masks import Size

Pixels = NDArray[np.uint8]

_TAG = 0x0112


class Turn(IntEnum):
    """EXIF orientations (JEITA CP-3451, 4.6.4): what has to be done to the stored pixels."""

    NONE = 1
    MIRROR = 2
    HALF = 3
    FLIP = 4
    TRANSPOSE = 5
    CLOCKWISE = 6
    TRANSVERSE = 7
    COUNTERCLOCKWISE = 8

    @property
    def sideways(self) -> bool:
        """Whether width and height change places."""
        return self >= Turn.TRANSPOSE

    @property
    def inverse(self) -> "Turn":
        """What undoes it."""
        return {Turn.CLOCKWISE: Turn.COUNTERCLOCKWISE, Turn.COUNTERCLOCKWISE: Turn.CLOCKWISE}.get(self, self)


def orientation(image: PIL.Image.Image) -> Turn:
    """What the file of a picture asks for. Reads no pixels; ``NONE`` where nothing is said, or nothing that means
    anything. Of a TIFF it has to be asked before its pixels are loaded."""
    try:
        # Not the method of the class: that of PNG decodes the picture to see whether something follows the pixels.
        tags = cast(TiffImageFile, image).tag_v2 if image.format == "TIFF" else PIL.Image.Image.getexif(image)
        return Turn(tags[_TAG])
    except Exception:  # noqa: BLE001 - what is said about a picture is often broken where the picture is not
        return Turn.NONE


def stored_size(image: PIL.Image.Image) -> Size:
    """Height and width of the pixels as they are stored."""
    turned = image.format == "TIFF" and orientation(image).sideways  # Pillow states the upright size of a TIFF
    return (image.width, image.height) if turned else (image.height, image.width)


def upright_size(image: PIL.Image.Image) -> Size:
    """Height and width of the picture as viewers show it."""
    height, width = stored_size(image)
    return (width, height) if orientation(image).sideways else (height, width)


def needed_turn(image: PIL.Image.Image, stated: Size | None) -> Turn:
    """How the stored pixels have to be turned to lie as annotations that state a size (height, width) do."""
    turn, (height, width) = orientation(image), stored_size(image)
    both_wide_or_high = stated is not None and (height - width) * (stated[0] - stated[1]) > 0
    return Turn.NONE if turn.sideways and both_wide_or_high else turn


def turned(pixels: Pixels, turn: Turn) -> Pixels:
    """Stored pixels ``(height, width, 3)``, or values of any type, turned."""
    match turn:
        case Turn.NONE:
            return pixels
        case Turn.MIRROR:
            made = cv2.flip(pixels, 1)
        case Turn.HALF:
            made = cv2.rotate(pixels, cv2.ROTATE_180)
        case Turn.FLIP:
            made = cv2.flip(pixels, 0)
        case Turn.TRANSPOSE:
            made = cv2.transpose(pixels)
        case Turn.CLOCKWISE:
            made = cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE)
        case Turn.TRANSVERSE:
            made = cv2.rotate(cv2.transpose(pixels), cv2.ROTATE_180)
        case Turn.COUNTERCLOCKWISE:
            made = cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE)
    return np.asarray(made, pixels.dtype)


def turned_points(points: NDArray[np.float64], turn: Turn, size: Size) -> NDArray[np.float64]:
    """Where points ``(N, 2)`` of a picture that is stored with ``size`` (height, width) lie once it is turned."""
    x, y = points.T
    height, width = size
    match turn:
        case Turn.NONE:
            across, down = x, y
        case Turn.MIRROR:
            across, down = width - x, y
        case Turn.HALF:
            across, down = width - x, height - y
        case Turn.FLIP:
            across, down = x, height - y
        case Turn.TRANSPOSE:
            across, down = y, x
        case Turn.CLOCKWISE:
            across, down = height - y, x
        case Turn.TRANSVERSE:
            across, down = height - y, width - x
        case Turn.COUNTERCLOCKWISE:
            across, down = y, width - x
    return np.stack([across, down], 1)
