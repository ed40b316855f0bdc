"""One COCO file: read once, cut into entries, each left as the bytes that stand in the file.

The format: https://cocodataset.org/#format-data. Entries are decoded when somebody asks for them, and written back as
they are, so that fields unknown to us survive.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from core.errors import UserError

Raw = msgspec.Raw

_STRING_OR_NAN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|-?\b(?:NaN|Infinity)\b', re.DOTALL)


class _Sections(msgspec.Struct):
    images: list[Raw]
    annotations: list[Raw] = []
    categories: list[Raw] = []


@dataclass(frozen=True, slots=True, eq=False)
class CocoFile:
    """The sections of a file. Entries are views on ``data``, nothing is copied."""

    path: Path
    data: bytes
    images: Sequence[Raw]
    annotations: Sequence[Raw]
    categories: Sequence[Raw]
    repaired: bool
    """Whether NaN or Infinity, which JSON does not have, were read as ``null``."""
    stored: str | None = None
    """``digest`` of the file on disk where ``data`` is not just that; ``ABSENT`` when there is no file yet."""

    def digest_on_disk(self) -> str:
        """``digest`` of the file as it was read; takes a second for 1 GB."""
        return digest(self.data) if self.stored is None else self.stored


ABSENT = ""
"""Stands for the digest of a file that does not exist."""


def digest(data: bytes | bytearray) -> str:
    """A hash by which a file that was changed is noticed."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def read(path: Path) -> CocoFile:
    """Read a COCO file. Raises ``UserError`` saying what is wrong and where."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    on_disk = data
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data or data.isspace():
        raise UserError(f"{path} is empty", "export the annotations again")
    repaired = False
    try:
        sections = msgspec.json.decode(data, type=_Sections)
    except _UNREADABLE:
        data, repaired = _without_nan(data), True
        try:
            sections = msgspec.json.decode(data, type=_Sections)
        except _UNREADABLE as error:
            raise _explained(path, data, error) from error
    stored = None if len(data) == len(on_disk) and not repaired else digest(on_disk)
    return CocoFile(path, data, sections.images, sections.annotations, sections.categories, repaired, stored)


_UNREADABLE = (msgspec.MsgspecError, RecursionError)
_WANTED = "a COCO file holds an object with the lists “images”, “annotations” and “categories”"


def _without_nan(data: bytes) -> bytes:
    """``data`` with ``null`` for NaN and Infinity, which Python writes into JSON."""
    if b"NaN" not in data and b"Infinity" not in data:
        return data
    return _STRING_OR_NAN.sub(lambda found: found[0] if found[0].startswith(b'"') else b"null", data)


def _explained(path: Path, data: bytes, error: Exception) -> UserError:
    """The error for a file that is not JSON, not to its end, or not COCO."""
    if isinstance(error, RecursionError):
        return UserError(f"{path} is nested too deeply to be a COCO file", _WANTED)
    if isinstance(error, msgspec.ValidationError):
        what = "it is a list, like a file of predictions" if data.lstrip()[:1] == b"[" else str(error)
        return UserError(f"{path} is not a COCO annotation file: {what}", _WANTED)
    if "truncated" in str(error):
        line = data.count(b"\n") + 1
        where = f"in the middle of an entry (line {line}, byte {len(data)})"
        return UserError(f"{path} is cut off: it ends {where}", "copy or export the file again")
    what, _, where = str(error).removeprefix("JSON is malformed: ").partition(" (byte ")
    offset = int(where.removesuffix(")") or 0)
    line = data.count(b"\n", 0, offset) + 1
    column = offset - data.rfind(b"\n", 0, offset)
    return UserError(f"{path} is not JSON: {what} in line {line}, column {column} (byte {offset})", _WANTED)
