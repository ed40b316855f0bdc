"""What mends the findings of a check: each is an edit of the draft, all of a kind are one step of undo. And the check
of images as the draft has them, so that what was mended is seen to be.

A kind of ``core.dataset.health.kinds`` with a ``fix`` has a function here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

import msgspec

from core.annotation.assist import grab_cut
from core.annotation.editing import boolean_ops, classes
from core.annotation.editing.draft import Draft, Instances
from core.annotation.editing.edits import CompoundEdit, Edit, InstanceEdit, ReviewEdit, SimpleEdit
from core.annotation.editing.model import Annotation
from core.annotation.editing.shape_ops import masked, turned, with_parts
from core.dataset.health.classes import class_findings
from core.dataset.health.findings import Finding
from core.dataset.health.image_sizes import Look, sized
from core.dataset.health.instances import DETECTORS, CheckedImage, checked, examine_image, stray_pieces, unusual
from core.dataset.health.kinds import KINDS
from core.dataset.health.survey import MAYBE_UNTURNED, annotated_unturned, stated_sizes
from core.dataset.model import Image, Instance
from core.errors import UserError
from core.geometry import polygon_boolean
from core.geometry.mask_outline import traced
from core.geometry.masks import Size
from core.geometry.polygons import Parts, outline_fault
from core.geometry.segmentation import Box, parts_of
from core.pacing import paced
from core.words import tr

OF_IMAGES = frozenset((*(kind for kinds in DETECTORS for kind in kinds), "bare", "unturned"))
"""Kinds that ``of_image`` finds."""
OF_CLASSES = frozenset(("unused_class", "similar_classes", "missing_class"))
"""Kinds that ``of_classes`` finds."""


def of_image(draft: Draft, image: int, usual: Mapping[int, float]) -> list[Finding]:
    """What is wrong with the annotations of an image as the draft has them. Costs a millisecond or so."""
    entry, known = draft.dataset.images[image], draft.peek(image)
    if not known:
        bare = not draft.review(image)
        return [Finding("bare", (image,), fields={"name": entry.file_name})] if bare else []
    size, stated = (entry.height, entry.width), _stated(draft, image)
    names = {category.id: category.name for category in draft.categories}
    instances = [
        checked(id, one.category, one.segmentation, one.box, size, crowd=one.crowd, stated=stated.get(id, (None, None)))
        for id, one in known.items()
    ]
    found = examine_image(CheckedImage(image, size, instances, names))
    if draft.dataset.has_picture(entry) and any(each.kind in (*MAYBE_UNTURNED, "box_only") for each in found):
        as_drawn = _stored_shapes(draft, entry)
        with suppress(UserError):  # it is found when all pictures are looked at
            found += annotated_unturned(entry, draft.dataset.image_path(entry), as_drawn)
    return unusual(found, usual)


def _stored_shapes(draft: Draft, image: Image) -> Look:
    """Reads the instances of an image as if it had another size: those that are as the file has them from there, since
    an encoded mask of another size is not read; others as they are."""
    dataset, known = draft.dataset, draft.peek(image.index)
    ids = dataset.ids(image)
    now = dict(zip(ids, dataset.instances(image), strict=True))

    def look(as_if: Image) -> list[Instance]:
        read = dict(zip(ids, dataset.instances(as_if), strict=True))
        return [
            read[id]
            if id in now and one.segmentation == now[id].segmentation
            else Instance(id, 0, one.box, 0.0, one.crowd, one.segmentation)
            for id, one in known.items()
        ]

    return look


def of_classes(draft: Draft) -> list[Finding]:
    """Classes without instances or missing from a split, and those that are there by two names, as the draft has
    them."""
    names = {category.id: category.name for category in draft.categories}
    of_splits = {split: draft.class_counts(split) for split in draft.dataset.splits}
    return list(class_findings(names, draft.class_counts(), of_splits))


def _stated(draft: Draft, image: int) -> dict[int, tuple[Box | None, float | None]]:
    """Box and area that the file states for each instance whose shape is still the one it has there."""
    dataset, known = draft.dataset, draft.peek(image)
    entry = dataset.images[image]
    stated: dict[int, tuple[Box | None, float | None]] = {}
    rows = zip(dataset.ids(entry), dataset.instances(entry), stated_sizes(dataset, entry), strict=True)
    for id, before, sizes in rows:
        if (now := known.get(id)) is not None and now.segmentation == before.segmentation:
            stated[id] = now.stated or sizes
    return stated


class Place(NamedTuple):
    """Where something is mended."""

    draft: Draft
    image: Image
    known: Instances
    """The instances of the image by id, as far as they are mended."""
    stated: Mapping[int, tuple[Box | None, float | None]]
    """Box and area as the file has them."""

    @property
    def size(self) -> Size:
        """Of the image."""
        return self.image.height, self.image.width


Change = Mapping[int, Annotation | None]
"""What instances become, by id; ``None`` for one that goes."""
Mend = Callable[[Place, Finding], Change]


def _delete(place: Place, finding: Finding) -> Change:
    return {finding.instances[0]: None}


def _delete_later(place: Place, finding: Finding) -> Change:
    """Of two that are one, the one that came later goes."""
    order = list(place.known)
    return {max(finding.instances, key=order.index): None}


def _delete_rarer(place: Place, finding: Finding) -> Change:
    """Of two classes of one object, that of which the dataset has more stays; of two it has as many of, the first."""
    counts, order = place.draft.class_counts(), list(place.known)
    gone = min(finding.instances, key=lambda id: (counts[place.known[id].category], -order.index(id)))
    return {gone: None}


def _cut_out(place: Place, finding: Finding) -> Change:
    """What GrabCut finds in a box; nothing where it finds nothing that fills the box."""
    (id,) = finding.instances
    old = place.known[id]
    with suppress(UserError):  # a picture that is missing or broken is told elsewhere
        ((mask, sure),) = grab_cut.cut_out(place.draft.dataset.read_image(place.image), [old.box])
        return {id: masked(old, mask) or old} if sure >= grab_cut.FITS else {}
    return {}


def _turn(place: Place, finding: Finding) -> Change:
    """All that the file has of an image is turned as its picture is."""
    from core.images.decoding import stored_as

    dataset, image = place.draft.dataset, place.image
    turn, stored = stored_as(dataset.image_path(image))
    found = zip(dataset.ids(image), dataset.instances(image), dataset.instances(sized(image, stored)), strict=True)
    return {
        id: turned(place.known[id], drawn, turn, stored)
        for id, now, drawn in found
        if id in place.known and place.known[id].segmentation == now.segmentation
    }


def _join(place: Place, finding: Finding) -> Change:
    part, whole = finding.instances
    return {whole: boolean_ops.merged([place.known[whole], place.known[part]], place.size), part: None}


def _give(place: Place, finding: Finding) -> Change:
    small, large = finding.instances
    return {large: boolean_ops.subtracted(place.known[large], [place.known[small]], place.size)}


def _remove_specks(place: Place, finding: Finding) -> Change:
    (id,) = finding.instances
    rest: Annotation | None = place.known[id]
    assert rest is not None
    for stray in stray_pieces(rest.mask(place.size)):
        for part in traced(stray):
            rest = boolean_ops.with_hole(rest, part, place.size) if rest is not None else None
    for stray in stray_pieces(rest.mask(place.size)) if rest is not None else ():
        rest = boolean_ops.without_pixels(rest, stray) if rest is not None else None
    return {id: rest}


def _untangle(place: Place, finding: Finding) -> Change:
    (id,) = finding.instances
    old = place.known[id]
    return {id: _with(old, polygon_boolean.untangled(parts_of(old.segmentation), place.size), place.size)}


def _cut_off(place: Place, finding: Finding) -> Change:
    (id,) = finding.instances
    old, (height, width) = place.known[id], map(float, place.size)
    frame = [0.0, 0.0, width, 0.0, width, height, 0.0, height]
    shape = polygon_boolean.untangled(parts_of(old.segmentation), place.size)
    return {id: _with(old, polygon_boolean.common([shape, [frame]], place.size), place.size)}


def _scale_up(place: Place, finding: Finding) -> Change:
    (id,) = finding.instances
    old, by = place.known[id], (place.size[1], place.size[0])
    parts = [[value * by[at % 2] for at, value in enumerate(part)] for part in parts_of(old.segmentation)]
    return {id: with_parts(old, parts)}


def _with(annotation: Annotation, parts: Parts | None, size: Size) -> Annotation | None:
    """With other outlines, or where there are none with its pixels."""
    if parts and not outline_fault(parts):
        return with_parts(annotation, parts)
    return masked(annotation, annotation.mask(size))


def _measure(place: Place, finding: Finding) -> Change:
    """Both box and area are the mask's."""
    (id,) = finding.instances
    mask = place.known[id].mask(place.size)
    return {id: msgspec.structs.replace(place.known[id], stated=(mask.box, float(mask.area)))}


