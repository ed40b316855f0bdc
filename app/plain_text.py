"""Text that came from elsewhere, in widgets that would make more of it."""

from PySide6.QtGui import Qt

from core.plain_text import printable


def tool_tip(text: str) -> str:
    """``text`` for ``setToolTip``: Qt takes a tooltip that looks like HTML for HTML, and loads its pictures."""
    text = printable(text, lines=True)
    return Qt.convertFromPlainText(text) if Qt.mightBeRichText(text) else text


def caption(text: str) -> str:
    """``text`` for an action or a button, which take ``&`` for a mark of the key that triggers them."""
    return printable(text).replace("&", "&&")
