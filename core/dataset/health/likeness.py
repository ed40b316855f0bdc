"""Which pictures are the same, or nearly: by their bytes, by a perceptual hash, and confirmed by their details.

The hash has a bit for each of the 63 lowest frequencies of the gray picture of 32 × 32 pixels (a discrete cosine
transform, as in Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010): whether it is over
their median. Scaling, compression and small changes of brightness turn few of them. Pictures of one microscope have
like hashes whatever lies under it, since light falls off alike in all; so a pair counts only where what is left without
the low frequencies correlates as well.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
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
_AT_ONCE = 2048
_THREADS = max((os.cpu_count() or 2) - 1, 1)


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

    def correlation(self, one: NDArray[np.intp], other: NDArray[np.intp]) -> NDArray[np.float32]:
        """Of the details of pairs of pictures, shape ``(P,)`` each, -1 to 1."""
        first, second = (self.details[some].astype(np.float32) for some in (one, other))
        return np.asarray((first * second).sum((1, 2)))

    def best_correlation(self, one: int, other: int) -> float:
        """The same of two pictures, wherever one has been moved to against the other: frames of a moving camera."""
        first, second = (np.fft.rfft2(self.details[each].astype(np.float32)) for each in (one, other))
        return float(np.fft.irfft2(first * second.conj(), (SIDE, SIDE)).max())


def look_at(paths: Sequence[Path | None], report: Report = ignore, check: Check = never) -> Likeness:
    """Look at all pictures, several at a time; ``None`` stands for one that is missing. Takes milliseconds each."""
    digests, captures, details = [], [], np.zeros((len(paths), SIDE, SIDE), np.float16)
    hashes = np.zeros(len(paths), np.uint64)
    progress = Throttle(PROGRESS_EVERY)
    with ThreadPoolExecutor(_THREADS) as pool:
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
    likeness: Likeness, distance: int = DISTANCE, correlation: float = CORRELATION, check: Check = never
) -> list[tuple[int, int, float]]:
    """Pairs of like pictures, ``first < second``, each with the correlation of their details; 1 where the files
    are the same to the byte. Every pair is compared: 10,000 pictures in a second or two, 100,000 in minutes."""
    pairs: dict[tuple[int, int], float] = {}
    known: dict[bytes, int] = {}
    for place, digest in enumerate(likeness.digests):
        if digest:
            first = known.setdefault(digest, place)
            if first != place:
                pairs[first, place] = 1.0
    seen = np.flatnonzero(likeness.details.any((1, 2)))
    hashes = likeness.hashes[seen]
    for start in range(0, len(seen), _AT_ONCE):
        check()
        block = hashes[start : start + _AT_ONCE]
        differing = np.bitwise_count(block[:, None] ^ hashes[None, start:])
        ones, others = np.nonzero(differing <= distance)
        later = ones < others
        one, other = seen[start + ones[later]], seen[start + others[later]]
        alike = likeness.correlation(one, other)
        for first, second, value in zip(one.tolist(), other.tolist(), alike.tolist(), strict=True):
            if value >= correlation:
                pairs.setdefault((first, second), min(value, 1.0))
    return [(first, second, value) for (first, second), value in sorted(pairs.items())]
