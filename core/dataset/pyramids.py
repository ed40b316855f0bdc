"""Huge pictures and their halvings, in files that are mapped into memory: what nobody looks at costs none.

A picture is decoded once, by strips where its file allows that (see ``strips``), so that making a pyramid takes as much
memory for a large picture as for a huge one; where it does not, three bytes a pixel. From then on whoever opens the
picture reads parts of files. Kept under Maskwright's home until newer ones need the room.
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
from core.dataset.strips import Reader, Strips, reader_of
from core.geometry.masks import Size
from core.runs.folder import home

LARGE = 60_000_000
"""Pixels from which on a picture is kept as a pyramid."""
MOST = 12 << 30
"""Bytes that all pyramids may take on the disk."""
_ROWS = 1024
_SMALLEST = 512
"""Pixels of the longer side of the coarsest level, at most."""

Pyramid = list[NDArray[np.uint8]]
"""RGB, shapes ``(height, width, 3)``: the picture, its half, its quarter, …; do not write to them."""


def folder() -> Path:
    """Where pyramids are kept."""
    return home() / "cache" / "pyramids"


def open_pyramid(path: Path, stated: Size, jpeg: Reader | None = None) -> Pyramid:
    """The pyramid of the picture in ``path``, made first where there is none of the file as it is now.

    ``stated`` is as in ``pictures.read_image``; raises ``UserError`` like it. ``jpeg`` reads JPEG by strips. Where the
    disk has no room for a pyramid, it is kept in memory. For a worker: making one takes a while.
    """
    place = folder() / _key(path, stated)
    known = _mapped(place)
    if known is not None:
        with contextlib.suppress(OSError):
            os.utime(place)
        return known
    shutil.rmtree(place, ignore_errors=True)  # what is left of one
    try:
        _write(_strips(path, stated, jpeg), stated, place)
        make_room(keep=place)
    except OSError:
        return _halved(read_image(path, stated))  # a disk without room, or one that cannot be written to
    return _mapped(place) or _halved(read_image(path, stated))


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


def _strips(path: Path, stated: Size, jpeg: Reader | None) -> Strips:
    reader = reader_of(path, stated, jpeg)
    if reader is not None:
        yield from reader(path)
        return
    picture = read_image(path, stated)
    for top in range(0, len(picture), _ROWS):
        yield picture[top : top + _ROWS]


def _halved(picture: Picture) -> Pyramid:
    levels = [picture]
    while max(levels[-1].shape[:2]) > _SMALLEST:
        levels.append(_half(levels[-1]))
    return levels


def _half(picture: Picture) -> Picture:
    """The mean of each two by two pixels; what is odd has its last row or column twice."""
    height, width = picture.shape[:2]
    if height % 2 or width % 2:
        picture = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), "edge")
    return np.asarray(cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)


def _write(strips: Strips, size: Size, place: Path) -> None:
    """All levels or none: they get their name when they are complete."""
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".", dir=place.parent))
    try:
        with contextlib.ExitStack() as files:
            level = _Level(temporary, 0, size, files)
            for strip in strips:
                level.add(strip)
            level.end()
        temporary.replace(place)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


class _Level:
    """One level, written row by row, and those that are halvings of it."""

    def __init__(self, folder: Path, number: int, size: Size, files: contextlib.ExitStack) -> None:
        height, width = size
        self._file = files.enter_context((folder / f"{number}.npy").open("wb"))
        np.lib.format.write_array_header_1_0(
            self._file, {"descr": "|u1", "fortran_order": False, "shape": (height, width, 3)}
        )
        self._odd: Picture = np.empty((0, width, 3), np.uint8)
        """A row that waits for the one below it."""
        coarsest = max(size) <= _SMALLEST
        self._next = None if coarsest else _Level(folder, number + 1, (-(-height // 2), -(-width // 2)), files)

    def add(self, rows: Picture) -> None:
        """More rows, shape ``(rows, width, 3)``."""
        self._file.write(np.ascontiguousarray(rows).data)
        if self._next is None:
            return
        rows = np.concatenate([self._odd, rows])
        even = len(rows) // 2 * 2
        self._odd = rows[even:].copy()
        if even:
            self._next.add(_half(rows[:even]))

    def end(self) -> None:
        """There are no more rows."""
        if self._next is not None:
            if len(self._odd):
                self._next.add(_half(self._odd))
            self._next.end()


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
