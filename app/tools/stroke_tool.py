"""Tools that paint: brush and eraser."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from app.canvas import overlay
from app.canvas.viewport import Viewport
from app.style import theme, tokens
from app.tools import applying, painting
from app.tools.tool import NumberOption, Pointer, Tool
from app.tools.tool_context import ToolContext
from core.annotation.editing import boolean_ops
from core.geometry.masks import Mask
from core.geometry.segmentation import Rle
from core.geometry.strokes import Painted, Stroke
from core.words import tr

LARGEST = 1000.0
SIZE = NumberOption("size", tr("Size"), 1, LARGEST, 24, "px")

_GROWTH = 1.2


class StrokeTool(Tool):
    """A stroke lasts from press to release and is one step of undo. Right drag, Alt and wheel, and two keys change
    the size of the tip."""

    cursor = Qt.CursorShape.BlankCursor
    opacity = tokens.MASK_OPACITY

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self.color = QColor()
        """What the stroke is drawn in."""
        self._stroke: Stroke | None = None
        self._last: QPointF | None = None
        """Where the last dab of this image was: lines drawn with Shift go on from there."""
        self._mouse: QPointF | None = None
        self._line = False
        """Whether a press now would draw a straight line."""
        self._sizing: tuple[QPointF, float] | None = None
        self._margin = 1.0

    # What a tool of this kind says

    def starts(self, tip: Mask, pointer: Pointer) -> bool:
        """Whether a stroke may start, and set ``color``; says why not. ``tip`` is what its first dab covers, or its
        line with Shift."""
        raise NotImplementedError

    def finish(self, stroke: Painted) -> None:
        """The stroke is at its end."""
        raise NotImplementedError

    # The stroke

    @property
    def size(self) -> float:
        """Diameter of the tip in image pixels."""
        return float(self.values["size"])

    def busy(self) -> bool:
        return self._stroke is not None

    def begin(self) -> None:
        self._last = None

    def press(self, pointer: Pointer) -> None:
        if pointer.button == Qt.MouseButton.RightButton or pointer.alt:
            self._sizing = pointer.widget, self.size
        else:
            before, self._stroke = self._last, Stroke(self.context.size)
            self._move(before if pointer.shift and before is not None else pointer.at, pointer.at)
            if not self.starts(self._stroke.mask(), pointer):
                self._last = before
                self.cancel()

    def drag(self, pointer: Pointer) -> None:
        if self._sizing is not None:
            start, size = self._sizing
            self._resize(size + (pointer.widget.x() - start.x()) / pointer.scale)
        elif self._stroke is not None and self._last is not None:
            self._move(self._last, pointer.at)
        self.hover(pointer)

    def release(self, pointer: Pointer) -> None:
        self._sizing = None
        self.end()

    def end(self) -> None:
        stroke, self._stroke = self._stroke, None
        if stroke is not None and (painted := stroke.painted()).mask.area:
            self.finish(painted)
        self.context.preview.emit()

    def cancel(self) -> bool:
        begun, self._stroke = self.busy(), None
        self.context.preview.emit()
        return begun

    def leave(self) -> None:
        self._mouse = None
        self.context.preview.emit()

    def _move(self, start: QPointF, end: QPointF) -> None:
        assert self._stroke is not None
        left, top, right, bottom = self._stroke.move(start.toTuple(), end.toTuple(), self.size)
        self._last = end
        self.context.damaged.emit(QRectF(left, top, right - left, bottom - top))

    # The tip

    def wheel(self, pointer: Pointer, steps: float) -> bool:
        if not pointer.alt:
            return False
        self._resize(self.size * _GROWTH**steps)
        return True

    def resize(self, steps: int) -> None:
        size = self.size * _GROWTH**steps
        self._resize(min(size, self.size - 1) if steps < 0 else max(size, self.size + 1))

    def _resize(self, size: float) -> None:
        self.set_option("size", float(round(min(max(size, 1.0), LARGEST))))

    def hover(self, pointer: Pointer) -> None:
        """The circle goes where the mouse is; only where it was and is, is painted again."""
        line = pointer.shift and self._last is not None and not self.busy()
        if line or self._line:
            self.context.preview.emit()
        self._line = line
        self._margin = (tokens.HANDLE + tokens.OUTLINE) / pointer.scale
        for at in (self._mouse, pointer.at):
            if at is not None:
                side = self.size + 2 * self._margin
                self.context.damaged.emit(QRectF(at.x() - side / 2, at.y() - side / 2, side, side))
        if self._sizing is None:  # while it is resized, the circle stays where that began
            self._mouse = pointer.at

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        painting.draw_unclassified(painter, viewport, self.context)
        if self._stroke is not None:
            painting.draw_stroke(painter, viewport, self._stroke, self.color, self.opacity)
        if self._mouse is None:
            return
        ring = theme.color("on_scrim")
        if self._line and self._last is not None:
            overlay.draw_path(painter, viewport, overlay.path([self._last, self._mouse], closed=False), ring)
        painting.draw_circle(painter, viewport, self._mouse, self.size, ring)


class BrushTool(StrokeTool):
    """Adds a stroke to the selected instance that it begins on, or makes a new one, a mask."""

    key = "brush"
    options = (SIZE,)

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._target: int | None = None
        """The instance that the stroke is added to; ``None`` for a new one."""
        self._tip: Mask | None = None

    def starts(self, tip: Mask, pointer: Pointer) -> bool:
        chosen = self.context.order if pointer.control else applying.selected_under(self.context, tip)
        self._tip, self._target = tip, chosen[-1] if chosen else None
        if self._target is None:
            self.color = painting.current_color(self.context)
            return True
        self.color = painting.instance_color(self.context, self._target)
        return bool(self.context.free((self._target,)))

    def finish(self, stroke: Painted) -> None:
        assert self._tip is not None
        if self._target is not None and self._target in self.context.annotations:
            after = boolean_ops.painted(self.context.annotations[self._target], stroke)
            self.context.change(tr("Brush stroke"), {self._target: after})
        elif not self.context.unclassified.reshape(
            self.context.image, self._tip, lambda one: boolean_ops.painted(one, stroke)
        ):
            self.context.draw(tr("Brush stroke"), Rle.of(stroke.mask))


class EraserTool(StrokeTool):
    """Takes what is rubbed away from the selected instances that the stroke begins on, else from the one on top there.
    A stroke that begins beside them takes from what it runs over, from nothing but the selection where that is hit."""

    key = "eraser"
    options = (SIZE,)
    opacity = painting.GONE

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._targets: list[int] = []

    def starts(self, tip: Mask, pointer: Pointer) -> bool:
        self.color = theme.color("canvas")
        found = applying.selected_under(self.context, tip) or applying.under(self.context, tip)[:1]
        self._targets = self.context.free(found)
        return bool(self._targets) or not found

    def finish(self, stroke: Painted) -> None:
        context, painted, known = self.context, stroke.mask, self.context.annotations
        found = self._targets or applying.selected_under(context, painted) or applying.under(context, painted)
        if found:
            after = {id: boolean_ops.erased(known[id], stroke) for id in context.free(found) if id in known}
            context.change(tr("Eraser stroke"), after)
        elif not context.unclassified.reshape(context.image, painted, lambda one: boolean_ops.erased(one, stroke)):
            context.status_message.emit(tr("There is nothing to erase here"))
