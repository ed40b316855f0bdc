"""Reading the entries of a COCO file: strictly and fast where they are right, one by one and forgiving where not."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar, get_args

import msgspec
import numpy as np
from msgspec import Meta, Raw
from numpy.typing import NDArray

from core.dataset.model import Review, Side
from core.dataset.palette import Colour
from core.dataset.values import brief, colour, integer
from core.geometry.rle import MAX_PIXELS

Say = Callable[[str, str, str], None]
"""Take the entry, the message and the hint of a problem."""

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding an entry may raise."""

Id = Annotated[int, Meta(ge=-(2**53), le=2**53)]
Length = Annotated[int, Meta(gt=0, le=MAX_PIXELS)]

NO_ID = -(2**53) - 1
"""Stands for an id that an entry does not have; no entry can have it."""

_CHUNK = 16_384
_LEFT_OUT = "it is left out"
_NUMBER_MEANT = "it is read as the number it stands for"


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


class Reference(msgspec.Struct, gc=False):
    """The part of an annotation that says where it belongs."""

    id: Id
    image_id: Id
    category_id: Id


def silent(entry: str, message: str, hint: str) -> None:
    """A ``Say`` for entries that were read before: what is wrong with them was said then."""


Entry = TypeVar("Entry", ImageEntry, CategoryEntry, Reference)
Understand = Callable[[dict[str, Any], str, Say], Entry | None]


def read_images(raws: Sequence[Raw], say: Say) -> list[ImageEntry | None]:
    """One for each entry; ``None`` for those of no use. Sides that are missing or impossible are 0."""
    return _read(raws, ImageEntry, _understand_image, say)


def image_places(raws: Sequence[Raw]) -> dict[int, int]:
    """Where each image stands by its id: of several with the same one, the first counts."""
    places: dict[int, int] = {}
    for place, entry in enumerate(read_images(raws, silent)):
        if entry is not None:
            places.setdefault(entry.id, place)
    return places


def read_categories(raws: Sequence[Raw], say: Say) -> list[CategoryEntry | None]:
    """One for each entry; ``None`` for those of no use."""
    return _read(raws, CategoryEntry, _understand_category, say)


def read_references(raws: Sequence[Raw], say: Say) -> NDArray[np.int64]:
    """Ids, image ids and category ids of annotations, shape ``(3, N)``; ``NO_ID`` in all three for those of no use."""
    columns = np.full((3, len(raws)), NO_ID, np.int64)
    for start in range(0, len(raws), _CHUNK):  # so that only some of the entries are in memory at a time
        entries = _read(raws[start : start + _CHUNK], Reference, _understand_reference, say, start)
        known = [entry or _NOWHERE for entry in entries]
        columns[0, start : start + _CHUNK] = [entry.id for entry in known]
        columns[1, start : start + _CHUNK] = [entry.image_id for entry in known]
        columns[2, start : start + _CHUNK] = [entry.category_id for entry in known]
    return columns


_NOWHERE = Reference(NO_ID, NO_ID, NO_ID)


class _Ours(msgspec.Struct, gc=False):
    """Fields that COCO does not know."""

    color: Any = None
    review: Any = ""
    split: Any = ""


def read_color(raw: Raw) -> Colour | None:
    """The colour that a category states, if it does."""
    return colour(_ours(raw).color)


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
            entries.append(understand(fields, f"entry {position}", say) if fields is not None else None)
    return entries


def _fields(raw: Raw, position: int, say: Say) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(raw)
    except UNREADABLE as error:
        say(f"entry {position}", f"cannot be read: {error}", _LEFT_OUT)
        return None
    if not isinstance(value, dict):
        say(f"entry {position}", f"is {brief(value)} instead of an object", _LEFT_OUT)
        return None
    return value


def _id(entry: dict[str, Any], key: str, name: str, say: Say) -> int | None:
    """An id that is needed; says so when it is missing or written in an odd way."""
    found = integer(entry.get(key))
    if key == "id" and found is not None:
        name = f"{name.partition(' ')[0]} {found}"
    if found is None:
        say(name, f"has no {key}" if key not in entry else f"its {key} is {brief(entry[key])}", _LEFT_OUT)
    elif type(entry[key]) is not int:
        say(name, f"its {key} is {brief(entry[key])}", _NUMBER_MEANT)
    return found


def _understand_image(entry: dict[str, Any], name: str, say: Say) -> ImageEntry | None:
    found = _id(entry, "id", f"image {name}", say)
    file_name = entry.get("file_name")
    if found is None:
        return None
    if not isinstance(file_name, str) or not file_name:
        say(f"image {found}", "has no file_name", _LEFT_OUT)
        return None
    sides = []
    for key in ("width", "height"):
        side = integer(entry.get(key))
        if side is not None and type(entry[key]) is not int:
            say(f"image {found} ({file_name})", f"its {key} is {brief(entry[key])}", _NUMBER_MEANT)
        sides.append(side if side is not None and 0 < side <= MAX_PIXELS else 0)
    return ImageEntry(found, file_name, *sides)


def _understand_category(entry: dict[str, Any], name: str, say: Say) -> CategoryEntry | None:
    found = _id(entry, "id", f"category {name}", say)
    given = entry.get("name")
    if found is None or isinstance(given, str):
        return None if found is None else CategoryEntry(found, str(given))
    what = "has no name" if given is None else f"its name is {brief(given)}, not text"
    say(f"category {found}", what, "it got one from its number")
    return CategoryEntry(found, str(given) if isinstance(given, int | float) else f"category {found}")


def _understand_reference(entry: dict[str, Any], name: str, say: Say) -> Reference | None:
    found = integer(entry.get("id"))
    name = f"annotation {name}" if found is None else f"annotation {found}"
    if type(entry.get("id")) is not int:
        say(name, f"its id is {brief(entry['id'])}" if "id" in entry else "has no id", "it stays usable")
    image_id = _id(entry, "image_id", name, say)
    category_id = _id(entry, "category_id", name, say)
    if image_id is None or category_id is None:
        return None
    return Reference(0 if found is None else found, image_id, category_id)
