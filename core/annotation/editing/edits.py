"""Edits: values that say what changes, with all that is needed to take it back.

An edit knows what was before and what is after, so its inverse is the edit with both exchanged. It costs what the
instances it touches cost: kilobytes for a stroke.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from core.annotation.editing.model import Annotation, Review
from core.dataset.model import Category
from core.geometry.segmentation import Segmentation
from core.images.pixel_size import PixelSize


class InstanceEdit(msgspec.Struct, frozen=True, kw_only=True, tag_field="edit", tag="change"):
    """Instances of one image come, go, or become others. ``before`` and ``after`` are by id; an id that is missing on
    one side does not exist there."""

    name: str
    """What undo calls it: “Brush stroke”, “Delete 3 instances”."""
    image: int
    """``Image.index``."""
    before: dict[int, Annotation]
    after: dict[int, Annotation]


class ClassEdit(msgspec.Struct, frozen=True, kw_only=True, tag_field="edit", tag="classes"):
    """The classes of the dataset become others; a class is its id. Instances of a class that goes are changed or
    deleted by edits in the same ``CompoundEdit``, before it."""

    name: str
    before: tuple[Category, ...]
    after: tuple[Category, ...]


class ReviewEdit(msgspec.Struct, frozen=True, kw_only=True, tag_field="edit", tag="mark"):
    """The review state of an image changes."""

    name: str
    image: int
    before: Review
    after: Review


class NotLabelledEdit(msgspec.Struct, frozen=True, kw_only=True, tag_field="edit", tag="not labelled"):
    """The part of an image in which nobody has labelled what is there changes; ``None``: all of it is labelled."""

    name: str
    image: int
    before: Segmentation | None
    after: Segmentation | None


class PixelSizeEdit(msgspec.Struct, frozen=True, kw_only=True, tag_field="edit", tag="pixel size"):
    """What the entry of an image says of the size of its pixels changes; ``None``: nothing, its file may say it."""

    name: str
    image: int
    before: PixelSize | None
    after: PixelSize | None


SimpleEdit = InstanceEdit | ClassEdit | ReviewEdit | NotLabelledEdit | PixelSizeEdit


class CompoundEdit(msgspec.Struct, frozen=True, kw_only=True, tag_field="edit", tag="together"):
    """Several edits in order, done and undone as one."""

    name: str
    edits: tuple[SimpleEdit, ...]


Edit = SimpleEdit | CompoundEdit

HistoryStep = Literal["do", "part", "undo", "redo"]
"""What an edit is to the history: a step of its own, more of the step before, a step taken back, or done again."""


def inverse(edit: Edit) -> Edit:
    """The edit that takes ``edit`` back."""
    if isinstance(edit, CompoundEdit):
        return CompoundEdit(name=edit.name, edits=tuple(_inverse(part) for part in reversed(edit.edits)))
    return _inverse(edit)


def joined(first: Edit, second: Edit) -> CompoundEdit:
    """Both in order, as one; called what the first is called."""
    return CompoundEdit(name=first.name, edits=(*parts(first), *parts(second)))


def parts(edit: Edit) -> Iterator[SimpleEdit]:
    """The simple edits that ``edit`` is made of, in order."""
    yield from edit.edits if isinstance(edit, CompoundEdit) else (edit,)


def images(edit: Edit) -> set[int]:
    """The indices of the images that an edit touches."""
    return {part.image for part in parts(edit) if not isinstance(part, ClassEdit)}


def labelled_images(edit: Edit) -> set[int]:
    """Those of which it changes how they are labelled, which their scale is no part of."""
    return {part.image for part in parts(edit) if not isinstance(part, ClassEdit | PixelSizeEdit)}


def changing(
    name: str,
    image: int,
    known: Mapping[int, Annotation],
    after: Mapping[int, Annotation | None],
    come: Mapping[int, Annotation] | None = None,
) -> InstanceEdit | None:
    """Instances among the ``known`` ones of an image become others, ``None`` for one that goes, and new ones ``come``.
    ``None`` where all is as before."""
    before = {id: known[id] for id, annotation in after.items() if id in known and known[id] != annotation}
    changed = {id: annotation for id, annotation in after.items() if annotation is not None and id in before}
    if not before and not come:
        return None
    return InstanceEdit(name=name, image=image, before=before, after=changed | dict(come or {}))


def instances(edit: Edit) -> int:
    """The number of instances that an edit touches."""
    return sum(max(len(part.before), len(part.after)) for part in parts(edit) if isinstance(part, InstanceEdit))


def _inverse(edit: SimpleEdit) -> SimpleEdit:
    return msgspec.structs.replace(edit, before=edit.after, after=edit.before)
