"""Finding out which edits of an earlier session the files have.

A file whose digest the journal names has all edits up to some number. For one that somebody else changed, or put back
from elsewhere, the instances are compared: each had a state after each edit, and is in one of these now, or in a new
one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from core.annotation.editing.draft import Draft, Instances
from core.annotation.editing.edits import (
    ClassEdit,
    InstanceEdit,
    NotLabelledEdit,
    PixelSizeEdit,
    ReviewEdit,
    SimpleEdit,
    parts,
)
from core.annotation.editing.model import Annotation, Review, same
from core.annotation.storage.image_keys import ImageKey, KeyLookup
from core.annotation.storage.journal_lines import EditRecord, JournalContents
from core.dataset import Category
from core.geometry.segmentation import Segmentation
from core.images.pixel_size import PixelSize

_State = Annotation | Review | Segmentation | PixelSize | None
Part = int | Literal["not labelled", "pixel size"] | None
"""What of an image: an instance, where it is not labelled, its scale; ``None`` for its review."""
_Key = tuple[int, Part]
"""Image as the dataset has it now, and what of it."""
_OfImage = InstanceEdit | ReviewEdit | NotLabelledEdit | PixelSizeEdit


@dataclass(frozen=True, slots=True)
class LostWork:
    """Something that a file had once and does not have now: an instance, or what was said of an image."""

    image: int
    """``Image.index`` in the edits of the journal."""
    place: ImageKey
    id: Part
    now: _State
    then: _State
    """What it was in the end. In the numbers of the journal, both."""


FilesOnDisk = Mapping[str, Sequence[tuple[str, str]]]
"""By annotation file, relative to the dataset: its name and digest, and those of what was saved beside it."""


class Reconciliation:
    """Compares a journal with the files as ``draft``, in which nothing is done yet, has them."""

    def __init__(
        self, earlier: JournalContents, on_disk: FilesOnDisk, draft: Draft, waiting: Iterable[str] = ()
    ) -> None:
        self._earlier = earlier
        self.waiting = set(waiting)
        """Files of which nothing is to be done now."""
        self._base = earlier.header.number if earlier.header else 0
        """A file that is not there any more has nothing of what the journal says."""
        self._numbers = {file: _newest(earlier, found) for file, found in on_disk.items()}
        not_handed = {file: own for file, (own, *_) in on_disk.items() if file not in earlier.handed}
        self.changed = [file for file, own in not_handed.items() if _newest(earlier, [own]) is None]
        """Files that are not as this program read or wrote them."""
        known = (earlier.saved if number is None else number for number in self._numbers.values())
        self._all = min(known, default=earlier.saved)
        """All files have the classes as they were after this edit."""
        unknown = [file for file, number in self._numbers.items() if number is None and file not in earlier.handed]
        self._states = _States(earlier, unknown, draft) if unknown and earlier.records else None

    def pending(self, record: EditRecord) -> Iterator[tuple[SimpleEdit, bool]]:
        """The parts of an edit that are to be done, with ``True``, and those that the files have already, with
        ``False``."""
        for part in parts(record.edit):
            if isinstance(part, ClassEdit):
                yield part, record.number > self._all
                continue
            file = record.places[part.image][0] if part.image in record.places else ""
            number = self._numbers.get(file, self._base)
            if file in self.waiting or record.number <= self._earlier.handed.get(file, 0):
                yield part, False
            elif number is not None or self._states is None:
                yield part, number is not None and record.number > number
            else:
                todo = self._states.undone(part, record, self._earlier.saved)
                yield (part, False) if todo is None else (todo, True)

    def lost_work(self) -> list[LostWork]:
        """What was saved and is not in its file any more, although nobody has made anything else of it."""
        return self._states.lost_work(self._earlier.saved) if self._states is not None else []


class _States:
    """What the instances and reviews of some files were after each edit, and which of that they are now."""

    def __init__(self, earlier: JournalContents, files: Collection[str], draft: Draft) -> None:
        self._images = KeyLookup(draft.dataset)
        self._files = files
        self._places: dict[int, tuple[int, ImageKey]] = {}
        """By image as it is now: what the journal calls it."""
        self._of: defaultdict[_Key, list[tuple[int, _State]]] = defaultdict(list)
        """The number of each edit, and what came of it; first what was before all."""
        for record in earlier.records:
            for part in parts(record.edit):
                if not isinstance(part, ClassEdit):
                    self._add(record, part)
        self._now = self._compare(draft, _same_classes(earlier, draft.categories))
        """Which of its states each is in; ``None`` for none of them."""

    def undone(self, part: _OfImage, record: EditRecord, saved: int) -> _OfImage | None:
        """What of a part is to be done; ``None`` where that is nothing. What was saved once is not, see
        ``lost_work``."""
        image = self._find(part, record)
        if image is None:
            return part if record.number > saved else None
        if not isinstance(part, InstanceEdit):
            return part if self._is_undone((image, _part_of(part)), record.number, saved) else None
        ids = {
            id for id in part.before.keys() | part.after.keys() if self._is_undone((image, id), record.number, saved)
        }
        before, after = ({id: side[id] for id in side if id in ids} for side in (part.before, part.after))
        return msgspec.structs.replace(part, before=before, after=after) if ids else None

    def lost_work(self, saved: int) -> list[LostWork]:
        """See ``Reconciliation.lost_work``."""
        found = []
        for key, states in self._of.items():
            place = self._now[key]
            if place is not None and self._is_lost(key, saved):
                index, name = self._places[key[0]]
                found.append(LostWork(index, name, key[1], states[place][1], states[-1][1]))
        return found

    def _add(self, record: EditRecord, part: _OfImage) -> None:
        image = self._find(part, record)
        if image is None or record.places[part.image][0] not in self._files:
            return
        self._places[image] = part.image, record.places[part.image]
        changes: dict[Part, tuple[_State, _State]] = (
            {_part_of(part): (part.before, part.after)}
            if not isinstance(part, InstanceEdit)
            else {id: (part.before.get(id), part.after.get(id)) for id in part.before.keys() | part.after.keys()}
        )
        for id, (before, after) in changes.items():
            states = self._of[image, id]
            states += [(record.number, after)] if states else [(0, before), (record.number, after)]

    def _find(self, part: _OfImage, record: EditRecord) -> int | None:
        try:
            return self._images.find(part.image, record.places)
        except ValueError:
            return None

    def _is_undone(self, key: _Key, number: int, saved: int) -> bool:
        place = self._now[key]
        if place is None:
            return number > saved  # doing it will say what is in the way
        return number > self._of[key][place][0] and not self._is_lost(key, saved)

    def _is_lost(self, key: _Key, saved: int) -> bool:
        """Whether it was more than it is now when it was saved."""
        place = self._now[key]
        return place is not None and any(number <= saved for number, _ in self._of[key][place + 1 :])

    def _compare(self, draft: Draft, classes: Mapping[int, int]) -> dict[_Key, int | None]:
        found: dict[_Key, int | None] = {}
        images = {image: draft.peek(image) for image in self._places}
        for (image, id), states in self._of.items():
            now = _now(draft, image, id, images[image])
            latest = (place for place in reversed(range(len(states))) if _alike(states[place][1], now, classes))
            found[image, id] = next(latest, None)
        return found


def unchanged(lost_work: Iterable[LostWork], earlier: JournalContents, draft: Draft) -> list[LostWork]:
    """Those of which nobody has made anything else since."""
    finder, classes = KeyLookup(draft.dataset), _same_classes(earlier, draft.categories)
    found = []
    for each in lost_work:
        image = finder.find(each.image, {each.image: each.place})
        now = _now(draft, image, each.id, draft.annotations(image))
        if _alike(each.now, now, classes):
            found.append(each)
    return found


def _part_of(part: ReviewEdit | NotLabelledEdit | PixelSizeEdit) -> Part:
    match part:
        case ReviewEdit():
            return None
        case NotLabelledEdit():
            return "not labelled"
        case PixelSizeEdit():
            return "pixel size"


def _now(draft: Draft, image: int, part: Part, instances: Instances) -> _State:
    if part is None:
        return draft.review(image)
    if isinstance(part, int):
        return instances.get(part)
    return draft.not_labelled(image) if part == "not labelled" else draft.pixel_size(image)


def _newest(earlier: JournalContents, found: Sequence[tuple[str, str]]) -> int | None:
    numbers = (earlier.numbers.get(name, {}).get(digest) for name, digest in found)
    return max((number for number in numbers if number is not None), default=None)


def _same_classes(earlier: JournalContents, categories: tuple[Category, ...]) -> dict[int, int]:
    """``Category.id`` now by what it was in the journal; a class is its last name there."""
    ids = {category.name: category.id for category in categories}
    return {each.id: ids[each.name] for each in all_classes(earlier) if each.name in ids}


def all_classes(earlier: JournalContents) -> Iterator[Category]:
    """Every class that a journal knows, by whatever name, the last one last."""
    yield from earlier.header.categories if earlier.header is not None else ()
    for record in earlier.records:
        for part in parts(record.edit):
            if isinstance(part, ClassEdit):
                yield from part.after


def _alike(then: _State, now: _State, classes: Mapping[int, int]) -> bool:
    if not isinstance(then, Annotation) or not isinstance(now, Annotation):
        return (then or None) == (now or None)
    return same(msgspec.structs.replace(then, category=classes.get(then.category, -1)), now)
