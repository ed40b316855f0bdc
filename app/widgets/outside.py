"""Handing files and folders over to the programs of the person's system."""

import sys
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from core.plain_text import HIDDEN
from core.runs.command import quote


def open_outside(path: Path) -> str:
    """Open a file or folder. Returns what to tell the person where that cannot be done, and puts the path on the
    clipboard then; empty when it is open.

    It may come from elsewhere, and to open some things is to run them: a file that is a link to a program, and a folder
    that a system takes for an application.
    """
    if not path.exists():
        return f"{path} is not there any more"
    if path.is_symlink() and not path.is_dir():
        return f"{path} is a link to {path.readlink()}, and was not opened"
    if sys.platform == "darwin" and path.is_dir() and path.suffix:
        path = path.parent
    if QDesktopServices.openUrl(QUrl.fromLocalFile(f"{path}/" if path.is_dir() else str(path))):
        return ""
    copy_path(path)
    return f"No program of this system opens it; its path was copied: {path}"


def copy_path(path: Path) -> None:
    """Put a path on the clipboard; in quotes where it would steer a terminal that it is pasted into."""
    text = str(path)
    QGuiApplication.clipboard().setText(quote([text]) if HIDDEN.search(text) else text)
