"""One annotation, from the bytes in the file to an ``Instance``, with what is wrong with it.

Decoding happens when somebody looks at the image. The health check uses the same function, so that what is reported and
what is left out never differ.
"""

from typing import Any

import msgspec
import numpy as np
from msgspec import Raw

from core.dataset.entries import UNREADABLE
from core.dataset.model import Box, Instance, Segmentation
from core.dataset.values import brief, integer, number
from core.geometry import rle
from core.geometry.masks import Mask, Size, from_rle
from core.geometry.polygons import outline_fault, part_fault, rasterise

Fault = tuple[str, str]
"""Message and hint of a problem whose file and entry are known elsewhere."""

_NO_MASK = "its box is kept; it is left out wherever masks are needed"
_PART = "the part is left out"
_BOX = "its box is taken from its mask"
_AREA = "its area is counted from its mask"
_NUMBER_MEANT = "it is read as the number it stands for"
_CROWD = "it is taken as a single object, unless it says 1"
_OTHER_FORM = "it is read as COCO's list of parts, each a flat list x, y, x, y, …"
_UNSEEN = "it is kept, but no pixel belongs to it"


class _Rle(msgspec.Struct, gc=False):
    size: tuple[int, int]
    counts: str | list[int]


class _Annotation(msgspec.Struct, gc=False):
    bbox: tuple[float, float, float, float] | None = None
    area: float | None = None
    iscrowd: bool | int = 0
    segmentation: list[list[float]] | _Rle | None = None


_decoder = msgspec.json.Decoder(_Annotation)


def mask_of(segmentation: Segmentation, size: Size) -> Mask:
    """The pixels of an instance of an image of ``size`` (height, width). Without a segmentation there are none: a box
    says where an object is, not what its shape is."""
    return from_rle(segmentation) if isinstance(segmentation, dict) else rasterise(segmentation or [], size)


def read_instance(raw: Raw, id: int, label: int, size: Size) -> tuple[Instance, list[Fault]]:
    """The annotation ``raw`` of an image of ``size`` (height, width), and its faults. Never raises: what cannot be used
    is left out of the instance and named in the faults."""
    faults: list[Fault] = []
    try:
        entry = _decoder.decode(raw)
        box, area, crowd = entry.bbox, entry.area, bool(entry.iscrowd)
        shape: Any = entry.segmentation
    except UNREADABLE:
        box, area, crowd, shape = _understand(raw, faults)
    if box is not None and (box[2] < 0 or box[3] < 0):
        faults.append((f"its box has a negative side: {list(box)}", _BOX))
        box = None
    segmentation = _usable_rle(shape, size, faults) if isinstance(shape, _Rle) else _usable_parts(shape, size, faults)
    if not shape:
        faults.append(("has a box but no mask" if box else "has neither a box nor a mask", _NO_MASK))
    if box is None or area is None:
        mask = mask_of(segmentation, size)
        box = box or mask.box
        if area is None:
            area = float(mask.area) if segmentation else box[2] * box[3]
    return Instance(id, label, box, area, crowd, segmentation), faults


def _usable_parts(parts: list[list[float]] | None, size: Size, faults: list[Fault]) -> Segmentation:
    """The parts that can be rasterised; ``None`` when there are none."""
    usable = []
    for part in parts or []:
        if fault := part_fault(part):
            faults.append((fault, _PART))
        else:
            usable.append(part)
    if not usable:
        return None
    if fault := outline_fault(usable):
        faults.append((fault, _NO_MASK))
        return None
    if all(max(part[0::2]) <= 0 or max(part[1::2]) <= 0 for part in usable) or all(
        min(part[0::2]) >= size[1] or min(part[1::2]) >= size[0] for part in usable
    ):
        faults.append(("lies outside the picture", _UNSEEN))
    return usable


def _usable_rle(encoded: _Rle, size: Size, faults: list[Fault]) -> Segmentation:
    height, width = encoded.size
    if encoded.size != size:
        faults.append((f"its mask is {width} × {height} pixels, its image {size[1]} × {size[0]}", _NO_MASK))
        return None
    counts = encoded.counts
    try:
        rle.check(rle.uncompress(counts) if isinstance(counts, str) else np.asarray(counts, np.int64), height, width)
    except (ValueError, OverflowError) as error:
        faults.append((f"its run-length encoding does not fit: {error}", _NO_MASK))
        return None
    return {"size": [height, width], "counts": counts}


def _understand(raw: Raw, faults: list[Fault]) -> tuple[Box | None, float | None, bool, Any]:
    """Box, area, crowd and segmentation of an entry that is not written as COCO asks."""
    try:
        entry = msgspec.json.decode(raw, type=dict[str, Any])
    except UNREADABLE as error:
        faults.append((f"cannot be read: {error}", "it is kept as an object without box and mask"))
        return None, None, False, None
    box = _understand_box(entry.get("bbox"), faults)
    area = number(entry.get("area"))
    if isinstance(entry.get("area"), str) or (area is None and entry.get("area") is not None):
        faults.append((f"its area is {brief(entry['area'])}", _AREA if area is None else _NUMBER_MEANT))
    crowd = entry.get("iscrowd", 0)
    if not isinstance(crowd, bool | int):
        faults.append((f"its iscrowd is {brief(crowd)}", _CROWD))
        crowd = integer(crowd) == 1
    return box, area, bool(crowd), _understand_shape(entry.get("segmentation"), faults)


def _understand_box(value: Any, faults: list[Fault]) -> Box | None:
    if value is None or value == []:
        return None
    sides = [side for item in value if (side := number(item)) is not None] if isinstance(value, list) else []
    if len(sides) != 4 or len(value) != 4:
        faults.append((f"its box is {brief(value)} instead of four numbers", _BOX))
        return None
    if any(isinstance(item, str) for item in value):
        faults.append((f"its box is {brief(value)}", _NUMBER_MEANT))
    return sides[0], sides[1], sides[2], sides[3]


def _understand_shape(value: Any, faults: list[Fault]) -> _Rle | list[list[float]] | None:
    """A segmentation, also one in the forms that other tools write."""
    if value is None:
        return None
    if isinstance(value, dict):
        try:
            return msgspec.convert(value, _Rle, strict=False)
        except msgspec.ValidationError as error:
            faults.append((f"its run-length encoding is not one: {error}", _NO_MASK))
            return None
    if not isinstance(value, list):
        faults.append((f"its segmentation is {brief(value)}", _NO_MASK))
        return None
    if value and not any(isinstance(part, list) for part in value):
        faults.append(("its polygon is a bare list", _OTHER_FORM))
        value = [value]
    return [_understand_part(part, faults) for part in value]


def _understand_part(part: Any, faults: list[Fault]) -> list[float]:
    """Coordinates, NaN in place of what is none, so that the part is found faulty later."""
    if not isinstance(part, list):
        return [np.nan]
    if part and all(isinstance(point, list) for point in part):
        faults.append(("its polygon is a list of points", _OTHER_FORM))
        part = [coordinate for point in part for coordinate in point]
    if any(isinstance(value, str) for value in part):
        faults.append(("its polygon has coordinates written as text", _NUMBER_MEANT))
    return [np.nan if (value := number(item)) is None else value for item in part]
