"""Buttons: one primary one a page, tool buttons with an icon, chips, links."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton, QToolButton

from app.style.format import tool_tip
from app.style.icons import icon

ICON = QSize(22, 16)
"""Wider than high: Qt leaves too little room between icon and text."""


def _push_button(text: str) -> QPushButton:
    """One that Enter presses where it has the focus: Qt does that only in dialogs."""
    result = QPushButton(text)
    result.setAutoDefault(True)
    return result


def button(text: str, icon_name: str = "", tip: str = "", *, icon_color: str = "text") -> QPushButton:
    """An ordinary action."""
    result = _push_button(text)
    if icon_name:
        result.setIcon(icon(icon_name, icon_color))
        result.setIconSize(ICON)
    result.setToolTip(tool_tip(tip))
    return result


def primary_button(text: str, icon_name: str = "", tip: str = "") -> QPushButton:
    """The one action a page is for."""
    result = button(text, icon_name, tip, icon_color="on_accent")
    result.setProperty("primary", True)
    result.setCursor(Qt.CursorShape.PointingHandCursor)
    return result


def link_button(text: str, tip: str = "") -> QPushButton:
    """An action that reads like a link."""
    result = _push_button(text)
    result.setProperty("link", True)
    result.setCursor(Qt.CursorShape.PointingHandCursor)
    result.setToolTip(tool_tip(tip))
    return result


def tool_button(icon_name: str, name: str, shortcut: str = "", *, checkable: bool = False) -> QToolButton:
    """A square button with an icon. ``name`` is what a screen reader and the tooltip say; ``shortcut`` is only named
    there, not bound."""
    result = QToolButton()
    result.setIcon(icon(icon_name))
    result.setIconSize(QSize(18, 18))
    result.setAccessibleName(name)
    result.setToolTip(tool_tip(f"{name} ({shortcut})" if shortcut else name))
    result.setCheckable(checkable)
    return result


def chip(text: str, tip: str = "") -> QPushButton:
    """A small rounded switch, for filters."""
    result = _push_button(text)
    result.setProperty("chip", True)
    result.setCheckable(True)
    result.setToolTip(tool_tip(tip))
    return result
