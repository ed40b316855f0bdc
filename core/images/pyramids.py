"""Huge pictures and their halvings, in files that are mapped into memory: what nobody looks at costs none.

A picture is decoded once, by strips where its file allows that, so that making a pyramid takes as much memory for a
large picture as for a huge one; where it does not, three bytes a pixel. From then on whoever opens the picture reads
parts of files (see ``disk_cache``).
"""

import contextlib
import errno
import os
from pathlib import Path

import numpy as np

from core.channel_settings import ChannelSettings
from core.errors import UserError
from core.geometry.masks import Size
from core.images import disk_cache
from core.images.channels import Picture
from core.images.decoding import read_image
from core.images.image_file import LARGE, check_cost, opened
from core.images.levels import PreviewLevel, Pyramid, half, halved, level_sizes
from core.images.orientation import Turn, needed_turn, stored_size
from core.images.strips import Strips, Watch, by_rows, is_sequential, strips
from core.words import tr

IN_MEMORY = 150_000_000
"""Pixels up to which a picture is kept in memory where the disk has no room for its pyramid."""
_BYTES = 4
"""That a pyramid takes for each pixel of its picture."""
_ROWS = 1024
_VERSION = 2
"""Of what is made of a file: another one does not find what an earlier one kept."""


def is_huge(size: Size) -> bool:
    """Whether a picture is kept as a pyramid."""
    return size[0] * size[1] >= LARGE


def known_pyramid(path: Path, stated: Size, settings: ChannelSettings | None = None) -> Pyramid | None:
    """The pyramid of the picture in ``path`` if it was made of the file as it is now. Takes a moment only."""
    place = _entry(path, stated, settings)
    known = _mapped(place)
    if known is not None:
        disk_cache.mark_used(place)
    return known


def open_pyramid(
    path: Path,
    stated: Size,
    watch: Watch = lambda share: None,
    coarse: PreviewLevel | None = None,
    settings: ChannelSettings | None = None,
) -> Pyramid:
    """The pyramid of the picture in ``path``, made first where there is none of the file as it is now.

    ``stated`` and ``settings`` are as in ``decoding.read_image``; raises ``UserError`` like it, and where neither the
    disk nor the memory has room. ``watch`` hears of the progress and may end the work; ``coarse`` gets its rows as they
    come. For a worker: making one takes a while.
    """
    known = known_pyramid(path, stated, settings)
    if known is not None:
        return known
    place = _entry(path, stated, settings)
    try:
        with disk_cache.new_folder(place, stated[0] * stated[1] * _BYTES) as folder, contextlib.ExitStack() as files:
            level = _Level(folder, stated, files, coarse)
            whole = upright_strips(path, stated, settings)
            if whole is None:
                picture = read_image(path, stated, settings)
                whole = (picture[top : top + _ROWS] for top in range(0, len(picture), _ROWS))
            for strip in by_rows(whole, stated[0], watch):
                level.add(strip)
            level.end()
    except OSError as error:  # a disk without room, or one that cannot be written to
        return _mapped(place) or _without_disk(path, stated, settings, error)  # or another process was sooner
    gone = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    return _mapped(place) or _without_disk(path, stated, settings, gone)


def _without_disk(path: Path, stated: Size, settings: ChannelSettings | None, error: OSError) -> Pyramid:
    pixels = stated[0] * stated[1]
    if pixels <= IN_MEMORY:
        return halved(read_image(path, stated, settings))
    raise UserError(
        tr("{path} cannot be made ready: {reason}", path=path, reason=error.strerror or error),
        tr(
            "make {gigabytes:.1f} GB free for {folder}",
            gigabytes=(pixels * _BYTES + disk_cache.SPARE) / 1e9,
            folder=disk_cache.folder(),
        ),
    ) from error


def _entry(path: Path, stated: Size, settings: ChannelSettings | None) -> Path:
    return disk_cache.entry("pyramids", path, stated, *filter(None, (settings,)), _VERSION)


def upright_strips(path: Path, stated: Size, settings: ChannelSettings | None = None) -> Strips | None:
    """The picture in ``path`` by rows, as ``settings`` say. ``None`` where it has to be read as a whole: it is stored
    so, or lies under masks drawn on the ``stated`` size only when it is turned or scaled. Raises ``UserError`` like
    ``read_image``."""
    with opened(path) as image:
        upright = stored_size(image) == stated and needed_turn(image, stated) is Turn.NONE
        able = upright and is_sequential(image, path, settings)
        check_cost(image, path, memory=False)
    return _opened_strips(path, settings) if able else None


def _opened_strips(path: Path, settings: ChannelSettings | None) -> Strips:
    with opened(path) as image:
        yield from strips(image, path, settings)


class _Level:
    """One level, written row by row, and those that are halvings of it."""

    def __init__(
        self, folder: Path, size: Size, files: contextlib.ExitStack, coarse: PreviewLevel | None, number: int = 0
    ) -> None:
        self._number, self._coarse = number, coarse
        self._file = files.enter_context((folder / f"{number}.npy").open("wb"))
        np.lib.format.write_array_header_1_0(self._file, {"descr": "|u1", "fortran_order": False, "shape": (*size, 3)})
        self._odd: Picture = np.empty((0, size[1], 3), np.uint8)
        """A row that waits for the one below it."""
        _, *halvings = level_sizes(size)
        self._next = _Level(folder, halvings[0], files, coarse, number + 1) if halvings else None

    def add(self, rows: Picture) -> None:
        """More rows, shape ``(rows, width, 3)``."""
        self._file.write(np.ascontiguousarray(rows).data)
        if self._coarse is not None:
            self._coarse.add(self._number, rows)
        if self._next is None:
            return
        rows = np.concatenate([self._odd, rows])
        even = len(rows) // 2 * 2
        self._odd = rows[even:].copy()
        if even:
            self._next.add(half(rows[:even]))

    def end(self) -> None:
        """There are no more rows."""
        if self._next is not None:
            if len(self._odd):
                self._next.add(half(self._odd))
            self._next.end()


def _mapped(place: Path) -> Pyramid | None:
    """The levels of a pyramid that was written; ``None`` where there is none, or something that is none."""
    try:
        names = sorted((file for file in place.iterdir() if file.suffix == ".npy"), key=lambda file: int(file.stem))
        # Copy on write: OpenCV refuses what is read-only even where it writes nothing, and the file stays as it is.
        levels = [np.load(name, mmap_mode="c", allow_pickle=False) for name in names]
    except (OSError, ValueError, EOFError):
        return None
    if not levels or any(level.dtype != np.uint8 or level.ndim != 3 for level in levels):
        return None
    shapes = [(*size, 3) for size in level_sizes(levels[0].shape[:2])]
    return [np.asarray(level) for level in levels] if [level.shape for level in levels] == shapes else None
