"""Whether an edit fits what is there, and what it makes of it."""

from collections import Counter
from collections.abc import Mapping
from operator import lt
from typing import Protocol

from core.annotation.editing.edits import (
    ClassEdit,
    InstanceEdit,
    NotLabelledEdit,
    PixelSizeEdit,
    ReviewEdit,
    SimpleEdit,
)
from core.annotation.editing.model import Annotation, Review, fault, same
from core.annotation.editing.unknown_fields import UnknownFields
from core.dataset import Category, Dataset, Image
from core.dataset.coco.unique_ids import LARGEST
from core.geometry.segmentation import Segmentation
from core.images.pixel_size import PixelSize
from core.pacing import paced
from core.words import tr


class EditTarget(Protocol):
    """What an edit is checked against: a ``Draft``."""

    @property
    def dataset(self) -> Dataset: ...

    @property
    def categories(self) -> tuple[Category, ...]: ...

    @property
    def unknown_fields(self) -> UnknownFields: ...

    def peek(self, image: int) -> Mapping[int, Annotation]:
        """The instances of the image with this index, by id."""

    def review(self, image: int) -> Review:
        """What a person said of the image with this index."""

    def not_labelled(self, image: int) -> Segmentation | None:
        """The part of the image with this index that nobody has labelled."""

    def pixel_size(self, image: int) -> PixelSize | None:
        """What the entry of the image with this index says of the size of its pixels."""

    def class_counts(self) -> Counter[int]:
        """The number of instances of each class, by ``Category.id``."""


class EditCheck:
    """What a draft would become. The draft itself stays as it is; every method raises ``ValueError`` for an edit that
    does not fit it."""

    def __init__(self, draft: EditTarget) -> None:
        self._draft = draft
        self.categories = draft.categories
        self.annotations: dict[int, Mapping[int, Annotation]] = {}
        """Of the images that become others."""
        self._before: dict[int, Mapping[int, Annotation]] = {}
        """Of the same images, as they are: read once, since an edit may touch thousands."""
        self.reviews: dict[int, Review] = {}
        self.not_labelled: dict[int, Segmentation | None] = {}
        self.pixel_sizes: dict[int, PixelSize | None] = {}

    def do(self, part: SimpleEdit) -> None:
        """Do one simple edit."""
        match part:
            case InstanceEdit():
                self._change(part)
            case ClassEdit():
                self._classify(part)
            case ReviewEdit():
                image, known = self._image(part.image), self.reviews.get(part.image)
                if (self._draft.review(part.image) if known is None else known) != part.before:
                    raise ValueError(tr("the review of image {image} is not what the edit expects", image=image.id))
                self.reviews[part.image] = part.after
            case NotLabelledEdit():
                self._mark_not_labelled(part)
            case PixelSizeEdit():
                image = self._image(part.image)
                size = self.pixel_sizes.get(part.image, self._draft.pixel_size(part.image))
                if size != part.before:
                    raise ValueError(tr("the scale of image {image} is not what the edit expects", image=image.id))
                self.pixel_sizes[part.image] = part.after

    def check_classes(self) -> None:
        """Whether no class is gone that still has instances. For the end: edits may come in any order."""
        gone = {category.id for category in self._draft.categories} - {category.id for category in self.categories}
        if not gone:
            return
        counts = self._draft.class_counts()
        for image, instances in self.annotations.items():
            counts.subtract(annotation.category for annotation in self._before[image].values())
            counts.update(annotation.category for annotation in instances.values())
        if used := [str(id) for id in gone if counts[id]]:
            raise ValueError(tr("classes go that still have instances: {ids}", ids=", ".join(used)))

    def _mark_not_labelled(self, part: NotLabelledEdit) -> None:
        image = self._image(part.image)
        known = self.not_labelled.get(part.image, self._draft.not_labelled(part.image))
        if (known or None) != (part.before or None):
            raise ValueError(tr("what is not labelled in image {image} is not what the edit expects", image=image.id))
        if part.after and (reason := part.after.fault((image.height, image.width))):
            raise ValueError(
                tr("what is not labelled in image {image} is not possible: {reason}", image=image.id, reason=reason)
            )
        self.not_labelled[part.image] = part.after or None

    def _change(self, part: InstanceEdit) -> None:
        image = self._image(part.image)
        known = self.annotations.get(part.image)
        if known is None:
            known = self._before[part.image] = self._draft.peek(part.image)
        for id in paced(part.before.keys() | part.after.keys()):
            there, expected = known.get(id), part.before.get(id)
            if (there is None) != (expected is None) or (there and expected and not same(there, expected)):
                raise ValueError(
                    tr("instance {id} of image {image} is not what the edit expects", id=id, image=image.id)
                )
        for id, annotation in paced(part.after.items()):
            self._check(image, id, annotation, known.get(id))
        kept = {id: annotation for id, annotation in known.items() if id in part.after or id not in part.before}
        self.annotations[part.image] = self._in_order(image, kept | part.after, part.after.keys() - known.keys())

    def _check(self, image: Image, id: int, annotation: Annotation, old: Annotation | None) -> None:
        if (
            old is None
            and not 0 < id < LARGEST
            and id not in self._draft.dataset.ids(image)
            and (image.index, id) not in self._draft.unknown_fields.instances
        ):
            raise ValueError(tr("{id} cannot be the id of an instance", id=id))
        if all(category.id != annotation.category for category in self.categories):
            raise ValueError(
                tr(
                    "instance {id} of image {image} is of class {category}, which is not there",
                    id=id,
                    image=image.id,
                    category=annotation.category,
                )
            )
        if old and old.segmentation == annotation.segmentation and old.box == annotation.box:
            return  # no other shape than the one that is there
        if reason := fault(annotation, (image.height, image.width)):
            raise ValueError(
                tr("instance {id} of image {image} is not possible: {reason}", id=id, image=image.id, reason=reason)
            )

    def _in_order(self, image: Image, instances: dict[int, Annotation], new: set[int]) -> Mapping[int, Annotation]:
        """Those of the file first, in its order, then others by id."""
        if not new:
            return instances
        place = {id: place for place, id in enumerate(self._draft.dataset.ids(image))}
        others = [id for id in instances if id not in place]
        if place.keys().isdisjoint(new) and all(map(lt, others, others[1:])):
            return instances  # new ones were put last
        return dict(sorted(instances.items(), key=lambda item: (place.get(item[0], len(place)), item[0])))

    def _classify(self, part: ClassEdit) -> None:
        if _by_id(part.before) != _by_id(self.categories):
            raise ValueError(tr("the classes are not what the edit expects"))
        if len({category.name for category in part.after}) < len(part.after):
            raise ValueError(tr("two classes have the same name"))
        if any(category.color and not all(0 <= value <= 255 for value in category.color) for category in part.after):
            raise ValueError(tr("a class has an impossible color"))
        known = {*_by_id(self._draft.dataset.categories), *(id for _, id in self._draft.unknown_fields.classes)}
        if any(id not in known and not 0 < id < LARGEST for id in _by_id(part.after)):
            raise ValueError(tr("a class has an impossible id"))
        self.categories = part.after

    def _image(self, index: int) -> Image:
        images = self._draft.dataset.images
        if not 0 <= index < len(images):
            raise ValueError(tr("there is no image {index}", index=index))
        return images[index]


def _by_id(categories: tuple[Category, ...]) -> dict[int, Category]:
    by_id = {category.id: category for category in categories}
    if len(by_id) < len(categories):
        raise ValueError(tr("two classes have the same id"))
    return by_id