MENDS: dict[str, Mend] = {
    "no_pixels": _delete,
    "beyond": _delete,
    "sliver": _delete,
    "tiny": _delete,
    "twice": _delete_later,
    "two_classes": _delete_rarer,
    "box_only": _cut_out,
    "unturned": _turn,
    "inside": _join,
    "overlap": _give,
    "speck": _remove_specks,
    "crossing": _untangle,
    "outside": _cut_off,
    "shares": _scale_up,
    "box": _measure,
    "area": _measure,
}
"""By the kinds of findings about instances."""
SLOW = frozenset((*OF_CLASSES, "box_only"))
"""Kinds that take long to mend, however few they are."""


def fix(draft: Draft, findings: Sequence[Finding]) -> Edit | None:
    """The edit that mends findings of one kind that has a fix; ``None`` where there is nothing left to mend: what they
    speak of has gone meanwhile."""
    if not findings:
        return None
    kind = findings[0].kind
    name = tr("{title}: {fix}", title=KINDS[kind].title(len(findings)), fix=KINDS[kind].fix)
    there = {category.id for category in draft.categories}
    alive = [finding for finding in findings if there.issuperset(finding.classes)]
    match kind:
        case "unused_class":
            unused = [finding.classes[0] for finding in alive if not draft.class_counts()[finding.classes[0]]]
            return classes.delete_all(draft, name, unused) if unused else None
        case "similar_classes":
            pairs = [(finding.classes[1], finding.classes[0]) for finding in alive]
            return classes.merge_all(draft, name, pairs) if pairs else None
    edits: list[SimpleEdit] = []
    by_image: dict[int, list[Finding]] = {}
    for finding in alive:
        by_image.setdefault(finding.images[0], []).append(finding)
    for image, some in paced(by_image.items()):
        edit = _marked(draft, image, name) if kind == "bare" else _mended(draft, image, some, name)
        if edit is not None:
            edits.append(edit)
    return CompoundEdit(name=name, edits=tuple(edits)) if edits else None


def _marked(draft: Draft, image: int, name: str) -> ReviewEdit | None:
    before = draft.review(image)
    return ReviewEdit(name=name, image=image, before=before, after="to do") if before != "to do" else None


def _mended(draft: Draft, image: int, findings: Iterable[Finding], name: str) -> InstanceEdit | None:
    """What becomes of the instances of an image, one finding after the other."""
    entry, before, stated = draft.dataset.images[image], draft.peek(image), _stated(draft, image)
    now = dict(before)
    for finding in findings:
        if now.keys() >= set(finding.instances):
            for id, one in MENDS[finding.kind](Place(draft, entry, now, stated), finding).items():
                if one is None:
                    del now[id]
                else:
                    now[id] = one
    old = {id: one for id, one in before.items() if now.get(id) != one}
    new = {id: now[id] for id in old if id in now}
    for id, one in new.items():  # so that undo gives back what the file had stated
        box, area = stated.get(id, (None, None))
        if one.stated and not old[id].stated and box is not None and area is not None:
            old[id] = msgspec.structs.replace(old[id], stated=(box, area))
    return InstanceEdit(name=name, image=image, before=old, after=new) if old else None
