"""The picture as it lies in the view, kept between frames."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter

from app.canvas.buffer import Buffer
from app.canvas.picture import Picture
from app.canvas.viewport import Viewport


class Backdrop:
    """Scales a picture once for each scale one looks at it with; panning draws only the strips that come into view."""

    def __init__(self) -> None:
        self._buffer = Buffer()
        self._picture: Picture | None = None

    def clear(self) -> None:
        """The picture looks different now."""
        self._buffer.clear()

    def draw(self, painter: QPainter, picture: Picture, viewport: Viewport, size: QSize, ratio: float) -> None:
        """Draw ``picture`` as ``viewport`` places it in a view of ``size`` widget pixels; around it nothing."""
        if picture is not self._picture or not self._buffer.follow(viewport, size, ratio):
            self._picture = picture
            self._buffer.begin(viewport, size, ratio)
        for place in self._buffer.stale_areas():
            inside = self._buffer.painter(place)
            picture.draw(inside, viewport, self._buffer.widget_rect(place), ratio)
            inside.end()
        self._buffer.renewed()
        self._buffer.draw(painter, viewport)
