"""One annotation, from the bytes in the file to an ``Instance``, with what is wrong with it.

Decoding happens when somebody looks at the image. The same function tells the health check what it found, so that what
is reported and what is left out never differ.
"""

from typing import Any

import msgspec
import numpy as np
from msgspec import Raw

from core.dataset.entries import Fault, integer, number
from core.dataset.model import Box, Instance, Segmentation
from core.geometry import rle
from core.geometry.masks import Mask, Size, from_rle
from core.geometry.polygons import outline_fault, part_fault, rasterise

_NO_MASK = "its box is kept; it is left out wherever masks are needed. Draw its outline to use it"
_PART = "the part is left out; draw it again to have it"
_BOX = "the box is taken from the mask instead"
_AS_NUMBER = "it is read as the number it stands for; export the file again to be rid of it"
_AREA = "the area is counted from the mask instead"


class _Rle(msgspec.Struct, gc=False):
    size: tuple[int, int]
    counts: str | list[int]


class _Annotation(msgspec.Struct, gc=False):
    bbox: tuple[float, float, float, float] | None = None
    area: float | None = None
    iscrowd: bool | int = 0
    segmentation: list[list[float]] | _Rle | None = None


_decoder = msgspec.json.Decoder(_Annotation)


def read_instance(raw: Raw, id: int, label: int, size: Size) -> tuple[Instance, list[Fault]]:
    """The annotation ``raw`` of an image of ``size`` (height, width), and its faults. Never raises: what cannot be used
    is left out of the instance and named in the faults."""
    faults: list[Fault] = []
    try:
        entry = _decoder.decode(raw)
        box, area, crowd = entry.bbox, entry.area, bool(entry.iscrowd)
        given = entry.segmentation
        shape: Any = {"size": list(given.size), "counts": given.counts} if isinstance(given, _Rle) else given
    except (msgspec.MsgspecError, UnicodeDecodeError):
        box, area, crowd, shape = _understand(raw, faults)
    segmentation = _usable(shape, size, faults)
    if box is not None and (box[2] < 0 or box[3] < 0):
        faults.append((f"its box has a negative side: {list(box)}", _BOX))
        box = None
    if segmentation is None:
        faults.append(("has a box but no mask" if box else "has neither a box nor a mask", _NO_MASK))
    if box is None or area is None:
        box, area = _measure(segmentation, size, box, area)
    return Instance(id, label, box, area, crowd, segmentation), faults


def mask_of(segmentation: Segmentation, size: Size) -> Mask:
    """The pixels of an instance of an image of ``size`` (height, width). Without a segmentation there are none: a box
    says where an object is, not what its shape is."""
    if isinstance(segmentation, dict):
        return from_rle(segmentation)
    return rasterise(segmentation or [], size)


def _measure(segmentation: Segmentation, size: Size, box: Box | None, area: float | None) -> tuple[Box, float]:
    """Box and area, from the mask where the file lacks them."""
    mask = mask_of(segmentation, size)
    if area is None:
        area = float(mask.area) if segmentation is not None else (box[2] * box[3] if box else 0.0)
    return box or mask.box, area


def _understand(raw: Raw, faults: list[Fault]) -> tuple[Box | None, float | None, bool, Any]:
    """Box, area, crowd and segmentation of an entry that is not written as COCO asks."""
    try:
        entry = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        faults.append((f"cannot be read: {error}", "it is kept as an empty instance"))
        return None, None, False, None
    area = number(entry.get("area"))
    if area is None and entry.get("area") is not None:
        faults.append((f"its area is {_brief(entry['area'])}", _AREA))
    elif isinstance(entry.get("area"), str):
        faults.append((f"its area is text: {_brief(entry['area'])}", _AS_NUMBER))
    crowd = integer(entry.get("iscrowd", 0))
    if isinstance(entry.get("iscrowd"), bool):
        crowd = int(entry["iscrowd"])
    elif crowd is None or not isinstance(entry.get("iscrowd", 0), int | float):
        faults.append((f"iscrowd is {_brief(entry.get('iscrowd'))}", "it is read as 0 unless it stands for 1"))
    return _understand_box(entry.get("bbox"), faults), area, bool(crowd), _understand_shape(entry, faults)


def _understand_box(value: Any, faults: list[Fault]) -> Box | None:
    if value is None or value == []:
        return None
    numbers = [number(side) for side in value] if isinstance(value, list) else []
    if len(numbers) != 4 or None in numbers:
        faults.append((f"its box is {_brief(value)} instead of four numbers", _BOX))
        return None
    if any(isinstance(side, str) for side in value):
        faults.append((f"its box is text: {_brief(value)}", _AS_NUMBER))
    x, y, width, height = (side or 0.0 for side in numbers)
    return x, y, width, height


def _understand_shape(entry: dict[str, Any], faults: list[Fault]) -> Any:
    """A segmentation in COCO's form, from the forms that other tools write."""
    value = entry.get("segmentation")
    if isinstance(value, dict):
        size, counts = value.get("size"), value.get("counts")
        sides = [integer(side) for side in size] if isinstance(size, list) else []
        lengths = [integer(count) for count in counts] if isinstance(counts, list) else counts
        if len(sides) == 2 and None not in sides and (isinstance(lengths, str) or (lengths and None not in lengths)):
            return {"size": sides, "counts": lengths}
        faults.append(("its run-length encoding has no usable size and counts", _NO_MASK))
        return None
    if value is None:
        return None
    if not isinstance(value, list):
        faults.append((f"its segmentation is {_brief(value)}", _NO_MASK))
        return None
    if value and not any(isinstance(part, list) for part in value):
        faults.append(("its polygon is not in a list of parts", "it is read as one part"))
        value = [value]
    return [part for part in (_understand_part(part, faults) for part in value) if part is not None]


def _understand_part(part: Any, faults: list[Fault]) -> list[float] | None:
    if isinstance(part, list) and part and all(isinstance(point, list) and len(point) == 2 for point in part):
        faults.append(("its polygon is a list of points", "it is read as COCO's flat list x, y, x, y, …"))
        part = [coordinate for point in part for coordinate in point]
    numbers = [number(value) for value in part] if isinstance(part, list) else [None]
    if None in numbers:
        faults.append(("a polygon has coordinates that are not numbers", _PART))
        return None
    if any(isinstance(value, str) for value in part):
        faults.append(("a polygon has coordinates written as text", _AS_NUMBER))
    return [value or 0.0 for value in numbers]


def _usable(shape: Any, size: Size, faults: list[Fault]) -> Segmentation:
    """The segmentation without the parts that cannot be rasterised; ``None`` when nothing remains."""
    if isinstance(shape, dict):
        return _usable_rle(shape, size, faults)
    parts = []
    for part in shape or []:
        if fault := part_fault(part):
            faults.append((fault, _PART))
        else:
            parts.append(part)
    if parts and (fault := outline_fault(parts)):
        faults.append((fault, _NO_MASK))
        return None
    return parts or None


def _usable_rle(encoded: dict[str, Any], size: Size, faults: list[Fault]) -> Segmentation:
    height, width = encoded["size"]
    if (height, width) != size:
        faults.append(
            (
                f"its run-length encoding is {height} × {width}, the image {size[0]} × {size[1]} (height × width)",
                _NO_MASK,
            )
        )
        return None
    counts = encoded["counts"]
    try:
        runs = rle.uncompress(counts) if isinstance(counts, str) else np.asarray(counts, np.int64)
        rle.check(runs, height, width)
    except (ValueError, OverflowError) as error:
        faults.append((f"its run-length encoding does not fit: {error}", _NO_MASK))
        return None
    return encoded


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "…"
