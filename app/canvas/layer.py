"""The shapes of a view, drawn once and kept between frames."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QPointF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QImage, QPainter

from app.canvas import overlay
from app.canvas.overlay import Options
from app.canvas.shape import Shape
from app.canvas.viewport import Viewport
from app.workers import Lane

AT_ONCE = 6000
"""Corners in view up to which shapes are drawn within the frame (about 10 ms); more go to a thread."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    image: QImage
    viewport: Viewport
    size: QSize


class ShapeLayer(QObject):
    """Draws at once what is quickly drawn. The rest comes from a thread; until then the layer of before is shown where
    its shapes are now, so that panning and zooming never wait."""

    renewed = Signal()
    """What the thread was asked for can be drawn."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._drawn: _Drawn | None = None
        self._valid = False
        self._asked: tuple[Viewport, QSize] | None = None
        self._lane = Lane(self)
        self._lane.done.connect(self._take)

    def clear(self) -> None:
        """Other shapes: nothing of before may be shown."""
        self.invalidate()
        self._drawn = None

    def invalidate(self) -> None:
        """The same shapes look different now; what is there stays until they are drawn anew."""
        self._lane.drop()
        self._valid = False
        self._asked = None

    def draw(
        self,
        painter: QPainter,
        shapes: Sequence[Shape],
        viewport: Viewport,
        size: QSize,
        ratio: float,
        options: Options,
    ) -> None:
        """Draw ``shapes`` as ``viewport`` places them in a view of ``size`` widget pixels."""
        drawn = self._drawn
        if not self._valid or drawn is None or (drawn.viewport, drawn.size) != (viewport, size):
            self._renew(shapes, viewport, size, ratio, options)
        if self._drawn is None:
            return
        old = self._drawn.viewport
        factor = viewport.scale / old.scale
        painter.save()
        painter.translate(viewport.x - old.x * factor, viewport.y - old.y * factor)
        painter.scale(factor, factor)
        painter.drawImage(QPointF(0, 0), self._drawn.image)
        painter.restore()

    def _renew(self, shapes: Sequence[Shape], viewport: Viewport, size: QSize, ratio: float, options: Options) -> None:
        seen = overlay.in_view(shapes, viewport, size)
        if sum(shape.corners for shape in seen) <= AT_ONCE:
            self._lane.drop()
            self._take(_render(seen, viewport, size, ratio, options))
        elif self._asked != (viewport, size):
            self._asked = (viewport, size)
            self._lane.run(_render, seen, viewport, size, ratio, options)

    @Slot(object)
    def _take(self, drawn: _Drawn) -> None:
        later = self._asked is not None
        self._drawn, self._valid, self._asked = drawn, True, None
        if later:
            self.renewed.emit()


def _render(shapes: Sequence[Shape], viewport: Viewport, size: QSize, ratio: float, options: Options) -> _Drawn:
    image = QImage(size * ratio, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    overlay.draw(painter, shapes, viewport, ratio, options)
    painter.end()
    return _Drawn(image, viewport, size)
