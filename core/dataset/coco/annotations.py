"""One annotation, from the bytes in the file to an ``Instance``, with what is wrong with it.

Decoding happens when somebody looks at the image. The health check uses the same function, so that what is reported and
what is left out never differ.
"""

from collections.abc import Sequence
from functools import reduce
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

from core.dataset.coco.extents import contradicted_area, contradicts, measure
from core.dataset.coco.foreign_forms import (
    AREA,
    BOX,
    FORM,
    KEPT,
    LOST,
    LOST_MASK,
    NO_MASK,
    EncodedPart,
    Fault,
    ForeignPart,
    ShapeFields,
    are_points,
    decode_fields,
    read_foreign_form,
)
from core.dataset.model import Instance
from core.dataset.problems import Remedy
from core.geometry.masks import Size
from core.geometry.polygons import outline_fault, part_fault
from core.geometry.segmentation import Box, Polygons, Rle, Segmentation
from core.reading import UNREADABLE
from core.words import size_in_words, tr

_PART = Remedy(LOST, tr("the part is left out; {kept}", kept=KEPT))
_LAST_NUMBER = Remedy(LOST, tr("the last number is left out; {kept}", kept=KEPT))
_UNSEEN = Remedy("unseen", tr("it is kept, but no pixel belongs to it"))
_IN_PIXELS = tr("coordinates are pixels, so multiply x by the width of the image and y by its height")
_SHARES = Remedy("shares", tr("{unseen}: {in_pixels}", unseen=_UNSEEN.text, in_pixels=_IN_PIXELS))
_BOX_OF_SHARES = Remedy("box of shares", tr("it is kept, but encloses nothing: {in_pixels}", in_pixels=_IN_PIXELS))
_AS_BYTES = Remedy(FORM, tr("it is read without the marks"))


class ReadAnnotation(NamedTuple):
    """What was read of an annotation."""

    instance: Instance
    faults: list[Fault]
    plain: bool
    """Whether it stands in the file as COCO has it: others read the same."""


class _Annotation(msgspec.Struct, gc=False):
    bbox: tuple[float, float, float, float] | None = None
    area: float | None = None
    iscrowd: bool | int = 0
    segmentation: list[list[float]] | EncodedPart | None = None


_decoder = msgspec.json.Decoder(_Annotation)


def read_instance(raw: Raw, id: int, label: int, size: Size) -> ReadAnnotation:
    """The annotation ``raw`` of an image of ``size`` (height, width), and its faults. Never raises: what cannot be used
    is left out of the instance and named in the faults."""
    faults: list[Fault] = []
    entry = _as_coco_asks(raw)
    if entry is not None:
        box, area, crowd, shape = entry.bbox, entry.area, bool(entry.iscrowd), entry.segmentation
        parts: Sequence[ForeignPart] = [shape] if isinstance(shape, EncodedPart) else shape or ()
    else:
        box, area, crowd, parts = read_foreign_form(raw, size, faults)
    plain = entry is not None and box is not None and area is not None
    if box is not None and (box[2] < 0 or box[3] < 0):
        faults.append((tr("its box has a negative side: {box}", box=list(box)), BOX))
        box = None
    segmentation = _usable(parts, size, faults)
    if box is not None and not parts and max(box[0] + box[2], box[1] + box[3]) > 0 and max(box) <= 1 < min(size):
        faults.append((tr("its box lies between 0 and 1"), _BOX_OF_SHARES))
    if not parts:
        faults.append((tr("has a box but no mask") if box else tr("has neither a box nor a mask"), NO_MASK))
    if segmentation:
        box, area = _compared(segmentation, size, box, area, faults)
    else:
        box = box or (0.0, 0.0, 0.0, 0.0)
        area = box[2] * box[3] if area is None else area
    return ReadAnnotation(Instance(id, label, box, area, crowd, segmentation), faults, plain and not faults)


def outlined(raw: Raw, size: Size) -> tuple[Box, float, bool] | None:
    """Box, area and crowd of an annotation by its outlines or runs alone, whatever it states: much faster than
    ``read_instance`` where that makes masks. ``None`` for one that is not written as COCO has it, or has no mask."""
    entry = _as_coco_asks(raw)
    if entry is None:
        return None
    shape = entry.segmentation
    segmentation = _usable([shape] if isinstance(shape, EncodedPart) else shape or (), size, [])
    if not segmentation:
        return None
    measures = measure(segmentation, size)
    return measures.box, measures.area, bool(entry.iscrowd)


def read_shape(raw: Raw, size: Size) -> Segmentation | None:
    """The segmentation ``raw`` of an image of ``size`` (height, width): polygons or a run-length encoding, as far as it
    can be used. Never raises."""
    *_, parts = read_foreign_form(Raw(b'{"segmentation":' + bytes(raw) + b"}"), size, [])
    return _usable(parts, size, [])


def _as_coco_asks(raw: Raw) -> _Annotation | None:
    try:
        entry = _decoder.decode(raw)
    except UNREADABLE:
        return None
    return None if isinstance(entry.segmentation, list) and are_points(entry.segmentation) else entry


