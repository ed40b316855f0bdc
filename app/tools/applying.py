"""What gestures make of instances: each function is one step of undo, and says why when it does nothing."""

import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import numpy as np

from app.document.editing import AT_ONCE, Editing
from app.tools.tool_context import ToolContext
from app.tools.unclassified import DrawnShapes
from core.annotation.editing import boolean_ops, shape_ops
from core.annotation.editing.edits import Edit, InstanceEdit, changing
from core.annotation.editing.model import Annotation
from core.geometry.mask_ops import intersection
from core.geometry.masks import Mask
from core.geometry.polygons import rasterise
from core.geometry.segmentation import Rle, Segmentation
from core.geometry.strokes import Painted
from core.words import tr, tr_n

Point = tuple[float, float]

_UNNAMED = 0
"""The class of what has none yet, while its shape is changed."""
Known = Mapping[int, Annotation]
After = Mapping[int, Annotation | None]
"""By id; ``None`` for one that goes."""

_PIXELS_AT_ONCE = 1e6
"""In the boxes of instances whose shapes are changed at once; more take a thread."""


def revise(
    context: ToolContext, name: str, ids: Collection[int], make: Callable[[Known], After], nothing: str = ""
) -> None:
    """Change some instances of the image in view as one step of undo, in a thread where that takes long. ``make`` gets
    those that are there, reads nothing else that changes, and returns those that become others. The message
    ``nothing`` is shown where all is as before."""
    image = context.image
    if image is None or not ids:
        return

    def void() -> None:
        if nothing:
            context.said.emit(nothing)

    left, top, right, bottom = context.extents(ids).T
    long = len(ids) > AT_ONCE or float(((right - left) * (bottom - top)).sum()) > _PIXELS_AT_ONCE
    if not long or context.adopted.keys() & set(ids):
        known = _chosen(context.annotations, ids)
        after = make(known)
        if all(known[id] == annotation for id, annotation in after.items()):
            void()
        context.change(name, after)
        return

    draft, editing = context.editing.draft, context.editing
    assert draft is not None

    def edit() -> Edit | None:
        known = _chosen(draft.annotations(image), ids)
        return changing(name, image, known, make(_Paced(known, editing)))

    editing.perform(name, edit, void=void, long=True)


def _chosen(instances: Known, ids: Collection[int]) -> Known:
    return {id: instances[id] for id in ids if id in instances}


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


class _Paced(Mapping[int, Annotation]):
    """Instances that report, through ``Editing.paced``, how many of them were iterated over."""

    def __init__(self, known: Known, editing: Editing) -> None:
        self._known, self._editing = known, editing

    def __getitem__(self, id: int) -> Annotation:
        return self._known[id]

    def __iter__(self) -> Iterator[int]:
        return self._editing.paced(self._known)

    def __len__(self) -> int:
        return len(self._known)


def under(context: ToolContext, painted: Mask) -> list[int]:
    """The shown instances that have pixels in common with ``painted``, the smallest first; where there are none, such
    suggestions, taken up and selected."""
    if not painted.area:
        return []
    found = context.pick_touching(_reach(painted), lambda mask: intersection(mask, painted).area > 0)
    return sorted(found, key=context.area)


def selected_under(context: ToolContext, painted: Mask) -> list[int]:
    """The selected instances that are shown and have pixels in common with ``painted``, in the order in which they
    were selected; one without a mask has those of its box."""
    if not painted.area:
        return []
    near = set(context.within(_reach(painted), touching=True))
    known = context.annotations
    return [
        id
        for id in context.order
        if id in near and (not known[id].segmentation or intersection(context.mask(id), painted).area)
    ]


def change_waiting(context: ToolContext, painted: Mask, make: Callable[[Annotation], Annotation | None]) -> bool:
    """Make shapes anew that wait for a class on the image in view and have pixels in common with ``painted``. ``False``
    where there are none."""
    changed = False

    def renewed(shape: Segmentation) -> Segmentation | None:
        nonlocal changed
        if not intersection(shape.mask(context.size), painted).area:
            return shape
        changed = True
        made = make(Annotation(_UNNAMED, shape, (0.0, 0.0, 0.0, 0.0)))
        return made.segmentation if made is not None else None

    def revised(drawn: DrawnShapes) -> DrawnShapes:
        if drawn.image != context.image:
            return drawn
        return dataclasses.replace(drawn, shapes=tuple(filter(None, map(renewed, drawn.shapes))))

    waiting = [revised(drawn) for drawn in context.unclassified.drawn]
    if changed:
        context.unclassified.replace(drawn for drawn in waiting if drawn.shapes)
    return changed


def new_mask(context: ToolContext, name: str, painted: Mask) -> None:
    """A new instance of the current class, kept as a mask."""
    context.draw(name, Rle.of(painted))


