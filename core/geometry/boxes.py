"""Which boxes of an image meet, where there may be too many for a table of all pairs."""

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray


def meeting(left: ArrayLike, right: ArrayLike) -> NDArray[np.int64]:
    """The pairs of one of ``left (N, 4)`` and one of ``right (M, 4)`` that have a point in common, be it of their
    edges, as positions ``(K, 2)`` in order. Boxes are ``left, top, right, bottom``."""
    some, others = (shapely.box(*np.asarray(boxes, float).reshape(-1, 4).T) for boxes in (left, right))
    pairs: NDArray[np.int64] = shapely.STRtree(others).query(some).T
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return pairs[order]