def _compared(
    segmentation: Segmentation, size: Size, box: Box | None, area: float | None, faults: list[Fault]
) -> tuple[Box, float]:
    """Box and area as they are stated, or the mask's where they are missing or contradict it."""
    measures = measure(segmentation, size)
    if measures.between_0_and_1:
        faults.append((tr("its polygon lies between 0 and 1"), _SHARES))
    wrong_box = box is not None and contradicts(box, measures, size)
    odd_area = area is not None and contradicted_area(area, measures.area)
    if box is not None and area is not None and not (wrong_box or odd_area or measures.thin):
        return box, area
    mask = segmentation.mask(size)
    wrong_area = area is not None and (not mask.area or contradicted_area(area, mask.area))
    if not mask.area:
        if not measures.between_0_and_1:
            faults.append((tr("lies outside the picture") if measures.outside else tr("covers no pixel"), _UNSEEN))
    elif box is not None and wrong_box:
        faults.append(
            (
                tr(
                    "its box {box} does not fit its mask, which lies in {mask_box}",
                    box=_shown(box),
                    mask_box=_shown(mask.box),
                ),
                BOX,
            )
        )
    elif wrong_area:
        faults.append(
            (tr("its area is {area:,.10g}, its mask has {pixels:,} pixels", area=area, pixels=mask.area), AREA)
        )
    return (
        mask.box if box is None or (wrong_box and mask.area) else box,
        float(mask.area) if area is None or wrong_area else area,
    )


def _shown(box: Box) -> str:
    return "[" + ", ".join(f"{side:.6g}" for side in box) + "]"


def _usable(parts: Sequence[ForeignPart], size: Size, faults: list[Fault]) -> Segmentation | None:
    """What can be rasterised; ``None`` when there is nothing."""
    polygons = _usable_polygons([part for part in parts if isinstance(part, list)], faults)
    encoded = [part for part in parts if isinstance(part, EncodedPart)]
    if not encoded:
        return polygons
    usable = [found for part in encoded if (found := _usable_rle(part, size, faults))]
    if polygons:
        usable.append(Rle.of(polygons.mask(size)))
    return reduce(Rle.union, usable) if usable else None


def _usable_polygons(parts: Sequence[list[float]], faults: list[Fault]) -> Polygons | None:
    usable = []
    for part in parts:
        fault = part_fault(part)
        if fault and len(part) > 6 and len(part) % 2 and not part_fault(part[:-1]):
            faults.append((fault, _LAST_NUMBER))  # as pycocotools reads it
            usable.append(part[:-1])
        elif fault:
            faults.append((fault, _PART))
        else:
            usable.append(part)
    if usable and (fault := outline_fault(usable)):
        faults.append((fault, LOST_MASK))
        return None
    return Polygons(usable) if usable else None


def _usable_rle(encoded: EncodedPart, size: Size, faults: list[Fault]) -> Rle | None:
    if encoded.size != size:
        faults.append(
            (
                tr(
                    "its mask is {mask_size} pixels, its image {image_size}",
                    mask_size=size_in_words(encoded.size),
                    image_size=size_in_words(size),
                ),
                LOST_MASK,
            )
        )
        return None
    counts = encoded.counts
    if isinstance(counts, str) and counts[:2] in ("b'", 'b"'):
        faults.append((tr("its run-length encoding is written as Python shows bytes"), _AS_BYTES))
        counts = counts[2:-1].replace("\\\\", "\\")
    found = Rle(size, counts)
    if fault := found.fault(size):
        faults.append((fault, LOST_MASK))
        return None
    return found


def corrections(raw: Raw, reading: ReadAnnotation) -> dict[str, Any]:
    """The fields of ``raw`` that others would read otherwise than ``reading``, as COCO has them: what is written in
    another form, and what cannot be read. A box or an area of good form stays, right or wrong."""
    try:
        fields = decode_fields(raw)
    except UNREADABLE:
        fields = ShapeFields()
    instance = reading.instance
    right: dict[str, Any] = {}
    if not _is_written(fields.segmentation, instance.segmentation):
        right["segmentation"] = instance.segmentation.coco if instance.segmentation else []
    if not _is_box(fields.bbox):
        right["bbox"] = instance.box
    if not isinstance(fields.area, int | float) or isinstance(fields.area, bool):
        right["area"] = instance.area
    if not isinstance(fields.iscrowd, bool | int):
        right["iscrowd"] = int(instance.crowd)
    return right


def loses(reading: ReadAnnotation) -> bool:
    """Whether something of a segmentation was not read."""
    return any(remedy.kind == LOST for _, remedy in reading.faults)


def _is_written(found: Any, segmentation: Segmentation | None) -> bool:
    if segmentation is None:
        return found is None or found == []
    if not isinstance(segmentation, Rle):
        return bool(found == segmentation.coco)
    return isinstance(found, dict) and all(
        found.get(key) == value and type(found[key]) is type(value) for key, value in segmentation.coco.items()
    )


def _is_box(found: Any) -> bool:
    numbers = isinstance(found, list) and all(isinstance(side, int | float) for side in found)
    return numbers and len(found) == 4 and min(found[2:]) >= 0 and not any(isinstance(side, bool) for side in found)
