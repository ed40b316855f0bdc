"""Fetching one file over HTTP: with progress, resumed where it broke off, checked, and bounded in size.

Proxies come from the environment (``HTTPS_PROXY`` and its like), as everywhere in Python.
"""

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterator
from email.message import Message
from io import BufferedRandom, BufferedReader
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request

from filelock import FileLock, Timeout

from core.files import open_own, sync, sync_folder
from core.models.weights.http import BrokenOffError, NotObtainedError, receive
from core.runs.control import PROGRESS_EVERY, Check, Report, Throttle
from core.runs.events import Progress
from core.words import tr

MOST_BYTES = 1 << 30
"""Of a file whose size is not known beforehand."""
_ATTEMPTS = 3


def download(url: str, target: Path, sha256: str, report: Report, check: Check, size: int | None = None) -> str:
    """Fetch ``url`` into ``target``, whose SHA-256 must begin with ``sha256``; returns the whole digest. Of a file of
    known ``size`` in bytes no more than that is taken, else ``MOST_BYTES``.

    What arrives is kept in ``<target>.part`` until it is whole, and a later call goes on from there. Where another
    process is at it already, it is waited for. Raises ``NotObtainedError``, and what ``check`` raises.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise NotObtainedError(tr("{url} is not a web address", url=url))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(target, check):
            if target.is_file():
                with target.open("rb") as file:
                    found = _digest(file)
                if found.startswith(sha256):
                    return found
            return _obtain(url, target, sha256, size or MOST_BYTES, report, check)
    except OSError as error:
        raise NotObtainedError(
            tr("{folder} cannot be written: {reason}", folder=target.parent, reason=error.strerror)
        ) from error


@contextlib.contextmanager
def _alone(target: Path, check: Check) -> Iterator[None]:
    """One process at a time: those of a training start together, and would fill one file together. The file of the lock
    stays: who removed it would take it from those who wait."""
    lock = FileLock(target.with_name(f".{target.name}.lock"))
    while not lock.is_locked:
        check()
        with contextlib.suppress(Timeout):
            lock.acquire(timeout=0.1)
    try:
        yield
    finally:
        lock.release()


def _obtain(url: str, target: Path, sha256: str, most: int, report: Report, check: Check) -> str:
    """Complete the part, check it, and give it its name; returns the digest."""
    part = target.with_name(f"{target.name}.part")
    try:
        with _opened(part) as file:
            found = _digest(file)
            if not found.startswith(sha256):
                _fetch(url, file, most, report, check)
                found = _digest(file)
            if not found.startswith(sha256):
                file.truncate(0)
                raise NotObtainedError(
                    tr("{url} does not have the expected checksum {checksum}…", url=url, checksum=sha256[:8])
                )
            file.flush()
            sync(file.fileno())  # once it has its name, nobody looks at its checksum again
        part.replace(target)
        sync_folder(target.parent)
    finally:
        if part.exists() and part.stat().st_size == 0:  # nothing came, or nothing that is worth keeping
            part.unlink()
    return found


def _opened(part: Path) -> BufferedRandom:
    """What came of an earlier try, or an empty file. Its name is known and the folder may be shared: what somebody else
    put there, or has under another name too, could be changed after it was checked."""
    descriptor = open_own(part, os.O_RDWR)
    about = os.fstat(descriptor)
    if sys.platform != "win32" and (about.st_uid != os.geteuid() or about.st_nlink > 1):
        os.close(descriptor)
        part.unlink()
        descriptor = open_own(part, os.O_RDWR | os.O_EXCL)
    return os.fdopen(descriptor, "r+b")


def _fetch(url: str, file: BufferedRandom, most: int, report: Report, check: Check) -> None:
    """Fill ``file``, going on where a connection breaks as long as each try brings something."""
    for attempt in range(1, _ATTEMPTS + 1):
        before = _end(file)
        try:
            return _continue(url, file, most, report, check)
        except BrokenOffError as error:
            if attempt == _ATTEMPTS or _end(file) == before:
                raise NotObtainedError(
                    tr("{host} broke off: {error}", host=urlsplit(url).hostname, error=error)
                ) from error


def _continue(url: str, file: BufferedRandom, most: int, report: Report, check: Check) -> None:
    done = _end(file) if _end(file) <= most else 0
    stream = receive(Request(url, headers={"Range": f"bytes={done}-"} if done else {}), check)
    try:
        headers = next(stream)
        assert isinstance(headers, Message)
        if done and not headers.get("Content-Range", "").startswith(f"bytes {done}-"):
            done = 0  # the server sends all of it
        total = done + _length(headers, url)
        file.truncate(done)
        file.seek(done)
        progress = Throttle(PROGRESS_EVERY, at_once=True)
        for chunk in stream:
            assert isinstance(chunk, bytes)
            done += len(chunk)
            if max(done, total) > most:
                file.truncate(0)
                raise NotObtainedError(
                    tr("{url} is larger than the {most:,} bytes that it may have", url=url, most=most)
                )
            file.write(chunk)
            if progress.due():
                report(Progress(done=done // 1_000_000, total=total // 1_000_000, unit=tr("MB")))
        if done < total:
            raise BrokenOffError(tr("the connection was closed"))
    except HTTPError as error:
        if error.code == 416:  # what is there already is no beginning of this file
            file.truncate(0)
            raise BrokenOffError(tr("a new start is needed")) from error
        raise NotObtainedError(
            tr("{host} answers {code} {reason}", host=urlsplit(url).hostname, code=error.code, reason=error.reason)
        ) from error
    finally:
        stream.close()


def _length(headers: Message, url: str) -> int:
    """Bytes that the server announces; 0 when it announces nothing."""
    length = headers.get("Content-Length") or "0"
    if not (length.isascii() and length.isdigit() and len(length) < 20):
        raise NotObtainedError(
            tr("{host} answers with a length that is no number of bytes", host=urlsplit(url).hostname)
        )
    return int(length)


def _end(file: BufferedRandom) -> int:
    return file.seek(0, os.SEEK_END)


def _digest(file: BufferedRandom | BufferedReader) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()
