"""Reading files of a run folder, which may come from elsewhere, be damaged, or be no files at all."""

import os
import stat
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

Value = TypeVar("Value")

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding bytes that are no JSON of the expected kind may raise."""


def open_regular(path: Path) -> BinaryIO:
    """Open a file to read it. Raises ``OSError`` also for what is no regular file (a pipe would never answer)."""
    file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115 - the caller closes it
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(0, "it is not a file", str(path))
    return file


def read_bytes(path: Path) -> bytes:
    """The content of a regular file. Raises ``OSError``."""
    with open_regular(path) as file:
        return file.read()


def read_end(path: Path, most: int) -> str:
    """The end of a file of text, ``most`` bytes of it; empty when it cannot be read."""
    try:
        with open_regular(path) as file:
            file.seek(max(file.seek(0, os.SEEK_END) - most, 0))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def decoded(data: bytes, kind: type[Value]) -> Value | None:
    """A JSON value of a kind; ``None`` for anything else."""
    try:
        return msgspec.json.decode(data, type=kind)
    except UNREADABLE:
        return None


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
