"""Translating edits of an earlier session to the dataset as it is now.

What they name by numbers may have other numbers: images when pictures were added, classes when files were joined anew,
instances when somebody else added some meanwhile. Images are found by file, id and name; classes by name; a new
instance gets another id where its own is taken.
"""

from collections.abc import Iterable, Mapping

import msgspec

from core.annotation.editing.classes import reclassified
from core.annotation.editing.draft import Draft
from core.annotation.editing.edits import (
    ClassEdit,
    CompoundEdit,
    Edit,
    InstanceEdit,
    SimpleEdit,
)
from core.annotation.editing.model import Annotation
from core.annotation.storage.image_keys import ImageKey, KeyLookup
from core.dataset import Category
from core.dataset.coco.unique_ids import free_after
from core.words import tr


class Rebase:
    """Translates edits in the order in which they were made; each is applied to ``draft`` before the next."""

    def __init__(self, draft: Draft, categories: Iterable[Category], *, partly: bool = False) -> None:
        """``categories`` are those of the dataset when the first edit was made. Of edits done ``partly``, other files
        get the rest."""
        self._draft, self._partly = draft, partly
        self._known = {category.id: category for category in categories}
        """Every class of the edits by its id there, as it was called last."""
        self._classes: dict[int, int] | None = None
        self._instances: dict[tuple[int, int], int] = {}
        """New ids of instances by file number and old id."""
        self._given: set[tuple[int, int]] = set()
        self._of_file: dict[int, set[int]] = {}
        self._gone: set[int] = set()
        """Classes that became others."""
        self._images = KeyLookup(draft.dataset)

    def follow(self, part: SimpleEdit) -> None:
        """Take note of a part that the files have already: later edits build on it."""
        if isinstance(part, ClassEdit):
            self._known |= {category.id: category for category in part.after}

    def edit(self, name: str, parts: Iterable[SimpleEdit], places: Mapping[int, ImageKey]) -> Edit | None:
        """An edit of these parts; ``None`` where nothing is left to do. Raises ``ValueError`` saying what is not there
        any more."""
        categories = self._draft.categories
        translated: list[SimpleEdit] = []
        for part in parts:
            if isinstance(part, ClassEdit):
                translated += self._join(part)
                categories, before = self._classify(part, categories), categories
                if categories != before:
                    translated.append(ClassEdit(name=part.name, before=before, after=categories))
                continue
            image = self._images.find(part.image, places)
            if not isinstance(part, InstanceEdit):
                translated.append(msgspec.structs.replace(part, image=image))
                continue
            if lost := self._lost_classes(part):
                categories, before = self._classify(lost, categories), categories
                translated.append(msgspec.structs.replace(lost, before=before, after=categories))
            translated.append(self._change(part, image))
        if self._partly and categories != self._draft.categories:
            translated = self._keeping_used(translated)
        if not translated:
            return None
        return translated[0] if len(translated) == 1 else CompoundEdit(name=name, edits=tuple(translated))

    def _keeping_used(self, translated: list[SimpleEdit]) -> list[SimpleEdit]:
        """The same without taking away classes of which other files have instances still: the rest does that."""
        counts = self._draft.class_counts()
        for part in translated:
            if isinstance(part, InstanceEdit):
                counts.subtract(annotation.category for annotation in part.before.values())
                counts.update(annotation.category for annotation in part.after.values())
        kept: list[SimpleEdit] = []
        categories = self._draft.categories
        for part in translated:
            if isinstance(part, ClassEdit):
                stays = {each.id for each in part.after}
                used = (each for each in categories if each.id not in stays and counts[each.id] > 0)
                part = msgspec.structs.replace(part, before=categories, after=(*part.after, *used))
                categories = part.after
                if part.before == part.after:
                    continue
            kept.append(part)
        return kept

    def _change(self, part: InstanceEdit, image: int) -> InstanceEdit:
        dataset = self._draft.dataset
        file = dataset.file_number(dataset.images[image])
        for id in part.after.keys() - part.before.keys():
            if self._is_taken(id, image, file):
                self._instances[file, id] = self._draft.new_id(image)
                self._given.add((file, self._instances[file, id]))
        before, after = (
            {self._instances.get((file, id), id): self._annotation(each) for id, each in side.items()}
            for side in (part.before, part.after)
        )
        return msgspec.structs.replace(part, image=image, before=before, after=after)

    def _is_taken(self, id: int, image: int, file: int) -> bool:
        """Whether a new instance cannot have this id, because another one has it, here or in another image."""
        known = self._instances.get((file, id), id)
        if known in self._draft.annotations(image) or (known == id and (file, id) in self._given):
            return True
        dataset = self._draft.dataset
        return known in self._ids(file) and known not in dataset.ids(dataset.images[image])

    def _ids(self, file: int) -> set[int]:
        """Those of all instances that a file has."""
        if file not in self._of_file:
            dataset = self._draft.dataset
            images = dataset.images[dataset.first_images[file] : dataset.first_images[file + 1]]
            self._of_file[file] = {id for image in images for id in dataset.ids(image)}
        return self._of_file[file]

    def _annotation(self, annotation: Annotation) -> Annotation:
        category = self._known_classes().get(annotation.category)
        if category is None:
            raise ValueError(tr("nobody knows the class {category}", category=annotation.category))
        return msgspec.structs.replace(annotation, category=category)

    def _lost_classes(self, part: InstanceEdit) -> ClassEdit | None:
        """The classes of these instances that are not there any more come back with them."""
        used = {annotation.category for side in (part.before, part.after) for annotation in side.values()}
        lost = sorted((used & self._known.keys()) - self._known_classes().keys())
        return ClassEdit(name=part.name, before=(), after=tuple(self._known[id] for id in lost)) if lost else None

    def _join(self, part: ClassEdit) -> list[InstanceEdit]:
        """Some of the files have a class under its new name already, others under the old one: its instances there
        become those of the new one, and the old one goes."""
        known = self._known_classes()
        here = {category.name: category.id for category in self._draft.categories}
        old_names = {category.id: category.name for category in part.before}
        changes = []
        for new in part.after:
            old, into = old_names.get(new.id), here.get(new.name)
            renamed = old is not None and old != new.name and new.name not in old_names.values()
            if renamed and into is not None and new.id in known:
                changes += reclassified(self._draft, known[new.id], into)
                self._gone.add(known[new.id])
                known[new.id] = into
        return changes

    def _classify(self, part: ClassEdit, current: tuple[Category, ...]) -> tuple[Category, ...]:
        """``current`` with what ``part`` changed; what others did to classes meanwhile stays."""
        classes, result = self._known_classes(), {each.id: each for each in current if each.id not in self._gone}
        before = {category.id: category for category in part.before}
        for new in part.after:
            old = before.pop(new.id, None)
            if old is None:
                same = [category.id for category in result.values() if category.name == new.name]
                classes[new.id] = same[0] if same else new.id if new.id not in result else free_after(result)
                result[classes[new.id]] = msgspec.structs.replace(new, id=classes[new.id])
            elif old != new and classes.get(new.id) in result:
                result[classes[new.id]] = _merged(result[classes[new.id]], old, new)
            elif old.name != new.name and (done := [each.id for each in result.values() if each.name == new.name]):
                classes[new.id] = done[0]  # it is called so already
            elif old.name != new.name:  # another color for a class that is gone is nothing to miss
                raise ValueError(tr("the class “{old}” is not there any more", old=old.name))
        for id in before:
            result.pop(classes.get(id, id), None)
        self.follow(part)
        return tuple(result.values())

    def _known_classes(self) -> dict[int, int]:
        """``Category.id`` in the draft by the one in the edits."""
        if self._classes is None:
            ids = {category.name: category.id for category in self._draft.categories}
            self._classes = {id: ids[known.name] for id, known in self._known.items() if known.name in ids}
        return self._classes


def _merged(there: Category, old: Category, new: Category) -> Category:
    """A class with what an edit made of it, ``old`` to ``new``; a color that others gave it stays."""
    name = new.name if new.name != old.name else there.name
    return msgspec.structs.replace(there, name=name, color=new.color if there.color == old.color else there.color)
