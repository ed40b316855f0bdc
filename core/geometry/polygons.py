"""Polygons as COCO writes them: flat lists ``x1, y1, x2, y2, …``, several parts for one instance, even-odd inside a
part and joined between parts; and what of an outline lies nearest to a point."""

import math
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from core.geometry import rle
from core.geometry.masks import Mask, Size, empty
from core.words import tr

Part = Sequence[float]
Parts = list[list[float]]
"""Those of one instance."""

Points = NDArray[np.float64]
"""Shape ``(N, 2)``, x and y in image pixels."""

MAX_OUTLINE = 2_000_000
"""Pixels that the outline of one instance may run through. Rasterising costs time and memory in proportion."""

_SAME = 1e-6
"""Pixels: corners that are no farther apart are one."""

_AT_ONCE = 256
"""Polygons that are measured together: longer, and a thread would keep all others waiting."""


def part_fault(part: Part) -> str | None:
    """What is wrong with one part of a polygon, or ``None``: it needs three points, in pairs of finite numbers."""
    if not all(map(math.isfinite, part)):
        return tr("a polygon has coordinates that are not numbers")
    if len(part) < 6:
        return tr("a polygon has {number} numbers; three points are the least", number=len(part))
    if len(part) % 2:
        return tr("a polygon has {number} numbers, which is odd", number=len(part))
    return None


def outline_fault(parts: Sequence[Part]) -> str | None:
    """What is wrong with the parts taken together, or ``None``: they must not run through too many pixels."""
    reaches = [max(max(part), -min(part)) for part in parts]
    if sum(len(part) * reach for part, reach in zip(parts, reaches, strict=True)) <= MAX_OUTLINE:
        return None  # however it zigzags
    outline = max(reaches)
    for part in parts if outline <= MAX_OUTLINE else ():
        points = np.asarray(part, float).reshape(-1, 2)
        outline += float(np.abs(points - np.roll(points, 1, 0)).max(1).sum())
    return None if outline <= MAX_OUTLINE else tr("its polygons are too long, or reach too far outside the image")


def reaches(shapes: Sequence[Sequence[Part]]) -> NDArray[np.float64]:
    """How far the points of each of some polygons, none of them empty, reach: left, top, right and bottom, shape
    ``(n, 4)``. Fast for thousands."""
    found = np.zeros((len(shapes), 4))
    for first in range(0, len(shapes), _AT_ONCE):
        some = shapes[first : first + _AT_ONCE]
        numbers = [sum(map(len, parts)) for parts in some]
        points = np.fromiter(chain.from_iterable(chain.from_iterable(some)), float, sum(numbers)).reshape(-1, 2)
        starts = np.cumsum([0, *numbers[:-1]]) // 2
        found[first : first + len(some), :2] = np.minimum.reduceat(points, starts)
        found[first : first + len(some), 2:] = np.maximum.reduceat(points, starts)
    return found


def rasterise(parts: Sequence[Part], size: Size) -> Mask:
    """The pixels of a polygon, exactly those of ``pycocotools`` ``annToMask``; what lies outside the image is cut off.

    Costs the length of the outline and the size of the object, not of the image. Raises ``ValueError`` for a part with
    a ``part_fault`` or parts with an ``outline_fault``.
    """
    if not parts:
        return empty(size)
    return Mask(*rle.decode(rle.uncompress(encoded(parts, size)["counts"]), size[0]), size)


def encoded(parts: Sequence[Part], size: Size) -> dict[str, Any]:
    """The same pixels of at least one part as ``pycocotools`` has them: ``{"size": [height, width], "counts": bytes}``.
    Raises ``ValueError`` as ``rasterise`` does."""
    fault = next(filter(None, map(part_fault, parts)), None) or outline_fault(parts)
    if fault:
        raise ValueError(fault)
    pieces = coco_mask.frPyObjects([list(part) for part in parts], *size)
    merged: dict[str, Any] = pieces[0] if len(pieces) == 1 else coco_mask.merge(pieces)
    return merged


def crosses_itself(part: Part) -> bool:
    """Whether two edges of a part cross elsewhere than in a corner: then the even-odd rule leaves out what most people
    take for inside. Ways into holes and back, and corners that touch, are none. Fast: most parts are simple."""
    ring = np.array(part, float).reshape(-1, 2)
    if shapely.is_valid(shapely.Polygon(ring)):
        return False
    # Where lines are split at all their crossings, a crossing is a corner that was not there.
    nodes = shapely.get_coordinates(shapely.node(shapely.linestrings(np.concatenate([ring, ring[:1]]))))
    apart = shapely.distance(shapely.points(nodes), shapely.multipoints(ring))
    return bool((apart > _SAME).any())


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
