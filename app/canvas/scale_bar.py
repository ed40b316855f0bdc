"""A bar in a corner of the picture that says how long so much of it is, where the size of a pixel is known."""

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from app.canvas.viewport import Viewport
from app.style import theme, tokens
from core.images.pixel_size import MICROMETRES, PixelSize, Unit

_LONGEST = 140.0
"""Widget pixels."""
_LINE = 4.0


def round_length(longest: float) -> tuple[float, str]:
    """The largest of 1, 2 and 5 times a power of ten that is no longer than ``longest``, in micrometres; and its
    words."""
    power = 10.0 ** math.floor(math.log10(longest) + 1e-9)
    length = next(factor * power for factor in (5.0, 2.0, 1.0) if factor * power <= longest * (1 + 1e-9))
    unit: Unit = next((unit for unit in ("m", "cm", "mm", "µm") if length >= MICROMETRES[unit] * (1 - 1e-9)), "nm")
    return length, f"{length / MICROMETRES[unit]:,.6g} {unit}"


def draw_scale_bar(painter: QPainter, size: PixelSize, viewport: Viewport, view: QRectF) -> None:
    """Draw the bar at the lower left of ``view`` (widget pixels)."""
    a_pixel = size.micrometres / viewport.scale
    length, words = round_length(_LONGEST * a_pixel)
    font = theme.font(tokens.CAPTION_SIZE, strong=True)
    metrics = QFontMetricsF(font)
    width = max(length / a_pixel, metrics.horizontalAdvance(words))
    height = metrics.height() + _LINE + tokens.TINY
    corner = view.bottomLeft() + QPointF(tokens.MEDIUM, -tokens.MEDIUM - height - tokens.TINY)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("scrim"))
    painter.drawRoundedRect(
        QRectF(corner.x() - tokens.SMALL, corner.y() - tokens.TINY, width + 2 * tokens.SMALL, height + 3 * tokens.TINY),
        tokens.RADIUS,
        tokens.RADIUS,
    )
    painter.setFont(font)
    painter.setPen(theme.color("on_scrim"))
    painter.drawText(QRectF(corner.x(), corner.y(), width, metrics.height()), int(Qt.AlignmentFlag.AlignLeft), words)
    painter.fillRect(
        QRectF(corner.x(), corner.y() + metrics.height() + tokens.TINY, length / a_pixel, _LINE),
        theme.color("on_scrim"),
    )
    painter.restore()
