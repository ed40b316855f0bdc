"""The borders of the pixels, once they are large enough to be told apart."""

import math

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QPainter, QPen

from app.canvas.viewport import Viewport
from app.style import theme

_FROM = 24.0
"""Device pixels an image pixel."""


def draw(painter: QPainter, image: QSizeF, viewport: Viewport, view: QRectF, ratio: float) -> None:
    """Draw the grid of an image where it can be seen in ``view`` (widget pixels)."""
    if viewport.scale * ratio < _FROM:
        return
    seen = viewport.to_image_rect(view).intersected(QRectF(QPointF(0, 0), image))
    place = viewport.to_widget_rect(seen)
    painter.setPen(QPen(theme.color("line", 0.5), 1 / ratio))
    for column in range(math.ceil(seen.left()), math.floor(seen.right()) + 1):
        x = column * viewport.scale + viewport.x
        painter.drawLine(QPointF(x, place.top()), QPointF(x, place.bottom()))
    for row in range(math.ceil(seen.top()), math.floor(seen.bottom()) + 1):
        y = row * viewport.scale + viewport.y
        painter.drawLine(QPointF(place.left(), y), QPointF(place.right(), y))
