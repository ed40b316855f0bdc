"""What a cut, a move or a tidying makes of an instance. Polygons stay polygons where that is exact; all else becomes a
mask, to the pixel."""

from functools import reduce

import msgspec
import numpy as np

from core.annotation.editing.model import Annotation
from core.dataset.model import Instance
from core.geometry import bridged_rings, cutting, mask_ops, simplifying
from core.geometry.mask_ops import Point
from core.geometry.mask_outline import traced
from core.geometry.masks import Mask, Size, crop
from core.geometry.polygons import Parts, rasterise
from core.geometry.segmentation import Polygons, Rle, Segmentation, parts_of
from core.images.orientation import Turn, turned_points
from core.images.orientation import turned as turned_pixels


def shaped(annotation: Annotation, shape: Segmentation) -> Annotation:
    """The same instance with another shape."""
    return msgspec.structs.replace(annotation, segmentation=shape, box=shape.box)


def with_parts(annotation: Annotation, parts: Parts) -> Annotation:
    """The same instance as polygons."""
    return shaped(annotation, Polygons(parts))


def masked(annotation: Annotation, mask: Mask) -> Annotation | None:
    """The same instance with other pixels; ``None`` without any."""
    return shaped(annotation, Rle.of(mask)) if mask.area else None


def turned(annotation: Annotation, drawn: Instance, turn: Turn, stored: Size) -> Annotation:
    """The same instance where it was ``drawn`` on a picture that is stored with a size (height, width), after that is
    turned."""
    x, y, width, height = drawn.box
    corners = turned_points(np.array([[x, y], [x + width, y + height]]), turn, stored)
    (left, top), (right, bottom) = corners.min(0).tolist(), corners.max(0).tolist()
    if isinstance(drawn.segmentation, Rle):
        whole = turned_pixels(drawn.segmentation.mask().full(), turn)
        return masked(annotation, crop(whole)) or annotation
    if parts := parts_of(drawn.segmentation):
        rings = (turned_points(np.reshape(part, (-1, 2)), turn, stored) for part in parts)
        return with_parts(annotation, [ring.ravel().tolist() for ring in rings])
    return msgspec.structs.replace(annotation, box=(left, top, right - left, bottom - top))


def moved(annotation: Annotation, across: int, down: int, size: Size) -> Annotation:
    """Elsewhere, by whole pixels. Pixels of a mask that would lie outside of the image are lost."""
    shape, (x, y, width, height) = annotation.segmentation, annotation.box
    if isinstance(shape, Rle):
        return masked(annotation, mask_ops.moved(shape.mask(), across, down)) or annotation
    by = across, down
    parts = [[round(value + by[place % 2], 2) for place, value in enumerate(part)] for part in parts_of(shape)]
    box = x + across, y + down, width, height
    return msgspec.structs.replace(annotation, segmentation=Polygons(parts) if parts else shape, box=box)


def cut(annotation: Annotation, start: Point, end: Point, size: Size) -> list[Annotation]:
    """What comes of cutting along a line, the largest first; one where the line runs through nothing. What is not cut
    stays with the largest.

    A polygon keeps its corners and gets new ones on the line, where its parts do not overlap and those that are cut
    have no holes and do not cross themselves. Anything else is cut as a mask, to the pixel.
    """
    parts = _cut_parts(annotation, start, end, size)
    if parts is None:
        return _each(annotation, cutting.split_mask(annotation.mask(size), start, end))
    return [with_parts(annotation, shape) for shape in parts] if len(parts) > 1 else [annotation]


def _cut_parts(annotation: Annotation, start: Point, end: Point, size: Size) -> list[Parts] | None:
    """The polygons of each piece; ``None`` where they would not be what the eye sees on either side of the line."""
    if not isinstance(annotation.segmentation, Polygons):
        return None
    whole: Parts = []
    pieces: list[tuple[int, list[float]]] = []
    for part in annotation.segmentation.parts:
        ring = bridged_rings.to_ring(part)
        simple = not bridged_rings.crosses_itself(ring)
        if not simple and len(cutting.split_mask(rasterise([part], size), start, end)) > 1:
            return None
        found = [bridged_rings.to_part(piece) for piece in cutting.cut_ring(ring, start, end)] if simple else []
        seen = [(covered, piece) for piece in found if (covered := rasterise([piece], size).area)]
        if len(seen) > 1:
            pieces += seen
        else:
            whole.append(part)
    if not pieces:
        return [whole]
    first, *others = (piece for _, piece in sorted(pieces, key=lambda piece: -piece[0]))
    shapes = [[first, *whole], *([piece] for piece in others)]
    masks = [rasterise(shape, size) for shape in shapes]
    overlap = sum(mask.area for mask in masks) > reduce(mask_ops.union, masks).area
    return None if overlap else shapes


