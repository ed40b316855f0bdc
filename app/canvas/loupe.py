"""What lies under the mouse, four times as large: to place a corner without zooming in and out again."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPainterPath, QPen

from app.canvas import overlay
from app.canvas.backdrop import draw_through
from app.canvas.overlay import Options
from app.canvas.picture import ImagePyramid
from app.canvas.shape_index import ShapeIndex
from app.canvas.viewport import LARGEST, Viewport
from app.style import theme, tokens

_RADIUS = 96.0
_TIMES = 4.0


def draw(
    painter: QPainter,
    at: QPointF,
    picture: ImagePyramid,
    index: ShapeIndex,
    viewport: Viewport,
    ratio: float,
    options: Options,
    table: NDArray[np.uint8] | None,
) -> None:
    """Draw the loupe around ``at`` (widget pixels), with the outlines of shapes and no fills."""
    larger = viewport.zoomed(min(_TIMES * viewport.scale, LARGEST), at)
    area = QRectF(at.x() - _RADIUS, at.y() - _RADIUS, 2 * _RADIUS, 2 * _RADIUS)
    glass = QPainterPath()
    glass.addEllipse(area)
    painter.save()
    painter.setClipPath(glass)
    painter.fillRect(area, theme.color("canvas"))
    draw_through(table, painter, picture, larger, area, ratio)
    for shape in index.touching(larger.to_image_rect(area)) if options.masks else ():
        overlay.draw_shape(painter, shape, larger, ratio, 0.0, tokens.OUTLINE)
    painter.setPen(QPen(theme.color("on_scrim"), 1.0))
    painter.drawLine(at - QPointF(6, 0), at + QPointF(6, 0))
    painter.drawLine(at - QPointF(0, 6), at + QPointF(0, 6))
    painter.restore()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.color("scrim"), 3.0))
    painter.drawEllipse(area)
    painter.restore()
