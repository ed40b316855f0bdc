"""The tools at the left edge of the picture."""

from textwrap import wrap

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QToolButton

from app.settings.settings import Settings
from app.settings.toolbox import TOOLS
from app.style import tokens
from app.style.plain_text import tool_tip
from app.widgets import column, tool_button

_WIDTH = 44
_LINE = 60
"""Letters of a line of a tooltip."""


class ToolStrip(QFrame):
    """One button a tool, the taken one checked."""

    chosen = Signal(str)
    """The key of a tool."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.setProperty("surface", "surface")
        self.setFixedWidth(_WIDTH)
        self.buttons: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        for entry in TOOLS:
            button = tool_button(entry.icon, entry.title, checkable=True)
            button.setToolTip(tool_tip("\n".join((entry.title, *wrap(entry.help, _LINE)))))
            button.setAccessibleDescription(entry.help)
            button.clicked.connect(lambda _=False, key=entry.key: self.chosen.emit(key))
            self._group.addButton(button)
            self.buttons[entry.key] = button
            settings.shortcuts.bind_button(f"tool.{entry.key}", self, button, Qt.ShortcutContext.WindowShortcut)
        strip = column(tokens.SMALL, *self.buttons.values(), None, gap=tokens.TINY)
        strip.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        for button in self.buttons.values():
            strip.setAlignment(button, Qt.AlignmentFlag.AlignHCenter)
        self.setLayout(strip)
        self.setAccessibleName("Tools")

    def show_taken(self, key: str) -> None:
        """Mark the tool in hand."""
        self.buttons[key].setChecked(True)
