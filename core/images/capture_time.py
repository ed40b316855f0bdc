"""When a photograph was taken, as its camera noted in EXIF."""

import contextlib
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import PIL.Image

from core.errors import UserError
from core.images.image_file import opened

_EXIF, _MODEL, _ORIGINAL, _FRACTION = 0x8769, 0x0110, 0x9003, 0x9291
"""EXIF 2.3, JEITA CP-3451C: the directory, the camera, the moment, and its digits after the second."""


class Capture(NamedTuple):
    """A camera and a moment."""

    camera: str
    seconds: float
    """Since any day; the camera knows no time zone."""


def capture_of(path: Path) -> Capture | None:
    """Where and when a picture was taken; ``None`` where its file does not say, or cannot be read. Reads its header."""
    with contextlib.suppress(UserError), opened(path) as image:
        try:
            # Not the method of the class: that of PNG decodes the picture to see whether something follows the pixels.
            tags = PIL.Image.Image.getexif(image)
            of_photo = tags.get_ifd(_EXIF)
            taken = datetime.strptime(str(of_photo[_ORIGINAL]).strip("\0 "), "%Y:%m:%d %H:%M:%S")
            digits = str(of_photo.get(_FRACTION, "")).strip("\0 ")
            fraction = float(f"0.{digits}") if digits.isdecimal() else 0.0
            return Capture(str(tags.get(_MODEL, "")), taken.replace(tzinfo=UTC).timestamp() + fraction)
        except Exception:  # noqa: BLE001 - what is said about a picture is often broken where the picture is not
            return None
    return None
