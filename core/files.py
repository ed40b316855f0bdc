"""Files that matter: where Maskwright keeps its own, and writes that neither a crash nor a power failure leaves half
done.

A rename is durable only once the folder it happens in is on the disk as well as the file. All that replaces a file or a
folder goes through here.
"""

import contextlib
import ctypes
import errno
import os
import secrets
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from core.errors import UserError
from core.words import tr

if sys.platform == "darwin":
    import fcntl

_UNKNOWN = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)
"""What file systems say that do not know what was asked for."""
_CLOSED = (errno.EACCES, errno.EPERM, errno.EISDIR)
"""What is said of folders that cannot be opened: all of them, on Windows."""
_NOREPLACE, _EXCHANGE = 1, 2
"""Flags of renameat2(2)."""
_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_NO_FILE = (errno.ELOOP, errno.EMLINK, errno.ENXIO)
"""What is said of links, and of pipes that nobody reads, when a file is to be opened there."""
_HERE = -100
"""``AT_FDCWD``."""


def home() -> Path:
    """Where drafts, runs and samples live: ``$MASKWRIGHT_HOME``, else ``~/Maskwright``. Raises ``UserError`` where
    nobody knows a home, as in a container whose user has no name."""
    try:
        return Path(os.environ.get("MASKWRIGHT_HOME") or Path.home() / "Maskwright").absolute()
    except RuntimeError as error:
        raise UserError(
            tr("no home folder is known for you"), tr("set MASKWRIGHT_HOME to a folder of yours")
        ) from error


def has_own_home() -> bool:
    """Whether a person said where ``home`` is."""
    return bool(os.environ.get("MASKWRIGHT_HOME"))


def write_atomically(path: Path, data: bytes | bytearray) -> None:
    """Write ``data`` to ``path`` so that a crash or a power failure leaves either the old file or the new one, and once
    this returns the new one; its mode stays. Raises ``OSError``, and leaves the old file then."""
    with replacing(path) as file:
        file.write(data)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """``write_atomically`` for what is written bit by bit: the file takes the place of ``path`` when the block ends
    without an exception."""
    with written_beside(path) as temporary:
        yield temporary.file
        temporary.complete()
        temporary.path.replace(path)
        sync_folder(path.parent)


class ReplacementFile:
    """A new file beside the one that it is to replace."""

    def __init__(self, path: Path) -> None:
        self.path = new_name_beside(path)
        self._replaced = path
        # Opened by nobody else, and through no link that somebody put there: the name is a guess for others.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK
        self.file: BinaryIO = os.fdopen(os.open(self.path, flags, 0o666), "wb")

    def complete(self) -> None:
        """All is written: have it on the disk, with the mode of the file that it replaces."""
        self.file.flush()
        sync(self.file.fileno())
        self.file.close()
        with contextlib.suppress(OSError):  # there is no old file, or the file system knows no modes
            shutil.copymode(self._replaced, self.path)


@contextlib.contextmanager
def written_beside(path: Path) -> Iterator[ReplacementFile]:
    """A file to be written beside ``path`` and moved by the caller; gone at the end where it was not moved: on a full
    disk, half a file would make matters worse."""
    try:
        beside = ReplacementFile(path)
        try:
            yield beside
        finally:
            with contextlib.suppress(OSError):  # what did not fit before does not now
                beside.file.close()
            beside.path.unlink(missing_ok=True)
    except OSError as error:  # a full disk names no file, and of a temporary one nobody knows
        error.filename, error.filename2 = str(path), None
        raise


def new_name_beside(path: Path) -> Path:
    """A name in the same folder that nobody uses and nobody can guess."""
    return path.with_name(f".maskwright-{secrets.token_hex(8)}.tmp")


def free_name(path: Path) -> Path:
    """``path``, or the same with the first number behind it of which there is nothing yet."""
    number, free = 2, path
    while free.exists():
        number, free = number + 1, path.with_name(f"{path.name} {number}")
    return free


def open_own(path: Path, flags: int) -> int:
    """A descriptor of the file at ``path``, made where there is none, for what is written in place and not replaced:
    ``os.O_APPEND`` and its like are ``flags``. A link or a pipe that lies there gives way to a file: the folder may
    come from elsewhere, and a link in it lead anywhere."""
    flags |= os.O_CREAT | _NO_LINK
    try:
        descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o666)
    except OSError as error:
        if error.errno not in _NO_FILE:
            raise
    else:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
    path.unlink()
    return os.open(path, flags | os.O_EXCL, 0o666)


def left_over(folder: Path, seconds: float = 60.0) -> list[Path]:
    """Files and folders that were to replace others when the process that wrote them was killed: nobody has touched
    them for so long. Raises ``OSError``."""
    found = folder.glob(".maskwright-*.tmp")
    return [path for path in found if abs(time.time() - path.lstat().st_mtime) > seconds]


def make_folders(path: Path) -> None:
    """Make a folder, and those above it, so that they are there after a power failure."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for folder in missing:
        sync_folder(folder.parent)


def replace_folder(folder: Path, target: Path) -> None:
    """Put ``folder`` in the place of ``target``, whole or not at all as far as the file system can; what was there is
    deleted."""
    for made in (*folder.rglob("*"), folder):
        if made.is_file():
            with made.open("rb") as file:
                sync(file.fileno())
        else:
            sync_folder(made)
    old = folder
    if not exchange(folder, target):  # then by turns: one is renamed away, then the other
        old = new_name_beside(target)
        with contextlib.suppress(FileNotFoundError):
            target.rename(old)
        try:
            folder.rename(target)
        except OSError:  # as on Windows, while a program has a file in it open
            with contextlib.suppress(OSError):
                old.rename(target)
            raise
    sync_folder(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def exchange(one: Path, other: Path) -> bool:
    """Let two files or folders change names, both at the same moment. ``False`` where one of them is missing or the
    system cannot do that; raises ``OSError`` for other failures."""
    try:
        return _rename(one, other, _EXCHANGE)
    except FileNotFoundError:
        return False


def move_new(file: Path, path: Path) -> None:
    """Give a file the name ``path``, which nobody uses. Raises ``FileExistsError`` when somebody does, also since just
    now where the system can tell."""
    if _rename(file, path, _NOREPLACE):
        return
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    file.rename(path)


def _rename(one: Path, other: Path, flag: int) -> bool:
    """``False`` where the system does not know how."""
    if _renameat2 is None:
        return False
    if _renameat2(_HERE, os.fsencode(one), _HERE, os.fsencode(other), flag) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNKNOWN:
        return False
    raise OSError(number, os.strerror(number), str(one), None, str(other))


def sync(descriptor: int) -> None:
    """Wait until what was written to an open file is on the disk."""
    try:
        if sys.platform == "darwin":  # fsync leaves it in the memory of the disk there
            with contextlib.suppress(OSError):  # which disks on a network do not know
                fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
                return
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _UNKNOWN:
            raise


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        if error.errno not in _CLOSED:
            raise
        return
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


_renameat2: Callable[..., int] | None = (
    getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if sys.platform.startswith("linux") else None
)
