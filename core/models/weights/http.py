"""Receiving a web server's answer in pieces, so that a slow transfer can be cancelled at any time."""

import queue
import threading
import time
from collections.abc import Generator
from email.message import Message
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

from core.runs.control import Check
from core.words import tr

ANSWER_SECONDS = 3.0
"""How long a server may take to answer at all."""
STALL_SECONDS = 10.0
"""How long a transfer may stand still; one that moves may be as slow as it is."""
_CHUNK = 1 << 18
"""Bytes that are taken at once where they are there."""


class NotObtainedError(Exception):
    """The file cannot be had from here; the message says why, in words."""


class UnreachableError(NotObtainedError):
    """Nobody answers there; other files of the same host need not be tried."""


class BrokenOffError(Exception):
    """The transfer ended early; what came is kept."""


def receive(request: Request, check: Check) -> Generator[Message | bytes]:
    """The headers of the answer, then its content. ``check`` is called all the while, however slow the network is.

    Raises ``HTTPError``, ``UnreachableError`` when nobody answers, and ``BrokenOffError`` when somebody stops to.
    """
    arrived: queue.Queue[Message | bytes | Exception | None] = queue.Queue(maxsize=16)
    abandoned = threading.Event()
    threading.Thread(target=_read, args=(request, arrived, abandoned), daemon=True).start()
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
                    item = TimeoutError(tr("it does not answer"))
                else:
                    continue
            if item is None:
                return
            if isinstance(item, HTTPError):
                raise item
            if isinstance(item, Exception):
                reason = _in_words(item.reason if isinstance(item, URLError) else item)
                raise (
                    BrokenOffError(reason)
                    if answered
                    else UnreachableError(tr("{host} cannot be reached ({reason})", host=host, reason=reason))
                )
            answered, latest = True, time.monotonic()
            yield item
    finally:
        abandoned.set()


def _read(
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
        with _opener().open(request, timeout=STALL_SECONDS) as response:
            put(response.headers)
            while not abandoned.is_set() and (chunk := response.read1(_CHUNK)):  # what is there: a block may take long
                put(chunk)
        put(None)
    except (OSError, HTTPException, ValueError) as error:
        if isinstance(error, HTTPError):
            error.close()
        put(error)


def _opener() -> OpenerDirector:
    """Speaks HTTP and HTTPS and nothing else; made each time, for the proxies that the environment names now."""
    opener = OpenerDirector()
    for handler in (HTTPHandler, HTTPSHandler, HTTPDefaultErrorHandler, HTTPErrorProcessor, _Redirects):
        opener.add_handler(handler())
    opener.add_handler(ProxyHandler())
    opener.add_handler(UnknownHandler())
    return opener


class _Redirects(HTTPRedirectHandler):
    """Follows redirects, but never from HTTPS to HTTP."""

    def redirect_request(self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Request | None:
        before, after = urlsplit(req.full_url).scheme, urlsplit(newurl).scheme
        if after not in ("http", "https") or (before, after) == ("https", "http"):
            why = tr("it leads from {before} to {after}", before=before, after=after)
            raise HTTPError(req.full_url, code, f"({why})", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _in_words(reason: object) -> str:
    return (isinstance(reason, OSError) and reason.strerror) or str(reason) or type(reason).__name__
