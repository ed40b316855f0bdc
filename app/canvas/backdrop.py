"""The picture as it lies in the view, kept between frames, and how a person wants to see it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QRegion

from app.canvas.buffer import Buffer
from app.canvas.picture import ImagePyramid
from app.canvas.viewport import Viewport


@dataclass(frozen=True, slots=True)
class DisplaySettings:
    """Of the picture and of what helps to aim."""

    brightness: float = 0.0
    """From -1, all black, to 1, all white."""
    contrast: float = 0.0
    """From -1, all grey, to 1, black and white only."""
    crosshair: bool = False
    """Lines through the mouse, across the view."""
    minimap: bool = True
    """Where one looks, while not all of the picture is in view."""


def lookup(display: DisplaySettings) -> NDArray[np.uint8] | None:
    """What each of the 256 values is shown as, shape ``(256,)``; ``None`` when they are shown as they are."""
    if not display.brightness and not display.contrast:
        return None
    values = np.arange(256) / 255
    slope = np.tan((min(display.contrast, 0.99) + 1) * np.pi / 4)
    shown = (values - 0.5) * slope + 0.5 + display.brightness
    table: NDArray[np.uint8] = np.rint(np.clip(shown, 0, 1) * 255).astype(np.uint8)
    return table


class Backdrop:
    """Scales a picture once for each scale one looks at it with; panning draws only the strips that come into view."""

    def __init__(self) -> None:
        self._buffer = Buffer()
        self._picture: ImagePyramid | None = None
        self._lookup: NDArray[np.uint8] | None = None

    def clear(self) -> None:
        """The picture looks different now."""
        self._buffer.clear()

    def set_display(self, display: DisplaySettings) -> None:
        """Show the picture brighter, darker, with more or less contrast."""
        self._lookup = lookup(display)
        self.clear()

    def draw(self, painter: QPainter, picture: ImagePyramid, viewport: Viewport, size: QSize, ratio: float) -> None:
        """Draw ``picture`` as ``viewport`` places it in a view of ``size`` widget pixels; around it nothing."""
        if picture is not self._picture or not self._buffer.follow(viewport, size, ratio):
            self._picture = picture
            self._buffer.begin(viewport, size, ratio)
        for place in self._buffer.stale_places():
            into = self._buffer.painter(place)
            draw_through(self._lookup, into, picture, viewport, self._buffer.widget_rect(place), ratio)
            into.end()
        self._buffer.stale = QRegion()
        self._buffer.draw(painter, viewport)


def draw_through(
    table: NDArray[np.uint8] | None,
    painter: QPainter,
    picture: ImagePyramid,
    viewport: Viewport,
    area: QRectF,
    ratio: float,
) -> None:
    """Draw what lies in ``area`` (widget pixels) with every value looked up in ``table``, shape ``(256,)``."""
    if table is None:
        picture.draw(painter, viewport, area, ratio)
        return
    inside = area & viewport.to_widget_rect(QRectF(0, 0, picture.width, picture.height))
    image = QImage((area.size() * ratio).toSize(), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(0)
    drawing = QPainter(image)
    drawing.translate(-area.topLeft())
    picture.draw(drawing, viewport, area, ratio)
    drawing.end()
    pixels = np.frombuffer(image.bits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    cv2.LUT(pixels, table, pixels)
    painter.save()
    painter.setClipRect(inside, Qt.ClipOperation.IntersectClip)
    painter.drawImage(area.topLeft(), image)
    painter.restore()
