"""Annotations that are not written as COCO asks, in the forms that other tools write."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import Raw

from core.dataset.coco.entries import NUMBER_MEANT
from core.dataset.lenient_json import brief, integer, number
from core.dataset.problems import Remedy
from core.geometry.masks import Size
from core.geometry.segmentation import Box
from core.reading import UNREADABLE
from core.words import tr

Fault = tuple[str, Remedy]
"""Message and remedy of a problem whose file and entry are known elsewhere."""

LOST = "lost"
"""The kind of faults by which something that stands in the file is not read."""
FORM = "form"
"""The kind of faults by which others would read nothing, or something else."""
NO_MASK = Remedy("no mask", tr("its box is kept; it is left out wherever masks are needed"))
KEPT = tr("what stands there is kept as “unread” when the file is saved")
LOST_MASK = Remedy(LOST, tr("its box is kept; it is left out wherever masks are needed; {kept}", kept=KEPT))
BOX = Remedy("box", tr("its box is taken from its mask"))
AREA = Remedy("area", tr("its area is counted from its mask"))
UNREADABLE_ENTRY = Remedy(LOST, tr("it is an object without box and mask; {kept}", kept=KEPT))
_NUMBER = Remedy(FORM, NUMBER_MEANT)
_CROWD = Remedy(FORM, tr("it is taken as a single object, unless it says 1"))
_OTHER_FORM = Remedy(FORM, tr("it is read as COCO's list of parts, each a flat list x, y, x, y, …"))
_TOGETHER = Remedy(FORM, tr("they are read as one mask"))
_SIZE = Remedy(FORM, tr("that of its image is taken"))
_FOUR = Remedy(FORM, tr("it is read as four numbers"))
_DEEPEST = 4
"""Lists in lists, at most."""


class EncodedPart(msgspec.Struct, gc=False):
    """A run-length encoding, whether it fits or not."""

    size: tuple[int, int]
    counts: str | list[int]


ForeignPart = list[float] | EncodedPart
"""One of the things an object is made of. Coordinates are NaN in place of what is no number."""


class ShapeFields(msgspec.Struct, gc=False):
    """The fields of an annotation that concern its shape, whatever they are."""

    bbox: Any = None
    area: Any = None
    iscrowd: Any = 0
    segmentation: Any = None


decode_fields = msgspec.json.Decoder(ShapeFields).decode


def read_foreign_form(
    raw: Raw, size: Size, faults: list[Fault]
) -> tuple[Box | None, float | None, bool, list[ForeignPart]]:
    """Box, area, crowd and parts of an annotation of an image of ``size`` (height, width)."""
    try:
        fields = decode_fields(raw)
    except UNREADABLE as error:
        faults.append((tr("cannot be read: {error}", error=error), UNREADABLE_ENTRY))
        return None, None, False, []
    box = _box(fields.bbox, faults)
    area = number(fields.area)
    if isinstance(fields.area, str) or (area is None and fields.area is not None):
        faults.append((tr("its area is {brief}", brief=brief(fields.area)), AREA if area is None else _NUMBER))
    if not isinstance(fields.iscrowd, bool | int):
        faults.append((tr("its iscrowd is {brief}", brief=brief(fields.iscrowd)), _CROWD))
    return box, area, is_crowd(fields.iscrowd), _parts(fields.segmentation, size, faults)


def is_crowd(value: Any) -> bool:
    """What a field ``iscrowd`` says."""
    return bool(value) if isinstance(value, bool | int) else integer(value) == 1


def _box(value: Any, faults: list[Fault]) -> Box | None:
    if value is None or value == []:
        return None
    found = value[0] if isinstance(value, list) and len(value) == 1 else value
    sides = [side for item in found if (side := number(item)) is not None] if isinstance(found, list) else []
    if len(sides) != 4 or len(found) != 4:
        faults.append((tr("its box is {brief} instead of four numbers", brief=brief(value)), BOX))
        return None
    if found is not value or any(isinstance(item, str) for item in found):
        faults.append(
            (
                tr("its box is {brief}", brief=brief(value)),
                _NUMBER if found is value else _FOUR,
            )
        )
    return sides[0], sides[1], sides[2], sides[3]


def _parts(value: Any, size: Size, faults: list[Fault]) -> list[ForeignPart]:
    """What a segmentation is made of."""
    if value is None:
        return []
    if isinstance(value, dict) and "coordinates" in value:
        value = _geometry(value, faults)
    if isinstance(value, dict):
        return _encoded(value, size, faults)
    if not isinstance(value, list):
        faults.append((tr("its segmentation is {brief}", brief=brief(value)), LOST_MASK))
        return []
    if value and not any(isinstance(part, list | dict) for part in value):
        faults.append((tr("its polygon is a bare list"), _OTHER_FORM))
        value = [value]
    elif are_points(value) or _are_named_points(value):
        value = [value]
    if any(isinstance(part, dict) and "counts" in part for part in value):
        faults.append((tr("its segmentation is a list of run-length encodings"), _TOGETHER))
    return [part for each in value for part in _part(each, size, faults, 1)]


def _geometry(value: dict[str, Any], faults: list[Fault]) -> Any:
    """The rings of a polygon, or of several, of GeoJSON (RFC 7946, 3.1.6); ``value`` where they are none, or some have
    holes, which lists of parts cannot tell."""
    stated = value["coordinates"]
    polygons = [stated] if value.get("type") == "Polygon" else stated if value.get("type") == "MultiPolygon" else None
    if not isinstance(polygons, list) or not all(isinstance(each, list) and len(each) == 1 for each in polygons):
        return value
    faults.append((tr("its segmentation is a geometry of GeoJSON"), _OTHER_FORM))
    return [
        [number for point in ring for number in point[:2]] if all(isinstance(point, list) for point in ring) else ring
        for polygon in polygons
        for ring in polygon
        if isinstance(ring, list)
    ]


def _are_named_points(value: Sequence[Any]) -> bool:
    """Whether a list is one of points, ``[{"x": 1, "y": 2}, …]``."""
    return len(value) > 2 and all(isinstance(point, dict) and {"x", "y"} <= point.keys() for point in value)


def _encoded(value: dict[str, Any], size: Size, faults: list[Fault]) -> list[ForeignPart]:
    if "counts" not in value:
        faults.append((tr("its segmentation is {brief}", brief=brief(value)), LOST_MASK))
        return []
    if "size" not in value:
        faults.append((tr("its run-length encoding states no size"), _SIZE))
        value = value | {"size": list(size)}
    try:
        return [msgspec.convert(value, EncodedPart, strict=False)]
    except msgspec.ValidationError as error:
        faults.append((tr("its run-length encoding is not one: {error}", error=error), LOST_MASK))
        return []


def _part(part: Any, size: Size, faults: list[Fault], depth: int) -> list[ForeignPart]:
    """One entry of a list of parts: nearly always one part."""
    if isinstance(part, dict):
        return _encoded(part, size, faults)
    if isinstance(part, list) and _are_named_points(part):
        part = [[point["x"], point["y"]] for point in part]
    if not isinstance(part, list):
        return [[np.nan]]
    if are_points(part):
        faults.append((tr("its polygon is a list of points"), _OTHER_FORM))
        part = [coordinate for point in part for coordinate in point]
    elif part and depth < _DEEPEST and all(isinstance(inner, list | dict) for inner in part):
        faults.append((tr("its parts are lists in a list"), _OTHER_FORM))
        return [found for inner in part for found in _part(inner, size, faults, depth + 1)]
    if any(isinstance(value, str) for value in part):
        faults.append((tr("its polygon has coordinates written as text"), _NUMBER))
    return [[np.nan if (value := number(item)) is None else value for item in part]]


def are_points(value: Sequence[Any]) -> bool:
    """Whether a list is one of points, ``[[x, y], [x, y], …]``."""
    return len(value) > 2 and all(isinstance(point, list) and len(point) == 2 for point in value)
