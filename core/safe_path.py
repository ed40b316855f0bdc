"""The import path of our processes: Maskwright and its environment, never the working directory.

A dataset or a run folder may come from anywhere, and ``python -m`` puts the working directory first on the import path.
Each process that we start gets ``-P`` against that, and those that it starts in turn (loaders of training images, other
ranks of a training) get the same from the environment. Empty and relative entries of ``PYTHONPATH`` mean the working
directory too and are dropped; absolute paths are the person's own choice.
"""

import os
import sys
from pathlib import Path
from typing import Literal

_ROOT = Path(__file__).parents[1]


def own_command(role: Literal["window", "job"], *arguments: str) -> list[str]:
    """The command line that starts one of our processes with the program that runs now, be it Python or a frozen
    Maskwright; for use with ``environment``."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-P", "-m", "app.entry"]
    return [*program, role, *arguments]


def environment() -> dict[str, str]:
    """The environment for a process that we start: our own modules come first on its import path, whatever its working
    directory."""
    chosen = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    paths = [str(_ROOT), *(path for path in chosen if Path(path).is_absolute() and path != str(_ROOT))]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONSAFEPATH": "1"}


def protect_children() -> None:
    """Apply the same rule to every process that this one, or a library in it, starts."""
    os.environ.update(environment())
