"""What all loader processes of a training read, held in memory once.

Annotations of a large dataset take gigabytes, and a process that is spawned would get a copy of them. So they are
written to a file, which every process maps: the system keeps its pages once, and lets go of those that nobody reads.
"""

import contextlib
import mmap
import pickle
import secrets
import weakref
from pathlib import Path
from typing import Generic, TypeVar

from core.errors import refused
from core.images import disk_cache
from core.words import tr

T = TypeVar("T")

_KIND = "loaders"
_ALIGNED = 64
"""Arrays begin at multiples of so many bytes."""


class Shared(Generic[T]):
    """Stands for ``value`` on its way to other processes, where it arrives as the value itself. Arrays and the bytes of
    lists are views on a file there, and cannot be written to; all else travels as usual.

    The file goes with this object. Where the process is killed it stays in the disk cache, which makes room for others
    some time. Raises ``UserError`` where it cannot be written.
    """

    def __init__(self, value: T) -> None:
        buffers: list[pickle.PickleBuffer] = []
        self._pickled = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
        self._places: list[tuple[int, int]] = []
        self._path = disk_cache.folder(_KIND) / secrets.token_hex(16)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            weakref.finalize(self, _remove, self._path)
            with self._path.open("xb") as file:
                file.write(bytes(_ALIGNED))  # nothing that is empty can be mapped
                for part in (buffer.raw() for buffer in buffers):
                    self._places.append((file.tell(), part.nbytes))
                    file.write(part)
                    file.write(bytes(-part.nbytes % _ALIGNED))
        except OSError as error:
            hint = tr("make room there, or train without loader processes (workers=0)")
            raise refused(error, self._path, "written", hint) from error

    def __reduce__(self) -> tuple[object, ...]:
        return _arrived, (self._pickled, self._path, self._places)


def _arrived(pickled: bytes, path: Path, places: list[tuple[int, int]]) -> object:
    with path.open("rb") as file:
        view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    return pickle.loads(pickled, buffers=[view[start : start + size] for start, size in places])  # noqa: S301


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):  # another process still maps it, and the system does not let go
        path.unlink()
