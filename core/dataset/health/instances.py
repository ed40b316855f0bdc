"""What may be wrong with the instances of an image: one small function a kind, in ``DETECTORS``.

The thresholds are here, each with its reason. They were set by what they find in COCO, in cell nuclei and in flakes
under a microscope: of what people drew with care, next to nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import cv2
import msgspec
import numpy as np

from core.dataset.coco.extents import measure
from core.dataset.health.findings import Finding
from core.geometry.boxes import meeting
from core.geometry.masks import Mask, Size, overlap
from core.geometry.polygons import crosses_itself
from core.geometry.segmentation import Box, Polygons, Segmentation, mask_of

TWICE = 0.85
"""IoU from which on two instances are one object: two people who outline the same thing reach it, two things that
overlap don't."""
INSIDE = 0.8
"""Share of an instance in another of its class from which on it is part of it."""
OVERLAP = 0.3
"""Share of an instance that another of its class has too, at least, for it to be worth a look."""
UNUSUAL = 0.05
"""Share of the instances of a class that may overlap more than what is usual in it. With that, a class whose objects
lie in each other is left alone."""
FEWEST = 20
"""Instances of a class, from which on there is something that is usual."""
SPECK, SPECK_SHARE = 16, 0.05
"""Pixels and share of the largest piece below which another piece is a stray: 4 × 4 pixels are less than any brush
leaves on purpose."""
FAR_SHARE = 0.005
"""A larger piece is one where it has less than this share and lies farther away than the largest piece is long."""
TINY = 16
"""Pixels below which an instance is tiny."""
THIN = 2
"""Pixels: a sliver is nowhere wider."""
LONG = 5
"""A sliver is so many times as long as wide, at least."""
BEYOND = 0.01
"""Pixels outside the image: coordinates are written to hundredths."""
BOX_OFF = 2.0
"""Pixels by which a side of a box may miss that of the mask: boxes are stated by corners, masks by whole pixels."""
BOX_SHARE = 0.02
"""The same as a share of the side, for what is large."""
AREA_SHARE = 0.1
"""By which an area may differ, besides half the pixels along the outline: polygons cut through them."""


MOST_CORNERS = 20_000
"""Of an outline that is searched for crossings: there may be as many as the square of it."""

OVERLAPPING = ("inside", "overlap")
"""Kinds that a class may be full of, with nothing wrong."""


@dataclass(frozen=True, slots=True, eq=False)
class CheckedInstance:
    """An instance as it is looked at."""

    id: int
    category: int
    """``Category.id``."""
    segmentation: Segmentation | None
    box: Box
    crowd: bool
    stated: tuple[Box | None, float | None]
    """Box and area as the file has them, ``None`` where it states none or they are counted from the mask."""
    mask: Mask


class Overlap(NamedTuple):
    """Two instances with pixels in common; ``one`` is the smaller."""

    one: CheckedInstance
    other: CheckedInstance
    iou: float
    share: float
    """Of the smaller."""


@dataclass(frozen=True, eq=False)
class CheckedImage:
    """An image with all its instances."""

    index: int
    size: Size
    instances: Sequence[CheckedInstance]
    names: Mapping[int, str]
    """Of the classes, by ``Category.id``."""

    @cached_property
    def overlaps(self) -> list[Overlap]:
        """All pairs of single objects that share pixels."""
        some = [each for each in self.instances if not each.crowd and each.mask.bitmap.size]
        if len(some) < 2:
            return []
        areas = [each.mask.area for each in some]
        boxes = np.array([each.mask.box for each in some])
        boxes[:, 2:] += boxes[:, :2]
        found = []
        for first, second in meeting(boxes, boxes).tolist():
            if first < second and (shared := overlap(some[first].mask, some[second].mask)):
                small, large = sorted((first, second), key=lambda place: areas[place])
                iou = shared / (areas[first] + areas[second] - shared)
                found.append(Overlap(some[small], some[large], iou, shared / areas[small]))
        return found

    def finding(
        self, kind: str, instance: CheckedInstance, *others: CheckedInstance, **fields: str | int | float
    ) -> Finding:
        """Something about an instance, and maybe others of the image."""
        ids = (instance.id, *(other.id for other in others))
        return Finding(kind, (self.index,), ids, fields={"name": self.names[instance.category], **fields})


Detector = Callable[[CheckedImage], Iterator[Finding]]


def checked(
    id: int, category: int, shape: Segmentation | None, box: Box, size: Size, **more: object
) -> CheckedInstance:
    """An instance with its pixels made; ``more`` are ``crowd`` and ``stated``."""
    stated = more.get("stated", (None, None))
    return CheckedInstance(id, category, shape, box, bool(more.get("crowd")), stated, mask_of(shape, size))  # type: ignore[arg-type]


def _pairs(image: CheckedImage) -> Iterator[Finding]:
    """One object twice, in two classes or in two instances; much overlap within a class (see ``unusual``)."""
    for one, other, iou, share in image.overlaps:
        if iou >= TWICE:
            if one.category == other.category:
                yield image.finding("twice", one, other, iou=round(iou, 4))
            else:
                yield image.finding("two_classes", one, other, other=image.names[other.category], iou=round(iou, 4))
        elif one.category == other.category and share > OVERLAP:
            found = image.finding("inside" if share > INSIDE else "overlap", one, other, share=round(share, 4), usual=0)
            yield msgspec.structs.replace(found, classes=(one.category,))


def _empty(image: CheckedImage) -> Iterator[Finding]:
    """No mask, or one without a pixel."""
    for each in image.instances:
        if not each.segmentation:
            yield image.finding("box_only", each)
        elif each.mask.area <= 1:
            measures = measure(each.segmentation, image.size)
            kind = "shares" if measures.between_0_and_1 else "beyond" if measures.outside else "no_pixels"
            if kind == "shares" or not each.mask.area:
                yield image.finding(kind, each)