def paint(context: ToolContext, id: int, stroke: Painted) -> None:
    """Add a stroke to an instance; a polygon stays one."""
    context.change(tr("Brush stroke"), {id: boolean_ops.painted(context.annotations[id], stroke)})


def erase(context: ToolContext, ids: Collection[int], stroke: Painted) -> None:
    """Take a stroke from instances; polygons stay what they are, and one of which nothing is left is deleted."""
    known = context.annotations
    context.change(tr("Eraser stroke"), {id: boolean_ops.erased(known[id], stroke) for id in ids if id in known})


def add_pixels(context: ToolContext, id: int, mask: Mask, name: str) -> None:
    """Add what an assist has found to an instance; a polygon becomes a mask."""
    context.change(name, {id: boolean_ops.with_pixels(context.annotations[id], mask)})


def take_pixels(context: ToolContext, ids: Collection[int], mask: Mask, name: str) -> None:
    """Take what an assist has found from instances; polygons become masks, and one of which nothing is left is
    deleted."""
    known = context.annotations
    context.change(name, {id: boolean_ops.without_pixels(known[id], mask) for id in ids if id in known})


def replace(context: ToolContext, id: int, mask: Mask, name: str) -> None:
    """Give an instance other pixels; a polygon becomes a mask, and one of which nothing is left is deleted."""
    known = context.annotations.get(id)
    if known is not None:
        context.change(name, {id: shape_ops.masked(known, mask)})


def cut_hole(context: ToolContext, ring: list[float]) -> bool:
    """Cut a ring out of the selected instances, or of the one that it lies on. ``False`` when there is none."""
    hole = rasterise([ring], context.size)
    over = context.pick_touching(_reach(hole), lambda mask: intersection(mask, hole).area > 0)
    chosen = [id for id in context.order if id in over] or sorted(over, key=lambda id: context.mask(id).area)[:1]
    if not chosen:
        context.said.emit(tr("There is no instance to cut a hole in"))
    free = context.free(chosen)
    known = context.annotations
    context.change(tr("Cut a hole"), {id: boolean_ops.with_hole(known[id], ring, context.size) for id in free})
    return bool(free)


def add_part(context: ToolContext, ring: list[float]) -> bool:
    """Add a ring to the instance that was selected last. ``False`` when it is locked."""
    free = context.free(context.order[-1:])
    context.change(
        tr("Add a part"), {id: boolean_ops.with_part(context.annotations[id], ring, context.size) for id in free}
    )
    return bool(free)


def fill_holes(context: ToolContext, id: int, at: tuple[int, int] | None) -> None:
    """Fill the hole that has the pixel ``at``, or all holes of an instance."""
    name = tr("Fill holes") if at is None else tr("Fill a hole")
    context.change(name, {id: shape_ops.filled(context.annotations[id], at, context.size)})


def cut(context: ToolContext, start: Point, end: Point) -> None:
    """Cut the selected instances along a line, or all that it runs through where none is selected; what comes of them
    is selected."""
    ids = context.order or context.pick_touching(_around(start, end), lambda mask: True)
    free = context.free(ids)
    known = context.annotations
    pieces = {id: shape_ops.cut(known[id], start, end, context.size) for id in free if known[id].segmentation}
    if not split(context, "Cut", pieces) and (free or not ids):
        context.said.emit(
            tr(
                "Draw the line all the way through {what}",
                what=tr("what is selected") if context.order else tr("an instance"),
            )
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
    left, top, right, bottom = context.extents(ids).T
    height, width = context.size
    return _held(across, left.min(), right.max(), width), _held(down, top.min(), bottom.max(), height)


def _held(by: float, low: float, high: float, limit: float) -> int:
    """``by``, rounded, as far as what spans ``low … high`` may go to stay within 0 and ``limit``."""
    return int(min(max(round(by), -max(np.floor(low), 0)), max(np.floor(limit - high), 0)))


def move(context: ToolContext, ids: Collection[int], across: int, down: int) -> None:
    """Move instances by whole pixels."""
    size = context.size

    def moved(known: Known) -> After:
        return {id: shape_ops.moved(one, across, down, size) for id, one in known.items()}

    if across or down:
        revise(
            context, "Move" if len(ids) == 1 else f"Move {tr_n('{n} instance', '{n} instances', len(ids))}", ids, moved
        )


def _reach(mask: Mask) -> tuple[float, float, float, float]:
    x, y, width, height = mask.box
    return x, y, x + width, y + height


def _around(start: Point, end: Point) -> tuple[float, float, float, float]:
    (x, y), (to_x, to_y) = start, end
    return min(x, to_x), min(y, to_y), max(x, to_x), max(y, to_y)
