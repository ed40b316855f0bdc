"""The window, opened from the command."""

import os
import subprocess
import sys
from pathlib import Path


def has_display() -> bool:
    """Whether a window could be seen."""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def open_window(dataset: Path | None) -> int:
    """Open it on a dataset and return its exit code. In a process of its own: ``core`` knows nothing of the window."""
    root = str(Path(__file__).parents[2])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))}
    return subprocess.run(
        [sys.executable, "-m", "app", *([str(dataset)] if dataset else [])], env=environment
    ).returncode
