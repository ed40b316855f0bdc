"""Buttons: one primary one a page, tool buttons with an icon, chips, links."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton, QToolButton

from app.style.format import tool_tip
from app.style.icons import icon

_ICON = QSize(22, 16)
"""Wider than high: Qt leaves too little room between icon and text."""


def primary_button(text: str, icon_name: str = "", tip: str = "") -> QPushButton:
    """The one action a page is for."""
    button = QPushButton(text)
    button.setProperty("primary", True)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    if icon_name:
        button.setIcon(icon(icon_name, "on_accent"))
        button.setIconSize(_ICON)
    button.setToolTip(tool_tip(tip))
    return button


def button(text: str, icon_name: str = "", tip: str = "") -> QPushButton:
    """An ordinary action."""
    result = QPushButton(text)
    if icon_name:
        result.setIcon(icon(icon_name))
        result.setIconSize(_ICON)
    result.setToolTip(tool_tip(tip))
    return result


def link_button(text: str, tip: str = "") -> QPushButton:
    """An action that reads like a link."""
    result = QPushButton(text)
    result.setProperty("link", True)
    result.setCursor(Qt.CursorShape.PointingHandCursor)
    result.setToolTip(tool_tip(tip))
    return result


def tool_button(icon_name: str, name: str, shortcut: str = "", *, checkable: bool = False) -> QToolButton:
    """A square button with an icon. ``name`` is what a screen reader and the tooltip say; ``shortcut`` is only named
    there, whoever makes the button binds it."""
    result = QToolButton()
    result.setIcon(icon(icon_name))
    result.setIconSize(QSize(18, 18))
    result.setAccessibleName(name)
    result.setToolTip(tool_tip(f"{name} ({shortcut})" if shortcut else name))
    result.setCheckable(checkable)
    return result


class Chip(QPushButton):
    """A small rounded switch, for filters."""

    def __init__(self, text: str, tip: str = "") -> None:
        super().__init__(text)
        self.setProperty("chip", True)
        self.setCheckable(True)
        self.setToolTip(tool_tip(tip))
