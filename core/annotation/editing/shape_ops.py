"""What a cut, a move or a tidying makes of an instance. Polygons stay polygons where that is exact; all else becomes a
mask, to the pixel."""

from functools import reduce

import msgspec
import numpy as np

from core.annotation.editing.model import Annotation
from core.dataset.coco.annotations import mask_of
from core.dataset.model import Box, Segmentation
from core.geometry import bridged_rings, cutting, mask_ops, rle_ops, simplifying
from core.geometry.mask_to_polygons import traced
from core.geometry.masks import Mask, Size, to_rle
from core.geometry.rle_ops import Encoded

Point = tuple[float, float]


def box_of(segmentation: Segmentation, size: Size) -> Box:
    """The box of a shape in an image of ``size``: of the coordinates of polygons, or of the pixels of a mask."""
    if not isinstance(segmentation, list) or not segmentation:
        return mask_of(segmentation, size).box
    x = [value for part in segmentation for value in part[0::2]]
    y = [value for part in segmentation for value in part[1::2]]
    return min(x), min(y), max(x) - min(x), max(y) - min(y)


def shaped(annotation: Annotation, segmentation: Segmentation, size: Size) -> Annotation:
    """The same instance with another shape."""
    return msgspec.structs.replace(annotation, segmentation=segmentation, box=box_of(segmentation, size))


def masked(annotation: Annotation, mask: Mask) -> Annotation | None:
    """The same instance with other pixels; ``None`` without any."""
    return msgspec.structs.replace(annotation, segmentation=to_rle(mask), box=mask.box) if mask.area else None


def recoded(annotation: Annotation, mask: Encoded) -> Annotation | None:
    """An instance that is a mask with another one, of more pixels or of fewer; as it is with as many, ``None`` without
    any. Costs what the runs cost, however many pixels there are."""
    assert isinstance(annotation.segmentation, dict)
    area = rle_ops.area(mask)
    if area == rle_ops.area(annotation.segmentation):
        return annotation
    return msgspec.structs.replace(annotation, segmentation=mask, box=rle_ops.box(mask)) if area else None


def moved(annotation: Annotation, across: int, down: int, size: Size) -> Annotation:
    """Elsewhere, by whole pixels. Pixels of a mask that would lie outside of the image are lost."""
    shape, (x, y, width, height) = annotation.segmentation, annotation.box
    if isinstance(shape, dict):
        return masked(annotation, mask_ops.moved(annotation.mask(size), across, down)) or annotation
    by = across, down
    parts = [[round(value + by[place % 2], 2) for place, value in enumerate(part)] for part in shape or ()]
    return msgspec.structs.replace(annotation, segmentation=parts or shape, box=(x + across, y + down, width, height))


def cut(annotation: Annotation, start: Point, end: Point, size: Size) -> list[Annotation]:
    """What comes of cutting along a line, the largest first; one where the line runs through nothing. What is not cut
    stays with the largest.

    A polygon keeps its corners and gets new ones on the line, where its parts do not overlap and those that are cut
    have no holes and do not cross themselves. Anything else is cut as a mask, to the pixel.
    """
    parts = _cut_parts(annotation, start, end, size)
    if parts is None:
        return _each(annotation, cutting.cut_mask(annotation.mask(size), start, end))
    return [shaped(annotation, shape, size) for shape in parts] if len(parts) > 1 else [annotation]


def _cut_parts(annotation: Annotation, start: Point, end: Point, size: Size) -> list[list[list[float]]] | None:
    """The polygons of each piece; ``None`` where they would not be what the eye sees on either side of the line."""
    if not isinstance(annotation.segmentation, list):
        return None
    whole: list[list[float]] = []
    pieces: list[tuple[int, list[float]]] = []
    for part in annotation.segmentation:
        ring = bridged_rings.to_ring(part)
        simple = not bridged_rings.crosses_itself(ring)
        if not simple and len(cutting.cut_mask(mask_of([part], size), start, end)) > 1:
            return None
        found = [bridged_rings.to_part(piece) for piece in cutting.cut_ring(ring, start, end)] if simple else []
        seen = [(covered, piece) for piece in found if (covered := mask_of([piece], size).area)]
        if len(seen) > 1:
            pieces += seen
        else:
            whole.append(part)
    if not pieces:
        return [whole]
    first, *others = (piece for _, piece in sorted(pieces, key=lambda piece: -piece[0]))
    shapes = [[first, *whole], *([piece] for piece in others)]
    masks = [mask_of(shape, size) for shape in shapes]
    overlap = sum(mask.area for mask in masks) > reduce(mask_ops.union, masks).area
    return None if overlap else shapes


