"""Commands on the selected instances. Each is one step of undo, and says through ``easel.said`` why it did nothing.

The first one that was selected stays, with its id and its class: others are merged into it, or cut out of it.
"""

from collections.abc import Callable, Collection

from app.canvas.easel import Easel
from app.canvas.tools import applying
from core.annotation import combining, shaping
from core.annotation.model import Annotation
from core.words import count

TOLERANCE = 1.0
"""Image pixels by which a simplified outline may be off."""

SMOOTHING = 2.0
"""Image pixels: corners and bumps smaller than this are rounded off."""

SPECK = 16
"""Pieces and holes of fewer pixels are specks."""

_BESIDE = 10
"""Image pixels by which a copy lies beside what it is of."""


def delete(easel: Easel) -> None:
    """Delete what is selected and not locked."""
    free = easel.free(easel.order)
    if free:
        easel.change(_named("Delete", free), dict.fromkeys(free))


def duplicate(easel: Easel) -> None:
    """Copies of what is selected, a little beside it; they become the selection."""
    known, ids = easel.annotations, easel.order
    if not ids:
        easel.said.emit("Select the instances to duplicate")
        return
    across, down = applying.movable(easel, ids, _BESIDE, _BESIDE)
    if not across and not down:
        across, down = applying.movable(easel, ids, -_BESIDE, -_BESIDE)
    copies = (shaping.moved(known[id], across, down, easel.size) for id in ids)
    easel.add(_named("Duplicate", ids), *copies)


def merge(easel: Easel) -> None:
    """One instance of all that is selected; polygons that overlap get one outline."""
    ids = _several(easel, "merge")
    if ids:
        known = easel.annotations
        whole = combining.merged([known[id] for id in ids], easel.size)
        easel.change(_named("Merge", ids), {**dict.fromkeys(ids[1:]), ids[0]: whole})


def subtract(easel: Easel) -> None:
    """Cut all others, which stay as they are, out of the one that was selected first."""
    if len(easel.order) < 2:
        easel.said.emit("Select an instance first, then those to cut out of it")
        return
    first, *others = easel.order
    known = easel.annotations
    for id in easel.free((first,)):
        left = combining.subtracted(known[id], [known[other] for other in others], easel.size)
        if left == known[id]:
            easel.said.emit("These instances do not overlap")
        easel.change("Subtract", {id: left})


def intersect(easel: Easel) -> None:
    """What all that is selected has in common; the others are gone."""
    ids = _several(easel, "intersect")
    if not ids:
        return
    known = easel.annotations
    common = combining.intersected([known[id] for id in ids], easel.size)
    if common is None:
        easel.said.emit("These instances have no pixel in common")
    else:
        easel.change("Intersect", {**dict.fromkeys(ids[1:]), ids[0]: common})


def split(easel: Easel) -> None:
    """Every piece, or part of a polygon, becomes an instance."""
    known, ids = easel.annotations, _chosen(easel)
    pieces = {id: shaping.pieces(known[id], easel.size) for id in ids}
    if ids and not applying.split(easel, "Split", pieces):
        easel.said.emit("Each selected instance is in one piece")


def fill_holes(easel: Easel) -> None:
    """Fill all holes."""
    _each(easel, "Fill holes", lambda one: shaping.filled(one, None, easel.size), "No hole in what is selected")


def remove_specks(easel: Easel, smallest: int = SPECK) -> None:
    """Remove pieces and holes of fewer than ``smallest`` pixels."""
    nothing = f"No pieces or holes of fewer than {smallest} pixels"
    _each(easel, "Remove specks", lambda one: shaping.without_specks(one, smallest, easel.size), nothing)


def simplify(easel: Easel, tolerance: float = TOLERANCE) -> None:
    """Fewer points; no outline is off by more than ``tolerance`` image pixels. Masks become polygons."""
    nothing = "There are no points to spare"
    _each(easel, "Simplify", lambda one: shaping.simplified(one, tolerance, easel.size), nothing)


def smooth(easel: Easel, radius: float = SMOOTHING) -> None:
    """Rounder corners."""
    _each(easel, "Smooth", lambda one: shaping.smoothed(one, radius, easel.size), "There is nothing to smooth")


def to_polygons(easel: Easel) -> None:
    """Masks become polygons, to the pixel."""
    nothing = "Only polygons are selected"
    _each(easel, "To polygons", lambda one: shaping.as_polygons(one, easel.size), nothing)


def to_mask(easel: Easel) -> None:
    """Polygons become masks, to the pixel."""
    _each(easel, "To a mask", lambda one: shaping.as_mask(one, easel.size), "Only masks are selected")


def _each(easel: Easel, name: str, make: Callable[[Annotation], Annotation], nothing: str) -> None:
    """Change each selected instance; says ``nothing`` when all are as before."""
    known, ids = easel.annotations, _chosen(easel)
    after = {id: make(known[id]) for id in ids}
    if ids and all(after[id] == known[id] for id in ids):
        easel.said.emit(nothing)
    easel.change(_named(name, ids), after)


def _chosen(easel: Easel) -> list[int]:
    """What is selected, has a shape and is not locked; says why when there is nothing."""
    shaped = [id for id in easel.order if easel.annotations[id].segmentation]
    if not shaped:
        easel.said.emit("Select an instance that has a shape" if easel.order else "Select an instance first")
    return easel.free(shaped)


def _several(easel: Easel, verb: str) -> list[int]:
    """The selected instances where there are at least two and none is locked; says why not."""
    ids = list(easel.order)
    if len(ids) < 2:
        easel.said.emit(f"Select at least two instances to {verb}")
    elif easel.locked & easel.selection:
        easel.said.emit("One of these instances is locked")
    else:
        return ids
    return []


def _named(name: str, ids: Collection[int]) -> str:
    """“Delete”, “Delete 3 instances”."""
    return name if len(ids) == 1 else f"{name} {count(len(ids), 'instance')}"
