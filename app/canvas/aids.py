"""What helps to aim and to find one's way: crosshair, pixel grid, loupe, minimap."""

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPixmap

from app.canvas import overlay
from app.canvas.backdrop import DisplaySettings, draw_through, lookup
from app.canvas.overlay import Options
from app.canvas.picture import ImagePyramid
from app.canvas.shape_index import ShapeIndex
from app.canvas.viewport import LARGEST, Viewport
from app.style import theme, tokens

_GAP = 10.0
"""Widget pixels around the mouse that the crosshair leaves free."""
_GRID_FROM = 24.0
"""Device pixels an image pixel from which on the pixel grid is drawn."""
_RADIUS = 96.0
"""Of the loupe, in widget pixels."""
_MAGNIFICATION = 4.0
_SIDE = 144.0
"""The longer side of the minimap in widget pixels."""


class Aids:
    """Painted over the picture and its shapes, under what the tool draws."""

    def __init__(self) -> None:
        self.mouse: QPointF | None = None
        """In widget pixels; ``None`` while it is elsewhere."""
        self.loupe = False
        """Whether its key is held."""
        self._display = DisplaySettings()
        self._table: NDArray[np.uint8] | None = None
        self.minimap = Minimap()

    @property
    def follow_mouse(self) -> bool:
        """Whether the view has to be painted again when the mouse moves."""
        return self.loupe or self._display.crosshair

    def set_display(self, display: DisplaySettings) -> None:
        """Which aids are shown, and how bright the loupe is."""
        self._display, self._table = display, lookup(display)
        self.minimap.place = QRectF()

    def draw(
        self,
        painter: QPainter,
        picture: ImagePyramid,
        index: ShapeIndex,
        viewport: Viewport,
        view: QRectF,
        ratio: float,
        options: Options,
    ) -> None:
        """Draw what is wanted in ``view`` (widget pixels)."""
        if self._display.minimap:
            self.minimap.draw(painter, picture, viewport, view, ratio)
        if self.mouse is not None and self.loupe:
            draw_loupe(painter, self.mouse, picture, index, viewport, ratio, options, self._table)
        elif self.mouse is not None and self._display.crosshair:
            # Lines across the view, to start a box at the outermost points of an object: dark under bright, to be seen
            # on any picture.
            x, y = self.mouse.x(), self.mouse.y()
            for color, width in (("scrim", 3.0), ("on_scrim", 1.0)):
                painter.setPen(QPen(theme.color(color, 0.6), width))
                painter.drawLine(QPointF(view.left(), y), QPointF(x - _GAP, y))
                painter.drawLine(QPointF(x + _GAP, y), QPointF(view.right(), y))
                painter.drawLine(QPointF(x, view.top()), QPointF(x, y - _GAP))
                painter.drawLine(QPointF(x, y + _GAP), QPointF(x, view.bottom()))


def draw_pixel_grid(painter: QPainter, image: QSizeF, viewport: Viewport, view: QRectF, ratio: float) -> None:
    """Draw the borders of the pixels of an image in ``view`` (widget pixels), where they are large enough."""
    if viewport.scale * ratio < _GRID_FROM:
        return
    visible = viewport.to_image_rect(view).intersected(QRectF(QPointF(0, 0), image))
    place = viewport.to_widget_rect(visible)
    painter.setPen(QPen(theme.color("line", 0.5), 1 / ratio))
    for column in range(math.ceil(visible.left()), math.floor(visible.right()) + 1):
        x = column * viewport.scale + viewport.x
        painter.drawLine(QPointF(x, place.top()), QPointF(x, place.bottom()))
    for row in range(math.ceil(visible.top()), math.floor(visible.bottom()) + 1):
        y = row * viewport.scale + viewport.y
        painter.drawLine(QPointF(place.left(), y), QPointF(place.right(), y))


