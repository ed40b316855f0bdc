"""Erasing parts of instances."""

from PySide6.QtGui import QColor

from app.style import theme
from app.tools import applying, painting
from app.tools.stroke_tool import SIZE, StrokeTool
from app.tools.tool import Pointer
from app.tools.tool_context import ToolContext
from core.annotation.editing import boolean_ops
from core.geometry.masks import Mask
from core.geometry.strokes import Painted


class EraserTool(StrokeTool):
    """Takes what is rubbed away from the selected instances that the stroke begins on, else from the one on top there.
    A stroke that begins beside them takes from what it runs over, from nothing but the selection where that is hit."""

    key = "eraser"
    options = (SIZE,)
    opacity = painting.GONE

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._targets: list[int] = []

    def color(self) -> QColor:
        return theme.color("canvas")

    def starts(self, tip: Mask, pointer: Pointer) -> bool:
        found = applying.selected_under(self.context, tip) or applying.under(self.context, tip)[:1]
        self._targets = self.context.free(found)
        return bool(self._targets) or not found

    def finish(self, stroke: Painted) -> None:
        context, painted = self.context, stroke.mask
        found = self._targets or applying.selected_under(context, painted) or applying.under(context, painted)
        if found:
            applying.erase(context, context.free(found), stroke)
        elif not applying.change_waiting(context, painted, lambda one: boolean_ops.erased(one, stroke)):
            context.said.emit("There is nothing to erase here")
