"""Which tools the canvas has, and which commands on what is selected. Light: the table of shortcuts names them before
the first picture is shown."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.tools.tool_context import Easel
    from app.tools.tool import Tool


@dataclass(frozen=True, slots=True)
class Entry:
    """A tool on the strip; ``factory`` is ``module:class`` and imported when the tool is first taken."""

    key: str
    title: str
    icon: str
    shortcut: str
    factory: str
    help: str
    """How to use it, for the tooltip and the bar above the picture."""

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
    least: int = 1
    """How many instances must be selected."""

    def do(self, easel: "Easel") -> None:
        _named(self.function)(easel)


def _named(place: str) -> Callable[["Easel"], Any]:
    module, _, name = place.partition(":")
    found: Callable[[Easel], Any] = getattr(import_module(module), name)
    return found


TOOLS = (
    Entry(
        "select", "Select and edit", "cursor", "V", "app.tools.select:SelectTool",
        "Click or drag to select, Shift adds. Drag corners, edges or instances; Alt + click removes a corner.",
    ),
    Entry(
        "polygon", "Polygon", "polygon", "P", "app.tools.polygon:PolygonTool",
        "Click points or drag a line; the first point, a double click or Enter closes. Shift: 45°. Alt: a hole.",
    ),
    Entry(
        "box", "Box", "rectangle", "R", "app.tools.box:BoxTool",
        "Drag from corner to corner: the rectangle becomes a mask. Shift: a square.",
    ),
    Entry(
        "brush", "Brush", "paint-brush", "B", "app.tools.brush:BrushTool",
        "Begin on what is selected to add to it (Ctrl: anywhere), else for a new one. Alt + wheel: size. Shift: line.",
    ),
    Entry(
        "eraser", "Eraser", "eraser", "X", "app.tools.eraser:EraserTool",
        "Rub away parts of what you start on or run over. Alt + wheel or right drag: size. Shift: a line.",
    ),
    Entry(
        "fill", "Fill holes", "paint-bucket", "G", "app.tools.fill:FillTool",
        "Click in a hole of an instance to fill it; with “All holes”, anywhere on the instance.",
    ),
    Entry(
        "cut", "Cut", "knife", "K", "app.tools.cut:CutTool",
        "Drag a line all the way through an instance to split it. With a selection, only that is cut. Shift: 45°.",
    ),
    Entry(
        "wand", "Wand", "magic-wand", "W", "app.tools.wand:WandTool",
        "Press on a colour; drag up for more of it, down for less. Shift adds to the selected instance, Alt removes.",
    ),
    Entry(
        "scissors", "Scissors", "scissors", "T", "app.tools.scissors:ScissorsTool",
        "Click along a border: the line finds it. The first point, a double click or Enter closes.",
    ),
    Entry(
        "grab_cut", "Cut out", "selection-foreground", "C", "app.tools.grab_cut:GrabCutTool",
        "Drag a box around an object. Then paint what belongs to it; right or Alt: what does not. Enter keeps it.",
    ),
    Entry(
        "sam", "SAM", "sparkle", "S", "app.tools.sam:SamTool",
        "Click on an object, or drag a box. Right click or Alt: not this. Enter, double click: keep it.",
    ),
)  # fmt: skip
"""In the order of the strip."""


def entry(key: str) -> Entry:
    """The tool of this key."""
    return next(entry for entry in TOOLS if entry.key == key)


_OPERATIONS = "app.tools.operations"

COMMANDS = (
    Command("merge", "Merge into the first", "plus-circle", "Ctrl+M", f"{_OPERATIONS}:merge", 2),
    Command("subtract", "Cut the others out of the first", "minus-circle", "Ctrl+-", f"{_OPERATIONS}:subtract", 2),
    Command("intersect", "Keep what they share", "intersect", "", f"{_OPERATIONS}:intersect", 2),
    Command("split", "Split into pieces", "squares-four", "Ctrl+Shift+M", f"{_OPERATIONS}:split"),
    Command("fill_holes", "Fill all holes", "paint-bucket", "", f"{_OPERATIONS}:fill_holes"),
    Command("remove_specks", "Remove specks", "eraser", "", f"{_OPERATIONS}:remove_specks"),
    Command("simplify", "Simplify outlines", "line-segments", "", f"{_OPERATIONS}:simplify"),
    Command("smooth", "Smooth outlines", "drop-half", "", f"{_OPERATIONS}:smooth"),
    Command("to_polygons", "Masks to polygons", "polygon", "", f"{_OPERATIONS}:to_polygons"),
    Command("to_mask", "Polygons to masks", "selection-foreground", "", f"{_OPERATIONS}:to_mask"),
)
"""In the order of the menu."""
