"""What decoders of JPEG do not say. ITU-T T.81, JPEG; B.1.1 has the markers.

Where coded data end too early, a decoder fills what is missing with grey, or leaves it coarse, and reports success.
"""

import io
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL.JpegImagePlugin import JpegImageFile

from core.images.channels import Picture
from core.images.image_file import ENDS_EARLY

_END = b"\xff\xd9"
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""A marker that ends coded data."""
_SCAN = 0xDA
_MADE_UP = (127, 128)
"""Values of the last pixel where its block is missing: of RGB or grey, and of CMYK."""
REDUCTIONS = (8, 4, 2)
"""By how much a JPEG can be made smaller while it is decoded."""
_REDUCED = {
    1: 0,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
}
"""Of OpenCV's flags those that say nothing of colors."""
_BEGINNING = 512
"""Bytes of coded data that tell pictures apart."""
_FREE = bytes(np.random.default_rng(0).integers(1, 255, 512, np.uint8))
"""Coded data that mean nothing. In a complete file nobody reads them."""


def ends_as_jpeg(end: bytes) -> bool:
    """Whether a JPEG file with these last bytes, 64 or more, is complete."""
    return end.rstrip(b"\0\r\n").endswith(_END)


def decode(path: Path, reduction: int = 1, *, torn: bool = False) -> Picture | None:
    """The pixels that libvips gives, of photographs in half of its time; or an eighth, a quarter or a half of each side
    (``reduction``), each of them a pixel at least. ``None`` for what has no end, unless ``torn`` ones are wanted too:
    OpenCV fills the rest with grey and says nothing."""
    data = np.fromfile(path, np.uint8)
    if data[:2].tobytes() != b"\xff\xd8":
        return None
    if not ends_as_jpeg(data[-64:].tobytes()) and not has_end(data.tobytes()):
        if not torn:
            return None
        data = np.append(data, np.frombuffer(_END, np.uint8))
    picture = cv2.imdecode(data, _REDUCED[reduction] | cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
    return None if picture is None else np.asarray(picture, np.uint8)


def check(path: Path, corner: NDArray[np.generic], *, progressive: bool) -> None:
    """Raise ``ValueError`` where a decoder made up some of the pixels of ``path``. ``corner`` is the last of them."""
    if progressive:
        torn = not has_all_scans(path.read_bytes())
    elif torn := bool(np.isin(corner, _MADE_UP).all()):  # perhaps: then more coded data change the picture
        data = path.read_bytes()
        end = next((place for place, code, _ in _markers(data) if code == _END[1]), len(data))
        torn = not np.array_equal(_small(data), _small(data[:end] + _FREE + data[end:]))
    if torn:
        raise ValueError(ENDS_EARLY)


def _small(data: bytes) -> NDArray[np.uint8]:
    """An eighth of a picture: decoding it takes a third of the time."""
    with JpegImageFile(io.BytesIO(data)) as image:
        image.draft(None, (image.width // 8, image.height // 8))
        return np.asarray(image)


def has_all_scans(data: bytes) -> bool:
    """Whether a progressive file has all bits of all coefficients of all components."""
    bits: dict[int, dict[int, int]] = defaultdict(lambda: dict.fromkeys(range(64), 1))
    for _, code, header in _markers(data):
        if code == _SCAN and len(header) > 3:
            first, last, low = header[-3], header[-2], header[-1] & 15
            for component in header[1:-3:2]:
                bits[component].update(dict.fromkeys(range(first, min(last, 63) + 1), low))
    return bool(bits) and not any(any(missing.values()) for missing in bits.values())


def coded_data(path: Path) -> tuple[int, bytes] | None:
    """How many bytes there are from the first scan on, and the first of them: the same in files that differ only in
    what is said beside the picture. ``None`` for what is no JPEG file. Reads no more of it. Raises ``OSError``."""
    with path.open("rb") as file:
        for length in (1 << 14, 1 << 18):  # the latter where there is a preview in EXIF, or a profile
            file.seek(0)
            head = file.read(length)
            if not head.startswith(b"\xff\xd8"):
                return None
            if (scan := next((place for place, code, _ in _markers(head) if code == _SCAN), None)) is not None:
                return path.stat().st_size - scan, head[scan : scan + _BEGINNING]
    return None


def has_end(data: bytes) -> bool:
    """Whether the first picture in a file goes on to its end; more may follow it."""
    return any(code == _END[1] for _, code, _ in _markers(data))


def _markers(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The markers of the first picture in a file, to its end: where each stands, its code, and the segment behind it
    without its length."""
    place = 2
    while found := _MARKER.search(data, place):
        length = int.from_bytes(data[found.end() : found.end() + 2])
        yield found.start(), found[0][1], data[found.end() + 2 : found.end() + length]
        if found[0] == _END:
            return
        place = found.end() + length