def pieces(annotation: Annotation, size: Size) -> list[Annotation]:
    """What hangs together, or each part of a polygon, as an instance of its own."""
    shape = annotation.segmentation
    if isinstance(shape, Polygons):
        return [with_parts(annotation, [part]) for part in shape.parts] if len(shape.parts) > 1 else [annotation]
    return _each(annotation, mask_ops.pieces(annotation.mask(size)))


def _each(annotation: Annotation, masks: list[Mask]) -> list[Annotation]:
    """An instance of each mask; the one there is where it is not in pieces."""
    if len(masks) < 2:
        return [annotation]
    return [piece for mask in masks if (piece := masked(annotation, mask)) is not None]


def filled(annotation: Annotation, at: tuple[int, int] | None, size: Size) -> Annotation:
    """Without its holes, or without the one that has the pixel ``at``. Polygons stay polygons."""
    mask, shape = annotation.mask(size), annotation.segmentation
    full = mask_ops.filled(mask, at)
    if full.area == mask.area:
        return annotation
    if isinstance(shape, Polygons):
        whole = Polygons(_without_holes(shape.parts, at))
        if _same_pixels(whole.mask(size), full):
            return shaped(annotation, whole)
    return masked(annotation, full) or annotation


def without_specks(annotation: Annotation, smallest: int, size: Size) -> Annotation:
    """Without pieces and holes of fewer than ``smallest`` pixels; as it is where it has none."""
    mask = annotation.mask(size)
    rest = mask_ops.without_specks(mask, smallest)
    return annotation if _same_pixels(rest, mask) else masked(annotation, rest) or annotation


def simplified(annotation: Annotation, tolerance: float, size: Size) -> Annotation:
    """Polygons with fewer points, no outline farther than ``tolerance`` pixels from what it was; a mask becomes
    polygons first."""
    shape = annotation.segmentation
    if not isinstance(shape, Polygons):
        return as_polygons(annotation, size, tolerance)
    parts = []
    for part in shape.parts:
        outer, *holes = (
            bridged_rings.to_ring(simplifying.simplified(bridged_rings.to_part(loop), tolerance))
            for loop in _loops(part)
        )
        parts.append(bridged_rings.to_part(bridged_rings.bridged(outer, *holes)))
    return with_parts(annotation, parts)


def smoothed(annotation: Annotation, radius: float, size: Size) -> Annotation:
    """With rounder corners: of polygons each is cut, of masks what is smaller than ``radius`` pixels."""
    shape = annotation.segmentation
    if not isinstance(shape, Polygons):
        return masked(annotation, mask_ops.smoothed(annotation.mask(size), radius)) or annotation
    parts = []
    for part in shape.parts:
        outer, *holes = (bridged_rings.smoothed(loop) for loop in _loops(part))
        parts.append(bridged_rings.to_part(bridged_rings.bridged(outer, *holes)))
    return with_parts(annotation, parts)


def as_polygons(annotation: Annotation, size: Size, tolerance: float = 0.0) -> Annotation:
    """A mask as polygons, with a ``tolerance`` of 0 to the pixel; polygons as they are."""
    if isinstance(annotation.segmentation, Polygons):
        return annotation
    mask = annotation.mask(size)
    return with_parts(annotation, traced(mask, tolerance)) if mask.area else annotation


def as_mask(annotation: Annotation, size: Size) -> Annotation:
    """Polygons as a mask, to the pixel; a mask as it is."""
    if isinstance(annotation.segmentation, Rle):
        return annotation
    return masked(annotation, annotation.mask(size)) or annotation


def _loops(part: list[float]) -> list[bridged_rings.Ring]:
    ring = bridged_rings.to_ring(part)
    return bridged_rings.loops(ring) or [ring]


def _without_holes(shape: Parts, at: tuple[int, int] | None) -> Parts:
    """The parts of a polygon without their holes, or without the one around the pixel ``at``."""
    parts = []
    for part in shape:
        outer, *holes = _loops(part)
        rest = [hole for hole in holes if at is not None and not bridged_rings.covers(hole, np.add(at, 0.5))]
        parts.append(
            part if len(rest) == len(holes) else bridged_rings.to_exact_part(bridged_rings.bridged(outer, *rest))
        )
    return parts


def _same_pixels(one: Mask, other: Mask) -> bool:
    same_place = (one.x, one.y, one.bitmap.shape) == (other.x, other.y, other.bitmap.shape)
    return same_place and bool((one.bitmap == other.bitmap).all())
