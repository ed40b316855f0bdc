"""What helps to aim and to find one's way: crosshair, minimap, loupe."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from app.canvas import crosshair, loupe
from app.canvas.display import DisplaySettings, lookup
from app.canvas.minimap import Minimap
from app.canvas.overlay import Options
from app.canvas.picture import ImagePyramid
from app.canvas.shape_index import ShapeIndex
from app.canvas.viewport import Viewport


class Aids:
    """Over the picture and its shapes, under what the tool draws."""

    def __init__(self) -> None:
        self.mouse: QPointF | None = None
        """In widget pixels; ``None`` while it is elsewhere."""
        self.loupe = False
        """Whether its key is held."""
        self._display = DisplaySettings()
        self._table: NDArray[np.uint8] | None = None
        self._minimap = Minimap()

    @property
    def follow_mouse(self) -> bool:
        """Whether the view looks different wherever the mouse is."""
        return self.loupe or self._display.crosshair

    def set_display(self, display: DisplaySettings) -> None:
        """What of it is shown."""
        self._display, self._table = display, lookup(display)
        self._minimap.hide()

    def forget_picture(self) -> None:
        """The picture looks different now."""
        self._minimap.forget()

    def on_map(self, at: QPointF, *, beyond: bool = False) -> QPointF | None:
        """The point of the picture that lies under ``at`` on the minimap, see ``Minimap.point``."""
        return self._minimap.point(at, beyond=beyond)

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
            self._minimap.draw(painter, picture, viewport, view, ratio)
        if self.mouse is None:
            return
        if self.loupe:
            loupe.draw(painter, self.mouse, picture, index, viewport, ratio, options, self._table)
        elif self._display.crosshair:
            crosshair.draw(painter, self.mouse, view)
