"""What can be made again but takes its time, kept on the disk: the ``cache`` folder in Maskwright's home.

Each kind of thing has a folder there: ``thumbnails``, ``pyramids``, ``pixels``, ``entries``, ``openvino`` and
``loaders``. All of them share one bound; what was not used for the longest time goes first. An entry is a file or a
folder, whole or not there at all, and its name is a hash of what it was made of, so that a picture that was changed has
another; ``entries`` of COCO files are named by their paths and say themselves what they were made of. ``openvino`` is
filled by OpenVINO itself, which names and checks its compiled models and marks none as used: they go by when they were
compiled. In ``loaders`` is what a training's processes share, until it ends.
"""

import contextlib
import errno
import hashlib
import math
import os
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from core.files import home, new_name_beside, written_beside
from core.pacing import paced

MOST = 12 << 30
"""Bytes that all entries may take on the disk."""
SPARE = 256 << 20
"""Bytes that are left on the disk: annotations have to be saved too."""
_FRESH = 600.0
"""Seconds for which an entry need not be marked again: on a network, that takes as long as reading a thumbnail."""
_ABANDONED = 3600.0
"""Seconds without a change after which nobody is at work any more on an entry that is not complete."""


def folder(kind: str = "") -> Path:
    """Where entries of a kind are, or all kinds."""
    return home() / "cache" / kind


def entry(kind: str, source: Path, *how: object, suffix: str = "") -> Path:
    """Where that is which was made of the file ``source`` as it is now; ``how`` is all else that it depends on."""
    try:
        state = source.stat()
        made_of = f"{source.absolute()}\0{state.st_mtime_ns}\0{state.st_size}\0{how}"
    except (OSError, ValueError):  # nothing can be made of it: it is gone, or its name is none that a file can have
        made_of = str(source)
    made_of_bytes = made_of.encode(errors="surrogatepass")
    return folder(kind) / (hashlib.blake2b(made_of_bytes, digest_size=16).hexdigest() + suffix)


def mark_used(entry: Path) -> None:
    """Say that an entry is of use: others go before it."""
    with contextlib.suppress(OSError):  # it is gone, or nothing can be written there
        if time.time() - entry.stat().st_mtime > _FRESH:
            os.utime(entry)


def write_file(entry: Path, data: bytes) -> None:
    """Make an entry that is a small file; nothing goes for it until ``make_room`` is called. Raises ``OSError``."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    with written_beside(entry) as made:
        made.file.write(data)
        made.file.close()
        made.path.replace(entry)


@contextlib.contextmanager
def new_folder(entry: Path, need: int) -> Iterator[Path]:
    """Make an entry that is a folder of about ``need`` bytes: the files written into this one until the block ends
    without an exception. Raises ``OSError`` also where there is no room."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    _remove(entry)  # what is damaged is in the way
    make_room(need)
    unfinished = new_name_beside(entry)
    unfinished.mkdir()
    try:
        yield unfinished
        unfinished.replace(entry)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def make_room(need: int = 0) -> None:
    """Remove entries, the longest unused first, until the others and ``need`` bytes more fit into ``MOST``, and these
    onto the disk. Raises ``OSError`` where that does not help, before a disk is filled to its last byte. What is in use
    and held by the system, or vanishes meanwhile, is no failure. For a worker."""
    entries: list[tuple[float, int, Path]] = []
    for path in paced(list(folder().glob("*/*"))):
        used, size = _state(path)
        if not path.name.startswith("."):
            entries.append((used, size, path))
        elif used < time.time() - _ABANDONED:  # by a process that ended in the middle
            _delete(path)
    total = sum(size for _, size, _ in entries)
    if need and _free() + total < need + SPARE:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    for _, size, path in sorted(entries):
        if total + need <= MOST and (not need or _free() >= need + SPARE):
            break
        _remove(path)
        total -= size
    if need and _free() < need + SPARE:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _state(path: Path) -> tuple[float, int]:
    """When an entry was used, or written to, and its bytes; never, and none, where it is gone."""
    try:
        state = path.stat()
        if not stat.S_ISDIR(state.st_mode):
            return state.st_mtime, state.st_size
        inside = [file.stat() for file in path.iterdir()]
    except OSError:
        return math.inf, 0
    return max(each.st_mtime for each in (state, *inside)), sum(each.st_size for each in inside)


def _remove(entry: Path) -> None:
    """All or nothing of an entry for whoever looks for it. Where the system does not let go of it, it stays."""
    with contextlib.suppress(OSError):
        _delete(entry.rename(new_name_beside(entry)))


def _delete(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink() if not path.is_dir() else shutil.rmtree(path, ignore_errors=True)


def _free() -> int:
    return shutil.disk_usage(folder()).free
