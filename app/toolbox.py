"""Which tools the canvas has. Light: the table of shortcuts names them before the first picture is shown."""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.canvas.easel import Easel
    from app.canvas.tools.tool import Tool


@dataclass(frozen=True, slots=True)
class Entry:
    """A tool on the strip; ``factory`` is ``module:class`` and imported when the tool is first taken."""

    key: str
    title: str
    icon: str
    shortcut: str
    factory: str

    def make(self, easel: "Easel") -> "Tool":
        module, _, name = self.factory.partition(":")
        tool: Tool = getattr(import_module(module), name)(easel)
        return tool


TOOLS = (
    Entry("select", "Select and edit", "cursor", "V", "app.canvas.tools.select:SelectTool"),
    Entry("polygon", "Polygon", "polygon", "P", "app.canvas.tools.polygon:PolygonTool"),
    Entry("box", "Box", "rectangle", "R", "app.canvas.tools.box:BoxTool"),
    Entry("brush", "Brush", "paint-brush", "B", "app.canvas.tools.brush:BrushTool"),
    Entry("eraser", "Eraser", "eraser", "X", "app.canvas.tools.eraser:EraserTool"),
    Entry("fill", "Fill holes", "paint-bucket", "G", "app.canvas.tools.fill:FillTool"),
    Entry("cut", "Cut", "scissors", "K", "app.canvas.tools.cut:CutTool"),
    Entry("wand", "Wand", "magic-wand", "W", "app.canvas.tools.wand:WandTool"),
    Entry("scissors", "Scissors", "magnet", "T", "app.canvas.tools.scissors:ScissorsTool"),
    Entry("grab_cut", "Cut out", "selection-foreground", "C", "app.canvas.tools.grab_cut:GrabCutTool"),
    Entry("sam", "SAM", "sparkle", "S", "app.canvas.tools.sam:SamTool"),
)
"""In the order of the strip."""
