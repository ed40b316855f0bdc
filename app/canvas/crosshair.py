"""Lines through the mouse, across the view: to start a box at the outermost points of an object."""

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen

from app.style import theme

_GAP = 10.0
"""Widget pixels around the mouse that stay free."""


def draw(painter: QPainter, at: QPointF, view: QRectF) -> None:
    """Draw the lines in ``view``, in widget pixels: dark under bright, to be seen on any picture."""
    for color, width in (("scrim", 3.0), ("on_scrim", 1.0)):
        painter.setPen(QPen(theme.color(color, 0.6), width))
        painter.drawLine(QPointF(view.left(), at.y()), QPointF(at.x() - _GAP, at.y()))
        painter.drawLine(QPointF(at.x() + _GAP, at.y()), QPointF(view.right(), at.y()))
        painter.drawLine(QPointF(at.x(), view.top()), QPointF(at.x(), at.y() - _GAP))
        painter.drawLine(QPointF(at.x(), at.y() + _GAP), QPointF(at.x(), view.bottom()))
