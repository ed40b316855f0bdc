"""Reading the entries of a COCO file: strictly and fast where they are right, one by one and forgiving where not."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, NamedTuple, TypeVar

import msgspec
import numpy as np
from msgspec import Meta, Raw
from numpy.typing import NDArray

from core.dataset.coco.entry_list import EntryList
from core.dataset.lenient_json import Id, brief, identity, integer
from core.geometry.rle import MAX_PIXELS
from core.reading import UNREADABLE
from core.words import tr

ReportProblem = Callable[[str, str, str], None]
"""Take the entry, the message and the hint of a problem."""

Length = Annotated[int, Meta(gt=0, le=MAX_PIXELS)]
_Number = Annotated[int, Meta(ge=-(2**62), le=2**62)]
"""An id that an array of numbers can hold."""

_CHUNK = 16_384
_LEFT_OUT = tr("it is left out")
NUMBER_MEANT = tr("it is read as the number it stands for")


class ImageEntry(msgspec.Struct, gc=False):
    """An image as the file has it."""

    id: Id
    file_name: str
    width: Length
    height: Length


class CategoryEntry(msgspec.Struct, gc=False):
    """A category as the file has it."""

    id: Id
    name: str


class _Numbered(msgspec.Struct, gc=False):
    """Where nearly every annotation says that it belongs."""

    id: _Number
    image_id: _Number
    category_id: _Number


class Reference(msgspec.Struct, gc=False):
    """Where an annotation belongs, as far as it says so."""

    id: Id | None
    image_id: Id | None
    category_id: Id | None


class _Stated(Reference, gc=False):
    id: Id
    image_id: Id
    category_id: Id


Ids = NDArray[np.int64] | NDArray[np.object_]
"""Numbers; or, where an entry has another id, objects: each an ``Id``, or ``None`` where there is none."""


class References(NamedTuple):
    """Where all annotations of a file belong, arrays of shape ``(N,)``."""

    ids: Ids
    images: Ids
    categories: Ids


def silent(entry: str, message: str, hint: str) -> None:
    """A ``ReportProblem`` for entries that were read before: what is wrong with them was said then."""


Entry = TypeVar("Entry", ImageEntry, CategoryEntry, Reference)
Understand = Callable[["Fields", int, ReportProblem], Entry | None]
"""Make an entry of fields in another form; the number is its position in the list, from 1."""


def read_images(raws: Sequence[Raw], report: ReportProblem) -> list[ImageEntry | None]:
    """One for each entry; ``None`` for those of no use. Sides that are missing or impossible are 0."""
    return _read(raws, ImageEntry, _understand_image, report)


def image_places(raws: Sequence[Raw]) -> dict[Id, int]:
    """Where each image stands by its id: of several with the same one, the first counts."""
    places: dict[Id, int] = {}
    for place, entry in enumerate(read_images(raws, silent)):
        if entry is not None:
            places.setdefault(entry.id, place)
    return places


def read_categories(raws: Sequence[Raw], report: ReportProblem) -> list[CategoryEntry | None]:
    """One for each entry; ``None`` for those of no use."""
    return _read(raws, CategoryEntry, _understand_category, report)


def numbered_references(raws: Sequence[Raw]) -> References | None:
    """Where each annotation belongs; ``None`` where one of them does not say so in plain numbers. Fast."""
    columns = np.empty((3, len(raws)), np.int64)
    for start in range(0, len(raws), _CHUNK):  # so that only some of the entries are in memory at a time
        try:
            entries = list(map(_numbered_decoder.decode, raws[start : start + _CHUNK]))
        except UNREADABLE:
            return None
        columns[0, start : start + _CHUNK] = [entry.id for entry in entries]
        columns[1, start : start + _CHUNK] = [entry.image_id for entry in entries]
        columns[2, start : start + _CHUNK] = [entry.category_id for entry in entries]
    return References(*columns)


def read_references(raws: Sequence[Raw], report: ReportProblem) -> References:
    """Where each annotation belongs."""
    if (plain := numbered_references(raws)) is not None:
        return plain
    read = _read(raws, _Stated, _understand_reference, report)
    entries = [entry or Reference(None, None, None) for entry in read]
    return References(
        np.array([entry.id for entry in entries], object),
        np.array([entry.image_id for entry in entries], object),
        np.array([entry.category_id for entry in entries], object),
    )


_numbered_decoder = msgspec.json.Decoder(_Numbered)


def stated_fields(raw: Raw) -> "Fields":
    """The fields that are read of any entry, whatever they are; none of one that cannot be read."""
    try:
        return _fields_decoder.decode(raw)
    except UNREADABLE:
        return Fields()


def with_fields(raw: Raw | None, changes: Mapping[str, Any]) -> Raw:
    """An entry with some fields changed, ``None`` for one that goes; all others are the bytes that stood there."""
    if raw is not None and not changes:
        return raw
    try:
        fields: dict[str, Any] = dict(msgspec.json.decode(raw, type=dict[str, Raw])) if raw is not None else {}
    except UNREADABLE:
        fields = {}  # nobody could read it, so nobody misses what is replaced
    fields |= changes
    return Raw(msgspec.json.encode({key: value for key, value in fields.items() if value is not None}))


def _read(
    raws: Sequence[Raw], kind: type[Entry], understand: Understand[Entry], report: ReportProblem
) -> list[Entry | None]:
    decode = msgspec.json.Decoder(kind).decode
    try:
        if isinstance(raws, EntryList):
            return msgspec.json.decode(raws.text(), type=list[kind])  # type: ignore[valid-type]
        return list(map(decode, raws))
    except UNREADABLE:
        pass  # at least one needs a closer look
    entries: list[Entry | None] = []
    for position, raw in enumerate(raws, 1):
        try:
            entries.append(decode(raw))
        except UNREADABLE:
            entries.append(None)
            try:
                fields = _fields_decoder.decode(raw)
            except UNREADABLE as error:
                entry, text = tr("entry {position}", position=position), bytes(raw)
                if isinstance(error, msgspec.ValidationError) and text.lstrip()[:1] != b"{":
                    report(entry, tr("is {value} instead of an object", value=_brief(text)), _LEFT_OUT)
                else:
                    report(entry, tr("cannot be read: {error}", error=error), _LEFT_OUT)
            else:
                entries[-1] = understand(fields, position, report)
    return entries


class Fields(msgspec.Struct, gc=False):
    """What is read of an entry, whatever it is."""

    id: Any = None
    image_id: Any = None
    category_id: Any = None
    name: Any = None
    file_name: Any = None
    filename: Any = None
    path: Any = None
    coco_url: Any = None
    width: Any = None
    height: Any = None
    annotations: Raw = Raw()
    """Of an image: not where COCO has them, so that they are told, not read."""


_fields_decoder = msgspec.json.Decoder(Fields)


def _brief(text: bytes) -> str:
    """A JSON value as a message shows it; one that no program could hold, such as a huge number, as it is written."""
    try:
        return brief(msgspec.json.decode(text))
    except UNREADABLE:
        written = text.decode(errors="replace").strip()
        return written if len(written) <= 40 else written[:37] + "…"


def _id(fields: Fields, key: str, name: str, report: ReportProblem) -> Id | None:
    """An id that is needed; says so when it is missing or written in an odd way."""
    value = getattr(fields, key)
    found = identity(value)
    if value is None:
        report(name, tr("has no {field}", field=key), _LEFT_OUT)
    elif found is None or isinstance(value, float):
        message = tr("its {field} is {value}", field=key, value=brief(value))
        report(name, message, _LEFT_OUT if found is None else NUMBER_MEANT)
    return found


def _understand_image(fields: Fields, position: int, report: ReportProblem) -> ImageEntry | None:
    found = _id(fields, "id", tr("image entry {position}", position=position), report)
    if found is None:
        return None
    named = [name for name in (fields.file_name, fields.filename, fields.path) if isinstance(name, str) and name]
    if not named and isinstance(fields.coco_url, str):
        address = re.split("[?#]", fields.coco_url)[0]
        named = ["/".join(address.split("/")[-2:])]  # the last folder and the name
    file_name = named[0] if named else ""
    if not file_name:
        report(tr("image {id}", id=found), tr("has no file_name"), _LEFT_OUT)
        return None
    sides = []
    for key in ("width", "height"):
        value = getattr(fields, key)
        side = integer(value)
        if side is not None and type(value) is not int:
            entry = tr("image {id} ({file_name})", id=found, file_name=file_name)
            report(entry, tr("its {field} is {value}", field=key, value=brief(value)), NUMBER_MEANT)
        sides.append(side if side is not None and 0 < side <= MAX_PIXELS else 0)
    return ImageEntry(found, file_name, *sides)


def _understand_category(fields: Fields, position: int, report: ReportProblem) -> CategoryEntry | None:
    found, given = _id(fields, "id", tr("category entry {position}", position=position), report), fields.name
    if found is None:
        return None
    if isinstance(given, str):
        return CategoryEntry(found, given)
    message = tr("has no name") if given is None else tr("its name is {value}, not text", value=brief(given))
    report(tr("category {id}", id=found), message, tr("it got one from its number"))
    return CategoryEntry(found, str(given) if isinstance(given, int | float) else f"category {found}")


def _understand_reference(fields: Fields, position: int, report: ReportProblem) -> Reference:
    id, given = identity(fields.id), fields.id
    message = tr("has no id") if given is None else tr("its id is {value}", value=brief(given))
    if id is None:
        name = tr("annotation entry {position}", position=position)
        report(name, message, tr("it gets one when it is saved"))
    else:
        name = tr("annotation {id}", id=id)
        if isinstance(given, float):
            report(name, message, NUMBER_MEANT)
    return Reference(id, _id(fields, "image_id", name, report), _id(fields, "category_id", name, report))
