"""Edits of the classes of a dataset. Each is a value for ``Draft.apply``; those that concern instances of many images
are one ``CompoundEdit``, so that they are undone as one."""

from collections.abc import Callable, Sequence

import msgspec

from core.annotation.editing.draft import Draft
from core.annotation.editing.edits import ClassEdit, CompoundEdit, InstanceEdit
from core.annotation.editing.model import Annotation
from core.dataset.coco.unique_ids import free_after
from core.dataset.model import Category
from core.dataset.palette import class_color, new_colors
from core.errors import UserError
from core.geometry.mask_style import Color
from core.words import tr

LONGEST_NAME = 100


def add(draft: Draft, name: str, color: Color | None = None) -> tuple[ClassEdit, int]:
    """A new class, and its id. Raises ``UserError`` for a name that cannot be one."""
    (new,) = _new(draft, [name])
    new = msgspec.structs.replace(new, color=color or new.color)
    name = tr("New class {name}", name=new.name)
    return ClassEdit(name=name, before=draft.categories, after=(*draft.categories, new)), new.id


def add_all(draft: Draft, names: Sequence[str]) -> ClassEdit:
    """New classes with these names, in their order. Raises ``UserError`` for a name that cannot be one."""
    name = tr("New classes {names}", names=", ".join(names))
    return ClassEdit(name=name, before=draft.categories, after=(*draft.categories, *_new(draft, names)))


def rename(draft: Draft, id: int, name: str) -> ClassEdit:
    """The class gets another name. Raises ``UserError`` for one that cannot be."""
    name = _checked(draft, name, but=id)
    return _with(draft, tr("Rename class to {name}", name=name), id, name=name)


def recolor(draft: Draft, id: int, color: Color | None) -> ClassEdit:
    """The class gets another color; ``None`` gives back the one of its place."""
    return _with(draft, tr("Recolor class"), id, color=color)


def merge(draft: Draft, id: int, into: int) -> CompoundEdit:
    """All instances of a class become those of another, and the class goes. Reads every image that shows it."""
    name = tr("Merge {name} into {other}", name=_name(draft, id), other=_name(draft, into))
    return CompoundEdit(name=name, edits=(*reclassified(draft, id, into), _without(draft, name, id)))


def delete(draft: Draft, id: int) -> CompoundEdit:
    """The class goes, and all its instances with it. Reads every image that shows it."""
    name = tr("Delete class {name}", name=_name(draft, id))
    return CompoundEdit(name=name, edits=(*_changes(draft, id, lambda annotation: None), _without(draft, name, id)))


def merge_all(draft: Draft, name: str, pairs: Sequence[tuple[int, int]]) -> CompoundEdit:
    """The instances of the first class of each pair become those of the second, and the first one goes."""
    into = dict(pairs)
    changes: list[InstanceEdit] = []
    for id in into:
        target, seen = into[id], {id}
        while target in into and target not in seen:  # merged itself
            seen.add(target)
            target = into[target]
        if target not in seen:
            changes += reclassified(draft, id, target)
    return CompoundEdit(name=name, edits=(*changes, _without(draft, name, *into)))


def delete_all(draft: Draft, name: str, ids: Sequence[int]) -> ClassEdit:
    """Classes without instances go."""
    return _without(draft, name, *ids)


def relabel(draft: Draft, image: int, ids: tuple[int, ...], category: int) -> InstanceEdit | None:
    """Some instances of an image get another class; ``None`` where all have it already."""
    known = draft.annotations(image)
    before = {id: known[id] for id in ids if id in known and known[id].category != category}
    after = {id: msgspec.structs.replace(annotation, category=category) for id, annotation in before.items()}
    name = tr("Change class to {name}", name=_name(draft, category))
    return InstanceEdit(name=name, image=image, before=before, after=after) if before else None


def reclassified(draft: Draft, id: int, into: int) -> list[InstanceEdit]:
    """All instances of a class become those of another. Reads every image that shows it."""
    return _changes(draft, id, lambda annotation: msgspec.structs.replace(annotation, category=into))


def _changes(draft: Draft, id: int, become: Callable[[Annotation], Annotation | None]) -> list[InstanceEdit]:
    changes = []
    for image in range(len(draft.dataset.images)):
        if id not in draft.labels(image):
            continue
        before = {key: old for key, old in draft.peek(image).items() if old.category == id}
        after = {key: new for key, old in before.items() if (new := become(old)) is not None}
        changes.append(InstanceEdit(name="", image=image, before=before, after=after))
    return changes


def _with(draft: Draft, title: str, id: int, **changes: object) -> ClassEdit:
    after = (
        msgspec.structs.replace(category, **changes) if category.id == id else category for category in draft.categories
    )
    return ClassEdit(name=title, before=draft.categories, after=tuple(after))


def _without(draft: Draft, title: str, *ids: int) -> ClassEdit:
    """The others look as before: those that move up take along the color of their old place."""
    kept: list[Category] = []
    for place, category in enumerate(draft.categories):
        if category.id not in ids:
            moves = place > len(kept) and category.color is None
            kept.append(msgspec.structs.replace(category, color=class_color(place)) if moves else category)
    return ClassEdit(name=title, before=draft.categories, after=tuple(kept))


def _new(draft: Draft, names: Sequence[str]) -> list[Category]:
    """Classes after those that are there, in the colors of their places where no other class has them."""
    used_ids = [category.id for category in (*draft.categories, *draft.dataset.categories)]
    used_ids += draft.dataset.annotations.lost_categories
    id, place, new = free_after(used_ids), len(draft.categories), []
    used = {category.color or class_color(place) for place, category in enumerate(draft.categories)}
    for number, color in enumerate(new_colors(used, place, len(names))):
        own = None if color == class_color(place + number) else color
        new.append(Category(id + number, _checked(draft, names[number]), own))
    return new


def _name(draft: Draft, id: int) -> str:
    return next(category.name for category in draft.categories if category.id == id)


def _checked(draft: Draft, name: str, but: int | None = None) -> str:
    name = " ".join(name.split())
    if not name:
        raise UserError(tr("a class needs a name"), tr("type one"))
    if len(name) > LONGEST_NAME:
        raise UserError(
            tr("the name of a class has at most {number} letters", number=LONGEST_NAME),
            tr("choose a shorter one"),
        )
    if any(category.name == name and category.id != but for category in draft.categories):
        raise UserError(tr("there is a class {name} already", name=name), tr("choose another name, or merge the two"))
    return name
