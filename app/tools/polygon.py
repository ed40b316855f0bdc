"""Drawing a polygon point by point, or with the button held down as a line that follows the mouse."""

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from app.canvas import overlay
from app.canvas.viewport import Viewport
from app.style import tokens
from app.tools import applying, painting, placing
from app.tools.placing import Snapper
from app.tools.ring_tool import RingTool
from app.tools.tool import Pointer, SwitchOption
from app.tools.tool_context import ToolContext
from core.annotation.editing import boolean_ops
from core.annotation.storage.unfinished import Begun, BegunRing
from core.geometry.segmentation import Polygons
from core.words import tr

_SPACING = 4.0
"""Widget pixels between the points of a line drawn with the button held down."""

_LOOP = 3 * tokens.REACH
"""Widget pixels: a line that went this far from its start and came back is a ring."""


class PolygonTool(RingTool):
    """Click for a point, drag for a line."""

    key = "polygon"
    options = (
        SwitchOption("snap", tr("Snap to neighbours"), usual=True),
        SwitchOption("add", tr("Add to selected")),
        SwitchOption("hole", tr("Cut a hole")),
    )

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._snapper = Snapper(context)

    def place(self, pointer: Pointer) -> QPointF:
        """Inside the image, at 45° with Shift, else on a neighbour's border."""
        at = pointer.at
        if pointer.shift and self.points:
            at = placing.at_45_degrees(self.points[-1], at)
        elif self.values["snap"]:
            at = self._snapper.snap(at, tokens.REACH / pointer.scale)
        return placing.inside(at, self.context.size)

    def set_corner(self, at: QPointF) -> None:
        self.counts.append(len(self.points))
        self.points.append(at)

    def take_up(self, begun: Begun) -> None:
        super().take_up(begun)
        if isinstance(begun, BegunRing) and begun.counts:
            self.counts = list(begun.counts)

    def take_back(self) -> None:
        del self.points[self.counts.pop() :]

    def forget(self) -> None:
        self.points, self.counts = [], []

    def close(self, *, hole: bool) -> None:
        """The ring becomes an instance, a part of the selected one, or a hole in it."""
        ring = placing.flat(self.points)
        if not placing.covers(ring, self.context.size):
            self.context.status_message.emit(tr("A polygon needs three points that are not on one line"))
        elif hole or self.values["hole"]:
            if applying.cut_hole(self.context, ring):
                self.cancel()
        elif self.values["add"] and self.context.order:
            free, size = self.context.free(self.context.order[-1:]), self.context.size
            if free:
                known = self.context.annotations[free[0]]
                self.context.change(tr("Add a part"), {free[0]: boolean_ops.with_part(known, ring, size)})
                self.cancel()
        else:
            self.cancel()
            self.context.draw(tr("Polygon"), Polygons([ring]))

    # A line that follows the mouse

    def drag(self, pointer: Pointer) -> None:
        if pointer.button != Qt.MouseButton.LeftButton or not self.points:
            return
        at = placing.inside(pointer.at, self.context.size)
        if placing.distance(at, self.points[-1]) * pointer.scale >= _SPACING:
            self.points.append(at)
        self.hover(pointer)

    def release(self, pointer: Pointer) -> None:
        reach = _LOOP / pointer.scale
        if self.on_first and any(placing.distance(point, self.points[0]) > reach for point in self.points):
            self.close(hole=pointer.alt)

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        painting.draw_unclassified(painter, viewport, self.context)
        if not self.points:
            return
        color = painting.current_color(self.context)
        line = [*self.points, self.mouse] if self.mouse is not None and not self.on_first else self.points
        if len(line) > 2:
            overlay.draw_path(painter, viewport, overlay.path(line), color, fill=tokens.MASK_OPACITY / 2, width=0)
        overlay.draw_path(painter, viewport, overlay.path(line, closed=self.on_first), color)
        corners = [self.points[count] for count in self.counts]
        painting.draw_handles(painter, viewport, corners, color, chosen=(0,) if self.on_first else ())
