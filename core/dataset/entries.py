"""Reading the entries of a COCO file: strictly and fast where they are right, one by one and forgiving where not."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

import msgspec
import numpy as np
from msgspec import Meta, Raw
from numpy.typing import NDArray

from core.geometry.rle import MAX_PIXELS

Fault = tuple[str, str]
"""Message and hint of a problem whose file and entry are known elsewhere."""

Say = Callable[[str, str, str], None]
"""Take the entry, message and hint of a problem."""

Id = Annotated[int, Meta(ge=-(2**53), le=2**53)]
Side = Annotated[int, Meta(gt=0, le=MAX_PIXELS)]

_CHUNK = 16_384
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class ImageEntry(msgspec.Struct, gc=False):
    """An image as the file has it."""

    id: Id
    file_name: str
    width: Side | None
    """``None`` where the file does not say, or says nonsense."""
    height: Side | None


class CategoryEntry(msgspec.Struct, gc=False):
    """A category as the file has it."""

    id: Id
    name: str


class Reference(msgspec.Struct, gc=False):
    """The part of an annotation that says where it belongs."""

    id: Id
    image_id: Id
    category_id: Id


Entry = TypeVar("Entry", ImageEntry, CategoryEntry, Reference)


def read_images(raws: Sequence[Raw], say: Say) -> list[ImageEntry | None]:
    """One for each entry; ``None`` for those of no use."""
    return _read(raws, ImageEntry, _understand_image, say)


def read_categories(raws: Sequence[Raw], say: Say) -> list[CategoryEntry | None]:
    """One for each entry; ``None`` for those of no use."""
    return _read(raws, CategoryEntry, _understand_category, say)


def read_references(raws: Sequence[Raw], say: Say) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Ids, image ids and category ids of annotations, each of shape ``(N,)``; ``NO_ID`` where there is none."""
    columns = np.empty((3, len(raws)), np.int64)
    for start in range(0, len(raws), _CHUNK):
        entries = _read(raws[start : start + _CHUNK], Reference, _understand_reference, say, start)
        stop = start + len(entries)
        known = [entry or _NOWHERE for entry in entries]
        columns[0, start:stop] = [entry.id for entry in known]
        columns[1, start:stop] = [entry.image_id for entry in known]
        columns[2, start:stop] = [entry.category_id for entry in known]
    return columns[0], columns[1], columns[2]


NO_ID = -(2**53) - 1
_NOWHERE = Reference(NO_ID, NO_ID, NO_ID)


def _read(
    raws: Sequence[Raw],
    kind: type[Entry],
    understand: Callable[[dict[str, Any], str, Say], Entry | None],
    say: Say,
    first: int = 0,
) -> list[Entry | None]:
    try:
        return msgspec.json.decode(b"[" + b",".join(raws) + b"]", type=list[kind])  # type: ignore[valid-type]
    except _UNREADABLE:
        pass
    decoder = msgspec.json.Decoder(kind)
    entries: list[Entry | None] = []
    for position, raw in enumerate(raws, first):
        try:
            entries.append(decoder.decode(raw))
        except _UNREADABLE:
            entry = _decode_anything(raw, position, say)
            entries.append(entry and understand(entry, f"entry {position + 1}", say))
    return entries


def _decode_anything(raw: Raw, position: int, say: Say) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(raw)
    except _UNREADABLE as error:
        say(f"entry {position + 1}", f"cannot be read: {error}", "it is left out")
        return None
    if not isinstance(value, dict):
        say(f"entry {position + 1}", f"is {_brief(value)} instead of an object", "it is left out")
        return None
    return value


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "…"


def number(value: object) -> float | None:
    """A finite number, also one written as text; ``None`` for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        result = float(value)
    except (ValueError, OverflowError):
        return None
    return result if np.isfinite(result) else None


def integer(value: object) -> int | None:
    """A whole number of at most 53 bits, also one written as text or as ``3.0``; ``None`` for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) <= 2**53 else None
    result = number(value)
    return int(result) if result is not None and result.is_integer() and abs(result) <= 2**53 else None


_ODD_ID = "it is read as the number it stands for; ids are whole numbers in COCO"


def _id(entry: dict[str, Any], key: str, name: str, say: Say) -> int | None:
    """An id that is needed; says when it is missing or written in an odd way."""
    value = entry.get(key)
    found = integer(value)
    if found is None:
        what = f"has no {key}" if value is None else f"{key} is {_brief(value)}, not a whole number"
        say(name, what, "it is left out")
    elif type(value) is not int:
        say(name, f"{key} is {_brief(value)}", _ODD_ID)
    return found


def _understand_image(entry: dict[str, Any], name: str, say: Say) -> ImageEntry | None:
    found = _id(entry, "id", f"image {name}", say)
    file_name = entry.get("file_name")
    if found is None:
        return None
    name = f"image {found}"
    if not isinstance(file_name, str) or not file_name:
        say(name, "has no file_name", "it is left out")
        return None
    sides = []
    for key in ("width", "height"):
        side = integer(entry.get(key))
        if side is not None and type(entry[key]) is not int:
            say(f"{name} ({file_name})", f"{key} is {_brief(entry[key])}", "it is read as the number it stands for")
        sides.append(side if side is not None and 0 < side <= MAX_PIXELS else None)
    return ImageEntry(found, file_name, *sides)


def _understand_category(entry: dict[str, Any], name: str, say: Say) -> CategoryEntry | None:
    found = _id(entry, "id", f"category {name}", say)
    if found is None:
        return None
    value = entry.get("name")
    if isinstance(value, str):
        return CategoryEntry(found, value)
    given = str(value) if isinstance(value, int | float) else f"category {found}"
    say(
        f"category {found}", "has no name" if value is None else f"its name is {_brief(value)}, not text", f"it got one"
    )
    return CategoryEntry(found, given)


def _understand_reference(entry: dict[str, Any], name: str, say: Say) -> Reference | None:
    found = integer(entry.get("id"))
    name = f"annotation {name}" if found is None else f"annotation {found}"
    if type(entry.get("id")) is not int:
        say(name, f"id is {_brief(entry.get('id'))}", "it stays usable; ids are whole numbers in COCO")
    image_id = _id(entry, "image_id", name, say)
    category_id = _id(entry, "category_id", name, say)
    if image_id is None or category_id is None:
        return None
    return Reference(0 if found is None else found, image_id, category_id)
