"""Reading the entries of a COCO file: strictly and fast where they are right, one by one and forgiving where not."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, NamedTuple, TypeVar, get_args

import msgspec
import numpy as np
from msgspec import Meta, Raw
from numpy.typing import NDArray

from core.dataset.lenient_json import Id, brief, color, identity, integer
from core.dataset.model import Review, Side
from core.dataset.palette import Color
from core.geometry.rle import MAX_PIXELS
from core.reading import UNREADABLE
from core.words import tr

Say = Callable[[str, str, str], None]
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


def annotation_name(id: Id | None) -> str:
    """What problems call an annotation."""
    return tr("an annotation without an id") if id is None else tr("annotation {id}", id=id)


def silent(entry: str, message: str, hint: str) -> None:
    """A ``Say`` for entries that were read before: what is wrong with them was said then."""


Entry = TypeVar("Entry", ImageEntry, CategoryEntry, Reference)
Understand = Callable[["Fields", str, Say], Entry | None]


def read_images(raws: Sequence[Raw], say: Say) -> list[ImageEntry | None]:
    """One for each entry; ``None`` for those of no use. Sides that are missing or impossible are 0."""
    return _read(raws, ImageEntry, _understand_image, say)


def image_places(raws: Sequence[Raw]) -> dict[Id, int]:
    """Where each image stands by its id: of several with the same one, the first counts."""
    places: dict[Id, int] = {}
    for place, entry in enumerate(read_images(raws, silent)):
        if entry is not None:
            places.setdefault(entry.id, place)
    return places


def read_categories(raws: Sequence[Raw], say: Say) -> list[CategoryEntry | None]:
    """One for each entry; ``None`` for those of no use."""
    return _read(raws, CategoryEntry, _understand_category, say)


def read_references(raws: Sequence[Raw], say: Say) -> References:
    """Where each annotation belongs."""
    starts = range(0, max(len(raws), 1), _CHUNK)  # so that only some of the entries are in memory at a time
    parts = [_references(raws[start : start + _CHUNK], start, say) for start in starts]
    return References(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _references(raws: Sequence[Raw], first: int, say: Say) -> References:
    try:
        entries: Sequence[Any] = list(map(_numbered_decoder.decode, raws))
        kind: type = np.int64
    except UNREADABLE:  # at least one is not as nearly all are
        read = _read(raws, _Stated, _understand_reference, say, first)
        entries, kind = [entry or Reference(None, None, None) for entry in read], object
    return References(
        np.array([entry.id for entry in entries], kind),
        np.array([entry.image_id for entry in entries], kind),
        np.array([entry.category_id for entry in entries], kind),
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


class _Ours(msgspec.Struct, gc=False):
    """Fields that COCO does not know."""

    color: Any = None
    review: Any = ""
    split: Any = ""


def read_color(raw: Raw) -> Color | None:
    """The color that a category states, if it does."""
    return color(_ours(raw).color)


def read_review(raw: Raw) -> Review:
    """The review state that an image states; empty where it states none of ours."""
    review = _ours(raw).review
    return review if isinstance(review, str) and review in get_args(Review) else ""  # type: ignore[return-value]


def read_side(raw: Raw) -> Side | None:
    """The side that an image states, if it states one of ours."""
    side = _ours(raw).split
    return side if isinstance(side, str) and side in get_args(Side) else None  # type: ignore[return-value]


def _ours(raw: Raw) -> _Ours:
    try:
        return _ours_decoder.decode(raw)
    except UNREADABLE:
        return _Ours()


_ours_decoder = msgspec.json.Decoder(_Ours)


def _read(
    raws: Sequence[Raw], kind: type[Entry], understand: Understand[Entry], say: Say, first: int = 0
) -> list[Entry | None]:
    decode = msgspec.json.Decoder(kind).decode
    try:
        return list(map(decode, raws))
    except UNREADABLE:
        pass  # at least one needs a closer look
    entries: list[Entry | None] = []
    for position, raw in enumerate(raws, first + 1):
        try:
            entries.append(decode(raw))
        except UNREADABLE:
            fields = _fields(raw, position, say)
            entries.append(
                understand(fields, tr("entry {position}", position=position), say) if fields is not None else None
            )
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


_fields_decoder = msgspec.json.Decoder(Fields)


def _fields(raw: Raw, position: int, say: Say) -> Fields | None:
    try:
        return _fields_decoder.decode(raw)
    except UNREADABLE as error:
        text = bytes(raw)
        whole = text.lstrip()[:1] == b"{" or not isinstance(error, msgspec.ValidationError)
        what = (
            tr("cannot be read: {error}", error=error)
            if whole
            else tr("is {brief} instead of an object", brief=_brief(text))
        )
        say(tr("entry {position}", position=position), what, _LEFT_OUT)
        return None


def _brief(text: bytes) -> str:
    """A JSON value as a message shows it; one that no program could hold, such as a huge number, as it is written."""
    try:
        return brief(msgspec.json.decode(text))
    except UNREADABLE:
        written = text.decode(errors="replace").strip()
        return written if len(written) <= 40 else written[:37] + "…"


def _id(fields: Fields, key: str, name: str, say: Say) -> Id | None:
    """An id that is needed; says so when it is missing or written in an odd way."""
    value = getattr(fields, key)
    found = identity(value)
    if found is None:
        say(
            name,
            tr("has no {key}", key=key) if value is None else tr("its {key} is {brief}", key=key, brief=brief(value)),
            _LEFT_OUT,
        )
    elif isinstance(value, float):
        say(name, tr("its {key} is {brief}", key=key, brief=brief(value)), NUMBER_MEANT)
    return found


def _understand_image(fields: Fields, name: str, say: Say) -> ImageEntry | None:
    found = _id(fields, "id", tr("image {name}", name=name), say)
    file_name = _file_name(fields)
    if found is None:
        return None
    if not file_name:
        say(tr("image {found}", found=found), tr("has no file_name"), _LEFT_OUT)
        return None
    sides = []
    for key in ("width", "height"):
        value = getattr(fields, key)
        side = integer(value)
        if side is not None and type(value) is not int:
            say(
                tr("image {found} ({file_name})", found=found, file_name=file_name),
                tr("its {key} is {brief}", key=key, brief=brief(value)),
                NUMBER_MEANT,
            )
        sides.append(side if side is not None and 0 < side <= MAX_PIXELS else 0)
    return ImageEntry(found, file_name, *sides)


def _file_name(fields: Fields) -> str:
    """What an image calls its picture; of an address, the last folder and the name."""
    for name in (fields.file_name, fields.filename, fields.path):
        if isinstance(name, str) and name:
            return name
    address = fields.coco_url
    return "/".join(re.split("[?#]", address)[0].split("/")[-2:]) if isinstance(address, str) else ""


def _understand_category(fields: Fields, name: str, say: Say) -> CategoryEntry | None:
    found = _id(fields, "id", tr("category {name}", name=name), say)
    given = fields.name
    if found is None or isinstance(given, str):
        return None if found is None else CategoryEntry(found, str(given))
    what = tr("has no name") if given is None else tr("its name is {brief}, not text", brief=brief(given))
    say(tr("category {found}", found=found), what, tr("it got one from its number"))
    return CategoryEntry(found, str(given) if isinstance(given, int | float) else tr("category {found}", found=found))


def _understand_reference(fields: Fields, name: str, say: Say) -> Reference:
    id = identity(fields.id)
    name = tr("annotation {name}", name=name) if id is None else tr("annotation {id}", id=id)
    if id is None:
        say(
            name,
            tr("has no id") if fields.id is None else tr("its id is {brief}", brief=brief(fields.id)),
            tr("it gets one when it is saved"),
        )
    elif isinstance(fields.id, float):
        say(name, tr("its id is {brief}", brief=brief(fields.id)), NUMBER_MEANT)
    return Reference(id, _id(fields, "image_id", name, say), _id(fields, "category_id", name, say))
