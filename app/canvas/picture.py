"""An image made ready for the screen: itself and its halvings, so that a frame never scales down by more than two."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QImage, QPainter

from app.canvas.viewport import Viewport

_SMALLEST = 256
NEAREST_ABOVE = 2.0
"""Device pixels an image pixel: beyond, pixels are drawn as squares."""


class Picture:
    """Make it in a worker: halving a large image takes a while. Safe to hand over; never changed."""

    def __init__(self, image: NDArray[np.uint8]) -> None:
        """``image`` is RGB, shape ``(height, width, 3)``."""
        self.height, self.width = image.shape[:2]
        self._levels = [to_qimage(image)]
        while max(image.shape[:2]) > 2 * _SMALLEST:
            image = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
            self._levels.append(to_qimage(image))

    def draw(self, painter: QPainter, viewport: Viewport, target: QRectF, ratio: float) -> None:
        """Draw what lies in ``target`` (widget pixels) on a screen of ``ratio`` device pixels each."""
        zoom = viewport.scale * ratio
        level = min(max(math.floor(-math.log2(zoom)), 0), len(self._levels) - 1) if zoom < 1 else 0
        image = self._levels[level]
        across, down = self.width / image.width(), self.height / image.height()
        seen = viewport.to_image_rect(target)
        source = QRect(
            math.floor(seen.left() / across) - 1,
            math.floor(seen.top() / down) - 1,
            math.ceil(seen.width() / across) + 3,
            math.ceil(seen.height() / down) + 3,
        ).intersected(image.rect())
        if source.isEmpty():
            return
        place = QRectF(source.x() * across, source.y() * down, source.width() * across, source.height() * down)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, zoom < NEAREST_ABOVE and zoom != 1)
        painter.drawImage(viewport.to_widget_rect(place), image, QRectF(source))


def to_qimage(image: NDArray[np.uint8]) -> QImage:
    """An RGB array of shape ``(height, width, 3)`` in the format the screen is painted with; owns its pixels."""
    height, width = image.shape[:2]
    bgra = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2BGRA)
    return QImage(bgra.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
