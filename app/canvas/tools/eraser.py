"""Erasing parts of instances."""

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor

from app import theme
from app.canvas.easel import Easel
from app.canvas.tools import applying, painting, placing
from app.canvas.tools.stroking import SIZE, StrokeTool
from core.geometry.strokes import Painted


class EraserTool(StrokeTool):
    """Takes what is rubbed away from the selected instances, or from the one that the stroke started on."""

    key = "eraser"
    title = "Eraser"
    icon = "eraser"
    help = "Rub away parts of what is selected, or of what you start on. Alt + wheel or right drag: size."
    options = (SIZE,)
    opacity = painting.GONE

    def __init__(self, easel: Easel) -> None:
        super().__init__(easel)
        self._targets: list[int] = []

    def color(self) -> QColor:
        return theme.color("canvas")

    def starts(self, at: QPointF) -> bool:
        targets = self.easel.order or self.easel.grasp(*placing.pixel(at))[:1]
        if not targets:
            self.easel.said.emit("There is nothing to erase here: start on an instance, or select one")
        self._targets = self.easel.free(targets)
        return bool(self._targets)

    def finish(self, stroke: Painted) -> None:
        applying.erase(self.easel, self._targets, stroke)
