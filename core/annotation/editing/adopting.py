"""Taking over what somebody else annotated on the same images, difference by difference."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from core.annotation.editing import classes
from core.annotation.editing.draft import Draft
from core.annotation.editing.edits import CompoundEdit, InstanceEdit
from core.annotation.editing.model import Annotation, same
from core.dataset.dataset import Dataset
from core.dataset.model import Instance
from core.dataset.several.comparison import Difference
from core.pacing import paced
from core.words import tr_n


class Adoption:
    """What ``right`` has, which was compared with the dataset of ``draft``, as instances of the draft."""

    def __init__(self, draft: Draft, right: Dataset) -> None:
        self.draft, self._right = draft, right

    def edit(self, differences: Iterable[Difference]) -> InstanceEdit | CompoundEdit | None:
        """The edit that makes the draft agree with the right one on some differences; ``None`` where it does already,
        or what they are about is gone. Reads the images that they are on."""
        differences = list(differences)
        wanted = sorted(set(differences) - self.done(differences), key=attrgetter("image"))
        draft, title = self.draft, tr_n("Accept {n} difference", "Accept {n} differences", len(wanted))
        names = dict.fromkeys(each.right_class for each in wanted if each.right is not None)
        new = [name for name in names if name not in _ids(draft)]
        made = classes.add_all(draft, new) if new else None
        ids = _ids(draft) if made is None else {category.name: category.id for category in made.after}
        made_of = paced(_by_image(wanted))
        changes = [change for image, some in made_of if (change := self._change(title, image, some, ids))]
        if made is None and len(changes) == 1:
            return changes[0]
        return CompoundEdit(name=title, edits=(*([made] if made else ()), *changes)) if changes else None

    def done(self, differences: Iterable[Difference]) -> set[Difference]:
        """Those on which the draft agrees with the right one. Reads the images that they are on."""
        ids, found = _ids(self.draft), set()
        for image, some in paced(_by_image(sorted(differences, key=attrgetter("image")))):
            known, there = self.draft.peek(image), _Images(self._right)
            found |= {each for each in some if _is_done(each, known, there, ids)}
        return found

    def _change(
        self, title: str, image: int, differences: Sequence[Difference], ids: Mapping[str, int]
    ) -> InstanceEdit | None:
        known, there = self.draft.peek(image), _Images(self._right)
        before: dict[int, Annotation] = {}
        after: dict[int, Annotation] = {}
        for each in differences:
            if each.left is not None and each.left not in known:
                continue  # somebody deleted it meanwhile
            if each.left is not None:
                before[each.left] = known[each.left]
            if each.right is not None:
                id = self.draft.new_id(image) if each.left is None else each.left
                after[id] = there.annotation(each, ids)
        return InstanceEdit(name=title, image=image, before=before, after=after) if before or after else None


class _Images:
    """Instances of the right dataset, each image read once."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._read: dict[int, dict[int, Instance]] = {}

    def annotation(self, difference: Difference, ids: Mapping[str, int]) -> Annotation:
        """What the right one has; ``ids`` are those of classes by name."""
        index, right = difference.other_image, difference.right
        if index not in self._read:
            image = self._dataset.images[index]
            numbers = self._dataset.ids(image)
            self._read[index] = dict(zip(numbers, self._dataset.instances(image), strict=True))
        assert right is not None
        one = self._read[index][right]
        return Annotation(ids[difference.right_class], one.segmentation, one.box, one.crowd)


def _is_done(difference: Difference, known: Mapping[int, Annotation], there: _Images, ids: Mapping[str, int]) -> bool:
    if difference.right is None:
        return difference.left not in known
    if difference.right_class not in ids:
        return False
    wanted = there.annotation(difference, ids)
    if difference.left is not None:
        return difference.left in known and same(known[difference.left], wanted)
    return any(same(one, wanted) for one in known.values())


def _by_image(differences: Iterable[Difference]) -> list[tuple[int, list[Difference]]]:
    """Those of each image, where they are in the order of images."""
    return [(image, list(some)) for image, some in groupby(differences, key=attrgetter("image"))]


def _ids(draft: Draft) -> dict[str, int]:
    return {category.name: category.id for category in draft.categories}
