"""One COCO file: read once, cut into entries, each left as the bytes that stand in the file.

The format: https://cocodataset.org/#format-data. Entries are decoded when somebody asks for them, and written back as
they are, so that fields unknown to us survive.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from core.errors import UserError

Raw = msgspec.Raw

_NUMBERS_THAT_JSON_LACKS = re.compile(rb'"(?:[^"\\]|\\.)*"|-?(?:NaN|Infinity)\b')


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


def read(path: Path) -> CocoFile:
    """Read a COCO file. Raises ``UserError`` saying what is wrong and where."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        raise UserError(f"{path} is empty", "export the annotations again")
    repaired = False
    try:
        sections = msgspec.json.decode(data, type=_Sections)
    except msgspec.ValidationError as error:
        raise UserError(f"{path} is not a COCO annotation file: {_unlike_coco(data, error)}", _WANTED) from error
    except (msgspec.DecodeError, RecursionError) as error:
        data, repaired = _without_nan(data), True
        try:
            sections = msgspec.json.decode(data, type=_Sections)
        except (msgspec.MsgspecError, RecursionError):
            raise _broken(path, data, error) from error
    return CocoFile(path, data, sections.images, sections.annotations, sections.categories, repaired)


_WANTED = "a COCO file holds an object with the lists “images”, “annotations” and “categories”"


def _without_nan(data: bytes) -> bytes:
    """Python writes NaN and Infinity into JSON, which has neither."""
    if b"NaN" not in data and b"Infinity" not in data:
        return data
    return _NUMBERS_THAT_JSON_LACKS.sub(lambda found: found[0] if found[0].startswith(b'"') else b"null", data)


def _unlike_coco(data: bytes, error: msgspec.ValidationError) -> str:
    if data.lstrip()[:1] == b"[":
        return "it is a list, like a file of predictions"
    return str(error)


def _broken(path: Path, data: bytes, error: Exception) -> UserError:
    """The error for a file that is not JSON at all, or not to its end."""
    if isinstance(error, RecursionError):
        return UserError(f"{path} is nested too deeply to be a COCO file", _WANTED)
    if "truncated" in str(error):
        line = data.count(b"\n") + 1
        return UserError(
            f"{path} is cut off: it ends in the middle of an entry (line {line}, byte {len(data)})",
            "copy or export the file again",
        )
    found = re.search(r"(.*) \(byte (\d+)\)", str(error))
    if found is None:
        return UserError(f"{path} is not JSON: {error}", _WANTED)
    offset = int(found[2])
    line = data.count(b"\n", 0, offset) + 1
    column = offset - data.rfind(b"\n", 0, offset)
    what = found[1].removeprefix("JSON is malformed: ")
    return UserError(f"{path} is not JSON: {what} in line {line}, column {column} (byte {offset})", _WANTED)
