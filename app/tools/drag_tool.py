"""Tools that are one drag: a box to draw, a line to cut along."""

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from app.canvas import overlay
from app.canvas.viewport import Viewport
from app.style import theme
from app.tools import applying, painting, placing
from app.tools.tool import Pointer, Tool
from app.tools.tool_context import ToolContext
from core.geometry.segmentation import Polygons
from core.words import tr


class DragTool(Tool):
    """Escape, another tool and another image throw a drag away; the latter two say so."""

    drags = True

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self.start: QPointF | None = None
        """Where the drag began, in image pixels; ``None`` while there is none."""
        self.stop = QPointF()
        """Where it would end now."""
        self._pressed = QPointF()
        """Where it began, in widget pixels."""

    # What a tool of this kind says

    def place(self, pointer: Pointer) -> QPointF:
        """Where a drag begins, or, with a ``start``, ends."""
        raise NotImplementedError

    def finish(self, start: QPointF, stop: QPointF, way: float) -> None:
        """The button came up, ``way`` widget pixels (across plus down) from where it went down."""
        raise NotImplementedError

    # The drag

    def busy(self) -> bool:
        return self.start is not None

    def press(self, pointer: Pointer) -> None:
        if pointer.button == Qt.MouseButton.LeftButton and self.context.image is not None:
            self.start = self.stop = self.place(pointer)
            self._pressed = pointer.widget

    def drag(self, pointer: Pointer) -> None:
        if self.start is not None:
            self.stop = self.place(pointer)
            self.context.preview.emit()

    def release(self, pointer: Pointer) -> None:
        start = self.start
        if start is not None:
            self.cancel()
            self.finish(start, self.stop, (pointer.widget - self._pressed).manhattanLength())

    def cancel(self) -> bool:
        begun, self.start = self.busy(), None
        self.context.preview.emit()
        return begun

    def end(self) -> None:
        if self.cancel():
            self.say_unfinished()


class BoxTool(DragTool):
    """Drag from corner to corner; the rectangle becomes a polygon of four points."""

    key = "box"

    def place(self, pointer: Pointer) -> QPointF:
        at = placing.square(self.start, pointer.at) if self.start is not None and pointer.shift else pointer.at
        return placing.inside(at, self.context.size)

    def finish(self, start: QPointF, stop: QPointF, way: float) -> None:
        ring = placing.corners(start, stop)
        if placing.covers(ring, self.context.size):
            self.context.draw(tr("Box"), Polygons([ring]))
        else:
            self.context.status_message.emit(tr("Drag from one corner to the other"))

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        painting.draw_unclassified(painter, viewport, self.context)
        if self.start is not None:
            box = Polygons([placing.corners(self.start, self.stop)])
            overlay.draw_segmentation(painter, viewport, box, painting.current_color(self.context))


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
            self.context.status_message.emit(tr("Drag a line through an instance"))

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        if self.start is not None:
            line = overlay.path([self.start, self.stop], closed=False)
            overlay.draw_path(painter, viewport, line, theme.color("on_scrim"), dashed=True)
