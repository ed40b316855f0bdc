"""The outline of a mask along the edges of its pixels, as arrays of corners and as polygons that cover exactly what the
mask covers."""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry import rle
from core.geometry.bridged_rings import Ring, area, bridged, to_part
from core.geometry.masks import Mask
from core.geometry.simplifying import simplified

# Directions, clockwise as seen on a screen; the inside lies to the right of the way one walks.
_RIGHT, _DOWN, _LEFT, _UP = range(4)


def outlines(bitmap: NDArray[np.uint8]) -> list[NDArray[np.int32]]:
    """Closed outlines of a bitmap of shape ``(h, w)`` with values 0 and 1, each of shape ``(corners, 2)`` as x, y.

    Coordinates are those of pixel corners: the pixel in row ``i``, column ``j`` spans x ``j … j + 1``, y ``i … i + 1``.
    Outer outlines run clockwise on the screen, holes counter-clockwise. Pixels that touch at a corner only are apart.
    """
    height, width = bitmap.shape
    return run_outlines(rle.encode(bitmap, 0, 0, height, width), height) if bitmap.size else []


def run_outlines(counts: rle.Counts, height: int) -> list[NDArray[np.int32]]:
    """The same of the run lengths of an object of an image of ``height``: costs what the outlines are long."""
    columns, tops, bottoms = rle.spans(counts, height)
    if not columns.size:
        return []
    y, left, right, down = _level(columns, tops, bottoms)
    x, top, bottom, up = _upright(columns, tops, bottoms, height)
    stride = int(columns[-1]) + 2
    level = np.where(down, [left, right], [right, left]) + y * stride
    upright = np.where(up, [bottom, top], [top, bottom]) * stride + x
    direction = np.concatenate([np.where(down, _RIGHT, _LEFT), np.where(up, _UP, _DOWN)])
    start, end = np.concatenate([level, upright], axis=1)
    following = _following(start, end, direction)
    return [np.stack([start[loop] % stride, start[loop] // stride], 1).astype(np.int32) for loop in _loops(following)]


def _level(columns: rle.Counts, tops: rle.Counts, bottoms: rle.Counts) -> tuple[NDArray[np.intp], ...]:
    """The longest level edges along the ends of ``rle.spans``: y, from x, to x, and whether the object lies below."""
    stride = int(columns[-1]) + 2
    places = np.sort(np.concatenate([2 * tops, 2 * bottoms + 1]) * stride + np.tile(columns, 2))
    breaks = np.flatnonzero(np.diff(places) != 1)
    begins, ends = places[np.append(0, breaks + 1)], places[np.append(breaks, -1)] + 1
    line = begins // stride
    return line // 2, begins - line * stride, ends - line * stride, line % 2 == 0


def _upright(columns: rle.Counts, tops: rle.Counts, bottoms: rle.Counts, height: int) -> tuple[NDArray[np.intp], ...]:
    """The longest upright edges along the sides of ``rle.spans``: x, from y, to y, whether the object lies right."""
    left, right, stride = columns * (height + 1), (columns + 1) * (height + 1), height + 1
    places = np.concatenate([left + tops, left + bottoms, right + tops, right + bottoms])
    steps = np.repeat([1, -1, -1, 1], columns.size)
    order = np.argsort(places)
    # Down each line between two columns: what lies right of it minus what lies left of it.
    places, across = places[order], np.cumsum(steps[order])
    whole = np.append(places[1:] != places[:-1], True)
    places, across = places[whole], across[whole]
    turns = np.diff(across, prepend=0) != 0
    places, across = places[turns], across[turns]
    edges = np.flatnonzero(across)
    x = places[edges] // stride
    return x, places[edges] - x * stride, places[edges + 1] - x * stride, across[edges] > 0


def _following(start: NDArray[np.intp], end: NDArray[np.intp], direction: NDArray[np.intp]) -> list[int]:
    """For each edge the one that goes on from its end; where two do, the one that turns clockwise."""
    key = start * 4 + direction
    order = np.argsort(key)
    ordered = key[order]
    clockwise, other = end * 4 + (direction + 1) % 4, end * 4 + (direction - 1) % 4
    place = np.searchsorted(ordered, clockwise)
    found = ordered[np.minimum(place, len(ordered) - 1)] == clockwise if len(ordered) else place == 0
    following: list[int] = order[np.where(found, place, np.searchsorted(ordered, other))].tolist()
    return following


def _loops(following: list[int]) -> list[list[int]]:
    loops = []
    seen = bytearray(len(following))
    for first in range(len(following)):
        loop = []
        edge = first
        while not seen[edge]:
            seen[edge] = 1
            loop.append(edge)
            edge = following[edge]
        if loop:
            loops.append(loop)
    return loops


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
