"""Keys of the tool in hand, and of what is done to instances with any tool. Which ones they are is said by
``app.settings.shortcuts``."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.tools import operations
from app.tools.tool_view import ToolView

if TYPE_CHECKING:
    from app.settings.shortcuts import Shortcuts


def bind_tool(shortcuts: "Shortcuts", where: QWidget, reach: Qt.ShortcutContext, view: ToolView) -> None:
    """Bind them while ``where`` can be seen."""
    context = view.context
    functions = {
        "annotate.delete": partial(_delete, view),
        "annotate.smaller": partial(_resize, view, -1),
        "annotate.larger": partial(_resize, view, 1),
        "annotate.all": partial(operations.select_all, context),
        "annotate.duplicate": partial(operations.duplicate, context),
    }
    for id, function in functions.items():
        shortcuts.bind(id, where, function, reach)


def _delete(view: ToolView) -> None:
    """What the tool is at, or has chosen of an instance; else the selected instances."""
    if view.tool is None or not view.tool.delete():
        operations.delete(view.context)


def _resize(view: ToolView, steps: int) -> None:
    if view.tool is not None:
        view.tool.resize(steps)
