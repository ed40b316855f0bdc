"""What of an outline lies nearest to a point: for handles, and for snapping to borders."""

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""Shape ``(N, 2)``, x and y in image pixels."""


def nearest_corner(points: Points, at: tuple[float, float]) -> tuple[int, float]:
    """Position in ``points`` of the one nearest to ``at``, and its distance. There is at least one."""
    distances = np.hypot(*(points - at).T)
    place = int(distances.argmin())
    return place, float(distances[place])


def nearest_edge(begins: Points, ends: Points, at: tuple[float, float]) -> tuple[int, tuple[float, float], float]:
    """Of edges from ``begins`` to ``ends``: the position of the one nearest to ``at``, the point on it that is nearest,
    and its distance. There is at least one."""
    along = ends - begins
    lengths = np.maximum((along * along).sum(1), 1e-12)
    share = np.clip(((np.asarray(at) - begins) * along).sum(1) / lengths, 0, 1)
    points = begins + along * share[:, None]
    place, distance = nearest_corner(points, at)
    return place, (float(points[place, 0]), float(points[place, 1])), distance
