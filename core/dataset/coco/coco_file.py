"""One COCO file: read once, cut into entries, each left as the bytes that stand in the file.

The format: https://cocodataset.org/#format-data. Entries are decoded when somebody asks for them, and written back as
they are, so that fields unknown to us survive.
"""

import codecs
import hashlib
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from core.dataset.coco import entry_cache
from core.dataset.coco.entries import (
    References,
    ReportProblem,
    numbered_references,
    read_references,
    stated_fields,
    with_fields,
)
from core.dataset.coco.entry_list import EntryList
from core.dataset.file_kinds import COCO, JSON, kind_of_text
from core.errors import UserError, refused
from core.reading import UNREADABLE, as_utf8, encoding_of, read_bytes
from core.words import tr

Raw = msgspec.Raw

_AT_ONCE = 1 << 20
_STRING_OR_NAN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|-?\b(?:NaN|Infinity)\b', re.DOTALL)

_HALF = re.compile(rb"\\\\|\\u[dD][89abAB]..\\u[dD][c-fC-F]..|(\\u[dD][89a-fA-F]..)")
"""An escaped backslash, a letter of two halves, or a half alone."""


class _Sections(msgspec.Struct):
    images: list[Raw] | dict[str, Raw]
    annotations: list[Raw] | dict[str, Raw] | None = []
    categories: list[Raw] | dict[str, Raw] | None = []
    info: Raw = Raw()


@dataclass(frozen=True, slots=True, eq=False)
class CocoFile:
    """The sections of a file. Entries are views on ``data``, nothing is copied."""

    path: Path
    data: bytes
    images: Sequence[Raw]
    annotations: Sequence[Raw]
    categories: Sequence[Raw]
    keyed: frozenset[str] = frozenset()
    """The names of those sections that are no lists but objects, with the id of each entry as its key."""
    remarks: tuple[tuple[str, str], ...] = ()
    """What is odd about the file as a whole, and what was done about it."""
    stored: str | None = None
    """``digest`` of the file on disk where it is known, or ``data`` is not just that; ``ABSENT`` when there is no file
    yet."""
    info: bytes = b""
    """The object ``info`` as it stands in the file; empty where there is none."""
    references: References | None = None
    """Where its annotations belong, where all of them say so in plain numbers."""

    def read_references(self, report: ReportProblem) -> References:
        """Where each annotation belongs."""
        return self.references if self.references is not None else read_references(self.annotations, report)

    def digest_on_disk(self) -> str:
        """``digest`` of the file as it was read; takes a second for 1 GB."""
        return digest(self.data) if self.stored is None else self.stored


ABSENT = ""
"""Stands for the digest of a file that does not exist."""


