"""Where the files are that ship with Maskwright: recipes, icons, themes, weights.

Found through the package that holds them, wherever it was installed, moved or unpacked; ``importlib.resources`` would
find the same place, but takes 8 ms of the window's start to load.
"""

from pathlib import Path

import resources


def resource_folder(name: str) -> Path:
    """The folder ``name`` of what ships, such as ``"recipes"``."""
    return Path(resources.__path__[0]) / name