def draw_loupe(
    painter: QPainter,
    at: QPointF,
    picture: ImagePyramid,
    index: ShapeIndex,
    viewport: Viewport,
    ratio: float,
    options: Options,
    table: NDArray[np.uint8] | None,
) -> None:
    """Draw what lies around ``at`` (widget pixels) four times as large, with the outlines of shapes and no fills: to
    place a corner without zooming in and out again. ``table`` is that of ``backdrop.lookup``."""
    larger = viewport.zoomed(min(_MAGNIFICATION * viewport.scale, LARGEST), at)
    area = QRectF(at.x() - _RADIUS, at.y() - _RADIUS, 2 * _RADIUS, 2 * _RADIUS)
    glass = QPainterPath()
    glass.addEllipse(area)
    painter.save()
    painter.setClipPath(glass)
    painter.fillRect(area, theme.color("canvas"))
    draw_through(table, painter, picture, larger, area, ratio)
    if options.masks:
        overlay.draw_shapes(painter, index.touching(larger.to_image_rect(area)), larger, ratio, 0.0, tokens.OUTLINE)
    painter.setPen(QPen(theme.color("on_scrim"), 1.0))
    painter.drawLine(at - QPointF(6, 0), at + QPointF(6, 0))
    painter.drawLine(at - QPointF(0, 6), at + QPointF(0, 6))
    painter.restore()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.color("scrim"), 3.0))
    painter.drawEllipse(area)
    painter.restore()


class Minimap:
    """The whole picture, small, in a corner, while not all of it is in view."""

    def __init__(self) -> None:
        self.place = QRectF()
        """Where it was drawn last, in widget pixels; empty when it was not."""
        self._scale = 1.0
        self._pixmap = QPixmap()
        self._of: tuple[ImagePyramid, float] | None = None
        """The picture, and the device pixel ratio, that the pixmap was made for."""

    def clear(self) -> None:
        """Make the small picture anew when it is drawn next."""
        self._of = None

    def point(self, at: QPointF, *, beyond: bool = False) -> QPointF | None:
        """The point of the picture, in image pixels, that lies under ``at`` (widget pixels); ``None`` where there is
        no map. ``beyond`` its border the map goes on, for a drag that leaves it."""
        if self.place.isEmpty() or not (beyond or self.place.contains(at)):
            return None
        return (at - self.place.topLeft()) / self._scale

    def draw(self, painter: QPainter, picture: ImagePyramid, viewport: Viewport, view: QRectF, ratio: float) -> None:
        """Draw it at the lower right of ``view`` (widget pixels) with the part of the picture that is in view."""
        whole = QRectF(0, 0, picture.width, picture.height)
        visible = viewport.to_image_rect(view) & whole
        if visible == whole or min(view.width(), view.height()) < 3 * _SIDE:
            self.place = QRectF()
            return
        scale = self._scale = _SIDE / max(picture.width, picture.height)
        size = QSizeF(max(picture.width * scale, 1), max(picture.height * scale, 1))
        corner = view.bottomRight() - QPointF(size.width() + tokens.MEDIUM, size.height() + tokens.MEDIUM)
        place = self.place = QRectF(corner, size)
        if self._of is None or self._of[0] is not picture or self._of[1] != ratio:
            self._of, self._pixmap = (picture, ratio), _small(picture, size * ratio)
        painter.fillRect(place.adjusted(-1, -1, 1, 1), theme.color("line"))
        painter.drawPixmap(place, self._pixmap, self._pixmap.rect().toRectF())
        painter.fillRect(place, theme.color("scrim", 0.35))
        frame = QRectF(place.topLeft() + visible.topLeft() * scale, visible.size() * scale) & place
        across = self._pixmap.width() / place.width()
        part = QRectF((frame.topLeft() - place.topLeft()) * across, frame.size() * across)
        painter.drawPixmap(frame, self._pixmap, part)
        painter.setPen(QPen(theme.color("on_scrim"), 1.5))
        painter.drawRect(frame)


def _small(picture: ImagePyramid, size: QSizeF) -> QPixmap:
    pixmap = QPixmap(size.toSize().expandedTo(QSizeF(1, 1).toSize()))
    painter = QPainter(pixmap)
    picture.draw(painter, Viewport(size.width() / picture.width), pixmap.rect().toRectF(), 1.0)
    painter.end()
    return pixmap
