"""A long list as the bytes of its values: two numbers and a few bytes for each, in place of an object."""

from collections.abc import Iterable, Sequence
from pickle import PickleBuffer
from typing import Any, Generic, SupportsIndex, TypeVar, overload

import msgspec
import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")


class PackedList(Sequence[T], Generic[T]):
    """Values of a type that MessagePack can hold, each decoded when somebody asks for it. ``ends`` has shape ``(N,)``:
    value ``i`` lies between ``ends[i - 1]`` and ``ends[i]`` in ``data``."""

    __slots__ = ("_data", "_decoder", "_ends", "_kind")

    def __init__(self, kind: Any, data: bytes | memoryview, ends: NDArray[np.int64]) -> None:
        self._kind, self._data, self._ends = kind, data, ends
        self._decoder = msgspec.msgpack.Decoder(kind)

    @classmethod
    def of(cls, kind: Any, values: Iterable[T]) -> "PackedList[T]":
        """The same values, which are of the type ``kind``."""
        data, ends, encoder = bytearray(), list[int](), msgspec.msgpack.Encoder()
        for value in values:
            encoder.encode_into(value, data, -1)
            ends.append(len(data))
        return cls(kind, bytes(data), np.array(ends, np.int64))

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[object, ...]:
        data = PickleBuffer(self._data) if int(protocol) >= 5 else bytes(self._data)
        return PackedList, (self._kind, data, self._ends)

    def __len__(self) -> int:
        return int(self._ends.size)

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[T]: ...
    def __getitem__(self, place: int | slice) -> T | Sequence[T]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        place = range(len(self))[place]
        start = self._ends[place - 1] if place else 0
        value: T = self._decoder.decode(memoryview(self._data)[start : self._ends[place]])
        return value
