"""The window, opened from the command."""

import os
import subprocess
import sys
from pathlib import Path

from core import safe_path


def has_display() -> bool:
    """Whether a window could be seen."""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def open_window(dataset: Path | None) -> int:
    """Open it on a dataset and return its exit code. In a process of its own: ``core`` knows nothing of the window."""
    command = safe_path.module_command("app", *([str(dataset.absolute())] if dataset else []))
    return subprocess.run(command, env=safe_path.environment()).returncode
