"""Text that came from elsewhere, in widgets that would make more of it."""

import re

from PySide6.QtGui import Qt

from core.plain_text import printable

_LONG = re.compile(r"\S{25,}")
"""A word, such as a path, that may be longer than a line."""
_BREAKS = re.compile(r"[/\\_.-]|[^/\\_.-]{24}")


def tool_tip(text: str) -> str:
    """``text`` for ``setToolTip``: Qt takes a tooltip that looks like HTML for HTML, and loads its pictures."""
    text = printable(text, lines=True)
    return Qt.convertFromPlainText(text) if Qt.mightBeRichText(text) else text


def caption(text: str) -> str:
    """``text`` for an action or a button, which take ``&`` for a mark of the key that triggers them."""
    return printable(text).replace("&", "&&")


def breakable(text: str) -> str:
    """``text`` for a label that wraps: a path or a name goes on in the next line where it is longer than one."""
    return _LONG.sub(lambda word: _BREAKS.sub("\\g<0>\u200b", word[0]), text)
