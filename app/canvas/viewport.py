"""Where the picture lies in the view: one scale and one corner."""

from dataclasses import dataclass, replace
from typing import cast

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QTransform

LARGEST = 64.0
SMALLEST = 0.01
_MARGIN = 24.0
_KEEP = 64.0


@dataclass(frozen=True, slots=True)
class Viewport:
    """``scale`` widget pixels an image pixel; the image's top-left corner lies at ``x, y`` of the widget."""

    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def to_image(self, point: QPointF) -> QPointF:
        return QPointF((point.x() - self.x) / self.scale, (point.y() - self.y) / self.scale)

    def to_widget(self, point: QPointF) -> QPointF:
        return QPointF(point.x() * self.scale + self.x, point.y() * self.scale + self.y)

    def to_image_rect(self, rect: QRectF) -> QRectF:
        return QRectF(self.to_image(rect.topLeft()), rect.size() / self.scale)

    def to_widget_rect(self, rect: QRectF) -> QRectF:
        return QRectF(self.to_widget(rect.topLeft()), rect.size() * self.scale)

    def transform(self) -> QTransform:
        """From image pixels to widget pixels."""
        return QTransform(self.scale, 0, 0, self.scale, self.x, self.y)

    def zoomed(self, scale: float, anchor: QPointF) -> "Viewport":
        """The same with another scale, the point under ``anchor`` (widget pixels) kept in place."""
        scale = min(max(scale, SMALLEST), LARGEST)
        point = self.to_image(anchor)
        return Viewport(scale, anchor.x() - point.x() * scale, anchor.y() - point.y() * scale)

    def moved(self, by: QPointF) -> "Viewport":
        return replace(self, x=self.x + by.x(), y=self.y + by.y())

    def centred_on(self, point: QPointF, middle: QPointF) -> "Viewport":
        """The same with ``point`` (image pixels) at ``middle`` (widget pixels)."""
        return replace(self, x=middle.x() - point.x() * self.scale, y=middle.y() - point.y() * self.scale)

    def filled(self, image: QSizeF, widget: QSizeF) -> "Viewport":
        """The same with no more room beside the image than where it fits; where it is smaller than the view, in the
        middle of it. Each way."""
        spare_x, spare_y = widget.width() - image.width() * self.scale, widget.height() - image.height() * self.scale
        x = spare_x / 2 if spare_x > 0 else min(max(self.x, spare_x - _MARGIN), _MARGIN)
        y = spare_y / 2 if spare_y > 0 else min(max(self.y, spare_y - _MARGIN), _MARGIN)
        return replace(self, x=x, y=y)

    def kept(self, image: QSizeF, widget: QSizeF, ratio: float) -> "Viewport":
        """The same with a part of the image always in view, its corner on a device pixel so that pixels stay square."""
        width, height = image.width() * self.scale, image.height() * self.scale
        x = min(max(self.x, min(_KEEP, width) - width), widget.width() - min(_KEEP, width))
        y = min(max(self.y, min(_KEEP, height) - height), widget.height() - min(_KEEP, height))
        return replace(self, x=round(x * ratio) / ratio, y=round(y * ratio) / ratio)


def fitting(image: QSizeF, widget: QSizeF) -> Viewport:
    """The whole image, centred, as large as it goes."""
    room_x, room_y = max(widget.width() - 2 * _MARGIN, 1), max(widget.height() - 2 * _MARGIN, 1)
    scale = min(room_x / image.width(), room_y / image.height(), LARGEST)
    return Viewport(scale, (widget.width() - image.width() * scale) / 2, (widget.height() - image.height() * scale) / 2)


def extent(rect: QRectF) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a rectangle."""
    return cast("tuple[float, float, float, float]", rect.getCoords())
