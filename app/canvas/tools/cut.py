"""Cutting instances in two along a line."""

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from app import theme
from app.canvas.easel import Easel
from app.canvas.tools import applying, painting, placing
from app.canvas.tools.tool import Pointer, Tool
from app.canvas.viewport import Viewport

_SHORTEST = 3.0
"""Widget pixels: less is a click."""


class CutTool(Tool):
    """Drag a line through the selected instances, or through any where none is selected."""

    key = "cut"
    title = "Cut"
    icon = "scissors"
    help = "Drag a line all the way through an instance to split it. With a selection, only that is cut. Shift: 45°."

    def __init__(self, easel: Easel) -> None:
        super().__init__(easel)
        self._start: Pointer | None = None
        self._end = QPointF()

    def busy(self) -> bool:
        return self._start is not None

    def press(self, pointer: Pointer) -> None:
        if pointer.button == Qt.MouseButton.LeftButton and self.easel.image is not None:
            self._start, self._end = pointer, pointer.at

    def drag(self, pointer: Pointer) -> None:
        if self._start is not None:
            self._end = placing.at_45_degrees(self._start.at, pointer.at) if pointer.shift else pointer.at
            self.easel.preview.emit()

    def release(self, pointer: Pointer) -> None:
        start, end = self._start, self._end
        if start is None:
            return
        self.cancel()
        if (pointer.widget - start.widget).manhattanLength() >= _SHORTEST:
            applying.cut(self.easel, start.at.toTuple(), end.toTuple())
        else:
            self.easel.said.emit("Drag a line through an instance")

    def cancel(self) -> bool:
        begun, self._start = self.busy(), None
        self.easel.preview.emit()
        return begun

    def end(self) -> None:
        self.cancel()

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        if self._start is not None:
            line = painting.path([self._start.at, self._end], closed=False)
            painting.draw_outline(painter, viewport, line, theme.color("on_scrim"), dashed=True)
