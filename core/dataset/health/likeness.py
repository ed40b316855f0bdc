"""Which pictures are the same, or nearly: by their bytes, by a perceptual hash, and confirmed by their details.

The hash has a bit for each of the 63 lowest frequencies of the gray picture of 32 × 32 pixels (a discrete cosine
transform, as in Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010): whether it is over
their median. Scaling, compression and small changes of brightness turn few of them. Pictures of one microscope have
like hashes whatever lies under it, since light falls off alike in all; so a pair counts only where what is left without
the low frequencies correlates as well.
"""

import hashlib
import os
from collections.abc import Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import UserError
from core.images.capture_time import Capture, capture_of
from core.runs.control import PROGRESS_EVERY, Check, Report, Throttle, ignore, never
from core.runs.events import Progress
from core.words import tr

SIDE = 48
"""Pixels of a small copy with the details."""
_HASHED = 32
_BLUR = 3.0
"""Pixels of the small copy: what is smoother is light and background."""
DISTANCE = 10
"""Bits of 63 by which the hashes of like pictures differ at most."""
CORRELATION = 0.85
"""Of the details of two like pictures, at least."""
_FLAT = 0.5
"""Standard deviation of gray values of the details below which a picture shows nothing that could be told apart."""
_ROWS, _COLUMNS = 128, 8192
"""Pictures that are compared with others at a time."""
THREADS = max((os.cpu_count() or 2) - 1, 1)
"""In which pictures are read."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What is known of ``N`` pictures; those that could not be read have the digest ``b""``."""

    digests: list[bytes]
    """Of the files."""
    hashes: NDArray[np.uint64]
    """Shape ``(N,)``."""
    details: NDArray[np.float16]
    """Gray without the low frequencies, with a length of 1, shape ``(N, SIDE, SIDE)``; zeros where nothing can be told
    apart."""
    captures: Sequence[Capture | None]
    """When and by which camera each was taken, where its file says so."""

    def flat(self, places: NDArray[np.intp]) -> NDArray[np.float32]:
        """The details of some pictures, a row each: what two rows multiply to is how they correlate, -1 to 1."""
        return self.details[places].reshape(-1, SIDE * SIDE).astype(np.float32)

    def best_correlation(self, one: int, other: int) -> float:
        """The same of two pictures, wherever one has been moved to against the other: frames of a moving
        camera."""
        first, second = (np.fft.rfft2(self.details[each].astype(np.float32)) for each in (one, other))
        return float(np.fft.irfft2(first * second.conj(), (SIDE, SIDE)).max())


def look_at(paths: Sequence[Path | None], report: Report = ignore, check: Check = never) -> Likeness:
    """Look at all pictures, several at a time; ``None`` stands for one that is missing. Takes milliseconds each."""
    digests, captures, details = [], [], np.zeros((len(paths), SIDE, SIDE), np.float16)
    hashes = np.zeros(len(paths), np.uint64)
    progress = Throttle(PROGRESS_EVERY)
    with ThreadPoolExecutor(THREADS) as pool:
        for place, (digest, gray, capture) in enumerate(_in_order(pool, paths)):
            check()
            digests.append(digest)
            captures.append(capture)
            if gray is not None:
                hashes[place] = _hash(gray)
                details[place] = _details(gray)
            if progress.due() or place + 1 == len(paths):
                report(Progress(done=place + 1, total=len(paths), unit=tr("images")))
    return Likeness(digests, hashes, details, captures)


_Look = tuple[bytes, NDArray[np.float32] | None, Capture | None]
"""Digest, gray pixels, and when it was taken."""


def _in_order(pool: ThreadPoolExecutor, paths: Sequence[Path | None]) -> Iterator[_Look]:
    """A few hundred at a time, so that an end that is asked for is not waited for."""
    for first in range(0, len(paths), 256):
        yield from pool.map(_look, paths[first : first + 256])


def _look(path: Path | None) -> _Look:
    from core.images.thumbnails import SIDES, kept_thumbnail

    if path is None:
        return b"", None, None
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).digest()
        picture = kept_thumbnail(path, SIDES[0])
    except (OSError, UserError):
        return b"", None, None
    return digest, cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32), capture_of(path)


def _hash(gray: NDArray[np.float32]) -> int:
    low = cv2.dct(cv2.resize(gray, (_HASHED, _HASHED), interpolation=cv2.INTER_AREA))[:8, :8].ravel()[1:]
    bits = np.append(low > np.median(low), False)
    return int.from_bytes(np.packbits(bits).tobytes())


