"""Which tools the canvas has, and which commands on what is selected. Light: the table of shortcuts names them before
the first picture is shown."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

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
        tool: Tool = _named(self.factory)(easel)
        return tool


@dataclass(frozen=True, slots=True)
class Command:
    """Something that is done to the selected instances; ``function`` is ``module:function``."""

    key: str
    title: str
    icon: str
    shortcut: str
    function: str

    def do(self, easel: "Easel") -> None:
        _named(self.function)(easel)


def _named(place: str) -> Callable[["Easel"], Any]:
    module, _, name = place.partition(":")
    found: Callable[[Easel], Any] = getattr(import_module(module), name)
    return found


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

_OPERATIONS = "app.canvas.tools.operations"

COMMANDS = (
    Command("merge", "Merge into the first", "plus-circle", "Ctrl+M", f"{_OPERATIONS}:merge"),
    Command("subtract", "Cut the others out of the first", "minus-circle", "Ctrl+-", f"{_OPERATIONS}:subtract"),
    Command("intersect", "Keep what they share", "intersect", "", f"{_OPERATIONS}:intersect"),
    Command("split", "Split into pieces", "squares-four", "Ctrl+Shift+M", f"{_OPERATIONS}:split"),
    Command("fill_holes", "Fill all holes", "paint-bucket", "", f"{_OPERATIONS}:fill_holes"),
    Command("remove_specks", "Remove specks", "eraser", "", f"{_OPERATIONS}:remove_specks"),
    Command("simplify", "Simplify outlines", "line-segments", "", f"{_OPERATIONS}:simplify"),
    Command("smooth", "Smooth outlines", "drop-half", "", f"{_OPERATIONS}:smooth"),
    Command("to_polygons", "Masks to polygons", "polygon", "", f"{_OPERATIONS}:to_polygons"),
    Command("to_mask", "Polygons to masks", "selection-foreground", "", f"{_OPERATIONS}:to_mask"),
)
"""In the order of the menu."""
