"""Suggestions of a model in a person's hands.

A tool that is used on a suggestion takes it up: it is edited like an instance from then on, under an id of its own, and
the first change makes it one, in one step of undo with the change. Left alone, it is a suggestion as before.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.tools.hit_test import Extent
from core.annotation.editing import classes
from core.annotation.editing.draft import Draft, Instances
from core.annotation.editing.edits import ClassEdit, CompoundEdit, Edit, InstanceEdit, parts
from core.annotation.editing.model import Annotation
from core.annotation.suggestions.suggestions import Suggestion
from core.geometry.mask_ops import has
from core.geometry.masks import Mask


@dataclass(frozen=True, slots=True, eq=False)
class AdoptableSuggestion:
    """A suggestion that is shown, and its pixels."""

    suggestion: Suggestion
    mask: Mask


class SuggestionAdoption:
    """What is offered for the image in view, and what of it is in hand."""

    def __init__(self) -> None:
        self.offered: tuple[AdoptableSuggestion, ...] = ()
        self._held: dict[int, tuple[AdoptableSuggestion, Annotation]] = {}
        self._over: tuple[Instances, Instances] = {}, {}
        """Instances, and the same with what is in hand: whoever asks twice gets the same mapping."""

    @property
    def held(self) -> Mapping[int, Suggestion]:
        """What is in hand, by the id that it will have."""
        return {id: offered.suggestion for id, (offered, _) in self._held.items()}

    def over(self, instances: Instances) -> Instances:
        """The instances of the image, and what is in hand."""
        if not self._held:
            return instances
        if self._over[0] is not instances:
            self._over = instances, {**instances, **{id: annotation for id, (_, annotation) in self._held.items()}}
        return self._over[1]

    def at(self, x: int, y: int) -> list[AdoptableSuggestion]:
        """What is offered under a pixel, the smallest first."""
        return sorted((one for one in self.offered if has(one.mask, x, y)), key=lambda one: one.mask.area)

    def touching(self, area: Extent, wanted: Callable[[Mask], bool]) -> list[AdoptableSuggestion]:
        """What is offered, reaches into ``area`` (left, top, right, bottom), and has pixels that are ``wanted``."""
        left, top, right, bottom = area
        boxes = ((one, one.mask.box) for one in self.offered)
        near = (
            one
            for one, (x, y, width, height) in boxes
            if x < right and x + width > left and y < bottom and y + height > top
        )
        return [one for one in near if wanted(one.mask)]

    def lacking(self, offered: Iterable[AdoptableSuggestion], draft: Draft) -> ClassEdit | None:
        """The edit that makes the classes that are needed to take some up; ``None`` when all are there."""
        known = {category.name for category in draft.categories}
        names = [name for name in dict.fromkeys(one.suggestion.category for one in offered) if name not in known]
        return classes.add_all(draft, names) if names else None

    def take(
        self, offered: Sequence[AdoptableSuggestion], draft: Draft, image: int
    ) -> dict[int, tuple[Annotation, Mask]]:
        """Take some up, whose classes are all there; returns what there is to edit now, by id."""
        ids = {category.name: category.id for category in draft.categories}
        taken = {draft.new_id(image): (one, one.suggestion.annotation(ids[one.suggestion.category])) for one in offered}
        self._hold(self._held | taken)
        return {id: (annotation, one.mask) for id, (one, annotation) in taken.items()}

    def keep(self, ids: Collection[int]) -> bool:
        """Let go of all but these. ``False`` when nothing else was in hand."""
        if self._held.keys() <= set(ids):
            return False
        self._hold({id: held for id, held in self._held.items() if id in ids})
        return True

    def accepting(self, change: InstanceEdit) -> InstanceEdit | CompoundEdit:
        """``change``, with what it changes of what is in hand accepted first."""
        accepted = {id: annotation for id, (_, annotation) in self._held.items() if id in change.before}
        if not accepted:
            return change
        first = InstanceEdit(name=change.name, image=change.image, before={}, after=accepted)
        return CompoundEdit(name=change.name, edits=(first, change))

    def settle(self, edit: Edit) -> None:
        """An edit was done: what it made instances of, or part of others, is not in hand any more."""
        changes = [part for part in parts(edit) if isinstance(part, InstanceEdit)]
        made = {id for change in changes for id in (*change.before, *change.after)}
        self.keep(self._held.keys() - made)

    def _hold(self, held: dict[int, tuple[AdoptableSuggestion, Annotation]]) -> None:
        self._held, self._over = held, ({}, {})
