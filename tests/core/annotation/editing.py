"""Edits as the tools make them."""

from core.annotation.edits import Change, Classes, Mark
from core.annotation.model import Annotation


def square(x, y, side=6, category=3, **other):
    parts = [[float(value) for value in (x, y, x + side, y, x + side, y + side, x, y + side)]]
    return Annotation(category, parts, (float(x), float(y), float(side), float(side)), **other)


def add(draft, image, annotation, id=None):
    id = draft.new_id(image) if id is None else id
    return Change(name="Draw", image=image, before={}, after={id: annotation})


def delete(draft, image, *ids):
    return Change(name="Delete", image=image, before={id: draft.annotations(image)[id] for id in ids}, after={})


def change(draft, image, id, annotation):
    before = draft.annotations(image)[id]
    return Change(name="Change", image=image, before={id: before}, after={id: annotation})


def classes(draft, *after):
    return Classes(name="Classes", before=draft.categories, after=tuple(after))


def mark(draft, image, after):
    return Mark(name="Mark", image=image, before=draft.review(image), after=after)


class Kept:
    """A keeper that has room for some edits."""

    def __init__(self, room=1_000_000):
        self.edits = []
        self.room = room

    def append(self, edit):
        from core.errors import UserError

        if len(self.edits) >= self.room:
            raise UserError("the disk is full")
        self.edits.append(edit)


def state(draft):
    """All there is to see."""
    images = range(len(draft.dataset.images))
    return draft.categories, [list(draft.annotations(image).items()) for image in images], [*map(draft.review, images)]
