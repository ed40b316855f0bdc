"""Cutting instances in two along a line."""

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from app.canvas.viewport import Viewport
from app.style import theme
from app.tools import applying, painting, placing
from app.tools.drag_tool import DragTool
from app.tools.tool import Pointer

_SHORTEST = 3.0
"""Widget pixels: less is a click."""


class CutTool(DragTool):
    """Drag a line through the selected instances, or through any where none is selected."""

    key = "cut"

    def place(self, pointer: Pointer) -> QPointF:
        if self.start is not None and pointer.shift:
            return placing.at_45_degrees(self.start, pointer.at)
        return pointer.at

    def finish(self, start: QPointF, stop: QPointF, way: float) -> None:
        if way >= _SHORTEST:
            applying.cut(self.context, start.toTuple(), stop.toTuple())
        else:
            self.context.said.emit("Drag a line through an instance")

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        if self.start is not None:
            line = painting.path([self.start, self.stop], closed=False)
            painting.draw_outline(painter, viewport, line, theme.color("on_scrim"), dashed=True)
