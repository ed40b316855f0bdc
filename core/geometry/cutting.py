"""Cutting along a line: masks without losing a pixel, rings with all their corners.

Only what the line runs all the way through is cut: one that ends inside leaves a shape whole.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.geometry.bridged_rings import Ring, area, covers
from core.geometry.mask_ops import Labels, Point, labelled, trimmed, union
from core.geometry.masks import Mask


def split_mask(mask: Mask, start: Point, end: Point) -> list[Mask]:
    """What comes of cutting along the line from ``start`` to ``end``, the largest first. The cut has no width: every
    pixel is in one of the masks, that of the side on which its centre lies. Pieces that are not cut stay with the
    largest."""
    if not mask.bitmap.size:
        return [mask]
    heights = _heights(mask, start, end)
    above = (heights > 0).astype(np.uint8)
    labels = labelled(mask.bitmap & above)
    below = labelled(mask.bitmap & (1 - above))
    labels += np.where(below > 0, below + labels.max(), 0).astype(np.int32)
    joined, parted = _across(mask, labels, heights, start, end)
    group = _groups(int(labels.max()), joined)
    apart = group[parted]
    cut_apart = np.unique(apart[apart[:, 0] != apart[:, 1]])
    if not cut_apart.size:
        return [mask]
    groups = group[labels]
    parts = [trimmed((groups == one).astype(np.uint8), mask.x, mask.y, mask.size) for one in cut_apart]
    first, *others = sorted(parts, key=lambda part: -part.area)
    rest = (mask.bitmap & ~np.isin(groups, cut_apart)).astype(np.uint8)
    return [union(first, trimmed(rest, mask.x, mask.y, mask.size)), *others]


def _heights(mask: Mask, start: Point, end: Point) -> NDArray[np.float64]:
    """How far to one side of the line the centre of each pixel of the bitmap lies, times the length of the line."""
    rows, columns = mask.bitmap.shape
    x = np.arange(columns) + mask.x + 0.5 - start[0]
    y = np.arange(rows) + mask.y + 0.5 - start[1]
    return np.asarray((end[0] - start[0]) * y[:, None] - (end[1] - start[1]) * x[None])


def _across(
    mask: Mask, labels: Labels, heights: NDArray[np.float64], start: Point, end: Point
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Pairs of labels, shape ``(N, 2)``, of neighbours on either side: those that hang together because the line ends
    before it runs between them, and those that it parts."""
    along = np.subtract(end, start)
    pairs, meets = [], []
    for down, right in ((1, 0), (0, 1)):
        ends = np.s_[: labels.shape[0] - down, : labels.shape[1] - right], np.s_[down:, right:]
        one, other = (labels[place] for place in ends)
        rows, columns = np.nonzero((one > 0) & (other > 0) & ((heights[ends[0]] > 0) != (heights[ends[1]] > 0)))
        here, there = (np.abs(heights[place][rows, columns]) for place in ends)
        share = here / np.maximum(here + there, 1e-12)
        x, y = columns + share * right + mask.x + 0.5 - start[0], rows + share * down + mask.y + 0.5 - start[1]
        meets.append((x * along[0] + y * along[1]) / max(float(along @ along), 1e-12))
        pairs.append(np.stack([one[rows, columns], other[rows, columns]], 1))
    met, found = np.concatenate(meets), np.concatenate(pairs)
    parted = (met >= 0) & (met <= 1)
    return found[~parted], found[parted]


def _groups(count: int, joined: NDArray[np.int32]) -> Labels:
    """By label from 0 to ``count`` the least one that it hangs together with."""
    group = np.arange(count + 1, dtype=np.int32)
    for one, other in np.unique(joined, axis=0):
        low, high = sorted((group[one], group[other]))
        group[group == high] = low
    return group


def cut_ring(ring: Ring, start: Point, end: Point) -> list[Ring]:
    """What comes of cutting a ring that does not touch itself along the line from ``start`` to ``end``."""
    begin, along = np.array(start), np.subtract(end, start)
    marked, crossings = _with_crossings(ring, begin, along)
    rings = [marked]
    for one, other in pairwise(crossings):
        if covers(ring, (one + other) / 2):
            rings = [piece for whole in rings for piece in _split(whole, one, other)]
    return rings


def _with_crossings(ring: Ring, begin: Ring, along: Ring) -> tuple[Ring, list[Ring]]:
    """The ring with a corner wherever the line crosses it, and these corners in the order of the line."""
    points: list[Ring] = []
    crossings: list[tuple[float, Ring]] = []
    for corner, following in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        points.append(corner)
        edge = following - corner
        turn = along[0] * edge[1] - along[1] * edge[0]
        if turn == 0:
            continue
        away = corner - begin
        on_line = (away[0] * edge[1] - away[1] * edge[0]) / turn
        on_edge = (away[0] * along[1] - away[1] * along[0]) / turn
        if 0 <= on_line <= 1 and 0 <= on_edge < 1:
            crossing = corner if on_edge == 0 else corner + on_edge * edge
            crossings.append((float(on_line), crossing))
            if on_edge > 0:
                points.append(crossing)
    return np.array(points), [point for _, point in sorted(crossings, key=lambda crossing: crossing[0])]


def _split(ring: Ring, one: Ring, other: Ring) -> list[Ring]:
    """The ring in two, along the line between two of its corners; as it is where it does not have both."""
    first, second = (np.flatnonzero((ring == point).all(1)) for point in (one, other))
    if not first.size or not second.size:
        return [ring]
    low, high = sorted((int(first[0]), int(second[0])))
    parts = ring[low : high + 1], np.concatenate([ring[high:], ring[: low + 1]])
    return [part for part in parts if len(part) > 2 and area(part) != 0]
