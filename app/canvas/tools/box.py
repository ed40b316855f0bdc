"""Drawing a rectangle, which is a mask like any other."""

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from app import tokens
from app.canvas.easel import Easel
from app.canvas.tools import painting, placing
from app.canvas.tools.tool import Pointer, Tool
from app.canvas.viewport import Viewport


class BoxTool(Tool):
    """Drag from corner to corner; the rectangle becomes a polygon of four points."""

    key = "box"
    title = "Box"
    icon = "rectangle"
    help = "Drag from corner to corner: the rectangle becomes a mask. Shift: a square."

    def __init__(self, easel: Easel) -> None:
        super().__init__(easel)
        self._start: QPointF | None = None
        self._end = QPointF()

    def busy(self) -> bool:
        return self._start is not None

    def press(self, pointer: Pointer) -> None:
        if pointer.button == Qt.MouseButton.LeftButton:
            self._start = self._end = placing.inside(pointer.at, self.easel.size)

    def drag(self, pointer: Pointer) -> None:
        if self._start is None:
            return
        at = placing.square(self._start, pointer.at) if pointer.shift else pointer.at
        self._end = placing.inside(at, self.easel.size)
        self.easel.preview.emit()

    def release(self, pointer: Pointer) -> None:
        if self._start is None:
            return
        ring = placing.corners(self._start, self._end)
        self.cancel()
        if placing.covers(ring, self.easel.size):
            self.easel.draw("Box", [ring])
        else:
            self.easel.said.emit("Drag from one corner to the other")

    def cancel(self) -> bool:
        begun, self._start = self.busy(), None
        self.easel.preview.emit()
        return begun

    def end(self) -> None:
        self.cancel()

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        painting.draw_waiting(painter, viewport, self.easel)
        if self._start is not None:
            outline = painting.ring_path([placing.corners(self._start, self._end)])
            color = painting.class_color(self.easel)
            painting.draw_outline(painter, viewport, outline, color, fill=tokens.MASK_OPACITY)