def stray_pieces(mask: Mask) -> list[Mask]:
    """The pieces of a mask that are specks. Pixels that touch at a corner hang together."""
    if not mask.bitmap.size:
        return []
    number, labels, stats, _ = cv2.connectedComponentsWithStats(mask.bitmap, connectivity=8)
    if number < 3:
        return []
    main = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    left, top, width, height, largest = stats[main].tolist()
    found = []
    for label in range(1, number):
        x, y, wide, high, pixels = stats[label].tolist()
        apart = max(x - left - width, left - x - wide, y - top - height, top - y - high)
        small = pixels < SPECK and pixels < SPECK_SHARE * largest
        if label != main and (small or (pixels < FAR_SHARE * largest and apart > max(width, height))):
            piece = (labels[y : y + high, x : x + wide] == label).astype(np.uint8)
            found.append(Mask(mask.x + x, mask.y + y, piece, mask.size))
    return found


def _specks(image: CheckedImage) -> Iterator[Finding]:
    for each in image.instances:
        if not each.crowd and (strays := stray_pieces(each.mask)):
            pixels = sum(stray.area for stray in strays)
            yield image.finding("speck", each, pixels=pixels, pieces=len(strays))


def _thin(image: CheckedImage) -> Iterator[Finding]:
    """Slivers, and what is tiny."""
    for each in image.instances:
        pixels, (height, width) = each.mask.area, each.mask.bitmap.shape
        if each.crowd or not pixels:
            continue
        length = max(float(np.hypot(height, width)), 1.0)
        if length >= LONG * THIN and pixels <= 2 * THIN * length:
            padded = np.pad(each.mask.bitmap, 1)
            across = int(2 * cv2.distanceTransform(padded, cv2.DIST_C, 3).max())
            if across <= THIN:
                yield image.finding("sliver", each, width=max(round(pixels / length), 1), length=round(length, 1))
                continue
        if pixels < TINY and not measure(each.segmentation, image.size).between_0_and_1:
            yield image.finding("tiny", each, pixels=pixels)


def _crossing(image: CheckedImage) -> Iterator[Finding]:
    for each in image.instances:
        parts = each.segmentation.parts if isinstance(each.segmentation, Polygons) else []
        if any(crosses_itself(part) for part in parts if len(part) <= 2 * MOST_CORNERS):
            yield image.finding("crossing", each)


def _outside(image: CheckedImage) -> Iterator[Finding]:
    height, width = image.size
    for each in image.instances:
        if isinstance(each.segmentation, Polygons) and each.mask.bitmap.size:
            x, y, wide, high = each.segmentation.box
            beyond = max(-x, -y, x + wide - width, y + high - height)
            if beyond > BEYOND:
                yield image.finding("outside", each, pixels=round(beyond, 3))


def _sizes(image: CheckedImage) -> Iterator[Finding]:
    """Boxes and areas that are not those of the masks."""
    for each in image.instances:
        box, area = each.stated
        left, top, width, height = each.mask.box
        if not each.mask.bitmap.size:
            continue
        if box is not None:
            x, y = (
                max(abs(box[0] - left), abs(box[0] + box[2] - left - width)),
                max(abs(box[1] - top), abs(box[1] + box[3] - top - height)),
            )
            if x > max(BOX_OFF, BOX_SHARE * width) or y > max(BOX_OFF, BOX_SHARE * height):
                yield image.finding("box", each, pixels=round(max(x, y), 2))
        if area is not None:
            pixels = each.mask.area
            if abs(area - pixels) > AREA_SHARE * pixels + (width + height) / 2:
                yield image.finding("area", each, stated=round(area, 2), pixels=pixels)


DETECTORS: Mapping[tuple[str, ...], Detector] = {
    ("twice", "two_classes", "inside", "overlap"): _pairs,
    ("no_pixels", "beyond", "shares", "box_only"): _empty,
    ("speck",): _specks,
    ("sliver", "tiny"): _thin,
    ("crossing",): _crossing,
    ("outside",): _outside,
    ("box", "area"): _sizes,
}
"""By the kinds that each may find."""


def examine_image(image: CheckedImage) -> list[Finding]:
    """All that is wrong with the instances of an image."""
    return [finding for detector in DETECTORS.values() for finding in detector(image)]


def usual_overlaps(findings: Iterable[Finding], instances: Mapping[int, int]) -> dict[int, float]:
    """The overlap that all but a few instances of a class stay below, where it is much. ``instances`` are how many
    each class has, by ``Category.id``."""
    shares: dict[int, list[float]] = defaultdict(list)
    for finding in findings:
        if finding.kind in OVERLAPPING:
            shares[finding.classes[0]].append(float(finding.fields["share"]))
    few = {category: int(np.ceil(UNUSUAL * instances.get(category, 0))) for category in shares}
    return {
        category: sorted(of_class, reverse=True)[few[category]]
        for category, of_class in shares.items()
        if instances.get(category, 0) >= FEWEST and len(of_class) > few[category]
    }


def unusual(findings: Iterable[Finding], usual: Mapping[int, float]) -> list[Finding]:
    """The findings without overlaps that are ``usual`` in their class."""
    kept = []
    for finding in findings:
        if finding.kind in OVERLAPPING:
            limit = usual.get(finding.classes[0], 0.0)
            if float(finding.fields["share"]) <= limit:
                continue
            finding = msgspec.structs.replace(finding, fields=finding.fields | {"usual": round(limit, 4)})
        kept.append(finding)
    return kept
