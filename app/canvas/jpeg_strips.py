"""Huge JPEG pictures read from top to bottom by strips. Only Qt's decoder can leave out what is not asked for."""

from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QImageReader

from core.dataset.strips import Strips
from core.errors import UserError

_AT_ONCE = 48_000_000
"""Pixels of a strip, about: 200 MB while it is decoded. All that lies above a strip is decoded again to get to it, so
that strips of half the size take twice the time."""
_ROWS = 512


def jpeg_strips(path: Path, pixels: int = _AT_ONCE) -> Strips:
    """The picture in ``path``, in strips of about so many ``pixels``. Raises ``UserError`` when it is broken."""
    size = QImageReader(str(path)).size()
    rows = max(pixels // max(size.width(), 1), 1)
    for top in range(0, size.height(), rows):
        reader = QImageReader(str(path))
        reader.setClipRect(QRect(0, top, size.width(), min(rows, size.height() - top)))
        strip = reader.read()
        if strip.isNull():
            raise UserError(f"{path} is broken: {reader.errorString()}", "replace the file, or remove its entry")
        strip.convertTo(QImage.Format.Format_RGB32)
        bgra = np.frombuffer(strip.constBits(), np.uint8).reshape(strip.height(), strip.width(), 4)
        for row in range(0, len(bgra), _ROWS):
            yield np.asarray(cv2.cvtColor(bgra[row : row + _ROWS], cv2.COLOR_BGRA2RGB), np.uint8)
