"""Drawing a polygon point by point, or with the button held down as a line that follows the mouse."""

import math

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent, QPainter

from app import tokens
from app.canvas.easel import Easel
from app.canvas.tools import applying, painting, placing
from app.canvas.tools.snapping import Snapper
from app.canvas.tools.tool import Pointer, Switch, Tool
from app.canvas.viewport import Viewport

_SPACING = 4.0
"""Widget pixels between the points of a line drawn with the button held down."""

_LOOP = 3 * tokens.REACH
"""Widget pixels: a line that went this far from its start and came back is a ring."""

_FINISH = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class PolygonTool(Tool):
    """Click for a point, drag for a line; a click on the first point, a double click or Enter closes."""

    key = "polygon"
    title = "Polygon"
    icon = "polygon"
    help = "Click points or drag a line; the first point, a double click or Enter closes. Shift: 45°. Alt: a hole."
    options = (
        Switch("snap", "Snap to neighbours", usual=True),
        Switch("add", "Add to selected"),
        Switch("hole", "Cut a hole"),
    )

    def __init__(self, easel: Easel) -> None:
        super().__init__(easel)
        self._snapper = Snapper(easel)
        self._points: list[QPointF] = []
        self._counts: list[int] = []
        """How many points there were before each click or line: what Ctrl+Z goes back to."""
        self._mouse: QPointF | None = None
        self._closes = False
        """Whether a click now would close the ring."""

    def busy(self) -> bool:
        return bool(self._points)

    def press(self, pointer: Pointer) -> None:
        if pointer.button != Qt.MouseButton.LeftButton:
            return
        if self._would_close(pointer):
            self._finish(hole=pointer.alt)
            return
        self._counts.append(len(self._points))
        self._points.append(self._place(pointer))
        self._follow(pointer)

    def drag(self, pointer: Pointer) -> None:
        if pointer.button != Qt.MouseButton.LeftButton or not self._points:
            return
        at = placing.inside(pointer.at, self.easel.size)
        if _length(at - self._points[-1]) * pointer.scale >= _SPACING:
            self._points.append(at)
        self._follow(pointer)

    def hover(self, pointer: Pointer) -> None:
        self._follow(pointer)

    def release(self, pointer: Pointer) -> None:
        if self._closes and any(_length(point - self._points[0]) * pointer.scale > _LOOP for point in self._points):
            self._finish(hole=pointer.alt)

    def double_click(self, pointer: Pointer) -> None:
        if self.busy():  # else the first of the two clicks has closed the ring
            self._finish(hole=pointer.alt)

    def leave(self) -> None:
        self._mouse = None
        self.easel.preview.emit()

    def uses(self, event: QKeyEvent) -> bool:
        return self.busy() and event.key() in _FINISH

    def key_press(self, event: QKeyEvent) -> bool:
        if not self.uses(event):
            return False
        self._finish(hole=bool(event.modifiers() & Qt.KeyboardModifier.AltModifier))
        return True

    def undo(self) -> bool:
        if not self._points:
            return False
        del self._points[self._counts.pop() :]
        self.easel.preview.emit()
        return True

    def cancel(self) -> bool:
        begun = self.busy()
        self._points, self._counts, self._closes = [], [], False
        self.easel.preview.emit()
        return begun

    def end(self) -> None:
        if len(self._points) >= 3:
            self._finish(hole=False)
        self.cancel()
        self._mouse = None

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        painting.draw_waiting(painter, viewport, self.easel)
        if not self._points:
            return
        color = painting.class_color(self.easel)
        line = [*self._points, self._mouse] if self._mouse is not None and not self._closes else self._points
        if len(line) > 2:
            painting.draw_outline(painter, viewport, painting.path(line), color, fill=tokens.MASK_OPACITY / 2, width=0)
        painting.draw_outline(painter, viewport, painting.path(line, closed=self._closes), color)
        corners = [self._points[count] for count in self._counts]
        painting.draw_handles(painter, viewport, corners, color, chosen=(0,) if self._closes else ())

    def _follow(self, pointer: Pointer) -> None:
        self._mouse = self._place(pointer)
        self._closes = self._would_close(pointer)
        self.easel.preview.emit()

    def _would_close(self, pointer: Pointer) -> bool:
        return len(self._points) >= 3 and _length(pointer.at - self._points[0]) * pointer.scale <= tokens.REACH

    def _place(self, pointer: Pointer) -> QPointF:
        """Where a point comes to lie: inside the image, at 45° with Shift, else on a neighbour's border."""
        at = pointer.at
        if pointer.shift and self._points:
            at = placing.at_45_degrees(self._points[-1], at)
        elif self.values["snap"]:
            at = self._snapper.snap(at, tokens.REACH / pointer.scale)
        return placing.inside(at, self.easel.size)

    def _finish(self, *, hole: bool) -> None:
        """The ring becomes an instance, a part of the selected one, or a hole in it."""
        ring = placing.flat(self._points)
        if not placing.covers(ring, self.easel.size):
            self.easel.said.emit("A polygon needs three points that are not on one line")
        elif hole or self.values["hole"]:
            if applying.cut_hole(self.easel, ring):
                self.cancel()
        elif self.values["add"] and self.easel.order:
            if applying.add_part(self.easel, ring):
                self.cancel()
        else:
            self.cancel()
            self.easel.draw("Polygon", [ring])


def _length(vector: QPointF) -> float:
    return math.hypot(vector.x(), vector.y())
