"""Crops that show too few points to be known by (see ``crops``), such as a flake on a wafer: laid over every place of
larger pictures, as they are and at twice their size, since crops are kept as they were cut, or halved.

Only pictures that are small enough to have been cut out of the other are compared, so that pictures of one size cost
nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.dataset.health.likeness import THREADS
from core.errors import UserError
from core.geometry.masks import Size
from core.runs.control import PROGRESS_EVERY, Check, Report, Throttle, ignore, never
from core.runs.events import Progress
from core.words import tr

MOST = 50_000
"""Pairs that are compared, a minute or two: of more, none is."""
_SCALES = (1, 2)
_PART = 0.8
"""Share of the larger picture's area that a crop has, at most."""
_COARSE, _FINE = (256, 0.6), (512, 0.86)
"""Pixels of the longer side in which the larger one is looked at, and the correlation of details, at least. Crops
of flakes reach 0.87 to 1 in the finer one, other pictures of the same microscope up to 0.83."""
_SMALLEST, _SHARE = 32, 0.25
"""Pixels of a side of what is laid over, and share of the longer side of what it is laid over, at least: smaller ones
show one blob, and there is another like it."""
_AHEAD = 0.04
"""By which a picture has to fit better into one than into all others: what fits into many shows nothing of its own."""
_NOISE, _LIGHT = 1.2, 6.0
"""Pixels: what is finer is noise and compression, what is smoother is light and background."""
_FLAT = 0.5
"""Standard deviation of the details of what shows nothing that could be told apart."""

Floats = NDArray[np.float32]


def template_pairs(
    paths: Sequence[Path | None], sides: Sequence[str], report: Report = ignore, check: Check = never
) -> list[tuple[int, int, float]]:
    """Pairs of pictures on different ``sides`` of which one is cut out of the other, ``first < second``, each with the
    correlation of details. ``None`` stands for a picture that is missing."""
    progress = Throttle(PROGRESS_EVERY)
    fits: dict[int, dict[int, float]] = {}
    _details.cache_clear()
    with ThreadPoolExecutor(THREADS) as pool:
        sizes: list[Size] = []
        for first in range(0, len(paths), 256):
            check()
            sizes += pool.map(_size, paths[first : first + 256])
        pairs = _candidates(sizes, sides, check)
        for first in range(0, len(pairs), 256):
            some = pairs[first : first + 256]
            alike = pool.map(lambda pair: _correlation(paths[pair[0]], paths[pair[1]], pair[2]), some)
            for done, ((part, whole, _), value) in enumerate(zip(some, alike, strict=True), first + 1):
                check()
                if value:
                    of_part = fits.setdefault(part, {})
                    of_part[whole] = max(value, of_part.get(whole, 0.0))
                if progress.due() or done == len(pairs):
                    report(Progress(done=done, total=len(pairs), unit=tr("pairs")))
    _details.cache_clear()
    found = []
    for part, values in fits.items():
        whole = max(values, key=lambda one: values[one])
        if all(values[whole] - value >= _AHEAD for one, value in values.items() if one != whole):
            found.append((min(part, whole), max(part, whole), values[whole]))
    return sorted(found)


def _size(path: Path | None) -> Size:
    from core.images.decoding import picture_size

    try:
        return picture_size(path) if path is not None else (0, 0)
    except UserError:
        return 0, 0


def _candidates(sizes: Sequence[Size], sides: Sequence[str], check: Check) -> list[tuple[int, int, int]]:
    """A picture, a larger one on another side that it may be cut out of, and at what scale. Sizes are compared, not
    pictures: a million of one size are one."""
    groups: defaultdict[tuple[Size, str], list[int]] = defaultdict(list)
    for place, (size, side) in enumerate(zip(sizes, sides, strict=True)):
        if all(size):
            groups[size, side].append(place)
    known, side_of = np.array([size for size, _ in groups]).reshape(-1, 2), np.array([side for _, side in groups])
    members = list(groups.values())
    pairs: list[tuple[int, int, int]] = []
    for (size, side), parts in groups.items():
        check()
        for scale in _SCALES:
            least = np.array(size) * scale
            fits = (known >= least).all(1) & (known.prod(1) * _PART >= least.prod()) & (side_of != side)
            wholes = [place for group in np.flatnonzero(fits).tolist() for place in members[group]]
            if len(pairs) + len(parts) * len(wholes) > MOST:
                return []
            pairs += [(part, whole, scale) for part in parts for whole in wholes]
    return sorted(pairs)


@lru_cache(256)
def _details(path: Path, side: int) -> tuple[NDArray[np.uint8], Floats, float]:
    """A picture in gray, its details, and its size in sizes of the picture in the file."""
    from core.images.decoding import picture_size
    from core.images.thumbnails import kept_thumbnail

    gray = np.asarray(cv2.cvtColor(kept_thumbnail(path, side), cv2.COLOR_RGB2GRAY), np.uint8)
    return gray, _band(gray), max(gray.shape) / max(picture_size(path))


def _band(gray: NDArray[np.uint8]) -> Floats:
    """The details of a picture: neither noise nor light."""
    values = gray.astype(np.float32)
    return np.asarray(cv2.GaussianBlur(values, (0, 0), _NOISE) - cv2.GaussianBlur(values, (0, 0), _LIGHT), np.float32)


def _correlation(part: Path | None, whole: Path | None, scale: int) -> float:
    """Of the details of two pictures where one fits best into the other; 0 where it does not."""
    assert part is not None and whole is not None
    value = 0.0
    for side, least in (_COARSE, _FINE):
        try:
            (gray, _, shrunk), (_, details, factor) = _details(part, _FINE[0]), _details(whole, side)
        except UserError:  # broken beyond its header
            return 0.0
        high, wide = (round(pixels / shrunk * scale * factor) for pixels in gray.shape)
        high, wide = min(high, details.shape[0]), min(wide, details.shape[1])
        how = cv2.INTER_AREA if wide < gray.shape[1] else cv2.INTER_LINEAR
        laid = _band(np.asarray(cv2.resize(gray, (wide, high), interpolation=how), np.uint8))
        if min(high, wide) < max(_SMALLEST, _SHARE * max(details.shape)) or laid.std() < _FLAT:
            return 0.0
        value = float(cv2.matchTemplate(details, laid, cv2.TM_CCOEFF_NORMED).max())
        if value < least:
            return 0.0
    return value
