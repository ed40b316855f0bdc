"""Commands on the selected instances. Each is one step of undo, and says through ``context.said`` why it did nothing.

The first one that was selected stays, with its id and its class: others are merged into it, or cut out of it.
"""

from collections.abc import Callable, Collection, Iterable
from functools import partial

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
    revise(context, _named("Delete", free), free, dict.fromkeys)


def duplicate(context: ToolContext) -> None:
    """Copies of what is selected, a little beside it; they become the selection."""
    known, ids = context.annotations, context.order
    if not ids:
        context.said.emit(tr("Select the instances to duplicate"))
        return
    across, down = applying.movable(context, ids, _BESIDE, _BESIDE)
    if not across and not down:
        across, down = applying.movable(context, ids, -_BESIDE, -_BESIDE)
    size, image = context.size, context.image
    assert image is not None
    copies = partial(_copies, [known[id] for id in ids], across, down, size)
    bring(context, _named("Duplicate", ids), image, copies, len(ids))


def merge(context: ToolContext) -> None:
    """One instance of all that is selected; polygons that overlap get one outline."""
    ids = _several(context, "merge")
    size = context.size

    def merged(known: Known) -> After:
        return _into_first(known, boolean_ops.merged(list(known.values()), size))

    revise(context, _named("Merge", ids), ids, merged)


def subtract(context: ToolContext) -> None:
    """Cut all others, which stay as they are, out of the one that was selected first."""
    if len(context.order) < 2:
        context.said.emit(tr("Select an instance first, then those to cut out of it"))
        return
    ids, size = context.order, context.size

    def subtracted(known: Known) -> After:
        (id, first), *others = known.items()
        return {id: boolean_ops.subtracted(first, [other for _, other in others], size)} if others else {}

    if context.free(ids[:1]):
        revise(context, "Subtract", ids, subtracted, tr("These instances do not overlap"))


def intersect(context: ToolContext) -> None:
    """What all that is selected has in common; the others are gone."""
    ids = _several(context, "intersect")
    size = context.size

    def intersected(known: Known) -> After:
        common = boolean_ops.intersected(list(known.values()), size)
        return _into_first(known, common) if common is not None else {}

    revise(context, "Intersect", ids, intersected, tr("These instances have no pixel in common"))


def split(context: ToolContext) -> None:
    """Every piece, or part of a polygon, becomes an instance."""
    known, ids = context.annotations, _chosen(context)
    pieces = {id: shape_ops.pieces(known[id], context.size) for id in ids}
    if ids and not applying.split(context, "Split", pieces):
        context.said.emit(tr("Each selected instance is in one piece"))


def fill_holes(context: ToolContext) -> None:
    """Fill all holes."""
    _each(
        context,
        tr("Fill holes"),
        lambda one, size: shape_ops.filled(one, None, size),
        tr("No hole in what is selected"),
    )


def remove_specks(context: ToolContext, smallest: int = SPECK) -> None:
    """Remove pieces and holes of fewer than ``smallest`` pixels."""
    nothing = tr("No pieces or holes of fewer than {smallest} pixels", smallest=smallest)
    _each(context, tr("Remove specks"), lambda one, size: shape_ops.without_specks(one, smallest, size), nothing)


def simplify(context: ToolContext, tolerance: float = TOLERANCE) -> None:
    """Fewer points; no outline is off by more than ``tolerance`` image pixels. Masks become polygons."""
    nothing = tr("There are no points to spare")
    _each(context, "Simplify", lambda one, size: shape_ops.simplified(one, tolerance, size), nothing)


def smooth(context: ToolContext, radius: float = SMOOTHING) -> None:
    """Rounder corners."""
    _each(context, "Smooth", lambda one, size: shape_ops.smoothed(one, radius, size), tr("There is nothing to smooth"))


def to_polygons(context: ToolContext) -> None:
    """Masks become polygons, to the pixel."""
    _each(context, tr("To polygons"), shape_ops.as_polygons, tr("Only polygons are selected"))


def to_mask(context: ToolContext) -> None:
    """Polygons become masks, to the pixel."""
    _each(context, tr("To a mask"), shape_ops.as_mask, tr("Only masks are selected"))


def _each(context: ToolContext, name: str, make: Callable[[Annotation, Size], Annotation], nothing: str) -> None:
    """Change each selected instance; says ``nothing`` when all are as before."""
    ids, size = _chosen(context), context.size

    def revised(known: Known) -> After:
        return {id: make(one, size) for id, one in known.items()}

    revise(context, _named(name, ids), ids, revised, nothing)


def _into_first(known: Known, whole: Annotation) -> After:
    """Of several instances the first is what is made of all, the others are gone."""
    return {**dict.fromkeys(known), next(iter(known)): whole}


def _copies(of: Iterable[Annotation], across: int, down: int, size: Size) -> list[Annotation]:
    return [shape_ops.moved(one, across, down, size) for one in of]


def _chosen(context: ToolContext) -> list[int]:
    """What is selected, has a shape and is not locked; says why when there is nothing."""
    known = context.annotations
    shaped = [id for id in context.order if known[id].segmentation]
    if not shaped:
        context.said.emit(
            tr("Select an instance that has a shape") if context.order else tr("Select an instance first")
        )
    return context.free(shaped)


def _several(context: ToolContext, verb: str) -> list[int]:
    """The selected instances where there are at least two and none is locked; says why not."""
    ids = list(context.order)
    if len(ids) < 2:
        context.said.emit(tr("Select at least two instances to {verb}", verb=verb))
    elif context.locked & context.selection:
        context.said.emit(tr("One of these instances is locked"))
    else:
        return ids
    return []


def _named(name: str, ids: Collection[int]) -> str:
    """“Delete”, “Delete 3 instances”."""
    return name if len(ids) == 1 else f"{name} {tr_n('{n} instance', '{n} instances', len(ids))}"
