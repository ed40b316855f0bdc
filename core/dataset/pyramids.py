"""Huge pictures and their halvings, in files that are mapped into memory: what nobody looks at costs none.

Decoding takes the memory of the picture once (three bytes a pixel, and a third more for the halvings); from then on
whoever opens the picture reads parts of files. Kept under Maskwright's home until newer ones need the room.
"""

import contextlib
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.dataset.pictures import Picture, read_image
from core.geometry.masks import Size
from core.runs.folder import home

LARGE = 60_000_000
"""Pixels from which on a picture is kept as a pyramid."""
MOST = 12 << 30
"""Bytes that all pyramids may take on the disk."""
_SMALLEST = 512
"""Pixels of the longer side of the coarsest level, at most."""

Pyramid = list[NDArray[np.uint8]]
"""RGB, shapes ``(height, width, 3)``: the picture, its half, its quarter, …; do not write to them."""


def folder() -> Path:
    """Where pyramids are kept."""
    return home() / "cache" / "pyramids"


def open_pyramid(path: Path, stated: Size) -> Pyramid:
    """The pyramid of the picture in ``path``, made first where there is none of the file as it is now.

    ``stated`` is as in ``pictures.read_image``; raises ``UserError`` like it. Where the disk has no room for a pyramid,
    it is kept in memory. For a worker: making one takes a while.
    """
    place = folder() / _key(path, stated)
    known = _mapped(place)
    if known is not None:
        with contextlib.suppress(OSError):
            os.utime(place)
        return known
    shutil.rmtree(place, ignore_errors=True)  # what is left of one
    levels = _halved(read_image(path, stated))
    try:
        _write(levels, place)
        make_room(keep=place)
    except OSError:
        return levels  # a disk without room, or one that cannot be written to
    return _mapped(place) or levels


def make_room(keep: Path | None = None) -> None:
    """Remove the pyramids that were not looked at for the longest time, until the others fit into ``MOST``."""
    known = sorted((place for place in folder().iterdir() if place.is_dir()), key=lambda place: -place.stat().st_mtime)
    total = 0
    for place in known:
        total += sum(file.stat().st_size for file in place.iterdir())
        if total > MOST and place != keep:
            shutil.rmtree(place, ignore_errors=True)


def _key(path: Path, stated: Size) -> str:
    """Of the file as it is now: one that was changed has another."""
    try:
        state = path.stat()
        known = f"{path.absolute()}\n{state.st_mtime_ns}\n{state.st_size}\n{stated}"
    except OSError:
        known = str(path)  # ``read_image`` says what is wrong with it
    return hashlib.sha256(known.encode()).hexdigest()[:32]


def _halved(picture: Picture) -> Pyramid:
    levels = [picture]
    while max(levels[-1].shape[:2]) > _SMALLEST:
        half = cv2.resize(levels[-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        levels.append(np.asarray(half, np.uint8))
    return levels


def _write(levels: Pyramid, place: Path) -> None:
    """All levels or none: they get their name when they are complete."""
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".", dir=place.parent))
    try:
        for number, level in enumerate(levels):
            np.save(temporary / f"{number}.npy", level, allow_pickle=False)
        temporary.replace(place)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _mapped(place: Path) -> Pyramid | None:
    """The levels of a pyramid that was written; ``None`` where there is none, or something that is none."""
    try:
        names = sorted((file for file in place.iterdir() if file.suffix == ".npy"), key=lambda file: int(file.stem))
        # Copy on write: OpenCV refuses what is read-only even where it writes nothing, and the file stays as it is.
        levels = [np.load(name, mmap_mode="c", allow_pickle=False) for name in names]
    except (OSError, ValueError, EOFError):
        return None
    sound = levels and all(level.dtype == np.uint8 and level.ndim == 3 and level.shape[2] == 3 for level in levels)
    return [np.asarray(level) for level in levels] if sound else None
