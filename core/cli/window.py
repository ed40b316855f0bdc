"""The window, opened from the command."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from core import safe_path
from core.errors import UserError
from core.words import tr


def has_display() -> bool:
    """Whether a window could be seen."""
    named = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform in ("win32", "darwin") or any(os.environ.get(name) for name in named)


def open_window(dataset: Path | None) -> int:
    """Open the window on a dataset, since ``core`` knows nothing of it: in place of this process, so that whoever ends
    that ends the window. Windows cannot replace a process: there it is one of its own, and its exit code is returned.

    Raises ``UserError`` where there is no display.
    """
    if not has_display():
        raise UserError(tr("there is no display to open a window on"), tr("everything it does, the other verbs do too"))
    command = safe_path.own_command("window", *([str(dataset.absolute())] if dataset else []))
    if sys.platform != "win32":
        sys.stdout.flush()
        sys.stderr.flush()
        os.execve(command[0], command, safe_path.environment())
    else:
        before = signal.signal(signal.SIGINT, _leave_to_the_window)
        try:
            return subprocess.run(command, env=safe_path.environment()).returncode
        finally:
            signal.signal(signal.SIGINT, before)


def _leave_to_the_window(number: int, frame: FrameType | None) -> None:
    """A signal handler: Ctrl-C reaches the window too, which closes as its button would make it."""
