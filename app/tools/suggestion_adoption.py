"""Suggestions of a model that a person has begun to edit.

A tool that is used on a suggestion adopts it: it is edited like an instance from then on, under an id of its own, and
the first change makes it one, in one step of undo with the change. Left alone, it is a suggestion as before.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from core.annotation.editing.draft import Draft, Instances
from core.annotation.editing.edits import CompoundEdit, InstanceEdit
from core.annotation.editing.model import Annotation
from core.annotation.suggestions.suggestions import Suggestion
from core.geometry.masks import Mask
from core.geometry.segmentation import Extent


@dataclass(frozen=True, slots=True, eq=False)
class AdoptableSuggestion:
    """A suggestion that is shown, and its pixels."""

    suggestion: Suggestion
    mask: Mask


class SuggestionAdoption:
    """What is offered for the image in view, and what of it is adopted."""

    def __init__(self) -> None:
        self.offered: tuple[AdoptableSuggestion, ...] = ()
        self._adopted: dict[int, tuple[AdoptableSuggestion, Annotation]] = {}
        self._boxes: dict[int, tuple[int, Annotation]] = {}
        """Of those that are masks for boxes: the instance that goes when they become one, and its id."""
        self._merged: tuple[Instances, Instances] = {}, {}
        """Instances, and the same with what is adopted: whoever asks twice gets the same mapping."""

    @property
    def adopted(self) -> Mapping[int, Suggestion]:
        """By the id that it will have."""
        return {id: offered.suggestion for id, (offered, _) in self._adopted.items()}

    def with_adopted(self, instances: Instances) -> Instances:
        """The instances of the image, and after them what is adopted."""
        if not self._adopted:
            return instances
        if self._merged[0] is not instances:
            self._merged = instances, {**instances, **{id: one for id, (_, one) in self._adopted.items()}}
        return self._merged[1]

    def touching(self, area: Extent, matches: Callable[[Mask], bool]) -> list[AdoptableSuggestion]:
        """What is offered, reaches into ``area`` (left, top, right, bottom), and has a mask that ``matches``."""
        left, top, right, bottom = area
        boxes = ((one, one.mask.box) for one in self.offered)
        near = (
            one
            for one, (x, y, width, height) in boxes
            if x < right and x + width > left and y < bottom and y + height > top
        )
        return [one for one in near if matches(one.mask)]

    def adopt(
        self, offered: Sequence[AdoptableSuggestion], draft: Draft, image: int
    ) -> dict[int, tuple[Annotation, Mask]]:
        """Adopt some, whose classes are all in ``draft``; returns what there is to edit now, by id."""
        ids = {category.name: category.id for category in draft.categories}
        new = {draft.new_id(image): (one, one.suggestion.annotation(ids[one.suggestion.category])) for one in offered}
        there = draft.annotations(image)
        self._boxes |= {
            id: (one.suggestion.replaces, there[one.suggestion.replaces])
            for id, (one, _) in new.items()
            if one.suggestion.replaces is not None and one.suggestion.replaces in there
        }
        self._adopted, self._merged = self._adopted | new, ({}, {})
        return {id: (annotation, one.mask) for id, (one, annotation) in new.items()}

    def release_all_but(self, ids: Collection[int]) -> bool:
        """Make suggestions of all others again. ``False`` when no other was adopted."""
        if self._adopted.keys() <= set(ids):
            return False
        self._adopted, self._merged = {id: one for id, one in self._adopted.items() if id in ids}, ({}, {})
        return True

    def accepting(self, change: InstanceEdit) -> InstanceEdit | CompoundEdit:
        """``change``, with what it changes of what is adopted accepted first."""
        accepted = {id: annotation for id, (_, annotation) in self._adopted.items() if id in change.before}
        if not accepted:
            return change
        return CompoundEdit(name=change.name, edits=(self.acceptance(change.name, change.image, accepted), change))

    def acceptance(self, name: str, image: int, accepted: Mapping[int, Annotation]) -> InstanceEdit:
        """The edit that makes instances of what is adopted, in place of the boxes that they are the masks of."""
        boxes = dict(self._boxes[id] for id in accepted if id in self._boxes)
        return InstanceEdit(name=name, image=image, before=boxes, after=dict(accepted))
