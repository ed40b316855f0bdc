"""Erasing parts of instances."""

from PySide6.QtGui import QColor

from app.style import theme
from app.tools.tool_context import Easel
from app.tools import applying, painting
from app.tools.stroke_tool import SIZE, StrokeTool
from app.tools.tool import Pointer
from core.annotation.editing import boolean_ops
from core.geometry.masks import Mask
from core.geometry.strokes import Painted


class EraserTool(StrokeTool):
    """Takes what is rubbed away from the selected instances that the stroke begins on, else from the one on top there.
    A stroke that begins beside them takes from what it runs over, from nothing but the selection where that is hit."""

    key = "eraser"
    options = (SIZE,)
    opacity = painting.GONE

    def __init__(self, easel: Easel) -> None:
        super().__init__(easel)
        self._targets: list[int] = []

    def color(self) -> QColor:
        return theme.color("canvas")

    def starts(self, tip: Mask, pointer: Pointer) -> bool:
        found = applying.selected_under(self.easel, tip) or applying.under(self.easel, tip)[:1]
        self._targets = self.easel.free(found)
        return bool(self._targets) or not found

    def finish(self, stroke: Painted) -> None:
        easel, painted = self.easel, stroke.mask
        found = self._targets or applying.selected_under(easel, painted) or applying.under(easel, painted)
        if found:
            applying.erase(easel, easel.free(found), stroke)
        elif not applying.change_waiting(easel, painted, lambda one: boolean_ops.erased(one, stroke)):
            easel.said.emit("There is nothing to erase here")