def digest(data: bytes | bytearray) -> str:
    """A hash by which a file that was changed is noticed."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def read(path: Path) -> CocoFile:
    """Read a COCO file; what a large one that did not change had is known from the time before, see ``entry_cache``.
    Raises ``UserError`` saying what is wrong and where."""
    try:
        with ThreadPoolExecutor(1) as thread:  # the disk needs no Python
            stored = thread.submit(entry_cache.stored, path) if _is_large(path) else None
            on_disk = read_bytes(path)
        time = path.stat().st_mtime_ns
    except OSError as error:
        raise refused(error, path, "read") from error
    if stored is None or len(on_disk) < entry_cache.SMALLEST:
        return _decoded(path, on_disk)
    if (known := entry_cache.load(path, time, on_disk, stored.result())) is not None:
        return CocoFile(path, on_disk, *known[:3], stored=known.digest, info=known.info, references=known.references)
    with ThreadPoolExecutor(1) as thread:  # hashing needs no Python while entries are decoded
        hashed = thread.submit(digest, on_disk)
        file = _decoded(path, on_disk)
    images, annotations, categories, references = file.images, file.annotations, file.categories, file.references
    if file.data is not on_disk or references is None:
        return file
    if isinstance(images, EntryList) and isinstance(annotations, EntryList) and isinstance(categories, EntryList):
        known = entry_cache.KnownEntries(images, annotations, categories, references, file.info, hashed.result())
        entry_cache.keep(path, time, on_disk, known)
    return replace(file, stored=hashed.result())


def _is_large(path: Path) -> bool:
    """Whether it is worth it to look for the file in the cache."""
    try:
        return path.stat().st_size >= entry_cache.SMALLEST
    except (OSError, ValueError):
        return False  # whoever reads it says why


def _decoded(path: Path, on_disk: bytes) -> CocoFile:
    """Cut the file ``path``, which holds ``on_disk``, into its entries. Raises ``UserError``."""
    data, remarks = _as_utf8(on_disk)
    if not data or data.isspace():
        raise UserError(tr("{path} is empty", path=path), tr("export the annotations again"))
    try:
        sections = msgspec.json.decode(data, type=_Sections)
    except UNREADABLE:
        data, repaired = _repaired(data)
        remarks += repaired
        try:
            sections = msgspec.json.decode(data, type=_Sections)
        except UNREADABLE as error:
            raise _explained(path, data, error) from error
    references = numbered_references(sections.annotations) if isinstance(sections.annotations, list) else None
    lists: dict[str, Sequence[Raw]] = {}
    keyed: set[str] = set()
    for name in ("images", "annotations", "categories"):
        section = [] if (found := getattr(sections, name)) is None else found
        if isinstance(section, list):
            lists[name] = EntryList.of(data, section)
            continue
        if section and all(bytes(raw).lstrip()[:1] == b"[" for raw in section.values()):
            reason = tr("its “{section}” are an object of lists", section=name)
            raise UserError(tr("{path} is not a COCO annotation file: {reason}", path=path, reason=reason), _CONTENT)
        lists[name] = [_with_id(key, raw) for key, raw in section.items()]
        keyed.add(name)
        remarks += (
            (
                tr("its “{section}” are an object, not a list", section=name),
                tr("its values are read, and it is written so again"),
            ),
        )
    if not lists["annotations"] and lists["images"] and stated_fields(lists["images"][0]).annotations:
        remarks += (
            (
                tr("its images hold “annotations” of their own"),
                tr("these are not read: a COCO file has one list of all annotations, each with an “image_id”"),
            ),
        )
    return CocoFile(
        path,
        data,
        **lists,
        keyed=frozenset(keyed),
        remarks=remarks,
        stored=None if data is on_disk else digest(on_disk),
        info=bytes(sections.info),
        references=references,
    )


_NAN = tr("holds NaN or Infinity, which JSON does not have"), tr("they are read as missing values")
_HALVES = (
    tr("holds halves of letters, which names that are not UTF-8 become"),
    tr("they are read as “\ufffd”; rename such pictures, and export the annotations again"),
)


def _as_utf8(data: bytes) -> tuple[bytes, tuple[tuple[str, str], ...]]:
    """The text of a file as JSON is to be encoded, and what is to be remarked where it was not."""
    encoding = encoding_of(data)
    if encoding in ("utf-8", "utf-8-sig"):
        return data.removeprefix(codecs.BOM_UTF8), ()
    shown = encoding.upper().removesuffix("-LE").removesuffix("-BE")
    remark = tr("is encoded in {encoding}, not in UTF-8", encoding=shown)
    return as_utf8(data), ((remark, tr("it is read, and saved in UTF-8")),)


def _with_id(key: str, raw: Raw) -> Raw:
    """An entry of an object; where it has no id, it is its key. A text alone is the name of a class."""
    if stated_fields(raw).id is not None:
        return raw
    id = int(key) if re.fullmatch("0|[1-9][0-9]{0,14}", key) else key
    return with_fields(raw, {"id": id} | ({"name": raw} if bytes(raw).lstrip()[:1] == b'"' else {}))


_CONTENT = tr("a COCO file holds an object with the lists “images”, “annotations” and “categories”")


def _repaired(data: bytes) -> tuple[bytes, tuple[tuple[str, str], ...]]:
    """``data`` with ``null`` for NaN and Infinity and a sign for halves of letters, all of which Python writes into
    JSON; and what is to be remarked."""
    remarks: tuple[tuple[str, str], ...] = ()
    if b"NaN" in data or b"Infinity" in data:
        data = _STRING_OR_NAN.sub(lambda found: found[0] if found[0].startswith(b'"') else b"null", data)
        remarks += (_NAN,)
    whole = _HALF.sub(lambda found: rb"\ufffd" if found[1] else found[0], data)
    return whole, remarks if whole == data else (*remarks, _HALVES)


def _explained(path: Path, data: bytes, error: Exception) -> UserError:
    """The error for a file that is not JSON, not to its end, or not COCO."""
    if isinstance(error, RecursionError):
        return UserError(tr("{path} is nested too deeply to be a COCO file", path=path), _CONTENT)
    if isinstance(error, msgspec.ValidationError):
        kind = kind_of_text(".json", data[:_AT_ONCE])
        reason = str(error)
        if kind is not None and kind not in (COCO, JSON):
            reason = kind.is_one(path.name)
        elif data.lstrip()[:1] == b"[":
            reason = tr("it is a list, like a file of predictions")
        return UserError(tr("{path} is not a COCO annotation file: {reason}", path=path, reason=reason), _CONTENT)
    if "truncated" in str(error):
        line = data.count(b"\n") + 1
        return UserError(
            tr(
                "{path} is cut off: it ends in the middle of an entry (line {line}, byte {byte})",
                path=path,
                line=line,
                byte=len(data),
            ),
            tr("copy or export the file again"),
        )
    reason, _, where = str(error).removeprefix("JSON is malformed: ").partition(" (byte ")
    offset = int(where.removesuffix(")") or 0)
    line = data.count(b"\n", 0, offset) + 1
    column = offset - data.rfind(b"\n", 0, offset)
    return UserError(
        tr(
            "{path} is not JSON: {reason} in line {line}, column {column} (byte {byte})",
            path=path,
            reason=reason,
            line=line,
            column=column,
            byte=offset,
        ),
        _CONTENT,
    )
