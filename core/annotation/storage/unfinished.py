"""What was begun and is not finished: it is no instance, and waits on its image until somebody goes on with it.

Kept beside the journal, so that it is there after a restart too.
"""

from pathlib import Path
from typing import Any

import msgspec

from core.annotation.storage.draft_folder import keep
from core.annotation.storage.image_keys import ImageKey
from core.geometry.masks import Size
from core.reading import decoded, read_bytes

_FILE = "unfinished.json"


class BegunRing(msgspec.Struct, frozen=True, tag="ring"):
    """The corners of an outline that is not closed, in pixels of the image."""

    corners: tuple[tuple[float, float], ...]
    counts: tuple[int, ...] = ()
    """How many corners there were before each action of the person; empty where each action set one."""


class BegunRegion(msgspec.Struct, frozen=True, tag="region"):
    """A box around an object, and strokes that say what belongs to it."""

    box: tuple[float, float, float, float]
    """``x, y, width, height``."""
    strokes: tuple[tuple[dict[str, Any], bool], ...]
    """COCO's run-length encoding of each, and whether it is inside."""


class BegunPrompts(msgspec.Struct, frozen=True, tag="prompts"):
    """Clicks and boxes that were given to a model."""

    steps: tuple[tuple[float, ...], ...]
    """``x, y, 1`` for a click on it, ``x, y, 0`` for one on something else, ``x1, y1, x2, y2`` for a box."""
    target: int | None
    """The instance that is repaired."""


Begun = BegunRing | BegunRegion | BegunPrompts


class Unfinished(msgspec.Struct, frozen=True):
    """Something begun."""

    place: ImageKey
    size: Size
    """Of the image, for which alone it makes sense."""
    tool: str
    begun: Begun


def read(folder: Path) -> list[Unfinished]:
    """What is kept in the folder of a dataset's drafts; nothing where it cannot be read."""
    try:
        return decoded(read_bytes(folder / _FILE), list[Unfinished]) or []
    except OSError:
        return []


def write(folder: Path, unfinished: list[Unfinished]) -> None:
    """Keep this and nothing else. Raises ``UserError`` when the disk refuses."""
    if unfinished or (folder / _FILE).exists():
        keep(folder / _FILE, unfinished)
