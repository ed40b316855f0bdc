"""Painting."""

from PySide6.QtGui import QColor

from app.tools import applying
from app.tools.stroke_tool import SIZE, StrokeTool
from app.tools.tool import Pointer
from app.tools.tool_context import ToolContext
from core.annotation.editing import boolean_ops
from core.geometry.masks import Mask
from core.geometry.strokes import Painted


class BrushTool(StrokeTool):
    """Adds a stroke to the selected instance that it begins on, or makes a new one, a mask."""

    key = "brush"
    options = (SIZE,)

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._target: int | None = None
        """The instance that the stroke is added to; ``None`` for a new one."""
        self._tip: Mask | None = None

    def color(self) -> QColor:
        target = self.context.annotations.get(self._target) if self._target is not None else None
        return QColor(*self.context.color(target.category if target else self.context.category))

    def starts(self, tip: Mask, pointer: Pointer) -> bool:
        chosen = self.context.order if pointer.control else applying.selected_under(self.context, tip)
        self._tip, self._target = tip, chosen[-1] if chosen else None
        return self._target is None or bool(self.context.free((self._target,)))

    def finish(self, stroke: Painted) -> None:
        assert self._tip is not None
        if self._target in self.context.annotations:
            applying.paint(self.context, self._target, stroke)
        elif not applying.change_waiting(self.context, self._tip, lambda one: boolean_ops.painted(one, stroke)):
            applying.new_mask(self.context, "Brush stroke", stroke.mask)
