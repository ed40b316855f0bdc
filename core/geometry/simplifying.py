"""Polygons with fewer points.

D. Douglas, T. Peucker: Algorithms for the reduction of the number of points required to represent a digitized line or
its caricature, 1973. Not OpenCV's, which may leave the tolerance by a quarter.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.geometry.polygons import Points


def simplified(part: Sequence[float], tolerance: float) -> list[float]:
    """A part, ``x1, y1, x2, y2, …``, without the points that can be spared: neither outline is anywhere farther than
    ``tolerance`` pixels from the other. As it is where less than a triangle would be left."""
    points = np.asarray(part, float).reshape(-1, 2)
    kept = _kept(points, tolerance) if tolerance > 0 and len(points) > 3 else np.arange(len(points))
    if len(kept) < 3:
        return list(part)
    fewer: list[float] = points[kept].ravel().tolist()
    return fewer


def _kept(points: Points, tolerance: float) -> NDArray[np.intp]:
    """Positions of the points to keep: two that are far apart, and those in which the ways between them bend. All ways
    are looked at together, until none bends too far."""
    first = _farthest(points, points.mean(0))
    ring = np.concatenate([points[first:], points[: first + 1]])
    stops = np.array([0, _farthest(ring, ring[0]), len(points)], np.intp)
    while True:
        lengths = np.diff(stops)
        begins, ends = (np.repeat(ring[each], lengths, axis=0) for each in (stops[:-1], stops[1:]))
        distances = _distances(ring[:-1], begins, ends)
        most = np.repeat(np.maximum.reduceat(distances, stops[:-1]), lengths)
        bends = np.flatnonzero((distances == most) & (most > tolerance**2))
        if not bends.size:
            return np.sort((stops[:-1] + first) % len(points))
        _, one_a_way = np.unique(np.searchsorted(stops, bends, "right"), return_index=True)
        stops = np.sort(np.concatenate([stops, bends[one_a_way]]))


def _farthest(points: Points, at: Points) -> int:
    return int(((points - at) ** 2).sum(1).argmax())


def _distances(points: Points, begins: Points, ends: Points) -> Points:
    """Squared distance of each point from a line of its own. All arrays have shape ``(N, 2)``."""
    along, away = ends - begins, points - begins
    share = np.clip((away * along).sum(1) / np.maximum((along * along).sum(1), 1e-12), 0, 1)
    beside: Points = away - share[:, None] * along
    squares: Points = (beside * beside).sum(1)
    return squares
