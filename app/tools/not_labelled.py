"""Marking where in the image in view nobody has labelled what is there, each as one step of undo.

What is selected becomes the mark, whatever tool has drawn it, and is no instance any more.
"""

from collections.abc import Callable
from functools import reduce

import numpy as np

from app.tools.operations import with_shape
from app.tools.tool_context import ToolContext
from core.annotation.editing.edits import CompoundEdit, InstanceEdit, NotLabelledEdit
from core.geometry.mask_ops import union
from core.geometry.masks import Mask, crop
from core.geometry.segmentation import Rle, Segmentation, mask_of
from core.words import tr


def mark_inside(context: ToolContext) -> None:
    """What is selected is not labelled, beside what was not before."""
    _mark(context, tr("Not labelled"), lambda drawn, before: reduce(union, drawn, before))


def mark_outside(context: ToolContext) -> None:
    """Only the boxes of what is selected are labelled, whatever was before."""

    def outside(drawn: list[Mask], before: Mask) -> Mask:
        outer = np.ones(context.size, np.uint8)
        for mask in drawn:
            height, width = mask.bitmap.shape
            outer[mask.y : mask.y + height, mask.x : mask.x + width] = 0
        return crop(outer)

    _mark(context, tr("Not labelled outside"), outside)


def unmark(context: ToolContext) -> None:
    """All of the image is labelled."""
    draft, image = context.editing.draft, context.image
    if draft is not None and image is not None and (before := draft.not_labelled(image)):
        context.editing.do(NotLabelledEdit(name=tr("All is labelled"), image=image, before=before, after=None))


def _mark(context: ToolContext, name: str, make: Callable[[list[Mask], Mask], Mask]) -> None:
    ids = [id for id in context.free(with_shape(context)) if id not in context.adopted]
    draft, image, size = context.editing.draft, context.image, context.size
    if draft is None or image is None or not ids:
        return
    known = context.annotations
    before = draft.not_labelled(image)
    mask = make([known[id].mask(size) for id in ids], mask_of(before, size))
    after: Segmentation | None = Rle.of(mask) if mask.area else None
    gone = InstanceEdit(name=name, image=image, before={id: known[id] for id in ids}, after={})
    marked = NotLabelledEdit(name=name, image=image, before=before, after=after)
    context.editing.do(CompoundEdit(name=name, edits=(gone, marked)))
