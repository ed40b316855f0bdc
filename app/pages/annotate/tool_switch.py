"""Which tool is in use: the strip at the left edge of the picture, and what happens when another one is chosen."""

from functools import partial
from textwrap import wrap

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QButtonGroup, QFrame, QToolButton

from app.pages.annotate.tool_options import OptionsBar
from app.pages.annotate.unfinished import UnfinishedShapes
from app.pages.annotate.weights_bar import WeightsBar
from app.settings.settings import Settings
from app.settings.toolbox import TOOLS
from app.style import tokens
from app.style.format import tool_tip
from app.tools.commands import make_tool
from app.tools.sam import SamTool
from app.tools.tool import Tool
from app.tools.tool_context import ToolContext
from app.tools.tool_view import ToolView
from app.widgets import column, tool_button
from core.words import tr

_WIDTH = 44
_LINE = 60
"""Letters of a line of a tooltip."""


class ToolSwitch(QObject):
    """Makes a tool when it is first chosen, and keeps what a tool was at when the image or the page changes."""

    def __init__(self, context: ToolContext, view: ToolView, settings: Settings) -> None:
        super().__init__()
        self._context, self._view, self._settings = context, view, settings
        self.current: Tool | None = None
        self.options = OptionsBar(settings)
        self.unfinished = UnfinishedShapes(context)
        self.sam = SamTool(context)  # made now, so that it encodes a picture as soon as that is open
        self.options.prepare(self.sam)
        self.weights = WeightsBar(self.sam, settings)
        self._made: dict[str, Tool] = {"sam": self.sam}
        self.options.field_left.connect(view.setFocus)
        self.buttons: dict[str, QToolButton] = {}
        """By the key of the tool; that of the tool in use is checked."""
        self.strip = QFrame()
        self._build_strip()

    def _build_strip(self) -> None:
        self.strip.setProperty("surface", "surface")
        self.strip.setFixedWidth(_WIDTH)
        self.strip.setAccessibleName(tr("Tools"))
        group = QButtonGroup(self.strip)
        for entry in TOOLS:
            button = self.buttons[entry.key] = tool_button(entry.icon, entry.title, checkable=True)
            button.setToolTip(tool_tip("\n".join((entry.title, *wrap(entry.help, _LINE)))))
            button.setAccessibleDescription(entry.help)
            button.clicked.connect(partial(self.choose, entry.key))
            group.addButton(button)
            key = f"tool.{entry.key}"
            self._settings.shortcuts.bind_button(key, self.strip, button, Qt.ShortcutContext.WindowShortcut)
        layout = column(tokens.SMALL, *self.buttons.values(), None, gap=tokens.TINY)
        layout.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        for button in self.buttons.values():
            layout.setAlignment(button, Qt.AlignmentFlag.AlignHCenter)
        self.strip.setLayout(layout)

    def choose(self, key: str) -> None:
        """Use another tool; the one in use finishes what it is at."""
        entry = next((entry for entry in TOOLS if entry.key == key), TOOLS[0])
        self._context.status_message.emit("")  # a message of the tool before
        if self.current is not None:
            self.current.end()
        self.weights.setVisible(False)
        if entry.key not in self._made:
            self._made[entry.key] = make_tool(entry, self._context)
            self.options.prepare(self._made[entry.key])
        self.current = self._made[entry.key]
        self._settings.write("tool", entry.key)
        self.buttons[entry.key].setChecked(True)
        self.options.show_tool(self.current)
        self._view.set_tool(self.current)
        self.current.begin()
        self.resume()

    def set_aside(self) -> None:
        """What the tool in use has begun waits until the person is back, see ``UnfinishedShapes``."""
        if self.current is not None:
            self.unfinished.set_aside(self.current)

    def resume(self) -> None:
        """Go on with what waits for the tool in use on the image in view."""
        if self.current is not None:
            self.unfinished.go_on(self.current)
