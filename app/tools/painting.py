"""What tools draw beside the shapes of ``app.canvas.overlay``: handles, the tip of a brush, what is not an instance."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from app.canvas import overlay
from app.canvas.viewport import Viewport
from app.style import theme, tokens
from app.tools.tool_context import ToolContext
from core.geometry.masks import Mask
from core.geometry.strokes import Stroke

GONE = 0.6
"""Opacity of what is rubbed away, and of strokes that say what belongs to an object."""


def current_color(context: ToolContext) -> QColor:
    """The color of the class that is drawn."""
    return QColor(*context.color(context.category))


def instance_color(context: ToolContext, id: int) -> QColor:
    """The color of an instance of the image in view."""
    return QColor(*context.color(context.annotations[id].category))


def draw_handles(
    painter: QPainter,
    viewport: Viewport,
    points: Sequence[QPointF],
    color: QColor,
    *,
    chosen: Iterable[int] = (),
    size: float = tokens.HANDLE,
) -> None:
    """A round handle on each point (image pixels); the ``chosen`` ones are filled with the accent."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.color("scrim"), 1))
    marked = set(chosen)
    for number, point in enumerate(points):
        painter.setBrush(theme.color("accent") if number in marked else color)
        wide = size * (1.35 if number in marked else 1.0) / 2
        painter.drawEllipse(viewport.to_widget(point), wide, wide)
    painter.restore()


def draw_circle(painter: QPainter, viewport: Viewport, centre: QPointF, diameter: float, color: QColor) -> None:
    """The edge of a round brush; ``centre`` and ``diameter`` in image pixels. Too small a circle becomes a cross."""
    outline = QPainterPath()
    if diameter * viewport.scale >= 4:
        outline.addEllipse(centre, diameter / 2, diameter / 2)
    else:
        arm = tokens.HANDLE / 2 / viewport.scale
        for along in (QPointF(arm, 0), QPointF(0, arm)):
            outline.addPath(overlay.path([centre - along, centre + along], closed=False))
    overlay.draw_path(painter, viewport, outline, color, width=tokens.OUTLINE)


def draw_stroke(painter: QPainter, viewport: Viewport, stroke: Stroke, color: QColor, opacity: float) -> None:
    """The pixels of a stroke that is being painted."""
    left, top, right, bottom = stroke.window
    height, width = stroke.bitmap.shape
    painted = Mask(left, top, stroke.bitmap[top:bottom, left:right], (height, width))
    overlay.draw_mask(painter, viewport, painted, color, opacity)


def draw_unclassified(painter: QPainter, viewport: Viewport, context: ToolContext) -> None:
    """What was drawn on the image in view and waits for a class."""
    for drawn in context.unclassified.drawn:
        for shape in drawn.shapes if drawn.image == context.image else ():
            overlay.draw_segmentation(painter, viewport, shape, current_color(context))
