"""Commands on the selected instances. Each is one step of undo, and says through ``context.status_message`` why it
did nothing.

The first one that was selected stays, with its id and its class: others are merged into it, or cut out of it.
"""

from collections.abc import Callable

from app.tools import applying
from app.tools.applying import After, Known, bring, revise
from app.tools.tool_context import ToolContext
from core.annotation.editing import boolean_ops, shape_ops
from core.annotation.editing.model import Annotation
from core.geometry.masks import Size
from core.words import tr, tr_n

TOLERANCE = 1.0
"""Image pixels by which a simplified outline may be off."""

SMOOTHING = 2.0
"""Image pixels: corners and bumps smaller than this are rounded off."""

SPECK = 16
"""Pieces and holes of fewer pixels are specks."""

_BESIDE = 10
"""Image pixels by which a copy lies beside what it is of."""


def select_all(context: ToolContext) -> None:
    """Select all instances that are shown."""
    context.select(id for id in context.annotations if id not in context.hidden)


def delete(context: ToolContext) -> None:
    """Delete what is selected and not locked."""
    free = context.free(context.order)
    revise(context, tr_n("Delete", "Delete {n} instances", len(free)), free, dict.fromkeys)


def duplicate(context: ToolContext) -> None:
    """Copies of what is selected, a little beside it; they become the selection."""
    known, ids = context.annotations, context.order
    if not ids:
        context.status_message.emit(tr("Select the instances to duplicate"))
        return
    across, down = applying.movable(context, ids, _BESIDE, _BESIDE)
    if not across and not down:
        across, down = applying.movable(context, ids, -_BESIDE, -_BESIDE)
    originals, size, image = [known[id] for id in ids], context.size, context.image
    assert image is not None

    name = tr_n("Duplicate", "Duplicate {n} instances", len(ids))
    bring(context, name, image, lambda: [shape_ops.moved(one, across, down, size) for one in originals], len(ids))


def merge(context: ToolContext) -> None:
    """One instance of all that is selected; polygons that overlap get one outline."""
    ids, size = _several(context, tr("Select at least two instances to merge")), context.size

    revise(
        context,
        tr_n("Merge", "Merge {n} instances", len(ids)),
        ids,
        lambda known: {**dict.fromkeys(known), next(iter(known)): boolean_ops.merged(list(known.values()), size)},
    )


def subtract(context: ToolContext) -> None:
    """Cut all others, which stay as they are, out of the one that was selected first."""
    ids, size = context.order, context.size
    if len(ids) < 2:
        context.status_message.emit(tr("Select an instance first, then those to cut out of it"))
        return

    def subtracted(known: Known) -> After:
        (id, first), *others = known.items()
        return {id: boolean_ops.subtracted(first, [other for _, other in others], size)} if others else {}

    if context.free(ids[:1]):
        revise(context, tr("Subtract"), ids, subtracted, tr("These instances do not overlap"))


def intersect(context: ToolContext) -> None:
    """What all that is selected has in common; the others are gone."""
    ids, size = _several(context, tr("Select at least two instances to intersect")), context.size

    def intersected(known: Known) -> After:
        common = boolean_ops.intersected(list(known.values()), size)
        return {**dict.fromkeys(known), next(iter(known)): common} if common is not None else {}

    revise(context, tr("Intersect"), ids, intersected, tr("These instances have no pixel in common"))


def split(context: ToolContext) -> None:
    """Every piece, or part of a polygon, becomes an instance."""
    known, ids = context.annotations, with_shape(context)
    pieces = {id: shape_ops.pieces(known[id], context.size) for id in ids}
    if ids and not applying.split(context, tr("Split"), pieces):
        context.status_message.emit(tr("Each selected instance is in one piece"))


def fill_holes(context: ToolContext) -> None:
    """Fill all holes."""
    ids = with_shape(context)
    name = tr_n("Fill holes", "Fill holes: {n} instances", len(ids))
    _each(context, ids, name, lambda one, size: shape_ops.filled(one, None, size), tr("No hole in what is selected"))


def remove_specks(context: ToolContext, smallest: int = SPECK) -> None:
    """Remove pieces and holes of fewer than ``smallest`` pixels."""
    ids = with_shape(context)
    name = tr_n("Remove specks", "Remove specks: {n} instances", len(ids))
    nothing = tr("No pieces or holes of fewer than {smallest} pixels", smallest=smallest)
    _each(context, ids, name, lambda one, size: shape_ops.without_specks(one, smallest, size), nothing)


def simplify(context: ToolContext, tolerance: float = TOLERANCE) -> None:
    """Fewer points; no outline is off by more than ``tolerance`` image pixels. Masks become polygons."""
    ids = with_shape(context)
    name, nothing = tr_n("Simplify", "Simplify {n} instances", len(ids)), tr("There are no points to spare")
    _each(context, ids, name, lambda one, size: shape_ops.simplified(one, tolerance, size), nothing)


def smooth(context: ToolContext, radius: float = SMOOTHING) -> None:
    """Rounder corners."""
    ids = with_shape(context)
    name, nothing = tr_n("Smooth", "Smooth {n} instances", len(ids)), tr("There is nothing to smooth")
    _each(context, ids, name, lambda one, size: shape_ops.smoothed(one, radius, size), nothing)


def to_polygons(context: ToolContext) -> None:
    """Masks become polygons, to the pixel."""
    ids = with_shape(context)
    name = tr_n("To polygons", "To polygons: {n} instances", len(ids))
    _each(context, ids, name, shape_ops.as_polygons, tr("Only polygons are selected"))


def to_mask(context: ToolContext) -> None:
    """Polygons become masks, to the pixel."""
    ids = with_shape(context)
    _each(
        context,
        ids,
        tr_n("To a mask", "To a mask: {n} instances", len(ids)),
        shape_ops.as_mask,
        tr("Only masks are selected"),
    )


def _each(
    context: ToolContext, ids: list[int], name: str, make: Callable[[Annotation, Size], Annotation], nothing: str
) -> None:
    """Change each of some instances; says ``nothing`` when all are as before."""
    size = context.size
    revise(context, name, ids, lambda known: {id: make(one, size) for id, one in known.items()}, nothing)


def with_shape(context: ToolContext) -> list[int]:
    """The selected instances that have a shape and are not locked; says why when there are none."""
    known = context.annotations
    shaped = [id for id in context.order if known[id].segmentation]
    if not shaped:
        context.status_message.emit(
            tr("Select an instance that has a shape") if context.order else tr("Select an instance first")
        )
    return context.free(shaped)


def _several(context: ToolContext, too_few: str) -> list[int]:
    """The selected instances where there are at least two and none is locked; says why not."""
    if len(context.order) < 2:
        context.status_message.emit(too_few)
    elif context.locked & context.selection:
        context.status_message.emit(tr("One of these instances is locked"))
    else:
        return list(context.order)
    return []
