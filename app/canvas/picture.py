"""An image made ready for the screen: itself and its halvings, so that a frame never scales down by more than two."""

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, QSize
from PySide6.QtGui import QImage, QPainter

from app.canvas.viewport import Viewport
from core.dataset import Dataset, Image
from core.geometry.masks import Size

if TYPE_CHECKING:
    from core.images.levels import Pyramid

_SMALLEST = 256
NEAREST_ABOVE = 2.0
"""Device pixels an image pixel: beyond, pixels are drawn as squares."""


class ImagePyramid:
    """Make it in a worker: halving a large image takes a while. Safe to hand over; never changed."""

    def __init__(self, image: NDArray[np.uint8]) -> None:
        """``image`` is RGB, shape ``(height, width, 3)``."""
        self.height, self.width = image.shape[:2]
        self._halvings = 0
        self._levels = [to_qimage(image)]
        while max(image.shape[:2]) > 2 * _SMALLEST:
            image = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
            self._levels.append(to_qimage(image))
        self._sizes = [level.size() for level in self._levels]

    def draw(self, painter: QPainter, viewport: Viewport, target: QRectF, ratio: float) -> None:
        """Draw what lies in ``target`` (widget pixels) on a screen of ``ratio`` device pixels each."""
        zoom = viewport.scale * ratio
        level = min(max(math.floor(-math.log2(zoom)) - self._halvings, 0), len(self._sizes) - 1)
        size = self._sizes[level]
        across, down = self.width / size.width(), self.height / size.height()
        seen = viewport.to_image_rect(target)
        source = QRect(
            math.floor(seen.left() / across) - 1,
            math.floor(seen.top() / down) - 1,
            math.ceil(seen.width() / across) + 3,
            math.ceil(seen.height() / down) + 3,
        ).intersected(QRect(0, 0, size.width(), size.height()))
        if source.isEmpty():
            return
        place = QRectF(source.x() * across, source.y() * down, source.width() * across, source.height() * down)
        smooth = (zoom < NEAREST_ABOVE and zoom != 1) or self._halvings > 0
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        image, part = self._part(level, source)
        painter.drawImage(viewport.to_widget_rect(place), image, QRectF(part))

    def _part(self, level: int, source: QRect) -> tuple[QImage, QRect]:
        """An image, and where in it the pixels of ``source`` of a level lie."""
        return self._levels[level], source


class MappedImagePyramid(ImagePyramid):
    """Makes ready only what is drawn. With a kept backdrop that is a strip for most frames."""

    def __init__(self, pyramid: "Pyramid", halvings: int = 0, size: Size | None = None) -> None:
        """``pyramid`` has the image of ``size``, halved so many times, its half, its quarter, …"""
        self.height, self.width = size or pyramid[0].shape[:2]
        self._halvings = halvings
        self._pyramid = pyramid
        self._sizes = [QSize(level.shape[1], level.shape[0]) for level in pyramid]

    def _part(self, level: int, source: QRect) -> tuple[QImage, QRect]:
        rows, columns = slice(source.top(), source.bottom() + 1), slice(source.left(), source.right() + 1)
        return to_qimage(self._pyramid[level][rows, columns]), QRect(0, 0, source.width(), source.height())


def needs_pyramid(image: Image) -> bool:
    """Whether an image has to be made ready before it can be shown sharp."""
    from core.images import pyramids  # Pillow comes with it

    return pyramids.is_huge((image.height, image.width))


def open_at_once(dataset: Dataset, image: Image) -> tuple[NDArray[np.uint8], ImagePyramid] | None:
    """The pixels of an image of a dataset, RGB of shape ``(height, width, 3)``, and the picture of them; those of a
    huge one stay on the disk. ``None`` for a huge one that was never made ready, see ``PyramidLoader``. Raises
    ``UserError`` when it cannot be read. For a worker."""
    from core.images import pyramids

    if not needs_pyramid(image):
        pixels = dataset.read_image(image)
        return pixels, ImagePyramid(pixels)
    pyramid = pyramids.known_pyramid(dataset.image_path(image), (image.height, image.width), dataset.channels)
    return None if pyramid is None else (pyramid[0], MappedImagePyramid(pyramid))


def to_qimage(image: NDArray[np.uint8]) -> QImage:
    """An RGB array of shape ``(height, width, 3)`` in the format the screen is painted with; owns its pixels."""
    height, width = image.shape[:2]
    ready = QImage(width, height, QImage.Format.Format_RGB32)
    pixels = np.frombuffer(ready.bits(), np.uint8).reshape(height, width, 4)
    cv2.cvtColor(image, cv2.COLOR_RGB2BGRA, pixels)
    return ready
