"""Huge pictures and their halvings, in files that are mapped into memory: what nobody looks at costs none.

A picture is decoded once, by strips where its file allows that, so that making a pyramid takes as much memory for a
large picture as for a huge one; where it does not, three bytes a pixel. From then on whoever opens the picture reads
parts of files. Kept under Maskwright's home until newer ones need the room.
"""

import contextlib
import errno
import hashlib
import math
import os
import secrets
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np

from core.errors import UserError
from core.files import home
from core.geometry.masks import Size
from core.images.channels import Picture
from core.images.decoding import read_image
from core.images.image_file import LARGE, check_cost, opened
from core.images.orientation import Turn, shown, stored_size
from core.images.preview_level import PreviewLevel
from core.images.pyramid_math import Pyramid, half, halved, level_sizes
from core.images.strips import Strips, Watch, by_rows, is_sequential, strips
from core.words import tr

MOST = 12 << 30
"""Bytes that all pyramids may take on the disk."""
IN_MEMORY = 150_000_000
"""Pixels up to which a picture is kept in memory where the disk has no room for its pyramid."""
_BYTES = 4
"""That a pyramid takes for each pixel of its picture."""
_SPARE = 256 << 20
"""Bytes that are left on the disk: annotations have to be saved too."""
_ROWS = 1024
_VERSION = 2
"""Of what is made of a file: another one does not find what an earlier one kept."""
_LEFT = 3600.0
"""Seconds without a change after which nobody is at work on a pyramid any more."""


def folder() -> Path:
    """Where pyramids are kept."""
    return home() / "cache" / "pyramids"


def is_huge(size: Size) -> bool:
    """Whether a picture is kept as a pyramid."""
    return size[0] * size[1] >= LARGE


def known_pyramid(path: Path, stated: Size) -> Pyramid | None:
    """The pyramid of the picture in ``path`` if it was made of the file as it is now. Takes a moment only."""
    place = folder() / _key(path, stated)
    known = _mapped(place)
    if known is not None:
        with contextlib.suppress(OSError):
            os.utime(place)
    return known


def open_pyramid(
    path: Path,
    stated: Size,
    watch: Watch = lambda share: None,
    coarse: PreviewLevel | None = None,
) -> Pyramid:
    """The pyramid of the picture in ``path``, made first where there is none of the file as it is now.

    ``stated`` is as in ``pictures.read_image``; raises ``UserError`` like it, and where neither the disk nor the memory
    has room. ``watch`` hears of the progress and may end the work; ``coarse`` gets its rows as they come. For a worker:
    making one takes a while.
    """
    known = known_pyramid(path, stated)
    if known is not None:
        return known
    place = folder() / _key(path, stated)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        _remove(place)  # what is left of one
        _make_room(stated[0] * stated[1] * _BYTES)
        _write(by_rows(_strips(path, stated), stated[0], watch), stated, place, coarse)
    except OSError as error:  # a disk without room, or one that cannot be written to
        return _mapped(place) or _without_disk(path, stated, error)  # or another process was sooner
    gone = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    return _mapped(place) or _without_disk(path, stated, gone)


def _make_room(need: int) -> None:
    """Remove the pyramids that were not looked at for the longest time, until with ``need`` bytes more the others fit
    into ``MOST``, and these onto the disk. Raises ``OSError`` where that does not help, before a disk is filled to its
    last byte; what is in use, or vanishes meanwhile, is no failure."""
    for left in folder().glob(".*"):  # by a process that ended in the middle
        if _looked_at(left) < time.time() - _LEFT:
            shutil.rmtree(left, ignore_errors=True)
    kept = sorted((place for place in folder().iterdir() if not place.name.startswith(".")), key=_looked_at)
    sizes = {place: _bytes_in(place) for place in kept}
    if _free() + sum(sizes.values()) < need + _SPARE:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    while kept and (sum(sizes[place] for place in kept) + need > MOST or _free() < need + _SPARE):
        _remove(kept.pop(0))
    if _free() < need + _SPARE:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _remove(place: Path) -> None:
    """Remove a pyramid, all or nothing of it for whoever looks for it. Where it is in use and the system does not let
    go of such files, it stays."""
    with contextlib.suppress(OSError):
        shutil.rmtree(place.rename(place.with_name(f".{secrets.token_hex(8)}")), ignore_errors=True)


def _looked_at(place: Path) -> float:
    """When a pyramid was looked at, or one that is being made was written to; infinity where it is gone."""
    try:
        return max(each.stat().st_mtime for each in (place, *place.glob("*")))
    except OSError:
        return math.inf


def _bytes_in(place: Path) -> int:
    try:
        return sum(file.stat().st_size for file in place.iterdir())
    except OSError:
        return 0


def _free() -> int:
    return shutil.disk_usage(folder()).free


def _without_disk(path: Path, stated: Size, error: OSError) -> Pyramid:
    pixels = stated[0] * stated[1]
    if pixels <= IN_MEMORY:
        return halved(read_image(path, stated))
    raise UserError(
        tr("{path} cannot be made ready: {what}", path=path, what=error.strerror or error),
        tr("make {pixels:.1f} GB free for {folder}", pixels=(pixels * _BYTES + _SPARE) / 1e9, folder=folder()),
    ) from error


def _key(path: Path, stated: Size) -> str:
    """Of the file as it is now: one that was changed has another."""
    try:
        state = path.stat()
        known = f"{path.absolute()}\n{state.st_mtime_ns}\n{state.st_size}\n{stated}\n{_VERSION}"
    except OSError:
        known = str(path)  # ``read_image`` says what is wrong with it
    return hashlib.sha256(os.fsencode(known)).hexdigest()[:32]


def _strips(path: Path, stated: Size) -> Strips:
    if (rows := strips_under(path, stated)) is not None:
        return rows
    picture = read_image(path, stated)
    return (picture[top : top + _ROWS] for top in range(0, len(picture), _ROWS))


def strips_under(path: Path, stated: Size) -> Strips | None:
    """The picture in ``path`` by rows. ``None`` where it has to be read as a whole: it is stored so, or lies
    under masks drawn on the ``stated`` size only when it is turned or scaled. Raises ``UserError`` like
    ``read_image``."""
    with opened(path) as image:
        upright = stored_size(image) == stated and shown(image, stated) is Turn.NONE
        able = upright and is_sequential(image, path)
        check_cost(image, path, memory=False)
    return _opened_strips(path) if able else None


def _opened_strips(path: Path) -> Strips:
    with opened(path) as image:
        yield from strips(image, path)


def _write(strips: Strips, size: Size, place: Path, coarse: PreviewLevel | None) -> None:
    """All levels or none: they get their name when they are complete."""
    temporary = Path(tempfile.mkdtemp(prefix=".", dir=place.parent))
    try:
        with contextlib.ExitStack() as files:
            level = _Level(temporary, size, files, coarse)
            for strip in strips:
                level.add(strip)
            level.end()
        temporary.replace(place)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


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
