"""From a mask to polygons that cover exactly what it covers."""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry.bridged_rings import Ring, area, bridged, to_part
from core.geometry.mask_outline import outlines
from core.geometry.masks import Mask
from core.geometry.simplifying import simplified


def traced(mask: Mask, tolerance: float = 0.0) -> list[list[float]]:
    """The outlines of a mask along the edges of its pixels: a part for each piece that hangs together, with its holes.

    With a ``tolerance`` of 0 they rasterise to exactly the same pixels; otherwise no outline is anywhere farther than
    that many pixels from the exact one, nor the exact one from it, and pieces and holes of which no more than
    ``tolerance`` square pixels are left are left out, all but the largest piece.
    """
    _, labels = cv2.connectedComponents(np.ascontiguousarray(mask.bitmap), connectivity=4)
    pieces: dict[int, tuple[list[Ring], list[Ring]]] = {}
    for outline in outlines(mask.bitmap):
        ring = outline.astype(float)
        outers, holes = pieces.setdefault(_piece(outline, np.asarray(labels, np.int32)), ([], []))
        (outers if area(ring) > 0 else holes).append(ring)
    corner = np.array([mask.x, mask.y], float)
    parts = []
    for outers, holes in pieces.values():
        outer, *inner = (_coarser(ring, tolerance) for ring in (*outers, *holes))
        parts.append((outer + corner, [hole + corner for hole in inner if abs(area(hole)) > tolerance]))
    parts.sort(key=lambda part: -area(part[0]))
    kept = parts[:1] + [part for part in parts[1:] if area(part[0]) > tolerance]
    return [to_part(bridged(outer, *holes)) for outer, holes in kept]


def _piece(outline: NDArray[np.int32], labels: NDArray[np.int32]) -> int:
    """The label of the pixel to the right of the way along the first edge."""
    (x, y), (to_x, to_y) = outline[0].tolist(), outline[1].tolist()
    row = y if to_x > x or to_y > y else y - 1
    column = x if to_x > x or to_y < y else x - 1
    return int(labels[row, column])


def _coarser(ring: Ring, tolerance: float) -> Ring:
    if tolerance <= 0:
        return ring
    return np.array(simplified(ring.ravel().tolist(), tolerance)).reshape(-1, 2)
