"""Where one looks: the whole picture, small, in a corner, while not all of it is in view."""

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QPainter, QPen, QPixmap

from app.canvas.picture import ImagePyramid
from app.canvas.viewport import Viewport
from app.style import theme, tokens

_SIDE = 144.0


class Minimap:
    """Keeps the small picture, and where it was drawn."""

    def __init__(self) -> None:
        self._of: tuple[ImagePyramid, float] | None = None
        self._small = QPixmap()
        self._place = QRectF()
        """Where it was drawn last, in widget pixels; empty when it was not."""
        self._scale = 1.0

    def hide(self) -> None:
        """It is not drawn now."""
        self._place = QRectF()

    def forget(self) -> None:
        """The picture looks different now."""
        self._of = None

    def point(self, at: QPointF, *, beyond: bool = False) -> QPointF | None:
        """The point of the picture, in image pixels, that lies under ``at`` (widget pixels); ``None`` where there is
        no map. ``beyond`` its border the map goes on, for a drag that leaves it."""
        if self._place.isEmpty() or not (beyond or self._place.contains(at)):
            return None
        return (at - self._place.topLeft()) / self._scale

    def draw(self, painter: QPainter, picture: ImagePyramid, viewport: Viewport, view: QRectF, ratio: float) -> None:
        """Draw it at the lower right of ``view`` (widget pixels) with the part of the picture that is in view."""
        whole = QRectF(0, 0, picture.width, picture.height)
        seen = viewport.to_image_rect(view) & whole
        self.hide()
        if seen == whole or min(view.width(), view.height()) < 3 * _SIDE:
            return
        scale = _SIDE / max(picture.width, picture.height)
        size = QSizeF(max(picture.width * scale, 1), max(picture.height * scale, 1))
        place = QRectF(view.bottomRight() - QPointF(size.width() + tokens.MEDIUM, size.height() + tokens.MEDIUM), size)
        self._place, self._scale = place, scale
        self._renew(picture, size, ratio)
        painter.fillRect(place.adjusted(-1, -1, 1, 1), theme.color("line"))
        painter.drawPixmap(place, self._small, self._small.rect().toRectF())
        painter.fillRect(place, theme.color("scrim", 0.35))
        frame = QRectF(place.topLeft() + seen.topLeft() * scale, seen.size() * scale) & place
        painter.drawPixmap(frame, self._small, self._part(frame, place))
        painter.setPen(QPen(theme.color("on_scrim"), 1.5))
        painter.drawRect(frame)

    def _part(self, frame: QRectF, place: QRectF) -> QRectF:
        across = self._small.width() / place.width()
        return QRectF((frame.topLeft() - place.topLeft()) * across, frame.size() * across)

    def _renew(self, picture: ImagePyramid, size: QSizeF, ratio: float) -> None:
        if self._of is not None and self._of[0] is picture and self._of[1] == ratio:
            return
        self._of = picture, ratio
        self._small = QPixmap((size * ratio).toSize().expandedTo(QSizeF(1, 1).toSize()))
        painter = QPainter(self._small)
        scale = size.width() * ratio / picture.width
        picture.draw(painter, Viewport(scale), self._small.rect().toRectF(), 1.0)
        painter.end()
