"""Tools and commands from their rows in ``app.settings.toolbox``; their modules are imported when first wanted."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from app.settings.toolbox import ToolCommand, ToolEntry
from app.tools.tool import Tool
from app.tools.tool_context import ToolContext


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
