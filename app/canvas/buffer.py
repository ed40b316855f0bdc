"""Pixels of the view that were painted for one place of the picture, and are moved when the picture moves."""

from collections.abc import Iterable

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap, QRegion

from app.canvas.viewport import Viewport


class Buffer:
    """One pixmap of the size of the view. ``stale`` is where it has to be painted (whoever has done so empties it); all
    else is as it should be.

    Moving the picture by whole device pixels moves the pixels and leaves only the strips that came into view: painting
    these costs a fraction of painting all.
    """

    def __init__(self) -> None:
        self.viewport = Viewport()
        """What the pixels were painted for."""
        self.size = QSize()
        """Of the view, in widget pixels."""
        self.stale = QRegion()
        """In device pixels."""
        self._ratio = 1.0
        self._pixels = QPixmap()

    def clear(self) -> None:
        """Forget all pixels."""
        self._pixels = QPixmap()
        self.stale = QRegion()

    def take(self, pixels: QPixmap, viewport: Viewport, size: QSize) -> None:
        """Other pixels, painted elsewhere."""
        self._pixels, self.viewport, self.size = pixels, viewport, size
        self._ratio = pixels.devicePixelRatio()
        self.stale = QRegion()

    def begin(self, viewport: Viewport, size: QSize, ratio: float) -> None:
        """Nothing but stale pixels for a view of ``size`` widget pixels."""
        pixels = QPixmap(size * ratio)
        pixels.setDevicePixelRatio(ratio)
        pixels.fill(Qt.GlobalColor.transparent)
        self.take(pixels, viewport, size)
        self.stale = QRegion(pixels.rect())

    def follow(self, viewport: Viewport, size: QSize, ratio: float) -> bool:
        """Move with the picture. ``False`` when that cannot be: another scale, another size, or nothing there."""
        if self._pixels.isNull() or (self.size, self._ratio, self.viewport.scale) != (size, ratio, viewport.scale):
            return False
        across, down = (viewport.x - self.viewport.x) * ratio, (viewport.y - self.viewport.y) * ratio
        right, lower = round(across), round(down)
        if abs(across - right) > 1e-3 or abs(down - lower) > 1e-3:
            return False
        self.viewport = viewport
        if right or lower:
            area = self._pixels.rect()
            self._pixels.scroll(right, lower, area)
            kept = QRegion(area.translated(right, lower))
            self.stale = (self.stale.translated(right, lower) + (QRegion(area) - kept)) & QRegion(area)
        return True

    def damage(self, area: QRectF) -> None:
        """What lies in ``area``, in image pixels, looks different now; a little around it does too."""
        place = self.viewport.to_widget_rect(area).adjusted(-3, -3, 3, 3)
        device = QRectF(place.topLeft() * self._ratio, place.size() * self._ratio).toAlignedRect()
        self.stale = (self.stale + device) & QRegion(self._pixels.rect())

    def stale_places(self) -> list[QRect]:
        """The rectangles of ``stale``, none of which overlap."""
        places: list[QRect] = list(self.stale)  # type: ignore[call-overload]  # PySide's stubs lack its iterator
        return places

    def widget_rect(self, device: QRect) -> QRectF:
        """Device pixels as widget pixels."""
        return QRectF(device.topLeft().toPointF() / self._ratio, device.size().toSizeF() / self._ratio)

    def painter(self, device: QRect) -> QPainter:
        """Paints into one stale rectangle, which is emptied first, in widget pixels. End it."""
        painter = QPainter(self._pixels)
        area = self.widget_rect(device)
        painter.setClipRect(area)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.fillRect(area, Qt.GlobalColor.transparent)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        return painter

    def patch(self, images: Iterable[tuple[QRect, QImage]], viewport: Viewport) -> None:
        """Images that were painted elsewhere for some device pixels of this buffer while it had ``viewport``."""
        across = round((self.viewport.x - viewport.x) * self._ratio)
        down = round((self.viewport.y - viewport.y) * self._ratio)
        painter = QPainter(self._pixels)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        for place, image in images:
            there = place.translated(across, down)
            painter.drawImage(self.widget_rect(there).topLeft(), image)
            self.stale -= there
        painter.end()

    def draw(self, painter: QPainter, viewport: Viewport) -> None:
        """Draw the pixels, if there are any, where ``viewport`` would have them, scaled where they were painted for
        another scale."""
        if self._pixels.isNull():
            return
        factor = viewport.scale / self.viewport.scale
        painter.save()
        painter.translate(viewport.x - self.viewport.x * factor, viewport.y - self.viewport.y * factor)
        painter.scale(factor, factor)
        painter.drawPixmap(0, 0, self._pixels)
        painter.restore()
