"""Where Python may import from: Maskwright and its environment, never the folder in which somebody happens to work.

A dataset or a run folder may come from anywhere, and ``python -m`` puts the working directory first on the import
path. Each process that we start gets ``-P`` against that, and those that it starts in turn (loaders of training images,
the other processes of a training) get it from the environment. Empty and relative entries of ``PYTHONPATH`` mean the
working directory too and are dropped; whole paths are the person's own choice.
"""

import os
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[1]


def module_command(module: str, *arguments: str) -> list[str]:
    """The command line that runs one of our modules with this interpreter; for use with ``environment``."""
    return [sys.executable, "-P", "-m", module, *arguments]


def environment() -> dict[str, str]:
    """This process's environment for one that it starts: our own modules are found first, wherever that process is."""
    chosen = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    paths = [str(_ROOT), *(path for path in chosen if Path(path).is_absolute() and path != str(_ROOT))]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONSAFEPATH": "1"}


def protect_children() -> None:
    """Let whatever this process or a library in it starts keep to the same rule."""
    os.environ.update(environment())
