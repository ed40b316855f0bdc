"""What gestures make of instances: each function is one step of undo, and says why when it does nothing."""

from collections.abc import Collection, Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.canvas.easel import Easel
from app.canvas.hits import box_of
from core.annotation.model import Annotation
from core.dataset.annotations import mask_of
from core.dataset.model import Segmentation
from core.geometry.masks import Mask, crop, to_rle
from core.words import count


def new_mask(easel: Easel, name: str, painted: Mask) -> None:
    """A new instance of the current class, kept as a mask."""
    easel.draw(name, to_rle(painted))


def paint(easel: Easel, id: int, painted: Mask, name: str = "Brush stroke") -> None:
    """Add pixels to an instance."""
    easel.change(name, {id: _combined(easel, id, easel.mask(id).full() | painted.full())})


def replace(easel: Easel, id: int, mask: Mask, name: str) -> None:
    """Give an instance other pixels; one of which nothing is left is deleted."""
    known = easel.annotations.get(id)
    if known is not None:
        easel.change(name, {id: _with(easel, known, to_rle(mask)) if mask.area else None})


def erase(easel: Easel, ids: Collection[int], painted: Mask, name: str = "Eraser stroke") -> None:
    """Take pixels from instances; one of which nothing is left is deleted."""
    kept = painted.full() == 0
    easel.change(name, {id: _combined(easel, id, easel.mask(id).full() * kept) for id in ids})


def cut_hole(easel: Easel, ring: list[float]) -> bool:
    """Cut a ring out of the selected instance, or of the one that it lies on. ``False`` when there is none."""
    cut = mask_of([ring], easel.size)
    x, y, width, height = cut.box
    near = easel.within((x, y, x + width, y + height), touching=True)
    over = [id for id in near if ((easel.mask(id).full() & cut.full()) > 0).any()]
    chosen = [id for id in easel.order if id in over] or sorted(over, key=lambda id: easel.mask(id).area)[:1]
    if not chosen:
        easel.said.emit("There is no instance to cut a hole in")
    free = easel.free(chosen)
    if free:
        erase(easel, free, cut, "Cut a hole")
    return bool(free)


def add_part(easel: Easel, ring: list[float]) -> bool:
    """Add a ring to the instance that was selected last. ``False`` when it is locked."""
    free = easel.free(easel.order[-1:])
    for id in free:
        paint(easel, id, mask_of([ring], easel.size), "Add a part")
    return bool(free)


def reshape(easel: Easel, name: str, shapes: Mapping[int, list[list[float]]]) -> None:
    """Give polygons other corners; one without any is deleted."""
    known = easel.annotations
    easel.change(name, {id: _with(easel, known[id], parts) if parts else None for id, parts in shapes.items()})


def movable(easel: Easel, ids: Collection[int], across: float, down: float) -> tuple[float, float]:
    """How far instances can be moved to stay in the image; whole pixels, so that masks and polygons go together."""
    if not ids:
        return 0.0, 0.0
    left, top, right, bottom = np.array([easel.extent(id) for id in ids]).T
    height, width = easel.size
    return _held(across, left.min(), right.max(), width), _held(down, top.min(), bottom.max(), height)


def _held(by: float, low: float, high: float, limit: float) -> float:
    """``by``, rounded, as far as what spans ``low … high`` may go; what reaches beyond already may go on there."""
    return float(min(max(round(by), -max(np.floor(low), 0)), max(np.floor(limit - high), 0)))


def move(easel: Easel, ids: Collection[int], across: float, down: float) -> None:
    """Move instances by whole pixels."""
    if across or down:
        known = easel.annotations
        name = "Move" if len(ids) == 1 else f"Move {count(len(ids), 'instance')}"
        easel.change(name, {id: moved(easel, known[id], across, down) for id in ids})


def moved(easel: Easel, annotation: Annotation, across: float, down: float) -> Annotation:
    """The same instance elsewhere, by whole pixels."""
    shape, (x, y, width, height) = annotation.segmentation, annotation.box
    if isinstance(shape, dict):
        mask = annotation.mask(easel.size)
        shape = to_rle(Mask(mask.x + round(across), mask.y + round(down), mask.bitmap, mask.size))
    elif shape:
        by = across, down
        shape = [[round(value + by[place % 2], 2) for place, value in enumerate(part)] for part in shape]
    return msgspec.structs.replace(annotation, segmentation=shape, box=(x + across, y + down, width, height))


def _combined(easel: Easel, id: int, pixels: NDArray[np.uint8]) -> Annotation | None:
    mask = crop(pixels)
    return _with(easel, easel.annotations[id], to_rle(mask)) if mask.area else None


def _with(easel: Easel, annotation: Annotation, segmentation: Segmentation) -> Annotation:
    box = box_of(segmentation, easel.size)
    return msgspec.structs.replace(annotation, segmentation=segmentation, box=box)
