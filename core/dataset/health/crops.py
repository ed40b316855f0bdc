"""Pictures that show a part of another one, whatever their names say: crops of one sample, at any scale.

Both show the same points. Points and what is around them are described by SIFT (Lowe, "Distinctive Image Features from
Scale-Invariant Keypoints", 2004), which scaling hardly changes. Descriptions that lie in one cell of a random division
of their space (Charikar, "Similarity Estimation Techniques from Rounding Algorithms", 2002) vote for a pair of
pictures; the pairs with most votes are laid over each other, and count where the pixels agree as well. So not every
pair has to be looked at.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.dataset.health.likeness import THREADS
from core.dataset.stable_order import distinct, stable_order
from core.errors import UserError
from core.runs.control import PROGRESS_EVERY, Check, Report, Throttle, ignore, never
from core.runs.events import Progress
from core.words import tr

MOST = 20_000
"""Pictures that are looked at, evenly picked: beyond, votes by chance outnumber those that mean something."""
_SIDE = 512
"""Pixels of the longer side in which pictures are looked at."""
_POINTS = 400
"""Of a picture, the strongest."""
_CONTRAST = 0.005
"""Of a point, at least: flakes on a wafer have little, and noise finds no partner."""
_FEWEST = 8
"""Points that two pictures have in common, at least."""
_BITS, _TABLES = 20, 8
"""A cell is known by so many signs; that many divisions, so that one unlucky sign does not matter."""
_CROWDED = 64
"""Descriptions in a cell from which on they say nothing: they are of edges that look alike everywhere."""
_VOTES = 6
"""For a pair of pictures that is worth a look."""
_LOOKS = 3
"""Pairs of each picture that get one, those with most votes."""
_RATIO = 0.8
"""Lowe's test: how much nearer the nearest description has to be than the second."""
_OFF = 3.0
"""Pixels by which a point may miss its place."""
_LARGEST = 8.0
"""Times that one picture shows the part larger than the other one, at most: a way to lay them over each other that
shrinks one to a dot fits any two pictures."""
_COVERED = 0.6
"""Share of the smaller picture that the other one shows, at least."""
_AGREE = 0.8
"""Correlation of the pixels where both lie over each other, at least, light and background left out."""
_BLUR = 8.0
_KEPT = 256
"""Pictures whose points stay in memory while pairs are looked at: half a megabyte each."""

Gray = NDArray[np.uint8]
Floats = NDArray[np.float32]


