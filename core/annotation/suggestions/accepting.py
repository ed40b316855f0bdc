"""From suggestions to annotations: which may be offered, and the edits that accept them.

Manual work is never touched: accepting only adds instances, or gives a mask to one that has only a box; and what lies
on an instance is not offered at all. So an accepted suggestion needs no mark of its own: its instance covers it, until
undo takes that away.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from core.annotation.editing import classes
from core.annotation.editing.draft import Draft
from core.annotation.editing.edits import CompoundEdit, InstanceEdit
from core.annotation.editing.model import Annotation
from core.annotation.suggestions.suggestions import Suggestion, Suggestions
from core.geometry.masks import Mask, Size, iou, overlap
from core.geometry.polygons import rasterise
from core.words import tr, tr_n

_COVERED = 0.5
"""IoU with an instance, or share inside a crowd region, from which on a suggestion is that instance's."""
_TOGETHER = 100
"""Suggestions that are accepted in a few hundredths of a second."""


def offered(draft: Draft, image: int, suggestions: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
    """Those that no instance of the image with this index covers."""
    if not suggestions or not draft.instance_count(image):
        return tuple(suggestions)
    there = draft.dataset.images[image]
    return uncovered(suggestions, draft.annotations(image), (there.height, there.width))


def uncovered(
    suggestions: Iterable[Suggestion], annotations: Mapping[int, Annotation], size: Size
) -> tuple[Suggestion, ...]:
    """Those that none of the instances of an image of ``size``, by id, covers; of those for a box, whose instance has
    no mask yet. In any thread."""
    instances = [(_pixels(annotation, size), annotation.crowd) for annotation in annotations.values()]

    def is_covered(item: Suggestion) -> bool:
        if item.replaces is not None:
            return has_mask(annotations, item.replaces)
        mask = item.mask()
        return any(
            overlap(mask, other) >= _COVERED * mask.area if crowd else iou(mask, other) >= _COVERED
            for other, crowd in instances
        )

    return tuple(item for item in suggestions if not is_covered(item))


def has_mask(annotations: Mapping[int, Annotation], id: int) -> bool:
    """Whether an instance is gone, or is more than a box."""
    return id not in annotations or bool(annotations[id].segmentation)


def accept(draft: Draft, image: int, suggestions: Sequence[Suggestion]) -> InstanceEdit | CompoundEdit | None:
    """The edit that makes annotations of suggestions for one image; ``None`` when there are none."""
    name = tr_n("Accept {n} suggestion", "Accept {n} suggestions", len(suggestions))
    return _accepted(draft, name, [(image, suggestions)])


def accept_all(draft: Draft, suggestions: Suggestions, least: float) -> Iterator[InstanceEdit | CompoundEdit]:
    """The edits that accept all that is offered with a score of at least ``least``, on every image.

    Each is of whole images and about ``_TOGETHER`` suggestions, and made for the draft as it is when it is asked for:
    apply it before the next, so that nobody has to wait for all of them. Decodes the annotations of images that have
    both.
    """
    name = tr("Accept suggestions on all images")
    chosen: list[tuple[int, Sequence[Suggestion]]] = []
    for image in sorted(suggestions.images):
        found = [item for item in suggestions.of(image) if item.score >= least]
        chosen.append((image, offered(draft, image, found)))
        if sum(len(items) for _, items in chosen) >= _TOGETHER:
            if (edit := _accepted(draft, name, chosen)) is not None:
                yield edit
            chosen = []
    if (edit := _accepted(draft, name, chosen)) is not None:
        yield edit


def _accepted(
    draft: Draft, name: str, chosen: Iterable[tuple[int, Sequence[Suggestion]]]
) -> InstanceEdit | CompoundEdit | None:
    chosen = [(image, found) for image, found in chosen if found]
    ids = {category.name: category.id for category in draft.categories}
    new = [name for name in dict.fromkeys(item.category for _, found in chosen for item in found) if name not in ids]
    made = classes.add_all(draft, new) if new else None
    if made is not None:
        ids |= {category.name: category.id for category in made.after}
    changes = [_change(draft, name, image, found, ids) for image, found in chosen]
    if made is None and len(changes) == 1:
        return changes[0]
    return CompoundEdit(name=name, edits=(*([made] if made else ()), *changes)) if changes else None


def _change(draft: Draft, name: str, image: int, found: Sequence[Suggestion], ids: Mapping[str, int]) -> InstanceEdit:
    """What accepting does on one image: new instances, and masks for those that have only a box."""
    before: dict[int, Annotation] = {}
    after: dict[int, Annotation] = {}
    for item in found:
        if item.replaces is None:
            after[draft.new_id(image)] = item.annotation(ids[item.category])
        else:
            box = before[item.replaces] = draft.annotations(image)[item.replaces]
            after[item.replaces] = msgspec.structs.replace(box, segmentation=item.shape, box=item.box)
    return InstanceEdit(name=name, image=image, before=before, after=after)


def _pixels(annotation: Annotation, size: Size) -> Mask:
    """The pixels of an instance; all of its box where that is all there is."""
    x, y, width, height = annotation.box
    corners = [x, y, x + width, y, x + width, y + height, x, y + height]
    return annotation.mask(size) if annotation.segmentation else rasterise([corners], size)
