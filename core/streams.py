"""Standard output and error that never raise: showing how work goes must not end the work.

A pager may be closed, a disk that holds the log may be full, a terminal may hang up, an encoding may lack a letter, and
a stream may be closed from the start. What cannot be written is dropped.
"""

import io
import os
import select
import sys
from pathlib import Path
from typing import Any, TextIO

from core.plain_text import printable

_UNKNOWN = "backslashreplace"
"""The error handler for letters that an encoding lacks, and for bytes in file names that are no letters."""
_PATIENCE = 1.0
"""Seconds to wait for a terminal or pipe that another program set not to block."""


def harden(*, plain: bool = False) -> None:
    """Make ``sys.stdout`` and ``sys.stderr`` streams that never fail. To be called first in a process.

    Streams that were closed lead nowhere: the next file that is opened would get their numbers, and what a library
    prints would go into it. ``plain`` is for processes that show nothing but text: no name in it steers a terminal.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free: this one
    sys.stdout, sys.stderr = _hardened(sys.stdout, plain), _hardened(sys.stderr, plain)


def lost(stream: TextIO) -> OSError | None:
    """The reason why something written to a hardened ``stream`` was dropped; ``None`` when nothing was, or nobody
    wanted it."""
    stream.flush()
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    return raw.problem if isinstance(raw, _Hardened) and not isinstance(raw.problem, BrokenPipeError) else None


class _Hardened(io.RawIOBase):
    """A raw stream whose writes always succeed."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.problem: OSError | None = None

    def write(self, data: Any) -> int:
        try:
            written = self._raw.write(data)
            if written is None and select.select([], [self._raw], [], _PATIENCE)[1]:  # it would have blocked
                written = self._raw.write(data)
        except OSError as error:
            self.problem = error
            written = None
        return len(data) if written is None else written

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return bool(self._raw.isatty())

    def fileno(self) -> int:
        return int(self._raw.fileno())


class _PlainText(io.TextIOWrapper):
    """Text of which nothing steers a terminal, whoever writes it: libraries and tracebacks know names too."""

    def write(self, text: str, /) -> int:
        super().write(printable(text, lines=True))
        return len(text)


def _hardened(stream: TextIO | None, plain: bool) -> TextIO:
    if stream is None:
        return Path(os.devnull).open("w", encoding="utf-8", errors=_UNKNOWN)
    buffer: Any = getattr(stream, "buffer", None)
    if buffer is None:  # put there by something else, such as a test
        return stream
    return (_PlainText if plain else io.TextIOWrapper)(
        io.BufferedWriter(_Hardened(getattr(buffer, "raw", buffer))),
        encoding=stream.encoding,
        errors=_UNKNOWN,
        line_buffering=getattr(stream, "line_buffering", False),
        write_through=getattr(stream, "write_through", False),
    )