def crop_pairs(
    paths: Sequence[Path | None], sides: Sequence[str], report: Report = ignore, check: Check = never
) -> list[tuple[int, int, float]]:
    """Pairs of pictures on different ``sides`` of which one shows a part of the other, ``first < second``, each with
    the correlation of the pixels that both show. ``None`` stands for a picture that is missing."""
    chosen = [place for place, path in enumerate(paths) if path is not None]
    chosen = chosen[:: -(-len(chosen) // MOST) or 1]
    if len({sides[place] for place in chosen}) < 2:
        return []
    side_of = np.unique([sides[place] for place in chosen], return_inverse=True)[1]
    progress = Throttle(PROGRESS_EVERY)
    with ThreadPoolExecutor(THREADS) as pool:
        cells = []
        for done, each in enumerate(_in_order(pool, [paths[place] for place in chosen]), 1):
            check()
            cells.append(each)
            if progress.due() or done == len(chosen):
                report(Progress(done=done, total=len(chosen), unit=tr("images")))
        looks = sorted(_worth_a_look(cells, side_of, check))
        found = []
        for pair, alike in zip(
            looks, pool.map(lambda pair: _agreement(*(paths[chosen[one]] for one in pair)), looks), strict=True
        ):
            check()
            if alike >= _AGREE:
                found.append((chosen[pair[0]], chosen[pair[1]], alike))
    _points.cache_clear()
    return found


def _in_order(pool: ThreadPoolExecutor, paths: Sequence[Path | None]) -> Iterator[NDArray[np.uint32]]:
    """The cells of each picture; a few hundred at a time, so that an end that is asked for is not waited for."""
    for first in range(0, len(paths), 256):
        yield from pool.map(_cells, paths[first : first + 256])


@lru_cache(_KEPT)
def _points(path: Path | None) -> tuple[Gray, Floats, Floats] | None:
    """A picture in gray, where its points are, ``(N, 2)``, and their descriptions, ``(N, 128)`` of length 1; ``None``
    where it cannot be read or shows hardly any."""
    from core.images.thumbnails import kept_thumbnail

    try:
        gray = cv2.cvtColor(kept_thumbnail(path, _SIDE), cv2.COLOR_RGB2GRAY) if path is not None else None
    except UserError:
        gray = None
    if gray is None:
        return None
    points, descriptions = cv2.SIFT_create(_POINTS, contrastThreshold=_CONTRAST).detectAndCompute(gray, None)  # type: ignore[attr-defined]
    if descriptions is None or len(points) < _FEWEST:
        return None
    shares = descriptions / np.maximum(descriptions.sum(1, keepdims=True), 1)
    return np.asarray(gray, np.uint8), np.array([point.pt for point in points], np.float32), np.sqrt(shares)


def _cells(path: Path | None) -> NDArray[np.uint32]:
    """The cells of a picture's points, shape ``(_TABLES, N)``. Square roots of shares all lie near their mean, from
    which directions are taken."""
    found = _points(path)
    if found is None:
        return np.zeros((_TABLES, 0), np.uint32)
    signs = (found[2] - np.float32(1 / np.sqrt(128)) * 0.8) @ _DIRECTIONS > 0
    powers = 1 << np.arange(_BITS, dtype=np.uint32)
    return np.asarray((signs.reshape(-1, _TABLES, _BITS) * powers).sum(2).T, np.uint32)


_DIRECTIONS = np.random.default_rng(0).standard_normal((128, _TABLES * _BITS)).astype(np.float32)


def _worth_a_look(
    cells: Sequence[NDArray[np.uint32]], sides: NDArray[np.intp], check: Check = never
) -> list[tuple[int, int]]:
    """Pairs of pictures on different sides whose points lie in the same cells, those with most votes of each. Votes are
    counted picture by picture: of many pictures most pairs have some by chance, too many to remember."""
    tables = [_Table.of(of_table, len(cells)) for of_table in zip(*cells, strict=True)]
    votes: dict[tuple[int, int], int] = {}
    for one, side in enumerate(sides.tolist()):
        check()
        counts = np.bincount(np.concatenate([table.beside(one) for table in tables]), minlength=one + 1)
        others = one + 1 + np.flatnonzero((counts[one + 1 :] >= _VOTES) & (sides[one + 1 : len(counts)] != side))
        votes.update({(one, other): int(counts[other]) for other in others.tolist()})
    looks: dict[int, int] = {}
    chosen = []
    for pair in sorted(votes, key=lambda pair: -votes[pair]):
        if min(looks.get(one, 0) for one in pair) < _LOOKS:
            chosen.append(pair)
            for one in pair:
                looks[one] = looks.get(one, 0) + 1
    return chosen


class _Table(NamedTuple):
    """Which pictures have points in which cells of one division."""

    owners: NDArray[np.int64]
    """By cell, each picture once."""
    starts: NDArray[np.int64]
    """Of each of these the first that is in the same cell."""
    ends: NDArray[np.int64]
    """And behind the last."""
    places: NDArray[np.int64]
    """Of ``owners``, by picture, but for those in cells that are crowded."""
    firsts: NDArray[np.int64]
    """Where those of each picture begin in ``places``, and behind the last."""

    @classmethod
    def of(cls, cells: Sequence[NDArray[np.uint32]], count: int) -> "_Table":
        """The table of the cells of ``count`` pictures."""
        pictures = np.repeat(np.arange(count), [each.size for each in cells])
        of_points = np.concatenate(cells).astype(np.int64)
        crowded = np.bincount(of_points, minlength=1 << _BITS) > _CROWDED
        cell, owners = np.divmod(distinct(of_points * count + pictures), max(count, 1))
        starts, ends = (np.searchsorted(cell, cell, side) for side in ("left", "right"))
        places = np.flatnonzero(~crowded[cell])
        places = places[stable_order(owners[places])]
        return cls(owners, starts, ends, places, np.searchsorted(owners[places], np.arange(count + 1)))

    def beside(self, picture: int) -> NDArray[np.int64]:
        """The pictures that have points in the cells of one, as often as they share a cell."""
        own = self.places[self.firsts[picture] : self.firsts[picture + 1]]
        lengths = self.ends[own] - self.starts[own]
        within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        met: NDArray[np.int64] = self.owners[np.repeat(self.starts[own], lengths) + within]
        return met


def _agreement(one: Path | None, other: Path | None) -> float:
    """How the pixels of two pictures correlate where they show the same; 0 where they don't, or little of it."""
    first, second = _points(one), _points(other)
    if first is None or second is None:
        return 0.0
    matches: Any = cv2.BFMatcher().knnMatch(second[2], first[2], 2)
    near = [match[0] for match in matches if len(match) > 1 and match[0].distance < _RATIO * match[1].distance]
    if len(near) < _FEWEST:
        return 0.0
    source = np.array([second[1][match.queryIdx] for match in near])
    target = np.array([first[1][match.trainIdx] for match in near])
    cv2.setRNGSeed(0)  # of this thread: another try gives the same
    moved, inliers = cv2.estimateAffinePartial2D(source, target, ransacReprojThreshold=_OFF)
    if moved is None or min(_places(some[inliers[:, 0] > 0]) for some in (source, target)) < _FEWEST:
        return 0.0
    (height, width), area = first[0].shape, abs(float(np.linalg.det(moved[:, :2])))
    if not 1 / _LARGEST**2 <= area <= _LARGEST**2:
        return 0.0
    laid = cv2.warpAffine(second[0], moved, (width, height), flags=cv2.INTER_AREA)
    inside = cv2.warpAffine(np.full_like(second[0], 255), moved, (width, height), flags=cv2.INTER_NEAREST) > 0
    if inside.sum() < _COVERED * min(first[0].size, second[0].size * area):
        return 0.0
    return _correlation(first[0], np.asarray(laid, np.uint8), inside)


def _places(points: Floats) -> int:
    """In how many places points lie: several of them may be of one spot."""
    return len(np.unique(np.round(points / _OFF), axis=0))


def _correlation(one: Gray, other: Gray, inside: NDArray[np.bool_]) -> float:
    """Of the details of two pictures in a part of them."""
    weight = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), _BLUR) + 1e-6
    details = []
    for gray in (one, other):
        within = gray.astype(np.float32) * inside
        details.append((within - cv2.GaussianBlur(within, (0, 0), _BLUR) / weight)[inside])
    lengths = float(np.linalg.norm(details[0]) * np.linalg.norm(details[1]))
    return float(details[0] @ details[1]) / lengths if lengths else 0.0
