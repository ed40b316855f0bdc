"""Polygons with holes as COCO can write them: one ring that walks from the outside into each hole and back.

Inside and outside of a ring are told apart by the even-odd rule, and the way in lies on the way back: nothing of it is
seen. All rings are arrays of shape ``(N, 2)``, x and y, without the first point again at the end.
"""

import numpy as np
from numpy.typing import NDArray

Ring = NDArray[np.float64]
Corner = tuple[float, ...]
"""``x, y``."""


def to_ring(part: list[float]) -> Ring:
    """A part as COCO writes it, ``x1, y1, x2, y2, …``, as points."""
    return np.array(part, float).reshape(-1, 2)


def to_part(ring: Ring) -> list[float]:
    """Points as COCO writes them, to a hundredth of a pixel."""
    return to_exact_part(np.round(ring, 2))


def to_exact_part(ring: Ring) -> list[float]:
    """Points as COCO writes them, to the bit."""
    part: list[float] = ring.ravel().tolist()
    return part


def area(ring: Ring) -> float:
    """Signed area in square pixels: positive for a ring that runs clockwise on the screen."""
    x, y = ring.T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def bridged(outer: Ring, *holes: Ring) -> Ring:
    """``outer`` with the way into each hole and back."""
    ring = outer
    for hole in holes:
        first = int(hole[:, 0].argmin())
        entry = np.roll(hole, -first, axis=0)
        at = int(((ring - entry[0]) ** 2).sum(1).argmin())
        ring = np.concatenate([ring[: at + 1], entry, entry[:1], ring[at:]])
    return ring


def loops(ring: Ring) -> list[Ring]:
    """The rings that a ring with bridges is made of, the largest first: together, even-odd, they cover the same.

    A ring that touches itself in a corner falls apart there too. Edges that are walked there and back are left out.
    """
    if len(set(map(tuple, ring.tolist()))) == len(ring):
        return [ring]
    following = _edges(ring)
    found: list[list[Corner]] = []
    for first in map(tuple, ring.tolist()):
        way, places = [first], {first: 0}
        while ends := following.get(way[-1]):
            corner = ends.pop(0)
            if corner not in places:
                places[corner] = len(way)
                way.append(corner)
                continue
            start = places[corner]
            found.append(way[start:])
            for left in way[start + 1 :]:
                del places[left]
            del way[start + 1 :]
    return sorted(map(np.array, found), key=lambda loop: -abs(area(loop)))


def _edges(ring: Ring) -> dict[Corner, list[Corner]]:
    """By corner where the edges from it end, in the order of the ring; without those walked there and back."""
    following: dict[Corner, list[Corner]] = {}
    points = list(map(tuple, ring.tolist()))
    for start, end in zip(points, points[1:] + points[:1], strict=True):
        back = following.get(end, [])
        if start in back:
            back.remove(start)
        elif start != end:
            following.setdefault(start, []).append(end)
    return following


def smoothed(ring: Ring) -> Ring:
    """With every corner cut at a quarter of its edges (G. Chaikin, 1974)."""
    following = np.roll(ring, -1, axis=0)
    return np.stack([0.75 * ring + 0.25 * following, 0.25 * ring + 0.75 * following], 1).reshape(-1, 2)


def covers(ring: Ring, at: NDArray[np.float64]) -> bool:
    """Whether a point lies in the ring, by the even-odd rule."""
    x, y = ring.T
    to_x, to_y = np.roll(ring, -1, axis=0).T
    spans = (y > at[1]) != (to_y > at[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = x + (at[1] - y) / (to_y - y) * (to_x - x)
    return bool(np.count_nonzero(spans & (at[0] < crossing)) % 2)


def crosses_itself(ring: Ring) -> bool:
    """Whether two edges meet anywhere but in the corner that follows one of them: then inside and outside are not what
    the eye takes them for."""
    following = np.roll(ring, -1, axis=0)
    low, high = np.minimum(ring, following), np.maximum(ring, following)
    for place in range(len(ring) - 1):
        rest = slice(place + 1, None)
        near = ((low[rest] <= high[place]) & (high[rest] >= low[place])).all(1)
        for other in (np.flatnonzero(near) + place + 1).tolist():
            if _meet(ring, following, place, other):
                return True
    return False


def _meet(begins: Ring, ends: Ring, one: int, other: int) -> bool:
    """Whether two edges, one later in the ring than the other, have more in common than a corner between them."""
    if other == one + 1:
        return _folds(begins[one], ends[one], ends[other])
    if one == 0 and other == len(begins) - 1:
        return _folds(begins[other], ends[other], ends[one])
    p, q, r, s = begins[one], ends[one], begins[other], ends[other]
    return _turn(p, q, r) * _turn(p, q, s) <= 0 and _turn(r, s, p) * _turn(r, s, q) <= 0


def _folds(one: Ring, corner: Ring, other: Ring) -> bool:
    """Whether the way from ``one`` through ``corner`` to ``other`` goes straight back."""
    return _turn(one, corner, other) == 0 and float((corner - one) @ (other - corner)) < 0


def _turn(one: Ring, other: Ring, at: Ring) -> float:
    """On which side of the line through two points a third lies, by its sign."""
    return float((other[0] - one[0]) * (at[1] - one[1]) - (other[1] - one[1]) * (at[0] - one[0]))
