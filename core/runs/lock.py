"""One process at a time works in a run folder: a lock keeps others out, a mark says which process it is.

The process that does the job holds a lock on the file ``lock`` as long as it lives; the operating system releases it
when the process ends, however it ends. ``process.json`` identifies the process for whoever wants to end it, by what
setting the clock does not change: on Linux, its start in ticks since boot, and the id of that boot.

Locks work on local disks, and between machines on NFS and SMB. Where a file system has none, only the mark counts:
whether a process on another machine is alive cannot be told then, and its run is left as it is.
"""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psutil
from filelock import FileLock, Timeout

from core.errors import UserError
from core.files import write_atomically
from core.reading import decoded, read_bytes
from core.words import tr

_LOCK, _MARK = "lock", "process.json"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_START_TIME = 22 - 3
"""Place of the start time in ``/proc/<pid>/stat`` behind the name of the program (proc_pid_stat(5))."""


class RunBusyError(UserError):
    """Another process is at work in the folder."""


class ProcessMark(msgspec.Struct, frozen=True, kw_only=True):
    """``process.json``: which process it is."""

    pid: int
    started: float
    """Start of the process, in seconds since the epoch. On Linux it moves with the clock, and is used only for marks
    without ``ticks``."""
    ticks: int = 0
    """Start of the process, in ticks since boot; 0 where the system does not tell."""
    boot: str = ""
    """The id of that boot; empty where the system has none."""
    host: str = ""


def mark_of(process: psutil.Process) -> ProcessMark:
    """The mark of a process on this machine. Raises ``psutil.Error`` when it is gone."""
    mark = ProcessMark(pid=process.pid, started=process.create_time(), host=platform.node())
    try:
        ticks = int(Path(f"/proc/{process.pid}/stat").read_bytes().rpartition(b")")[2].split()[_START_TIME])
        return msgspec.structs.replace(mark, ticks=ticks, boot=_BOOT_ID.read_text().strip())
    except OSError:
        return mark


def write_mark(folder: Path, process: psutil.Process) -> None:
    """Write the mark of ``process`` into a run folder."""
    write_atomically(folder / _MARK, msgspec.json.encode(mark_of(process)))


def process_at_work(folder: Path) -> psutil.Process | None:
    """The process that the mark names, if it is alive on this machine; a pid that was used again does not count."""
    mark = _read_mark(folder)
    if mark is None:
        return None
    try:
        process = psutil.Process(mark.pid)
        alive = _same(mark, mark_of(process)) and process.status() != psutil.STATUS_ZOMBIE
        return process if alive else None
    except (psutil.Error, ValueError, OverflowError):
        return None


def is_at_work(folder: Path) -> bool:
    """Whether a process is at work there: one that its mark names, or one that holds the lock."""
    if process_at_work(folder) is not None:
        return True
    if not (folder / _LOCK).is_file():
        return False
    try:
        with _lock(folder, 0.0):
            return False
    except Timeout:
        return True
    except (OSError, NotImplementedError):  # there are no locks here, or nothing may be written
        return _is_elsewhere(_read_mark(folder))


@contextmanager
def claimed(folder: Path, patience: float = 1.0) -> Iterator[None]:
    """Keep other processes from working in a run folder while the context lasts.

    Raises ``RunBusyError`` when another process is at work there and is not gone within ``patience`` seconds, and
    ``FileNotFoundError`` when the folder is gone.
    """
    folder.stat()  # to lock a file makes the folders that it lacks
    lock, locked = _lock(folder, patience), True
    try:
        lock.acquire()
    except Timeout as error:
        raise _busy(folder) from error
    except (OSError, NotImplementedError):  # there are no locks here, or nothing may be written
        locked = False
    try:
        process, mark = process_at_work(folder), _read_mark(folder)
        if (not locked and _is_elsewhere(mark)) or (process is not None and process.pid != os.getpid()):
            raise _busy(folder)
        yield
    finally:
        lock.release()


@contextmanager
def marked(folder: Path) -> Iterator[None]:
    """Mark a run folder, which the calling process has claimed, as its own while the context lasts."""
    write_mark(folder, psutil.Process())
    try:
        yield
    finally:
        (folder / _MARK).unlink(missing_ok=True)


@contextmanager
def at_work(folder: Path, patience: float = 1.0) -> Iterator[None]:
    """``claimed`` and ``marked`` in one: for a process that does a job from the beginning."""
    with claimed(folder, patience), marked(folder):
        yield


def _lock(folder: Path, patience: float) -> FileLock:
    return FileLock(folder / _LOCK, timeout=patience, thread_local=False, fallback_to_soft=False)


def _read_mark(folder: Path) -> ProcessMark | None:
    try:
        return decoded(read_bytes(folder / _MARK), ProcessMark)
    except OSError:
        return None


def _is_elsewhere(mark: ProcessMark | None) -> bool:
    """Whether a process on another machine has left the mark."""
    return mark is not None and mark.host not in ("", platform.node())


def _same(mark: ProcessMark, now: ProcessMark) -> bool:
    if mark.ticks:
        return (mark.boot, mark.ticks) == (now.boot, now.ticks)
    return mark.host in ("", now.host) and abs(mark.started - now.started) < 1


def _busy(folder: Path) -> RunBusyError:
    mark = _read_mark(folder)
    if mark is None or not _is_elsewhere(mark):
        return RunBusyError(tr("{folder} is still running", folder=folder), tr("stop it first"))
    gone = tr("if that computer is off, delete {folder}", folder=folder / _MARK)
    return RunBusyError(
        tr("{folder} is still running on {host}", folder=folder, host=mark.host), tr("stop it there; {gone}", gone=gone)
    )
