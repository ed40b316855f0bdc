"""The entries of a section of a COCO file, by where they begin and end in its bytes: two numbers for each, in place of
an object."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from pickle import PickleBuffer
from typing import SupportsIndex, overload

import numpy as np
from msgspec import Raw
from numpy.typing import NDArray

Offsets = NDArray[np.int64]


class EntryList(Sequence[Raw]):
    """A sequence of views on ``data``; ``starts`` and ``ends`` have shape ``(N,)``."""

    __slots__ = ("data", "ends", "starts")

    def __init__(self, data: bytes | memoryview, starts: Offsets, ends: Offsets) -> None:
        self.data = data
        self.starts = starts
        self.ends = ends

    @classmethod
    def of(cls, data: bytes, raws: Sequence[Raw]) -> "EntryList":
        """The entries that ``raws``, which were decoded from ``data``, are views on."""
        count, text = len(raws), np.frombuffer(data, np.uint8)
        lengths = np.fromiter((len(raw) for raw in raws), np.int64, count)
        starts = np.zeros(count, np.int64)
        if count:
            starts[0] = _address(raws[0]) - text.ctypes.data
        if count > 1:
            between = _address(raws[1]) - text.ctypes.data - int(starts[0] + lengths[0])
            starts[1:] = starts[0] + np.cumsum(lengths[:-1] + between)
            if not _are_apart(text, starts, starts + lengths, between):
                addresses = np.fromiter(map(_address, raws), np.int64, count)
                starts = addresses - text.ctypes.data
        return cls(data, starts, starts + lengths)

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[object, ...]:
        """The data are a buffer of their own, which processes may share (see ``training.data.sharing``)."""
        data = PickleBuffer(self.data) if int(protocol) >= 5 else bytes(self.data)
        return EntryList, (data, self.starts, self.ends)

    def __len__(self) -> int:
        return int(self.starts.size)

    @overload
    def __getitem__(self, place: int) -> Raw: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Raw]: ...
    def __getitem__(self, place: int | slice) -> Raw | Sequence[Raw]:
        if isinstance(place, slice):
            return EntryList(self.data, self.starts[place], self.ends[place])
        return Raw(memoryview(self.data)[self.starts[place] : self.ends[place]])

    def __iter__(self) -> Iterator[Raw]:
        view = memoryview(self.data)
        for start, end in zip(self.starts.tolist(), self.ends.tolist(), strict=True):
            yield Raw(view[start:end])

    def text(self) -> bytes:
        """The JSON of the whole list."""
        return b"[%b]" % bytes(self.data[self.starts[0] : self.ends[-1]]) if len(self) else b"[]"

    def are_objects(self) -> bool:
        """Whether each begins and ends as an object does, behind the one before, within the data."""
        if self.starts.size != self.ends.size or not len(self):
            return self.starts.size == self.ends.size
        inside = self.starts[0] >= 0 and self.ends[-1] <= len(self.data) and (self.starts[1:] > self.ends[:-1]).all()
        if not inside or (self.ends - self.starts < 2).any():
            return False
        text = np.frombuffer(self.data, np.uint8)
        return bool((text[self.starts] == ord("{")).all() and (text[self.ends - 1] == ord("}")).all())


class JoinedEntries(Sequence[Raw]):
    """The entries of several files, one file after the other."""

    def __init__(self, files: Sequence[Sequence[Raw]]) -> None:
        self._files = files
        self._firsts = [0, *accumulate(map(len, files))]

    def __len__(self) -> int:
        return self._firsts[-1]

    @overload
    def __getitem__(self, place: int) -> Raw: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Raw]: ...
    def __getitem__(self, place: int | slice) -> Raw | Sequence[Raw]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        place = place if place >= 0 else len(self) + place
        if not 0 <= place < len(self):
            raise IndexError(place)
        number = bisect_right(self._firsts, place) - 1
        return self._files[number][place - self._firsts[number]]

    def __iter__(self) -> Iterator[Raw]:
        return chain.from_iterable(self._files)


def _address(raw: Raw) -> int:
    address: int = np.frombuffer(raw, np.uint8).__array_interface__["data"][0]
    return address


def _are_apart(text: NDArray[np.uint8], starts: Offsets, ends: Offsets, between: int) -> bool:
    """Whether objects that all have ``between`` bytes of the same text between them begin at ``starts``. As the first
    one does, each begins where the one before says: only one layout fits all of them."""
    if not 0 < between <= _MOST_BETWEEN or ends[-1] > text.size or not (text[starts] == ord("{")).all():
        return False
    gap = text[ends[0] : ends[0] + between]
    return all(bool((text[ends[:-1] + place] == value).all()) for place, value in enumerate(gap.tolist()))


_MOST_BETWEEN = 64


def mentions(entries: Sequence[Raw], text: bytes) -> bool:
    """Whether ``text`` stands anywhere in some entries."""
    if isinstance(entries, EntryList):
        data = entries.data if isinstance(entries.data, bytes) else bytes(entries.data)
        return bool(len(entries)) and data.find(text, entries.starts[0], entries.ends[-1]) >= 0
    return any(text in bytes(entry) for entry in entries)
