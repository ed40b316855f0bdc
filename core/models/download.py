"""Fetching one file over HTTP: with progress, resumed where it broke off, checked, and bounded in time and size.

Proxies come from the environment (``HTTPS_PROXY`` and its like), as everywhere in Python.
"""

import contextlib
import hashlib
import queue
import threading
import time
from collections.abc import Generator, Iterator
from email.message import Message
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, build_opener

from filelock import FileLock, Timeout

from core.runs.control import Check, Report
from core.runs.events import Progress

ANSWER_SECONDS = 3.0
"""How long a server may take to answer at all."""
STALL_SECONDS = 10.0
"""How long a transfer may stand still."""
MOST_BYTES = 1 << 30
_ATTEMPTS = 3
_CHUNK = 1 << 18
_REPORT_EVERY = 0.25


class NotObtainedError(Exception):
    """The file cannot be had from here; the message says why, in words."""


class UnreachableError(NotObtainedError):
    """Nobody answers there; other files of the same host need not be tried."""


class _BrokenOffError(Exception):
    """The transfer ended early; what came is kept."""


def download(url: str, target: Path, sha256: str, report: Report, check: Check) -> None:
    """Fetch ``url`` into ``target``, whose SHA-256 must begin with ``sha256``.

    What arrives is kept in ``<target>.part`` until it is whole, and a later call goes on from there. Where another
    process is at it already, it is waited for. Raises ``NotObtainedError``, and what ``check`` raises.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise NotObtainedError(f"{url} is not a web address")
    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(target, check):
            if _matches(target, sha256):
                return
            if not _matches(part, sha256):
                _fetch(url, part, report, check)
                if not _matches(part, sha256):
                    part.unlink()
                    raise NotObtainedError(f"{url} does not have the expected checksum {sha256}…")
            part.replace(target)
    except OSError as error:
        raise NotObtainedError(f"{target.parent} cannot be written: {error.strerror}") from error


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


def _fetch(url: str, part: Path, report: Report, check: Check) -> None:
    """Fill ``part``, going on where a connection breaks as long as each try brings something."""
    for attempt in range(1, _ATTEMPTS + 1):
        before = _size(part)
        try:
            return _continue(url, part, report, check)
        except _BrokenOffError as error:
            if attempt == _ATTEMPTS or _size(part) == before:
                raise NotObtainedError(f"{urlsplit(url).hostname} broke off: {error}") from error


def _continue(url: str, part: Path, report: Report, check: Check) -> None:
    done = _size(part)
    stream = _stream(Request(url, headers={"Range": f"bytes={done}-"} if done else {}), check)
    try:
        headers = next(stream)
        assert isinstance(headers, Message)
        if done and not headers.get("Content-Range", "").startswith(f"bytes {done}-"):
            done = 0  # the server sends all of it
        total = done + _length(headers, url)
        reported = 0.0
        with part.open("ab" if done else "wb") as file:
            for chunk in stream:
                assert isinstance(chunk, bytes)
                file.write(chunk)
                done += len(chunk)
                if max(done, total) > MOST_BYTES:
                    raise NotObtainedError(f"{url} is larger than {MOST_BYTES >> 20} MiB")
                if time.monotonic() >= reported + _REPORT_EVERY:
                    reported = time.monotonic()
                    report(Progress(done=done // 1_000_000, total=total // 1_000_000, unit="MB"))
        if done < total:
            raise _BrokenOffError("the connection was closed")
    except HTTPError as error:
        if error.code == 416:  # what is there already is no beginning of this file
            part.unlink()
            raise _BrokenOffError("a new start is needed") from error
        raise NotObtainedError(f"{urlsplit(url).hostname} answers {error.code} {error.reason}") from error
    finally:
        stream.close()


def _length(headers: Message, url: str) -> int:
    """Bytes that are said to come; 0 when nothing is said."""
    said = headers.get("Content-Length") or "0"
    if not (said.isascii() and said.isdigit() and len(said) < 20):
        raise NotObtainedError(f"{urlsplit(url).hostname} answers with a length that is no number of bytes")
    return int(said)


def _stream(request: Request, check: Check) -> Generator[Message | bytes]:
    """The headers of the answer, then its content. ``check`` is called all the while, however slow the network is.

    Raises ``HTTPError``, ``UnreachableError`` when nobody answers, and ``_BrokenOffError`` when somebody stops to.
    """
    arrived: queue.Queue[Message | bytes | Exception | None] = queue.Queue(maxsize=16)
    abandoned = threading.Event()
    threading.Thread(target=_receive, args=(request, arrived, abandoned), daemon=True).start()
    host = urlsplit(request.full_url).hostname
    answered = False
    latest = time.monotonic()
    try:
        while True:
            check()
            try:
                item = arrived.get(timeout=0.1)
            except queue.Empty:
                if time.monotonic() > latest + (STALL_SECONDS if answered else ANSWER_SECONDS):
                    item = TimeoutError("it does not answer")
                else:
                    continue
            if item is None:
                return
            if isinstance(item, HTTPError):
                raise item
            if isinstance(item, Exception):
                reason = _in_words(item.reason if isinstance(item, URLError) else item)
                raise _BrokenOffError(reason) if answered else UnreachableError(f"{host} cannot be reached ({reason})")
            answered, latest = True, time.monotonic()
            yield item
    finally:
        abandoned.set()


def _receive(
    request: Request, arrived: "queue.Queue[Message | bytes | Exception | None]", abandoned: threading.Event
) -> None:
    """In a thread of its own: looking up a name can take longer than any timeout."""

    def put(item: Message | bytes | Exception | None) -> None:
        while not abandoned.is_set():
            try:
                return arrived.put(item, timeout=0.2)
            except queue.Full:
                continue

    try:
        with build_opener().open(request, timeout=STALL_SECONDS) as response:  # urlopen keeps the first proxies it saw
            put(response.headers)
            while not abandoned.is_set() and (chunk := response.read(_CHUNK)):
                put(chunk)
        put(None)
    except (OSError, HTTPException, ValueError) as error:
        if isinstance(error, HTTPError):
            error.close()
        put(error)


def _in_words(reason: object) -> str:
    return (isinstance(reason, OSError) and reason.strerror) or str(reason) or type(reason).__name__


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _matches(path: Path, sha256: str) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest().startswith(sha256)