def pieces(annotation: Annotation, size: Size) -> list[Annotation]:
    """What hangs together, or each part of a polygon, as an instance of its own."""
    shape = annotation.segmentation
    if isinstance(shape, list):
        return [shaped(annotation, [part], size) for part in shape] if len(shape) > 1 else [annotation]
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
    if isinstance(shape, list) and _same_pixels(mask_of(parts := _without_holes(shape, at), size), full):
        return shaped(annotation, parts, size)
    return masked(annotation, full) or annotation


def without_specks(annotation: Annotation, smallest: int, size: Size) -> Annotation:
    """Without pieces and holes of fewer than ``smallest`` pixels; as it is where it has none."""
    mask = annotation.mask(size)
    left = mask_ops.without_specks(mask, smallest)
    return annotation if _same_pixels(left, mask) else masked(annotation, left) or annotation


def simplified(annotation: Annotation, tolerance: float, size: Size) -> Annotation:
    """Polygons with fewer points, no outline farther than ``tolerance`` pixels from what it was; a mask becomes
    polygons first."""
    shape = annotation.segmentation
    if not isinstance(shape, list):
        return as_polygons(annotation, size, tolerance)
    parts = []
    for part in shape:
        outer, *holes = (
            bridged_rings.to_ring(simplifying.simplified(bridged_rings.to_part(loop), tolerance))
            for loop in _loops(part)
        )
        parts.append(bridged_rings.to_part(bridged_rings.bridged(outer, *holes)))
    return shaped(annotation, parts, size)


def smoothed(annotation: Annotation, radius: float, size: Size) -> Annotation:
    """With rounder corners: of polygons each is cut, of masks what is smaller than ``radius`` pixels."""
    shape = annotation.segmentation
    if not isinstance(shape, list):
        return masked(annotation, mask_ops.smoothed(annotation.mask(size), radius)) or annotation
    parts = []
    for part in shape:
        outer, *holes = (bridged_rings.smoothed(loop) for loop in _loops(part))
        parts.append(bridged_rings.to_part(bridged_rings.bridged(outer, *holes)))
    return shaped(annotation, parts, size)


def as_polygons(annotation: Annotation, size: Size, tolerance: float = 0.0) -> Annotation:
    """A mask as polygons, with a ``tolerance`` of 0 to the pixel; polygons as they are."""
    if isinstance(annotation.segmentation, list):
        return annotation
    mask = annotation.mask(size)
    return shaped(annotation, traced(mask, tolerance), size) if mask.area else annotation


def as_mask(annotation: Annotation, size: Size) -> Annotation:
    """Polygons as a mask, to the pixel; a mask as it is."""
    return (
        annotation
        if isinstance(annotation.segmentation, dict)
        else masked(annotation, annotation.mask(size)) or annotation
    )


def _loops(part: list[float]) -> list[bridged_rings.Ring]:
    ring = bridged_rings.to_ring(part)
    return bridged_rings.loops(ring) or [ring]


def _without_holes(shape: list[list[float]], at: tuple[int, int] | None) -> list[list[float]]:
    """The parts of a polygon without their holes, or without the one around the pixel ``at``."""
    parts = []
    for part in shape:
        outer, *holes = _loops(part)
        left = [hole for hole in holes if at is not None and not bridged_rings.covers(hole, np.add(at, 0.5))]
        parts.append(
            part if len(left) == len(holes) else bridged_rings.to_exact_part(bridged_rings.bridged(outer, *left))
        )
    return parts


def _same_pixels(one: Mask, other: Mask) -> bool:
    same_place = (one.x, one.y, one.bitmap.shape) == (other.x, other.y, other.bitmap.shape)
    return same_place and bool((one.bitmap == other.bitmap).all())
