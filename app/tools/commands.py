"""Tools and commands from their rows in ``app.settings.toolbox``, whose modules are imported when first wanted, and the
keys of the tool in use. Which keys they are is said by ``app.settings.shortcuts``."""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.settings.toolbox import ToolCommand, ToolEntry
from app.tools import operations
from app.tools.tool import Tool
from app.tools.tool_context import ToolContext
from app.tools.tool_view import ToolView

if TYPE_CHECKING:
    from app.settings.shortcuts import Shortcuts


def make_tool(entry: ToolEntry, context: ToolContext) -> Tool:
    """A tool at work in ``context``."""
    tool: Tool = _named(entry.factory)(context)
    return tool


def run_command(command: ToolCommand, context: ToolContext) -> None:
    """Do a command to the instances that are selected in ``context``."""
    _named(command.function)(context)


def _named(place: str) -> Callable[[ToolContext], Any]:
    module, _, name = place.partition(":")
    found: Callable[[ToolContext], Any] = getattr(import_module(module), name)
    return found


def bind_tool(shortcuts: "Shortcuts", where: QWidget, reach: Qt.ShortcutContext, view: ToolView) -> None:
    """Bind them while ``where`` can be seen."""
    context = view.context

    def delete() -> None:
        """Delete what the tool has begun, or has chosen of an instance; else the selected instances."""
        if view.tool is None or not view.tool.delete():
            operations.delete(context)

    def resize(steps: int) -> None:
        if view.tool is not None:
            view.tool.resize(steps)

    shortcuts.bind("annotate.delete", where, delete, reach)
    shortcuts.bind("annotate.smaller", where, partial(resize, -1), reach)
    shortcuts.bind("annotate.larger", where, partial(resize, 1), reach)
    shortcuts.bind("annotate.all", where, partial(operations.select_all, context), reach)
    shortcuts.bind("annotate.duplicate", where, partial(operations.duplicate, context), reach)
