"""The shapes of a view, drawn once and kept between frames."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QObject, QPoint, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QImage, QPainter, QPixmap, QRegion

from app.canvas import overlay
from app.canvas.buffer import Buffer
from app.canvas.overlay import Options
from app.canvas.shape import Shape
from app.canvas.shape_index import ShapeIndex
from app.canvas.viewport import Viewport
from app.threads.workers import LatestWorker

AT_ONCE = 8000.0
"""Microseconds of drawing that are done within the frame when all is drawn anew; more go to a thread."""
STRIPS_AT_ONCE = 4000.0
"""The same of what came into view, which comes with every frame of a pan."""
_PATCHES = 8
"""Places up to which each is drawn by itself; of more, all is drawn anew."""


_Part = tuple[QRect, QRectF, Sequence[Shape]]
"""Device pixels of a view, the same in widget pixels, and the shapes that reach into it."""


class ShapeLayer(QObject):
    """Moves with the picture, and draws only what came into view or was changed. Where that is too much for a frame, as
    after zooming among thousands, it comes from a thread; until then the layer of before is shown where its shapes are
    now, so that panning and zooming never wait."""

    renewed = Signal()
    """What the thread was asked for can be drawn."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._buffer = Buffer()
        self._valid = False
        """Whether the buffer shows the shapes as they look now, but for what is stale in it."""
        self._since: list[QRectF] = []
        """What was damaged while the thread was at work."""
        self._worker = LatestWorker(self)
        self._worker.done.connect(self._on_drawn)

    @property
    def busy(self) -> bool:
        """Whether a thread is drawing."""
        return self._worker.busy

    def clear(self) -> None:
        """Other shapes: nothing of before may be shown."""
        self.invalidate()
        self._buffer.clear()

    def invalidate(self) -> None:
        """The same shapes look different now; what is there stays until they are drawn anew."""
        self._worker.drop()
        self._valid, self._since = False, []

    def damage(self, areas: Iterable[QRectF]) -> None:
        """The shapes in these areas, in image pixels, have changed."""
        for area in areas:
            if self._worker.busy:
                self._since.append(area)
            self._buffer.damage(area)

    def draw(
        self, painter: QPainter, index: ShapeIndex, viewport: Viewport, size: QSize, ratio: float, options: Options
    ) -> None:
        """Draw the shapes as ``viewport`` places them in a view of ``size`` widget pixels."""
        buffer = self._buffer
        moved = buffer.follow(viewport, size, ratio)
        if not (moved and self._valid):
            self._renew_all(index, viewport, size, ratio, options)
        elif not buffer.stale.isEmpty():
            self._renew_stale(index, viewport, size, ratio, options)
        buffer.draw(painter, viewport)

    def _renew_all(self, index: ShapeIndex, viewport: Viewport, size: QSize, ratio: float, options: Options) -> None:
        view = QRectF(0, 0, size.width(), size.height())
        seen = viewport.to_image_rect(_around(view))
        everything: _Part = QRect(QPoint(0, 0), size * ratio), view, index.touching(seen)
        if index.cost(seen, viewport.scale * ratio) <= AT_ONCE:
            self._worker.drop()
            self._show(_render([everything], viewport, ratio, options), viewport, size)
        elif not self._worker.busy:
            self._worker.run(lambda: (_render([everything], viewport, ratio, options), viewport, size))

    def _renew_stale(self, index: ShapeIndex, viewport: Viewport, size: QSize, ratio: float, options: Options) -> None:
        if self._worker.busy:
            return  # one question at a time; what it does not draw is asked for when it is done
        buffer = self._buffer
        places = buffer.stale_places()
        areas = [viewport.to_image_rect(_around(buffer.widget_rect(place))) for place in places]
        cost = sum(index.cost(area, viewport.scale * ratio) for area in areas)
        if options.labels or len(places) > _PATCHES:  # labels make room for each other wherever they are
            self._renew_all(index, viewport, size, ratio, options)
        elif cost > STRIPS_AT_ONCE:
            parts = [
                (place, buffer.widget_rect(place), index.touching(area))
                for place, area in zip(places, areas, strict=True)
            ]
            self._worker.run(lambda: (_render(parts, viewport, ratio, options), viewport, None))
        else:
            for place, area in zip(places, areas, strict=True):
                painter = buffer.painter(place)
                overlay.draw(painter, index.touching(area), viewport, ratio, options)
                painter.end()
            buffer.stale = QRegion()

    @Slot(object)
    def _on_drawn(self, drawn: tuple[list[tuple[QRect, QImage]], Viewport, QSize | None]) -> None:
        self._show(*drawn)
        since, self._since = self._since, []
        self.damage(since)
        self.renewed.emit()

    def _show(self, images: list[tuple[QRect, QImage]], viewport: Viewport, size: QSize | None) -> None:
        """Take over what was drawn for ``viewport``: the whole view where its ``size`` is given, else parts of it."""
        if size is None:
            self._buffer.patch(images, viewport)
        else:
            self._buffer.take(QPixmap.fromImage(images[0][1]), viewport, size)
            self._valid = True


def _around(area: QRectF) -> QRectF:
    """With the shapes that reach into ``area`` (widget pixels) by half of their outline only."""
    return area.adjusted(-2, -2, 2, 2)


def _render(parts: Sequence[_Part], viewport: Viewport, ratio: float, options: Options) -> list[tuple[QRect, QImage]]:
    """Draw each part into an image of its own; in any thread."""
    images = []
    for place, area, shapes in parts:
        image = QImage(place.size(), QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.translate(-area.topLeft())
        overlay.draw(painter, shapes, viewport, ratio, options)
        painter.end()
        images.append((place, image))
    return images
