"""Huge JPEG pictures read from top to bottom by strips, or as a whole and small. Only Qt's decoder can leave out what
is not asked for."""

from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QIODevice, QRect, QSize
from PySide6.QtGui import QImage, QImageReader

from core.dataset.pictures import Picture
from core.dataset.strips import Strips, Watch
from core.errors import UserError
from core.geometry.masks import Size
from core.runs.control import CancelRequested

_AT_ONCE = 48_000_000
"""Pixels of a strip, about: 200 MB while it is decoded. All that lies above a strip is decoded again to get to it, so
that strips of half the size take twice the time."""
_ROWS = 512


def jpeg_strips(path: Path, watch: Watch) -> Strips:
    """The picture in ``path``, a few rows at a time. Raises ``UserError`` when it is broken."""
    size = QImageReader(str(path)).size()
    tops = range(0, size.height(), max(_AT_ONCE // max(size.width(), 1), 1))
    many = len(tops)
    for number, top in enumerate(tops):
        clip = QRect(0, top, size.width(), min(tops.step, size.height() - top))
        strip = _decoded(path, _part(watch, number, many), clip=clip)
        for row in range(0, clip.height(), _ROWS):
            yield _pixels(strip, row, row + _ROWS)


def jpeg_small(path: Path, wanted: Size, watch: Watch) -> Picture:
    """The whole picture in ``path``, at about the size ``wanted``. An eighth of it takes a few nanoseconds a pixel: the
    decoder makes no more. What is missing of a torn one is grey. Raises ``UserError`` when it is broken otherwise."""
    size = QImageReader(str(path)).size()
    by = max(round(size.width() / wanted[1]), 1)
    scaled = QSize(size.width() // by, size.height() // by)  # rounded up: two eighths
    return _pixels(_decoded(path, watch, scaled=scaled))


def _part(watch: Watch, number: int, many: int) -> Watch:
    """For one of so many strips: the file is read up to its end, so that each takes longer than the one before."""
    before, whole = number * (number + 1), many * (many + 1)
    return lambda read: watch((before + 2 * min(read * many, number + 1)) / whole)


def _decoded(path: Path, watch: Watch, *, clip: QRect | None = None, scaled: QSize | None = None) -> QImage:
    file = _Watched(path, watch)
    reader = QImageReader(file)
    if clip is not None:
        reader.setClipRect(clip)
    if scaled is not None:
        reader.setScaledSize(scaled)
    image = reader.read()
    file.close()
    if file.stopped is not None:
        raise file.stopped
    if image.isNull():
        raise UserError(f"{path} is broken: {reader.errorString()}", "replace the file, or remove its entry")
    image.convertTo(QImage.Format.Format_RGB32)
    return image


def _pixels(image: QImage, top: int = 0, bottom: int | None = None) -> Picture:
    """Some rows of an image."""
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return np.asarray(cv2.cvtColor(pixels[top:bottom], cv2.COLOR_BGRA2RGB), np.uint8)


class _Watched(QIODevice):
    """A file that says how much of it was read. Once nobody wants the rest it seems to end; then the decoder does."""

    def __init__(self, path: Path, watch: Watch) -> None:
        super().__init__()
        self.stopped: CancelRequested | None = None
        self._watch, self._bytes = watch, path.stat().st_size
        self._file = path.open("rb")
        self.open(QIODevice.OpenModeFlag.ReadOnly)

    def size(self) -> int:
        return self._bytes

    def seek(self, place: int) -> bool:
        self._file.seek(place)
        return super().seek(place)

    def readData(self, most: int) -> bytes:
        if self.stopped is None:
            try:
                self._watch(self._file.tell() / max(self._bytes, 1))
            except CancelRequested as stop:  # not through the decoder, which knows no exceptions
                self.stopped = stop
        return self._file.read(most) if self.stopped is None else b""

    def close(self) -> None:
        super().close()
        self._file.close()
