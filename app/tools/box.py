"""Drawing a rectangle, which is a mask like any other."""

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter

from app.canvas.viewport import Viewport
from app.style import tokens
from app.tools import painting, placing
from app.tools.drag_tool import DragTool
from app.tools.tool import Pointer


class BoxTool(DragTool):
    """Drag from corner to corner; the rectangle becomes a polygon of four points."""

    key = "box"

    def place(self, pointer: Pointer) -> QPointF:
        at = placing.square(self.start, pointer.at) if self.start is not None and pointer.shift else pointer.at
        return placing.inside(at, self.context.size)

    def finish(self, start: QPointF, stop: QPointF, way: float) -> None:
        ring = placing.corners(start, stop)
        if placing.covers(ring, self.context.size):
            self.context.draw("Box", [ring])
        else:
            self.context.said.emit("Drag from one corner to the other")

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        painting.draw_waiting(painter, viewport, self.context)
        if self.start is not None:
            outline = painting.ring_path([placing.corners(self.start, self.stop)])
            color = painting.class_color(self.context)
            painting.draw_outline(painter, viewport, outline, color, fill=tokens.MASK_OPACITY)
