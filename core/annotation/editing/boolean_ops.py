"""What strokes, rings and other instances add to an instance, and take from it.

Polygons that meet polygons, or a stroke of the brush, stay polygons with every corner that is not covered, see
``core.geometry.polygon_boolean``: every pixel is as when the masks are combined, but for those that an outline runs
through. What is combined with a mask, or crosses itself, becomes a mask, to the pixel. Where no pixel changes, all
stays as it is.
"""

from collections.abc import Callable, Sequence
from functools import reduce

from core.annotation.editing.model import Annotation
from core.annotation.editing.shape_ops import masked, shaped, with_parts
from core.geometry import mask_ops, polygon_boolean
from core.geometry.mask_outline import traced
from core.geometry.masks import Mask, Size
from core.geometry.polygons import Parts, outline_fault, rasterise
from core.geometry.segmentation import Rle, parts_of
from core.geometry.strokes import Painted


def painted(annotation: Annotation, stroke: Painted) -> Annotation:
    """With what a brush went over. A polygon gets the outline of the stroke, or a part more where both lie apart."""
    size, shape = stroke.mask.size, parts_of(annotation.segmentation)
    if not shape:
        return with_pixels(annotation, stroke.mask)
    mask = annotation.mask(size)
    both = mask_ops.union(mask, stroke.mask)
    if both.area == mask.area:
        return annotation
    return _of(annotation, polygon_boolean.united([shape, _in_image(stroke)], size), both) or annotation


def erased(annotation: Annotation, stroke: Painted) -> Annotation | None:
    """Without what an eraser went over; ``None`` when nothing is left."""
    return _without(annotation, stroke.mask, stroke.outline if parts_of(annotation.segmentation) else None)


def with_pixels(annotation: Annotation, mask: Mask) -> Annotation:
    """With the pixels of a mask. A polygon becomes a mask: what was found in a picture has no corners to keep."""
    if isinstance(annotation.segmentation, Rle):
        return _recoded(annotation, annotation.segmentation, Rle.union, mask) or annotation
    before = annotation.mask(mask.size)
    both = mask_ops.union(before, mask)
    return annotation if both.area == before.area else masked(annotation, both) or annotation


def without_pixels(annotation: Annotation, mask: Mask) -> Annotation | None:
    """Without the pixels of a mask; ``None`` when nothing is left. A polygon becomes a mask."""
    return _without(annotation, mask, None)


def with_part(annotation: Annotation, part: list[float], size: Size) -> Annotation:
    """With one more ring; a polygon gets another part, or a larger one where they overlap."""
    shape = parts_of(annotation.segmentation)
    if shape and not outline_fault(parts := _joined([shape, [part]], size)):
        return with_parts(annotation, parts)
    return with_pixels(annotation, rasterise([part], size))


def with_hole(annotation: Annotation, hole: list[float], size: Size) -> Annotation | None:
    """Without what lies in a ring; ``None`` when nothing is left."""
    return _without(annotation, rasterise([hole], size), [hole])


def merged(annotations: Sequence[Annotation], size: Size) -> Annotation:
    """One instance of all of them, of the class of the first. Polygons that overlap or share a border get one
    outline; others are parts."""
    first, *others = annotations
    shapes = [parts_of(annotation.segmentation) for annotation in annotations]
    if all(shapes) and not outline_fault(parts := _joined(shapes, size)):
        return with_parts(first, parts)
    mask = reduce(mask_ops.union, [other.mask(size) for other in others], first.mask(size))
    return masked(first, mask) or first


def subtracted(annotation: Annotation, others: Sequence[Annotation], size: Size) -> Annotation | None:
    """What of an instance none of the others covers; ``None`` when that is nothing."""
    shapes = [parts_of(other.segmentation) for other in others]
    mask = reduce(mask_ops.union, [other.mask(size) for other in others])
    return _without(annotation, mask, [part for shape in shapes for part in shape] if all(shapes) else None)


def intersected(annotations: Sequence[Annotation], size: Size) -> Annotation | None:
    """What all of them cover, as an instance of the class of the first; ``None`` when that is nothing."""
    mask = reduce(mask_ops.intersection, [one.mask(size) for one in annotations])
    shapes = [parts_of(annotation.segmentation) for annotation in annotations]
    return _of(annotations[0], polygon_boolean.common(shapes, size) if mask.area and all(shapes) else None, mask)


def _without(annotation: Annotation, mask: Mask, outline: Parts | None) -> Annotation | None:
    """Without the pixels of ``mask``; a polygon without what lies in ``outline``, where there is one."""
    if isinstance(annotation.segmentation, Rle):
        return _recoded(annotation, annotation.segmentation, Rle.difference, mask)
    before, shape = annotation.mask(mask.size), parts_of(annotation.segmentation)
    rest = mask_ops.difference(before, mask)
    if rest.area == before.area:
        return annotation
    parts = polygon_boolean.without(shape, outline, mask.size) if rest.area and shape and outline else None
    return None if parts == [] else _of(annotation, parts, rest)


def _recoded(annotation: Annotation, shape: Rle, combine: Callable[[Rle, Rle], Rle], mask: Mask) -> Annotation | None:
    """Its ``shape`` combined with a mask; as it is where no pixel changes, ``None`` without any. Costs what the runs
    cost, however many pixels there are."""
    combined = combine(shape, Rle.of(mask))
    if combined.area() == shape.area():
        return annotation
    return shaped(annotation, combined) if combined.area() else None


def _of(annotation: Annotation, parts: Parts | None, mask: Mask) -> Annotation | None:
    """With these parts, or with the mask where they could not be made; ``None`` without any pixel."""
    if parts and not outline_fault(parts):
        return with_parts(annotation, parts)
    return masked(annotation, mask)


def _joined(shapes: Sequence[Parts], size: Size) -> Parts:
    """All of them as one shape; parts that cross themselves stay as they are, beside the others."""
    return polygon_boolean.united(shapes, size) or [part for shape in shapes for part in shape]


def _in_image(stroke: Painted) -> Parts:
    """The outline of a stroke up to the border of the image, or of its pixels where next to nothing lies inside."""
    height, width = map(float, stroke.mask.size)
    frame = [0.0, 0.0, width, 0.0, width, height, 0.0, height]
    return polygon_boolean.common([stroke.outline, [frame]], stroke.mask.size) or traced(stroke.mask)
