"""The outline of a mask along the edges of its pixels: what is drawn from it covers exactly what the mask covers."""

import numpy as np
from numpy.typing import NDArray

# Directions, clockwise as seen on a screen; the inside lies to the right of the way one walks.
_RIGHT, _DOWN, _LEFT, _UP = range(4)


def outlines(bitmap: NDArray[np.uint8]) -> list[NDArray[np.int32]]:
    """Closed outlines of a bitmap of shape ``(h, w)`` with values 0 and 1, each of shape ``(corners, 2)`` as x, y.

    Coordinates are those of pixel corners: the pixel in row ``i``, column ``j`` spans x ``j … j + 1``, y ``i … i + 1``.
    Outer outlines run clockwise on the screen, holes counter-clockwise. Pixels that touch at a corner only are apart.
    """
    padded = np.pad(bitmap.astype(np.int8), 1)
    stride = padded.shape[1]
    y, left, right, sign = _edges(np.diff(padded, axis=0)[:, 1:-1])  # below - above: positive along a top edge
    level = np.where(sign > 0, [left, right], [right, left]) + y * stride
    level_direction = np.where(sign > 0, _RIGHT, _LEFT)
    x, top, bottom, sign = _edges(np.diff(padded, axis=1)[1:-1].T)  # right - left: positive along a left edge
    upright = np.where(sign > 0, [bottom, top], [top, bottom]) * stride + x
    upright_direction = np.where(sign > 0, _UP, _DOWN)
    start, end = np.concatenate([level, upright], axis=1)
    following = _following(start, end, np.concatenate([level_direction, upright_direction]))
    return [np.stack([start[loop] % stride, start[loop] // stride], 1).astype(np.int32) for loop in _loops(following)]


def _edges(step: NDArray[np.int8]) -> tuple[NDArray[np.intp], ...]:
    """The longest straight edges in ``step``, the change across each unit of each line: line, from, to, sign."""
    framed = np.pad(step, ((0, 0), (1, 1)))
    changes = framed[:, 1:] != framed[:, :-1]
    line, begin = np.nonzero(changes & (framed[:, 1:] != 0))
    _, end = np.nonzero(changes & (framed[:, :-1] != 0))
    return line, begin, end, step[line, begin].astype(np.intp)


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
