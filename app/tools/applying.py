"""What gestures make of instances: each function is one step of undo, and says why when it does nothing."""

from collections import UserDict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import numpy as np

from app.document.editing import AT_ONCE, Editing
from app.tools.tool_context import ToolContext
from core.annotation.editing import boolean_ops, shape_ops
from core.annotation.editing.edits import Edit, InstanceEdit, changing
from core.annotation.editing.model import Annotation
from core.geometry.mask_ops import Point, intersection
from core.geometry.masks import Mask
from core.geometry.polygons import rasterise
from core.words import tr, tr_n

Known = Mapping[int, Annotation]
After = Mapping[int, Annotation | None]
"""By id; ``None`` for one that goes."""

_PIXELS_AT_ONCE = 1e6
"""In the boxes of instances whose shapes are changed at once; more take a thread."""


class _PacedInstances(UserDict[int, Annotation]):
    """Instances that report, through ``Editing.paced``, how many of them were iterated over."""

    def __init__(self, known: Known, editing: Editing) -> None:
        super().__init__(known)
        self._editing = editing

    def __iter__(self) -> Iterator[int]:
        return self._editing.paced(self.data)


def revise(
    context: ToolContext, name: str, ids: Collection[int], make: Callable[[Known], After], nothing: str = ""
) -> None:
    """Change some instances of the image in view as one step of undo, in a thread where that takes long. ``make`` gets
    those that are there, reads nothing else that changes, and returns those that become others. The message
    ``nothing`` is shown where all is as before."""
    image = context.image
    if image is None or not ids:
        return

    left, top, right, bottom = context.hits.extents(ids).T
    long = len(ids) > AT_ONCE or float(((right - left) * (bottom - top)).sum()) > _PIXELS_AT_ONCE
    if not long or context.adopted.keys() & set(ids):
        instances = context.annotations
        known = {id: instances[id] for id in ids if id in instances}
        after = make(known)
        if nothing and all(known[id] == annotation for id, annotation in after.items()):
            context.status_message.emit(nothing)
        context.change(name, after)
        return

    draft, editing = context.editing.draft, context.editing
    assert draft is not None

    def edit() -> Edit | None:
        instances = draft.annotations(image)
        known = {id: instances[id] for id in ids if id in instances}
        return changing(name, image, known, make(_PacedInstances(known, editing)))

    editing.perform(name, edit, void=lambda: context.status_message.emit(nothing) if nothing else None, long=True)


def bring(context: ToolContext, name: str, image: int, make: Callable[[], Collection[Annotation]], number: int) -> None:
    """A ``number`` of new instances of an image; they become the selection."""

    draft = context.editing.draft
    assert draft is not None

    def edit() -> Edit:
        after = {draft.new_id(image): annotation for annotation in make()}
        return InstanceEdit(name=name, image=image, before={}, after=after)

    def done(edit: Edit) -> None:
        assert isinstance(edit, InstanceEdit)
        context.select(edit.after)

    context.editing.perform(name, edit, done, long=number > AT_ONCE)


def under(context: ToolContext, painted: Mask) -> list[int]:
    """The shown instances that have pixels in common with ``painted``, the smallest first; where there are none, such
    suggestions, adopted and selected."""
    if not painted.area:
        return []
    found = context.pick_touching(_extent(painted), lambda mask: intersection(mask, painted).area > 0)
    return sorted(found, key=context.hits.area)


def selected_under(context: ToolContext, painted: Mask) -> list[int]:
    """The selected instances that are shown and have pixels in common with ``painted``, in the order in which they
    were selected; one without a mask has those of its box."""
    if not painted.area:
        return []
    near = set(context.within(_extent(painted), touching=True))
    known = context.annotations
    return [
        id
        for id in context.order
        if id in near and (not known[id].segmentation or intersection(context.hits.mask(id), painted).area)
    ]


def cut_hole(context: ToolContext, ring: list[float]) -> bool:
    """Cut a ring out of the selected instances, or of the smallest one that it lies on. ``False`` when there is none,
    or they are locked."""
    over = under(context, rasterise([ring], context.size))
    chosen = [id for id in context.order if id in over] or over[:1]
    if not chosen:
        context.status_message.emit(tr("There is no instance to cut a hole in"))
    free = context.free(chosen)
    known = context.annotations
    context.change(tr("Cut a hole"), {id: boolean_ops.with_hole(known[id], ring, context.size) for id in free})
    return bool(free)


def cut(context: ToolContext, start: Point, end: Point) -> None:
    """Cut the selected instances along a line, or all that it runs through where none is selected; what comes of them
    is selected."""
    (left, right), (top, bottom) = sorted((start[0], end[0])), sorted((start[1], end[1]))
    ids = context.order or context.pick_touching((left, top, right, bottom), lambda mask: True)
    free = context.free(ids)
    known = context.annotations
    pieces = {id: shape_ops.cut(known[id], start, end, context.size) for id in free if known[id].segmentation}
    if not split(context, tr("Cut"), pieces) and (free or not ids):
        context.status_message.emit(
            tr("Draw the line all the way through what is selected")
            if context.order
            else tr("Draw the line all the way through an instance")
        )


def split(context: ToolContext, name: str, pieces: Mapping[int, Sequence[Annotation]]) -> bool:
    """Give instances the first of their pieces and make new ones of the others; all of them are selected. ``False``
    where none is in pieces."""
    pieces = {id: parts for id, parts in pieces.items() if len(parts) > 1}
    others = [part for parts in pieces.values() for part in parts[1:]]
    if others and (new := context.change(name, {id: parts[0] for id, parts in pieces.items()}, *others)):
        context.select((*pieces, *new))
    return bool(others)


def reshape(context: ToolContext, name: str, shapes: Mapping[int, list[list[float]]]) -> None:
    """Give polygons other corners; one without any is deleted."""
    known = context.annotations
    after = {id: shape_ops.with_parts(known[id], parts) if parts else None for id, parts in shapes.items()}
    context.change(name, after)


def movable(context: ToolContext, ids: Collection[int], across: float, down: float) -> tuple[int, int]:
    """How far instances can be moved to stay in the image; whole pixels, so that masks and polygons go together."""
    if not ids:
        return 0, 0
    left, top, right, bottom = context.hits.extents(ids).T
    height, width = context.size

    def limited(by: float, low: float, high: float, limit: float) -> int:
        return int(min(max(round(by), -max(np.floor(low), 0)), max(np.floor(limit - high), 0)))

    return limited(across, left.min(), right.max(), width), limited(down, top.min(), bottom.max(), height)


def move(context: ToolContext, ids: Collection[int], across: int, down: int) -> None:
    """Move instances by whole pixels."""
    size = context.size

    if across or down:
        revise(
            context,
            tr_n("Move", "Move {n} instances", len(ids)),
            ids,
            lambda known: {id: shape_ops.moved(one, across, down, size) for id, one in known.items()},
        )


def _extent(mask: Mask) -> tuple[float, float, float, float]:
    x, y, width, height = mask.box
    return x, y, x + width, y + height
