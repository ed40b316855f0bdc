"""What mends the findings of a check: each is an edit of the draft, all of a kind are one step of undo. And the check
of images as the draft has them, so that what was mended is seen to be.

A kind of ``core.dataset.health.kinds`` with a ``fix`` has a function here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from core.annotation.editing import boolean_ops, classes
from core.annotation.editing.draft import Draft, Instances
from core.annotation.editing.edits import CompoundEdit, Edit, InstanceEdit, ReviewEdit, SimpleEdit
from core.annotation.editing.model import Annotation
from core.annotation.editing.shape_ops import masked, with_parts
from core.dataset.health.classes import class_findings
from core.dataset.health.findings import Finding
from core.dataset.health.instances import DETECTORS, CheckedImage, checked, examine_image, stray_pieces, unusual
from core.dataset.health.kinds import KINDS
from core.dataset.health.survey import stated_sizes
from core.geometry import polygon_boolean
from core.geometry.mask_outline import traced
from core.geometry.masks import Size
from core.geometry.polygons import outline_fault
from core.geometry.segmentation import Box, Parts, parts_of
from core.pacing import paced
from core.words import tr

OF_IMAGES = frozenset((*(kind for kinds in DETECTORS for kind in kinds), "bare"))
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
    instances = [
        checked(id, one.category, one.segmentation, one.box, size, crowd=one.crowd, stated=stated.get(id, (None, None)))
        for id, one in known.items()
    ]
    names = {category.id: category.name for category in draft.categories}
    return unusual(examine_image(CheckedImage(image, size, instances, names)), usual)


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

    known: Instances
    """The instances of the image by id, as far as they are mended."""
    size: Size
    stated: Mapping[int, tuple[Box | None, float | None]]
    """Box and area as the file has them."""


Change = Mapping[int, Annotation | None]
"""What instances become, by id; ``None`` for one that goes."""
Mend = Callable[[Place, Finding], Change]


def _delete(place: Place, finding: Finding) -> Change:
    return {finding.instances[0]: None}


def _delete_later(place: Place, finding: Finding) -> Change:
    """Of two that are one, the one that came later goes."""
    order = list(place.known)
    return {max(finding.instances, key=order.index): None}


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


def fix(draft: Draft, findings: Sequence[Finding]) -> Edit | None:
    """The edit that mends findings of one kind that has a fix; ``None`` where there is nothing left to mend: what they
    speak of has gone meanwhile."""
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
            for id, one in MENDS[finding.kind](Place(now, (entry.height, entry.width), stated), finding).items():
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