def _details(gray: NDArray[np.float32]) -> NDArray[np.float32]:
    small = cv2.resize(gray, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    details = small - cv2.GaussianBlur(small, (0, 0), _BLUR)
    length = float(np.linalg.norm(details))
    return np.asarray(details / length if details.std() >= _FLAT else np.zeros_like(details), np.float32)


def like_pairs(
    likeness: Likeness, sides: Sequence[Hashable] | None = None, check: Check = never
) -> list[tuple[int, int, float]]:
    """Pairs of like pictures, ``first < second``, each with the correlation of their details; 1 where the files
    are the same to the byte. Every pair is compared: 10,000 pictures in a second or two, 100,000 in minutes.

    Of many that are all alike, as frames of a camera that stands still, not every pair is listed, but enough of them
    that like pictures are joined, be it by others; and with ``sides``, what each picture is used for, that each that
    is like one of another side is in a pair with one of that side.
    """
    pairs: dict[tuple[int, int], float] = {}
    known: dict[bytes, int] = {}
    for place, digest in enumerate(likeness.digests):
        if digest:
            first = known.setdefault(digest, place)
            if first != place:
                pairs[first, place] = 1.0
    side_of = (
        np.unique(list(map(str, sides)), return_inverse=True)[1] if sides else np.zeros(len(likeness.digests), int)
    )
    enough = _Enough(side_of)
    for place, earlier, alike in _like_earlier(likeness, check):
        for first, value in enough.of(place, earlier, alike):
            pairs.setdefault((first, place), min(value, 1.0))
    return [(first, second, value) for (first, second), value in sorted(pairs.items())]


def _like_earlier(likeness: Likeness, check: Check) -> Iterator[tuple[int, NDArray[np.intp], NDArray[np.float32]]]:
    """Each picture that is like earlier ones, with these and how much. Some rows against some columns at a time: were
    all hashes alike, as those of one microscope may be, the details of all pairs would fill any memory."""
    seen = np.flatnonzero(likeness.details.any((1, 2)))
    hashes = likeness.hashes[seen]
    for start in range(0, len(seen), _ROWS):
        check()
        end = min(start + _ROWS, len(seen))
        rows, found = np.arange(start, end), [(np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros(0, np.float32))]
        for left in range(0, end, _COLUMNS):
            columns = np.arange(left, min(left + _COLUMNS, end))
            near = np.bitwise_count(hashes[rows, None] ^ hashes[None, columns]) <= DISTANCE
            near &= columns[None] < rows[:, None]
            of_rows, of_columns = np.flatnonzero(near.any(1)), np.flatnonzero(near.any(0))
            if of_rows.size:
                one, other = likeness.flat(seen[rows[of_rows]]), likeness.flat(seen[columns[of_columns]])
                alike = one @ other.T
                later, earlier = np.nonzero(near[np.ix_(of_rows, of_columns)] & (alike >= CORRELATION))
                found.append((of_rows[later], columns[of_columns[earlier]], alike[later, earlier]))
        later, earlier, values = map(np.concatenate, zip(*found, strict=True))
        order = np.argsort(later, kind="stable")
        for of_row in np.split(order, np.flatnonzero(np.diff(later[order])) + 1) if order.size else ():
            yield int(seen[start + later[of_row[0]]]), seen[earlier[of_row]], values[of_row]


class _Enough:
    """Which of the pictures that are like one are worth a pair with it."""

    def __init__(self, sides: NDArray[np.intp]) -> None:
        self._sides = sides
        self._groups = np.arange(len(sides))
        """Of the pictures that are joined so far, the first."""
        self._has = np.zeros((len(sides), int(sides.max(initial=0)) + 1), bool)
        """Whether a picture is in a pair with one of a side."""

    def of(self, place: int, earlier: NDArray[np.intp], alike: NDArray[np.float32]) -> Iterator[tuple[int, float]]:
        """Of the ``earlier`` ones that the picture at ``place`` is like: of each side and of all that are joined the
        one that is most alike, and those that have none of its side yet."""
        order = np.argsort(-alike, kind="stable")
        earlier, alike = earlier[order], alike[order]
        sides, side = self._sides[earlier], self._sides[place]
        groups, firsts = np.unique(self._groups[earlier], return_index=True)
        kept = np.zeros(len(earlier), bool)
        kept[firsts] = True
        kept[np.unique(sides, return_index=True)[1]] = True
        kept |= (sides != side) & ~self._has[earlier, side]
        for group in (*groups[1:].tolist(), place):
            self._groups[self._groups == group] = groups[0]
        self._has[place, sides[kept]] = True
        self._has[earlier[kept], side] = True
        yield from zip(earlier[kept].tolist(), alike[kept].tolist(), strict=True)
