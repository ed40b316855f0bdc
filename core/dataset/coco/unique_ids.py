"""The numbers by which annotations are known while the program runs, and the ids that stand for them in a file.

``pycocotools`` takes numbers of any size and text for ids, and so do files: database keys, UUIDs. Ids of the file that
no other entry has are never changed; those that are there a second time, or missing, get others when it is saved.
"""

import hashlib
import re
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.dataset.coco.entries import Ids
from core.dataset.lenient_json import Id

Numbers = NDArray[np.int64]
IdStyle = Literal["numbers", "text", "uuid"]
"""What the ids of a list look like."""

NO_NUMBER = -(2**63)
"""Of an entry that has no id."""
LARGEST = 1 << 52
"""New numbers are below this, so that every reader of JSON gets them right; what a file has above it no counter will
ever reach."""
_HASHED = 1 << 62
_OWN_UUIDS = 0x80008 << 60
"""UUIDs of version 8, which RFC 9562 leaves to whoever makes them; the last 60 bits are the number."""
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DECIMAL = re.compile("[1-9][0-9]{0,14}")


def style_of(ids: Iterable[Id | None]) -> IdStyle:
    """What new ids are to look like beside ``ids``: text where all of these are."""
    known = [id for id in ids if id is not None]
    if not known or not all(isinstance(id, str) for id in known):
        return "numbers"
    return "uuid" if _UUID.fullmatch(str(known[0])) else "text"


def id_of(number: int, style: IdStyle) -> Id:
    """The id that stands for a new number in a file; ``number_of`` gives the number back."""
    if style == "uuid":
        return str(uuid.UUID(int=_OWN_UUIDS | number))
    return str(number) if style == "text" else number


def number_of(id: Id, style: IdStyle) -> int:
    """The number that stands for an id of a file, always the same, and another for each id."""
    if isinstance(id, int):
        return id if abs(id) < _HASHED else _hashed(id)
    if style != "numbers" and _DECIMAL.fullmatch(id):
        return int(id)
    if style != "numbers" and _UUID.fullmatch(id) and (value := uuid.UUID(id).int) ^ _OWN_UUIDS < LARGEST:
        return value ^ _OWN_UUIDS
    return _hashed(id)


def _hashed(id: Id) -> int:
    """One of 2⁶² numbers: that two of a million ids have the same is less likely than one in nine million."""
    digest = hashlib.blake2b(repr(id).encode(errors="surrogatepass"), digest_size=8).digest()
    return _HASHED | int.from_bytes(digest) >> 2


def free_after(numbers: Iterable[int]) -> int:
    """A number above all of ``numbers`` but those that no counter reaches, and above 0."""
    return max((number for number in numbers if 0 < number < LARGEST), default=0) + 1


def free_id(preferred: int, used: Collection[Id]) -> Id:
    """An id that is not ``used``, in the style of those that are; that of the number ``preferred`` if it is free."""
    style = style_of(used)
    numbers = {number_of(id, style) for id in used}
    return id_of(preferred if preferred not in numbers else free_after(numbers), style)


@dataclass(frozen=True, slots=True, eq=False)
class UniqueIds:
    """A number for each of the ``N`` usable annotations."""

    numbers: Numbers
    """Shape ``(N,)``, unique in each file: that of the annotation's id, or a new one where it has no id, or that of an
    annotation before it."""
    new: NDArray[np.bool_]
    """Shape ``(N,)``: which of them are new."""
    largest: Sequence[int]
    """For each file, the largest number in use below ``LARGEST``."""
    styles: Sequence[IdStyle]
    """For each file, what its ids look like."""


def number_all(order: Numbers, columns: Sequence[Ids]) -> UniqueIds:
    """Number the annotations that stand at the places ``order`` of all files' entries.

    ``columns`` has, for each file, the ids of all its entries, usable or not: none of them is given again.
    """
    numbers, new = np.zeros(order.size, np.int64), np.zeros(order.size, bool)
    styles: list[IdStyle] = []
    largest, first = [], 0
    for column in columns:
        styles.append("numbers" if column.dtype != object else style_of(column))
        if column.dtype == object:
            read_ids = (NO_NUMBER if id is None else number_of(id, styles[-1]) for id in column)
            known = np.fromiter(read_ids, np.int64, column.size)
        else:
            known = column.astype(np.int64)
        rows = np.flatnonzero((order >= first) & (order < first + column.size))
        places = order[rows] - first
        is_used = np.zeros(column.size, bool)
        is_used[places] = True
        is_new = is_used & (known == NO_NUMBER)
        is_new[_repeated(known, np.flatnonzero(is_used))] = True
        used = max(int(known.max(initial=0, where=known < LARGEST)), 0)
        more = int(np.count_nonzero(is_new))
        known[is_new] = np.arange(used + 1, used + 1 + more)
        numbers[rows], new[rows] = known[places], is_new[places]
        largest.append(used + more)
        first += column.size
    return UniqueIds(numbers, new, largest, styles)


def _repeated(values: Numbers, places: Numbers) -> Numbers:
    """Those of the ``places``, in order, whose value an earlier one of them has."""
    ordered = values[places]
    if (ordered[1:] > ordered[:-1]).all():  # as most files have them
        return places[:0]
    again = np.ones(places.size, bool)
    again[np.unique(ordered, return_index=True)[1]] = False
    return places[again]
