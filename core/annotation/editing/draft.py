"""The dataset while it is edited: what was opened, and over it what the edits made of it."""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from core.annotation.editing.edit_check import EditCheck
from core.annotation.editing.edits import Edit, HistoryStep, InstanceEdit, parts
from core.annotation.editing.model import Annotation, Review
from core.annotation.editing.unknown_fields import UnknownFields
from core.dataset import Category, Dataset
from core.dataset.coco.unique_ids import LARGEST
from core.dataset.model import Side
from core.geometry.segmentation import Segmentation
from core.images.pixel_size import PixelSize

_SEEN = 256
"""Images that are kept decoded although nothing changed in them."""

Instances = Mapping[int, Annotation]
"""Instances of an image by id, in the order of the file, new ones last."""


class Keeper(Protocol):
    """Where edits are kept before anybody sees them: ``journal.Journal``, or a list in a test."""

    def append(self, edit: Edit, step: HistoryStep = "do") -> None:
        """Raises ``UserError`` when it cannot be kept."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """What a draft was at some moment: a value that another thread can save while edits go on."""

    dataset: Dataset
    categories: tuple[Category, ...]
    annotations: Mapping[int, Instances]
    """Of the images that edits touched, by ``Image.index``."""
    reviews: Mapping[int, Review]
    """Of the images that somebody marked."""
    sides: Mapping[int, Side]
    """Of the images whose split is to be remembered."""
    pixel_sizes: Mapping[int, PixelSize | None]
    """Of the images whose pixels somebody measured, or wants to be as their files say."""
    revision: int
    unsaved: int
    """The number of edits in it that no file has."""
    unknown_fields: UnknownFields
    not_labelled: Mapping[int, Segmentation | None]
    """Of the images in which what is not labelled was changed."""


@dataclass(frozen=True, slots=True, eq=False)
class Renewal:
    """The dataset as its files are since a save, in the numbers of the draft: indices, ids and classes are the same."""

    dataset: Dataset
    saved: Snapshot
    """What was saved."""
    same_images: frozenset[int]
    """Of the images in ``saved.annotations``: those of which ``dataset`` has the very same instances."""
    gone: UnknownFields
    """What the files said before of instances and classes that they have no more; undo brings them back."""


class Draft:
    """The editable state of ``dataset``. One thread changes it, any may look at it; ``dataset`` itself never changes,
    but after a save another one, read from the files, may take its place (see ``renew``).

    Only images that somebody looked at, or that an edit touches, are decoded.
    """

    def __init__(self, dataset: Dataset, keeper: Keeper, unknown_fields: UnknownFields | None = None) -> None:
        self.dataset = dataset
        self.categories: tuple[Category, ...] = dataset.categories
        self.keeper = keeper
        self.unknown_fields = unknown_fields or UnknownFields()
        """Of what went in earlier sessions and may come back."""
        self.revision = 0
        """The number of edits so far; taking one back is one too."""
        self._saved = 0
        self._seen: dict[int, Instances] = {}
        self._guard = threading.Lock()
        """Held while ``_seen`` is looked into, or an id is given."""
        self._changed: dict[int, Instances] = {}
        self._reviews: dict[int, Review] = {}
        self._not_labelled: dict[int, Segmentation | None] = {}
        self._sides: dict[int, Side] = {}
        self._pixel_sizes: dict[int, PixelSize | None] = {}
        self._last_ids = [dataset.largest_id(number) for number in range(len(dataset.files))]

    @property
    def unsaved(self) -> int:
        """The number of edits since the last save."""
        return self.revision - self._saved

    def annotations(self, image: int) -> Instances:
        """The instances of the image with this index by id, in the order of the file, new ones last."""
        dataset, known = self.dataset, self.peek(image)
        with self._guard:
            if image not in self._changed and dataset is self.dataset:
                known = self._seen.pop(image, known)  # another thread may have decoded it meanwhile
                self._seen[image] = known  # what was looked at last is kept longest
                self._forget_some()
        return known

    def peek(self, image: int) -> Instances:
        """The same, for work that goes through many images: none of them is kept decoded."""
        known = self._known(image)
        return opened(self.dataset, image) if known is None else known

    def has_read(self, image: int) -> bool:
        """Whether ``annotations`` of the image with this index are there at once, with nothing to decode."""
        return self._known(image) is not None

    def _known(self, image: int) -> Instances | None:
        with self._guard:
            return self._changed.get(image, self._seen.get(image))

    def review(self, image: int) -> Review:
        """What a person said of the image with this index."""
        found = self._reviews.get(image)
        return self.dataset.review(self.dataset.images[image]) if found is None else found

    def not_labelled(self, image: int) -> Segmentation | None:
        """The part of the image with this index that nobody has labelled. In any thread."""
        try:
            return self._not_labelled[image]
        except KeyError:
            return self.dataset.not_labelled(self.dataset.images[image])

    def pixel_size(self, image: int) -> PixelSize | None:
        """What the entry of the image with this index says of the size of its pixels. In any thread."""
        try:
            return self._pixel_sizes[image]
        except KeyError:
            return self.dataset.pixel_sizes.get(image)

    def instance_count(self, image: int) -> int:
        """The number of instances of the image with this index. Fast: nothing is decoded."""
        changed = self._changed.get(image)
        return self.dataset.instance_count(self.dataset.images[image]) if changed is None else len(changed)

    def labels(self, image: int) -> set[int]:
        """The classes, by ``Category.id``, that the image with this index shows. Fast: nothing is decoded."""
        if (changed := self._changed.get(image)) is not None:
            return {annotation.category for annotation in changed.values()}
        dataset = self.dataset
        return {dataset.categories[label].id for label in dataset.labels(dataset.images[image])}

    def class_counts(self, split: str | None = None) -> Counter[int]:
        """The number of instances of each class, by ``Category.id``, in a split or in all. Fast: nothing is decoded."""
        changed = [self.dataset.images[image] for image in self._changed]
        ids = (category.id for category in self.dataset.categories)
        counts = Counter(dict(zip(ids, self.dataset.class_counts(split, changed).tolist(), strict=True)))
        for image in changed:
            if split is None or image.split == split:
                counts.update([annotation.category for annotation in self._changed[image.index].values()])
        return counts

    def new_id(self, image: int) -> int:
        """An id for a new instance of this image, never given before in its file."""
        number = self.dataset.file_number(self.dataset.images[image])
        with self._guard:
            self._last_ids[number] += 1
            return self._last_ids[number]

    def reserve(self, image: int, ids: Iterable[int]) -> None:
        """These ids were given in the file of this image: no new instance gets one of them."""
        number = self.dataset.file_number(self.dataset.images[image])
        with self._guard:
            self._last_ids[number] = max([self._last_ids[number], *(id for id in ids if id < LARGEST)])

    def resume(self, number: int) -> None:
        """The edits so far are the last of ``number`` that a journal has; those before them are in the files."""
        self._saved += number - self.revision
        self.revision = number

    def apply(self, edit: Edit, step: HistoryStep = "do") -> None:
        """Keep ``edit``, then do it. When this raises, nothing has changed.

        Raises ``UserError`` when it cannot be kept, and ``ValueError`` when it does not fit what is there: its
        ``before`` is not the state, or its ``after`` is not possible.
        """
        check = self.tried(edit)
        self.keeper.append(edit, step)
        self.take_over(edit, check)

    def tried(self, edit: Edit) -> EditCheck:
        """What ``edit`` would make of this, in any thread. Raises ``ValueError`` like ``apply``."""
        check = EditCheck(self)
        for part in parts(edit):
            check.do(part)
        check.check_classes()
        return check

    def take_over(self, edit: Edit, check: EditCheck) -> None:
        """Do an edit that was ``tried`` since the last one, and is kept already. Costs little, however large it is."""
        self.categories = check.categories
        self._changed |= check.annotations
        self._reviews |= check.reviews
        self._not_labelled |= check.not_labelled
        self._pixel_sizes |= check.pixel_sizes
        self.revision += 1
        for part in parts(edit):
            if isinstance(part, InstanceEdit):
                self.reserve(part.image, part.after)

    def keep_sides(self) -> bool:
        """A training starts on ``dataset``: have the next save remember the split that was chosen there. No edit, since
        undo must not take it back. ``False`` when there is nothing new to say."""
        new = self.dataset.new_sides()
        self._sides |= new
        return bool(new)

    def snapshot(self) -> Snapshot:
        """What is to be saved now."""
        changed, reviews, sides = dict(self._changed), dict(self._reviews), dict(self._sides)
        return Snapshot(
            dataset=self.dataset,
            categories=self.categories,
            annotations=changed,
            reviews=reviews,
            sides=sides,
            pixel_sizes=dict(self._pixel_sizes),
            not_labelled=dict(self._not_labelled),
            revision=self.revision,
            unsaved=self.unsaved,
            unknown_fields=self.unknown_fields,
        )

    def saved(self, snapshot: Snapshot) -> None:
        """``snapshot`` is on disk: only edits after it are unsaved."""
        self._saved = max(self._saved, snapshot.revision)

    def renew(self, renewal: Renewal) -> None:
        """Lay the edits over the dataset of ``renewal`` from now on: those that it has are no edits of it any more.
        Nothing of what the draft shows changes. Not while a thread has an edit ``tried``."""
        dataset, saved = renewal.dataset, renewal.saved
        self.unknown_fields.instances |= renewal.gone.instances
        self.unknown_fields.classes |= renewal.gone.classes
        with self._guard:
            self.dataset = dataset
            for image in renewal.same_images:
                if self._changed.get(image) is saved.annotations[image]:  # nobody has edited it since
                    self._seen[image] = self._changed.pop(image)
            self._forget_some()
        for image, review in [*self._reviews.items()]:
            if review == dataset.review(dataset.images[image]):
                del self._reviews[image]
        for image, region in [*self._not_labelled.items()]:
            if region == (dataset.not_labelled(dataset.images[image]) or None):
                del self._not_labelled[image]
        for image, side in [*self._sides.items()]:
            if dataset.sides is not None and side == dataset.sides.get(image):
                del self._sides[image]
        for image, size in [*self._pixel_sizes.items()]:
            if size == dataset.pixel_sizes.get(image):
                del self._pixel_sizes[image]
        self._last_ids = [max(last, dataset.largest_id(number)) for number, last in enumerate(self._last_ids)]

    def _forget_some(self) -> None:
        while len(self._seen) > _SEEN:
            del self._seen[next(iter(self._seen))]


def opened(dataset: Dataset, image: int) -> Instances:
    """The instances of the image with this index as the dataset has them."""
    entry = dataset.images[image]
    return {
        id: Annotation(dataset.categories[instance.label].id, instance.segmentation, instance.box, instance.crowd)
        for id, instance in zip(dataset.ids(entry), dataset.instances(entry), strict=True)
    }
