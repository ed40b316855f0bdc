"""Painting."""

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor

from app.canvas.tools import applying
from app.canvas.tools.stroking import SIZE, StrokeTool
from app.canvas.tools.tool import Switch
from core.geometry.strokes import Painted


class BrushTool(StrokeTool):
    """Adds what is painted to the selected instance, or makes a new one, a mask."""

    key = "brush"
    title = "Brush"
    icon = "paint-brush"
    help = "Paint on the selected instance, or a new one. Alt + wheel or right drag: size. Shift: a line."
    options = (SIZE, Switch("new", "New instance"))

    def color(self) -> QColor:
        target = self._target()
        return QColor(*self.easel.color(self.easel.annotations[target].category if target else self.easel.category))

    def starts(self, at: QPointF) -> bool:
        target = self._target()
        return target is None or bool(self.easel.free((target,)))

    def finish(self, stroke: Painted) -> None:
        target = self._target()
        if target is None:
            applying.new_mask(self.easel, "Brush stroke", stroke.mask)
        else:
            applying.paint(self.easel, target, stroke)

    def _target(self) -> int | None:
        return self.easel.order[-1] if self.easel.order and not self.values["new"] else None
