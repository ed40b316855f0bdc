"""Which tools the canvas has, and which commands on what is selected. Light: the table of shortcuts names them before
the first picture is shown."""

from dataclasses import dataclass

from core.words import tr


@dataclass(frozen=True, slots=True)
class ToolEntry:
    """A tool on the strip; ``factory`` is ``module:class`` and imported when the tool is first taken."""

    key: str
    title: str
    icon: str
    shortcut: str
    factory: str
    help: str
    """How to use it, for the tooltip and the bar above the picture."""


@dataclass(frozen=True, slots=True)
class ToolCommand:
    """Something that is done to the selected instances; ``function`` is ``module:function``."""

    key: str
    title: str
    icon: str
    shortcut: str
    function: str
    least: int = 1
    """How many instances must be selected."""


TOOLS = (
    ToolEntry(
        "select", tr("Select and edit"), "cursor", "V", "app.tools.select:SelectTool",
        tr("Click or drag to select, Shift adds. Drag corners, edges or instances; Alt + click removes a corner."),
    ),
    ToolEntry(
        "polygon", tr("Polygon"), "polygon", "P", "app.tools.polygon:PolygonTool",
        tr("Click points or drag a line; the first point, a double click or Enter closes. Shift: 45°. Alt: a hole."),
    ),
    ToolEntry(
        "box", tr("Box"), "rectangle", "R", "app.tools.drag_tool:BoxTool",
        tr("Drag from corner to corner: the rectangle becomes a mask. Shift: a square."),
    ),
    ToolEntry(
        "brush", tr("Brush"), "paint-brush", "B", "app.tools.stroke_tool:BrushTool",
        tr(
            "Begin on what is selected to add to it (Ctrl: anywhere), else for a new one. "
            "Alt + wheel: size. Shift: line."
        ),
    ),
    ToolEntry(
        "eraser", tr("Eraser"), "eraser", "X", "app.tools.stroke_tool:EraserTool",
        tr("Rub away parts of what you start on or run over. Alt + wheel or right drag: size. Shift: a line."),
    ),
    ToolEntry(
        "fill", tr("Fill holes"), "paint-bucket", "G", "app.tools.fill:FillTool",
        tr("Click in a hole of an instance to fill it; with “All holes”, anywhere on the instance."),
    ),
    ToolEntry(
        "cut", tr("Cut"), "knife", "K", "app.tools.drag_tool:CutTool",
        tr("Drag a line all the way through an instance to split it. With a selection, only that is cut. Shift: 45°."),
    ),
    ToolEntry(
        "wand", tr("Wand"), "magic-wand", "W", "app.tools.wand:WandTool",
        tr(
            "Press on a color; drag up for more of it, down for less. Shift adds to the "
            "selected instance, Alt removes."
        ),
    ),
    ToolEntry(
        "scissors", tr("Scissors"), "scissors", "T", "app.tools.scissors:ScissorsTool",
        tr("Click along a border: the line finds it. The first point, a double click or Enter closes."),
    ),
    ToolEntry(
        "grab_cut", tr("Cut out"), "selection-foreground", "C", "app.tools.grab_cut:GrabCutTool",
        tr("Drag a box around an object. Then paint what belongs to it; right or Alt: what does not. Enter keeps it."),
    ),
    ToolEntry(
        "sam", "SAM", "sparkle", "S", "app.tools.sam:SamTool",
        tr("Click on an object, or drag a box. Right click or Alt: not this. Enter, double click: keep it."),
    ),
)  # fmt: skip
"""In the order of the strip."""


def entry(key: str) -> ToolEntry:
    """The tool of this key."""
    return next(entry for entry in TOOLS if entry.key == key)


_OPERATIONS = "app.tools.operations"

COMMANDS = (
    ToolCommand("merge", tr("Merge into the first"), "plus-circle", "Ctrl+M", f"{_OPERATIONS}:merge", 2),
    ToolCommand(
        "subtract", tr("Cut the others out of the first"), "minus-circle", "Ctrl+-", f"{_OPERATIONS}:subtract", 2
    ),
    ToolCommand("intersect", tr("Keep what they share"), "intersect", "", f"{_OPERATIONS}:intersect", 2),
    ToolCommand("split", tr("Split into pieces"), "squares-four", "Ctrl+Shift+M", f"{_OPERATIONS}:split"),
    ToolCommand("fill_holes", tr("Fill all holes"), "paint-bucket", "", f"{_OPERATIONS}:fill_holes"),
    ToolCommand("remove_specks", tr("Remove specks"), "eraser", "", f"{_OPERATIONS}:remove_specks"),
    ToolCommand("simplify", tr("Simplify outlines"), "line-segments", "", f"{_OPERATIONS}:simplify"),
    ToolCommand("smooth", tr("Smooth outlines"), "drop-half", "", f"{_OPERATIONS}:smooth"),
    ToolCommand("to_polygons", tr("Masks to polygons"), "polygon", "", f"{_OPERATIONS}:to_polygons"),
    ToolCommand(
        "not_labelled",
        tr("Nobody has labelled what lies in it"),
        "selection-slash",
        "",
        "app.tools.not_labelled:mark_inside",
    ),
    ToolCommand(
        "labelled_inside",
        tr("Only its box is labelled"),
        "selection-inverse",
        "",
        "app.tools.not_labelled:mark_outside",
    ),
    ToolCommand("to_mask", tr("Polygons to masks"), "selection-foreground", "", f"{_OPERATIONS}:to_mask"),
)
"""In the order of the menu."""
