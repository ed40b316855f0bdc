"""Draws masks over the picture: the one painter of the window, for shapes, labels and what a tool is drawing. (Files
and thumbnails are painted by ``core.geometry.mask_painting``.)

Fills and outlines are in widget pixels at any zoom; ``ratio`` is device pixels a widget pixel.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QImage, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from app.canvas.shape import Shape
from app.canvas.viewport import Viewport
from app.style import theme, tokens
from app.threads.frame_priority import frame_priority
from core.geometry.masks import Mask
from core.geometry.segmentation import Rle, Segmentation, parts_of

_DASHES = [4.0, 3.0]
"""Of a prediction's outline, in widths of the line."""
_LABEL_FROM = 28.0
"""Widget pixels: a shape smaller than this goes without its label until the mouse is over it."""
_CASING = 2.0
"""Widget pixels by which the dark line under a bright one is wider: it shows on any picture."""


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
    if options.masks:
        draw_shapes(painter, shapes, viewport, ratio, options.opacity, options.outline)
        if options.labels:
            draw_labels(painter, shapes, viewport)


def draw_shapes(
    painter: QPainter, shapes: Iterable[Shape], viewport: Viewport, ratio: float, opacity: float, width: float
) -> None:
    """Fill shapes with ``opacity``, and draw their outlines ``width`` widget pixels wide."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setTransform(viewport.transform(), True)
    # Round joins take three times as long; on a thin line nobody sees them.
    join = Qt.PenJoinStyle.BevelJoin if width <= tokens.OUTLINE else Qt.PenJoinStyle.RoundJoin
    for shape in frame_priority.paced(shapes):
        pen = QPen(shape.color, width)
        pen.setCosmetic(True)
        pen.setJoinStyle(join)
        if shape.style == "prediction":
            pen.setDashPattern(_DASHES)
        brush = QBrush()
        if opacity > 0 and shape.style == "crowd":
            brush = QBrush(_translucent(shape.color, min(2 * opacity, 1.0)), Qt.BrushStyle.BDiagPattern)
            # The hatching keeps its distance on the screen and its place on the picture.
            brush.setTransform(QTransform.fromScale(1 / viewport.scale, 1 / viewport.scale))
        elif opacity > 0 and shape.style != "box":
            brush = QBrush(_translucent(shape.color, opacity))
        painter.setPen(pen)
        painter.setBrush(brush)
        painter.drawPath(shape.path(viewport.scale * ratio))
    painter.restore()


# Labels


def draw_labels(painter: QPainter, shapes: Iterable[Shape], viewport: Viewport) -> None:
    """Draw the labels of shapes that are large enough. One that would cover another is left out."""
    drawn: list[QRectF] = []
    for shape in shapes:
        if max(shape.box.width(), shape.box.height()) * viewport.scale >= _LABEL_FROM:
            pill = label_rect(shape, viewport)
            if not any(pill.intersects(other) for other in drawn):
                drawn.append(pill)
                draw_label(painter, shape, viewport)


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


# What is not a shape of the view yet


def path(points: Sequence[QPointF], *, closed: bool = True) -> QPainterPath:
    """The outline through ``points``."""
    outline = QPainterPath()
    outline.addPolygon(QPolygonF(points))
    if closed and points:
        outline.closeSubpath()
    return outline


def draw_path(
    painter: QPainter,
    viewport: Viewport,
    outline: QPainterPath | QRectF,
    color: QColor,
    *,
    fill: float = 0.0,
    width: float = tokens.OUTLINE_SELECTED,
    dashed: bool = False,
) -> None:
    """A path or a rectangle in image pixels, filled with ``fill`` opacity, its line ``width`` widget pixels wide."""
    if isinstance(outline, QRectF):
        outline = path(QPolygonF(outline).toList())
    placed = viewport.transform().map(outline)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if fill > 0:
        painter.fillPath(placed, _translucent(color, fill))
    for ink, wide in ((theme.color("scrim", 0.5), width + _CASING), (color, width)):
        pen = QPen(ink, wide, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        if dashed and ink is color:
            pen.setDashPattern([3.0, 3.0])
        painter.strokePath(placed, pen)
    painter.restore()


def draw_mask(
    painter: QPainter, viewport: Viewport, mask: Mask, color: QColor, opacity: float = tokens.MASK_OPACITY
) -> None:
    """The pixels of a mask, with no outline. Costs what of it is in view."""
    shown = QRectF(painter.viewport())
    if painter.hasClipping():
        shown = shown.intersected(painter.clipBoundingRect())
    rows, columns = mask.bitmap.shape
    seen = viewport.to_image_rect(shown).toAlignedRect().intersected(QRect(mask.x, mask.y, columns, rows))
    if seen.isEmpty():
        return
    left, top = seen.x() - mask.x, seen.y() - mask.y
    step = max(int(1 / (viewport.scale * painter.device().devicePixelRatioF())), 1)
    part = np.ascontiguousarray(mask.bitmap[top : top + seen.height() : step, left : left + seen.width() : step])
    image = QImage(part.data, part.shape[1], part.shape[0], part.shape[1], QImage.Format.Format_Indexed8)
    image.setColorTable([0, _translucent(color, opacity).rgba()])
    place = QRectF(seen.x(), seen.y(), part.shape[1] * step, part.shape[0] * step)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(viewport.to_widget_rect(place), image)
    painter.restore()


def draw_segmentation(painter: QPainter, viewport: Viewport, shape: Segmentation, color: QColor) -> None:
    """An instance that is being made or moved: polygons with their outline, or a mask."""
    if isinstance(shape, Rle):
        draw_mask(painter, viewport, shape.mask(), color)
    elif parts := parts_of(shape):
        outline = QPainterPath()
        for ring in parts:
            outline.addPath(path([QPointF(x, y) for x, y in zip(ring[0::2], ring[1::2], strict=True)]))
        draw_path(painter, viewport, outline, color, fill=tokens.MASK_OPACITY)


def _translucent(color: QColor, opacity: float) -> QColor:
    result = QColor(color)
    result.setAlphaF(opacity)
    return result
