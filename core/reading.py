"""Reading files that may come from elsewhere, be damaged, or be no files at all.

A path may lead to a folder, to a pipe that nobody writes to or to a device without an end; JSON may be cut off, in
another encoding, or nested until the stack ends. What is wrong becomes a sentence that names the file.
"""

import codecs
import errno
import json
import os
import stat
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec
import yaml

from core.errors import UserError, refused, shortened
from core.words import tr

Value = TypeVar("Value")

UNREADABLE = (msgspec.MsgspecError, UnicodeError, RecursionError)
"""Exceptions that decoding bytes which are no JSON of the expected type may raise."""
MOST_BYTES = 256 << 20
"""Largest size of files that hold figures and descriptions: far more than any has."""
_MOST_YAML = 1 << 20
_AT_ONCE = 1 << 20
_DEEPEST_YAML = 20
_KINDS = {
    stat.S_IFDIR: tr("it is a folder, not a file"),
    stat.S_IFIFO: tr("it is a pipe, not a file"),
    stat.S_IFCHR: tr("it is a device, not a file"),
    stat.S_IFBLK: tr("it is a device, not a file"),
}


def open_regular(path: Path | str) -> BinaryIO:
    """Open a file to read it. Raises ``OSError`` also for what is no regular file (a pipe would never answer), and for
    what is no name of one."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except ValueError as error:  # a zero or half a letter, which text in JSON may have
        raise OSError(errno.EINVAL, tr("no file is called so"), str(path)) from error
    kind = stat.S_IFMT(os.fstat(descriptor).st_mode)
    if kind != stat.S_IFREG:
        os.close(descriptor)
        raise OSError(errno.EINVAL, _KINDS.get(kind, tr("it is something else, not a file")), str(path))
    return os.fdopen(descriptor, "rb")


def read_bytes(path: Path, most: int | None = None) -> bytes:
    """The content of a regular file of at most so many bytes. Raises ``OSError``."""
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        if most is not None and size > most:
            message = tr("{megabytes:,} MiB are far too many for what it should be", megabytes=size >> 20)
            raise OSError(errno.EINVAL, message, str(path))
        return file.read()


def read_end(path: Path, most: int) -> str:
    """The end of a file of text, ``most`` bytes of it; empty when it cannot be read."""
    try:
        with open_regular(path) as file:
            file.seek(max(file.seek(0, os.SEEK_END) - most, 0))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def encoding_of(data: bytes) -> str:
    """The encoding of text that a file holds, by its mark or its first letters; of what is none of Unicode's, the one
    that most other programs of the West wrote."""
    encoding = json.detect_encoding(data[:4])
    return encoding if encoding != "utf-8" or data.isascii() or _is_utf8(data) else "Windows-1252"


def _is_utf8(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), _AT_ONCE):  # never all of the text, which takes up to four times the memory
            decoder.decode(data[start : start + _AT_ONCE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def as_utf8(data: bytes) -> bytes:
    """Text of any encoding in UTF-8, without a mark."""
    encoding = encoding_of(data)
    return data if encoding == "utf-8" else data.decode(encoding, "replace").encode()


def read_lines(path: Path, most: int) -> list[str]:
    """The lines of a file of text, in any encoding, of at most so many bytes. Raises ``OSError``."""
    return as_utf8(read_bytes(path, most)).decode().splitlines()


def decoded(data: bytes, kind: type[Value]) -> Value | None:
    """The JSON in ``data`` as a value of type ``kind``; ``None`` where it is none."""
    try:
        return msgspec.json.decode(data, type=kind)
    except UNREADABLE:
        return None


def read_json(path: Path, kind: type[Value], unreadable: str, hint: str = "") -> Value:
    """The value in a JSON file. Raises ``UserError``. Where it is not of this type, ``unreadable`` says so, a sentence
    whose fields are filled: “{path} is not a job of this version: {reason}”."""
    try:
        return msgspec.json.decode(read_bytes(path, MOST_BYTES), type=kind)
    except OSError as error:
        raise refused(error, path, "read", hint) from error
    except UNREADABLE as error:
        raise UserError(unreadable.format(path=path, reason=reason(error)), hint) from error


def read_yaml(path: Path, kind: type[Value], unreadable: str, hint: str = "") -> Value:
    """As ``read_json``. Anchors, with which a few lines stand for millions, tags and deep nesting are refused."""
    try:
        data = as_utf8(read_bytes(path, _MOST_YAML))
        _check_plain(data)
        return msgspec.yaml.decode(data, type=kind)
    except OSError as error:
        raise refused(error, path, "read", hint) from error
    except (ValueError, yaml.YAMLError) as error:  # ValueError: also of a date that no calendar has
        raise UserError(unreadable.format(path=path, reason=reason(error)), hint) from error


def _check_plain(data: bytes) -> None:
    """Raises ``ValueError``. The composer that comes after it ends the process where the nesting ends its stack."""
    depth = 0
    for event in yaml.parse(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise ValueError(tr("it has anchors and aliases"))
        if getattr(event, "tag", None) is not None:  # for values that do not fit, constructors raise whatever
            raise ValueError(tr("it has the tag {tag}", tag=event.tag))
        if depth > _DEEPEST_YAML:
            raise ValueError(tr("it is nested too deeply"))


def reason(error: Exception) -> str:
    """The first line of a decoder's message, which may quote at length."""
    if isinstance(error, RecursionError):
        return tr("it is nested too deeply")
    return shortened(next(iter(str(error).strip().splitlines()), type(error).__name__))
