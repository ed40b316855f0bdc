"""Opening files and folders in the programs of the person's system."""

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication


def open_outside(path: Path) -> str:
    """Open a file or folder. Returns what to tell the person where that cannot be done, and puts the path on the
    clipboard then; empty when it is open."""
    if not path.exists():
        return f"{path} is not there any more"
    if QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
        return ""
    QGuiApplication.clipboard().setText(str(path))
    return f"No program of this system opens it; its path was copied: {path}"
