"""Where the entries of a large COCO file lie and what its annotations refer to, kept on the disk between two openings.

Finding that out is most of the work of opening a file. An entry of the cache belongs to a path and is believed only for
a file of the same time, size and fingerprint, to which every byte counts; whatever else is found there is as good as
nothing, so that the folder may be emptied at any time.
"""

import contextlib
import hashlib
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from core.dataset.coco.entries import References
from core.dataset.coco.entry_list import EntryList
from core.images import disk_cache
from core.reading import UNREADABLE, read_bytes

SMALLEST = 8 << 20
"""Bytes of a file from which it is worth it: smaller ones are read in a fraction of a second anyway."""
_VERSION = 1
_KIND = "entries"
_MOST = 4 << 30
_SUM = 16
"""Bytes of the checksum that an entry of the cache begins with."""
_COLUMNS = 8191
"""Words of eight bytes that the fingerprint is made of: a prime, so that no regular text repeats in them."""


class KnownEntries(NamedTuple):
    """What is known of a file without decoding it."""

    images: EntryList
    annotations: EntryList
    categories: EntryList
    references: References
    info: bytes
    digest: str
    """``coco_file.digest`` of the file."""


class Stored(msgspec.Struct, array_like=True):
    """An entry of the cache, not yet compared with its file."""

    version: int
    time: int
    size: int
    fingerprint: bytes
    digest: str
    info: bytes
    arrays: list[bytes]
    """Starts and ends of each section, then the columns of ``References``: little-endian int64."""


def stored(path: Path) -> Stored | None:
    """What is kept of the file ``path``, whatever that holds by now: it may be read while the file is."""
    try:
        kept = read_bytes(_place(path), _MOST)
        if kept[:_SUM] != checksum(memoryview(kept)[_SUM:]):
            return None
        return msgspec.msgpack.decode(memoryview(kept)[_SUM:], type=Stored)
    except (OSError, ValueError, MemoryError, *UNREADABLE):
        return None


def load(path: Path, time: int, data: bytes, stored: Stored | None) -> KnownEntries | None:
    """What is known of the file ``path`` that was last written at ``time`` (ns) and holds ``data``; ``None`` where that
    is nothing, or what is ``stored`` is not of this very file."""
    if stored is None:
        return None
    try:
        arrays = [np.frombuffer(array, "<i8").astype(np.int64, copy=False) for array in stored.arrays]
    except ValueError:
        return None
    told = stored.version, stored.time, stored.size, stored.fingerprint
    if told != (_VERSION, time, len(data), fingerprint(data)) or len(arrays) != 9:
        return None
    images, annotations, categories = (EntryList(data, *arrays[first : first + 2]) for first in (0, 2, 4))
    references = References(*arrays[6:])
    if not (images.are_objects() and annotations.are_objects() and categories.are_objects()):
        return None
    if {column.size for column in references} != {len(annotations)}:
        return None
    disk_cache.mark_used(_place(path))
    return KnownEntries(images, annotations, categories, references, stored.info, stored.digest)


def keep(path: Path, time: int, data: bytes, known: KnownEntries) -> None:
    """Remember what is ``known`` of the file. Where it cannot be written, the next opening takes its time."""
    sections = known.images, known.annotations, known.categories
    arrays = [array for entries in sections for array in (entries.starts, entries.ends)]
    stored = Stored(
        _VERSION,
        time,
        len(data),
        fingerprint(data),
        known.digest,
        known.info,
        [array.astype("<i8").tobytes() for array in (*arrays, *known.references)],
    )
    packed = msgspec.msgpack.encode(stored)
    with contextlib.suppress(OSError):
        disk_cache.write_file(_place(path), checksum(packed) + packed)


def fingerprint(data: bytes) -> bytes:
    """A hash of sums over all of ``data``: ten times as fast as a hash of the data, and a change of one byte, or of
    any number of them in one place, gives another. Not meant against somebody who wants to deceive."""
    words = np.frombuffer(data, np.uint64, len(data) // 8)
    whole = words.size // _COLUMNS * _COLUMNS
    sums = np.add.reduce(words[:whole].reshape(-1, _COLUMNS), axis=0, dtype=np.uint64)
    rest = memoryview(data)[8 * whole :]
    found = hashlib.blake2b(sums.tobytes(), digest_size=_SUM)
    found.update(rest)
    return found.digest()


def checksum(data: bytes | memoryview) -> bytes:
    """What an entry of the cache begins with, of all that follows."""
    return hashlib.blake2b(data, digest_size=_SUM).digest()


def _place(path: Path) -> Path:
    """One entry a file, whatever becomes of it: each save of a file would leave another one."""
    name = str(path.absolute()).encode(errors="surrogatepass")
    return disk_cache.folder(_KIND) / hashlib.blake2b(name, digest_size=_SUM).hexdigest()
