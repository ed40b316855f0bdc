"""How tools draw what they are at: in the color of the class it becomes, lines of one width at any zoom."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QPolygonF

from app.canvas.viewport import Viewport
from app.style import theme, tokens
from app.tools.tool_context import ToolContext
from core.geometry.masks import Mask
from core.geometry.segmentation import Rle, Segmentation, parts_of
from core.geometry.strokes import Stroke

GONE = 0.6
"""Opacity of what is rubbed away, and of strokes that say what belongs to an object."""

_CASING = 2.0
"""Widget pixels by which the dark line under a bright one is wider: it shows on any picture."""


def class_color(context: ToolContext) -> QColor:
    """The color of the class that is drawn."""
    return QColor(*context.color(context.category))


def path(points: Sequence[QPointF], *, closed: bool = True) -> QPainterPath:
    """The outline through ``points``."""
    outline = QPainterPath()
    outline.addPolygon(QPolygonF(points))
    if closed and points:
        outline.closeSubpath()
    return outline


def ring_path(rings: Iterable[Sequence[float]]) -> QPainterPath:
    """Rings as COCO writes them, ``x1, y1, x2, y2, …``; even-odd."""
    outline = QPainterPath()
    for ring in rings:
        outline.addPath(path([QPointF(x, y) for x, y in zip(ring[0::2], ring[1::2], strict=True)]))
    return outline


def rectangle_path(area: QRectF) -> QPainterPath:
    """The outline of a rectangle."""
    outline = QPainterPath()
    outline.addRect(area)
    return outline


def draw_outline(
    painter: QPainter,
    viewport: Viewport,
    outline: QPainterPath,
    color: QColor,
    *,
    fill: float = 0.0,
    width: float = tokens.OUTLINE_SELECTED,
    dashed: bool = False,
) -> None:
    """A path in image pixels, filled with ``fill`` opacity, its line ``width`` widget pixels wide."""
    placed = viewport.transform().map(outline)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if fill > 0:
        painter.fillPath(placed, _faded(color, fill))
    for ink, wide in ((theme.color("scrim", 0.5), width + _CASING), (color, width)):
        pen = QPen(ink, wide, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        if dashed and ink is color:
            pen.setDashPattern([3.0, 3.0])
        painter.strokePath(placed, pen)
    painter.restore()


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
    radius = diameter / 2
    if diameter * viewport.scale >= 4:
        outline.addEllipse(centre, radius, radius)
    else:
        arm = tokens.HANDLE / 2 / viewport.scale
        outline.addPath(path([centre - QPointF(arm, 0), centre + QPointF(arm, 0)], closed=False))
        outline.addPath(path([centre - QPointF(0, arm), centre + QPointF(0, arm)], closed=False))
    draw_outline(painter, viewport, outline, color, width=tokens.OUTLINE)


def draw_bitmap(
    painter: QPainter,
    viewport: Viewport,
    bitmap: NDArray[np.uint8],
    corner: tuple[int, int],
    color: QColor,
    opacity: float,
) -> None:
    """Pixels with a 1 in ``bitmap``, whose top left lies at ``corner`` of the image. Costs what of it is in view."""
    seen = _seen(painter, viewport, QRect(*corner, bitmap.shape[1], bitmap.shape[0]))
    if seen.isEmpty():
        return
    left, top = seen.x() - corner[0], seen.y() - corner[1]
    step = max(int(1 / (viewport.scale * painter.device().devicePixelRatioF())), 1)
    part = np.ascontiguousarray(bitmap[top : top + seen.height() : step, left : left + seen.width() : step])
    image = QImage(part.data, part.shape[1], part.shape[0], part.shape[1], QImage.Format.Format_Indexed8)
    image.setColorTable([0, _faded(color, opacity).rgba()])
    place = QRectF(seen.x(), seen.y(), part.shape[1] * step, part.shape[0] * step)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(viewport.to_widget_rect(place), image)
    painter.restore()


def draw_mask(painter: QPainter, viewport: Viewport, mask: Mask, color: QColor, opacity: float) -> None:
    """The pixels of a mask."""
    draw_bitmap(painter, viewport, mask.bitmap, (mask.x, mask.y), color, opacity)


def draw_stroke(painter: QPainter, viewport: Viewport, stroke: Stroke, color: QColor, opacity: float) -> None:
    """A stroke that is being painted."""
    left, top, right, bottom = stroke.window
    draw_bitmap(painter, viewport, stroke.bitmap[top:bottom, left:right], (left, top), color, opacity)


def draw_waiting(painter: QPainter, viewport: Viewport, context: ToolContext) -> None:
    """What was drawn on the image in view and waits for a class."""
    for drawn in context.unclassified.drawn:
        for shape in drawn.shapes if drawn.image == context.image else ():
            draw_segmentation(painter, viewport, shape, class_color(context))


def draw_segmentation(painter: QPainter, viewport: Viewport, shape: Segmentation, color: QColor) -> None:
    """A new shape, polygon or mask."""
    if isinstance(shape, Rle):
        draw_mask(painter, viewport, shape.mask(), color, tokens.MASK_OPACITY)
    elif parts := parts_of(shape):
        draw_outline(painter, viewport, ring_path(parts), color, fill=tokens.MASK_OPACITY)


def _seen(painter: QPainter, viewport: Viewport, area: QRect) -> QRect:
    """The part of ``area`` (image pixels) that is painted on now: what the device shows, or the clip where there is
    one."""
    shown = QRectF(painter.viewport())
    if painter.hasClipping():
        shown = shown.intersected(painter.clipBoundingRect())
    return viewport.to_image_rect(shown).toAlignedRect().intersected(area)


def _faded(color: QColor, opacity: float) -> QColor:
    faded = QColor(color)
    faded.setAlphaF(opacity)
    return faded
