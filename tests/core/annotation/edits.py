"""Edits as the tools make them."""

import msgspec
from hypothesis import strategies as st

from core.annotation.editing.edits import (
    ClassEdit,
    CompoundEdit,
    InstanceEdit,
    NotLabelledEdit,
    PixelSizeEdit,
    ReviewEdit,
)
from core.annotation.editing.model import Annotation
from core.dataset import Category
from core.errors import UserError
from core.geometry.segmentation import Polygons
from core.images.pixel_size import PixelSize


def square(x, y, side=6, category=3, **other):
    parts = [[float(value) for value in (x, y, x + side, y, x + side, y + side, x, y + side)]]
    return Annotation(category, Polygons(parts), (float(x), float(y), float(side), float(side)), **other)


def add(draft, image, annotation, id=None):
    id = draft.new_id(image) if id is None else id
    return InstanceEdit(name="Draw", image=image, before={}, after={id: annotation})


def delete(draft, image, *ids):
    return InstanceEdit(name="Delete", image=image, before={id: draft.annotations(image)[id] for id in ids}, after={})


def change(draft, image, id, annotation):
    before = draft.annotations(image)[id]
    return InstanceEdit(name="Change", image=image, before={id: before}, after={id: annotation})


def classes(draft, *after):
    return ClassEdit(name="Classes", before=draft.categories, after=tuple(after))


def mark(draft, image, after):
    return ReviewEdit(name="Mark", image=image, before=draft.review(image), after=after)


def not_labelled(draft, image, after):
    return NotLabelledEdit(name="Not labelled", image=image, before=draft.not_labelled(image), after=after)


def scale(draft, image, after):
    return PixelSizeEdit(name="Scale", image=image, before=draft.pixel_size(image), after=after)


class Kept:
    """A keeper that has room for some edits."""

    def __init__(self, room=1_000_000):
        self.edits = []
        self.room = room

    def append(self, edit, step="do"):
        if len(self.edits) >= self.room:
            raise UserError("the disk is full")
        self.edits.append(edit)


def state(draft):
    """All there is to see."""
    images = range(len(draft.dataset.images))
    instances = [list(draft.annotations(image).items()) for image in images]
    said = [*map(draft.review, images)], [*map(draft.not_labelled, images)], [*map(draft.pixel_size, images)]
    return draft.categories, instances, *said


EDITS = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 2), st.integers(0, 30)), max_size=25)


def some_edit(draft, kind, image, number):
    """An edit that fits, chosen by three numbers."""
    ids = list(draft.annotations(image))
    id = ids[number % len(ids)] if ids else None
    category = draft.categories[number % len(draft.categories)]
    if kind == 0 or id is None:
        return add(draft, image, square(number, number % 20, category=category.id))
    if kind == 1:
        return delete(draft, image, *ids[: number % len(ids) + 1])
    if kind == 2:
        return change(draft, image, id, square(number, 3, category=category.id))
    if kind == 3 and number % 3 == 2:
        return not_labelled(draft, image, square(number % 10, 2).segmentation if number % 2 else None)
    if kind == 3 and number % 3 == 1:
        return scale(draft, image, PixelSize(number / 4, "µm") if number % 2 else None)
    if kind == 3:
        return mark(draft, image, ("", "to do", "done", "to fix")[number % 4])
    if kind == 4:
        fresh = max(each.id for each in draft.categories) + 1
        return classes(draft, *draft.categories, Category(fresh, f"class {fresh}", (number, 2, 3)))
    if kind == 5:
        renamed = msgspec.structs.replace(category, name=f"{category.name}'")
        return classes(draft, *(renamed if each == category else each for each in draft.categories))
    first = some_edit(draft, number % 4, image, number)
    return CompoundEdit(name="Both", edits=(first, mark(draft, (image + 1) % 3, "done")))
