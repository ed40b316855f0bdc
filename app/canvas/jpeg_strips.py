"""Huge JPEG pictures read from top to bottom by strips, or as a whole and small. Only Qt's decoder can leave out what
is not asked for."""

import threading
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QImage, QImageReader

from core.errors import UserError
from core.geometry.masks import Size
from core.images import jpeg_file
from core.images.channels import Picture
from core.images.image_file import picture_errors
from core.images.strips import Strips, Watch

_AT_ONCE = 48_000_000
"""Pixels of a strip, about: 200 MB while it is decoded. All that lies above a strip is decoded again to get to it, so
that strips of half the size take twice the time."""
_ROWS = 512
_strip = threading.Lock()
"""Held while a strip is decoded, which nothing ends: who turns the pages has one strip in memory and not one a page."""


def jpeg_strips(path: Path, watch: Watch) -> Strips:
    """The picture in ``path``, a few rows at a time. Raises ``UserError`` when it is broken."""
    size = _size(path)
    tops = range(0, size.height(), max(_AT_ONCE // size.width(), 1))
    many = len(tops)
    for number, top in enumerate(tops):
        done = number * (number + 1) / (many * (many + 1))  # each takes longer than the one before
        clip = QRect(0, top, size.width(), min(tops.step, size.height() - top))
        with _strip:
            watch(done)  # nobody may want it any more
            strip = _decoded(path, clip=clip)
        for row in range(0, clip.height(), _ROWS):
            yield _pixels(strip, row, row + _ROWS)
            watch(done)
    with picture_errors(path):
        jpeg_file.check(path, _pixels(strip, clip.height() - 1)[0, -1], progressive=False)
    watch(1.0)


def jpeg_small(path: Path, wanted: Size) -> Picture:
    """The whole picture in ``path``, at about the size ``wanted``. An eighth of it takes a few nanoseconds a pixel: the
    decoder makes no more. What is missing of a torn one is grey. Raises ``UserError`` when it is broken otherwise."""
    size = _size(path)
    by = max(round(size.width() / wanted[1]), 1)
    scaled = QSize(size.width() // by, size.height() // by)  # rounded up: two eighths
    return _pixels(_decoded(path, scaled=scaled))


def _size(path: Path) -> QSize:
    reader = _reader(path)
    size = reader.size()
    if size.isEmpty():
        raise _broken(path, reader)
    return size


def _broken(path: Path, reader: QImageReader) -> UserError:
    return UserError(f"{path} is broken: {reader.errorString()}", "replace the file, or remove its entry")


def _reader(path: Path) -> QImageReader:
    """Reads JPEG and nothing else: left to itself, Qt too chooses by what a file holds, among drawings and icons."""
    reader = QImageReader(str(path), b"jpeg")
    reader.setAutoDetectImageFormat(False)
    return reader


def _decoded(path: Path, *, clip: QRect | None = None, scaled: QSize | None = None) -> QImage:
    # Qt opens the file. A device made here could say how far it is read, and end early; it can also stop the window for
    # good: Qt asks it where it is while it holds a lock that painting an icon takes too. The answer, even of a QFile,
    # needs Python's lock, which the window's thread has while it paints.
    reader = _reader(path)
    if clip is not None:
        reader.setClipRect(clip)
    if scaled is not None:
        reader.setScaledSize(scaled)
    image = reader.read()
    if image.isNull():
        raise _broken(path, reader)
    image.convertTo(QImage.Format.Format_RGB32)
    return image


def _pixels(image: QImage, top: int = 0, bottom: int | None = None) -> Picture:
    """Some rows of an image."""
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return np.asarray(cv2.cvtColor(pixels[top:bottom], cv2.COLOR_BGRA2RGB), np.uint8)
