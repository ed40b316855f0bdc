"""Draws shapes over the picture: fills, outlines of one width at any zoom, labels."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QPainter, QPen, QTransform

from app.canvas.shape import Shape
from app.canvas.viewport import Viewport
from app.style import theme, tokens
from app.threads.frame_priority import frame_priority

_DASHES = [4.0, 3.0]
_LIFT = 0.15
"""Opacity that is added to the shape under the mouse."""
_LABEL_FROM = 28.0
"""Widget pixels: a shape smaller than this goes without its label until the mouse is over it."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a person wants to see the shapes."""

    opacity: float = tokens.MASK_OPACITY
    masks: bool = True
    labels: bool = False
    outline: float = tokens.OUTLINE
    """Widget pixels."""


def draw(painter: QPainter, shapes: Sequence[Shape], viewport: Viewport, ratio: float, options: Options) -> None:
    """Draw all of ``shapes``, labels last."""
    if not options.masks:
        return
    painter.save()
    _prepare(painter, viewport)
    for shape in frame_priority.paced(shapes):
        _draw_prepared(painter, shape, viewport, ratio, options.opacity, options.outline)
    painter.restore()
    if options.labels:
        draw_labels(painter, shapes, viewport)


def draw_labels(painter: QPainter, shapes: Sequence[Shape], viewport: Viewport) -> None:
    """Draw the labels of shapes that are large enough. One that would cover another is left out."""
    taken: list[QRectF] = []
    for shape in shapes:
        if max(shape.box.width(), shape.box.height()) * viewport.scale >= _LABEL_FROM:
            pill = label_rect(shape, viewport)
            if not any(pill.intersects(other) for other in taken):
                taken.append(pill)
                draw_label(painter, shape, viewport)


def draw_shape(painter: QPainter, shape: Shape, viewport: Viewport, ratio: float, opacity: float, width: float) -> None:
    """Draw one shape: fill with ``opacity``, outline ``width`` widget pixels wide."""
    painter.save()
    _prepare(painter, viewport)
    _draw_prepared(painter, shape, viewport, ratio, opacity, width)
    painter.restore()


def draw_marked(painter: QPainter, shape: Shape, viewport: Viewport, ratio: float, *, chosen: bool) -> None:
    """The shape under the mouse is lifted, the selected one has a stronger outline; both say their names."""
    opacity, width = (0.0, tokens.OUTLINE_SELECTED) if chosen else (_LIFT, tokens.OUTLINE)
    draw_shape(painter, shape, viewport, ratio, opacity, width)
    draw_label(painter, shape, viewport)


def _prepare(painter: QPainter, viewport: Viewport) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setTransform(viewport.transform(), True)


def _draw_prepared(
    painter: QPainter, shape: Shape, viewport: Viewport, ratio: float, opacity: float, width: float
) -> None:
    painter.setPen(_pen(shape, width))
    painter.setBrush(_brush(shape, opacity, viewport) if opacity > 0 else QBrush())
    painter.drawPath(shape.path(viewport.scale * ratio))


def _pen(shape: Shape, width: float) -> QPen:
    pen = QPen(shape.color, width)
    pen.setCosmetic(True)
    # Round joins take three times as long; on a thin line nobody sees them.
    thin = width <= tokens.OUTLINE
    pen.setJoinStyle(Qt.PenJoinStyle.BevelJoin if thin else Qt.PenJoinStyle.RoundJoin)
    if shape.style == "prediction":
        pen.setDashPattern(_DASHES)
    return pen


def _brush(shape: Shape, opacity: float, viewport: Viewport) -> QBrush:
    color = QColor(shape.color)
    if shape.style != "crowd":
        color.setAlphaF(opacity)
        return QBrush(color)
    color.setAlphaF(min(2 * opacity, 1.0))
    brush = QBrush(color, Qt.BrushStyle.BDiagPattern)
    # The hatching keeps its distance on the screen and its place on the picture.
    brush.setTransform(QTransform.fromScale(1 / viewport.scale, 1 / viewport.scale))
    return brush


def label_rect(shape: Shape, viewport: Viewport) -> QRectF:
    """Where a shape's label lies, in widget pixels: above the top left of its box, inside where that is cut off."""
    width = QFontMetrics(theme.font(tokens.CAPTION_SIZE, strong=True)).horizontalAdvance(shape.text)
    corner = viewport.to_widget(shape.box.topLeft())
    height = tokens.CAPTION_SIZE + 7.0
    above = round(corner.y()) - height - 2
    return QRectF(max(round(corner.x()), 2), above if above >= 2 else max(round(corner.y()), 0) + 2, width + 22, height)


def draw_label(painter: QPainter, shape: Shape, viewport: Viewport) -> None:
    """The shape's text with a swatch of its color."""
    if not shape.text:
        return
    pill = label_rect(shape, viewport)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(theme.font(tokens.CAPTION_SIZE, strong=True))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("scrim"))
    painter.drawRoundedRect(pill, tokens.TINY, tokens.TINY)
    painter.setBrush(shape.color)
    painter.drawEllipse(QPointF(pill.left() + 9, pill.center().y()), 3.5, 3.5)
    painter.setPen(theme.color("on_scrim"))
    text = pill.adjusted(16, 0, 0, 0)
    painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shape.text)
    painter.restore()
