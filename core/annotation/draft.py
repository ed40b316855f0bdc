"""The dataset while it is edited: what was opened, and over it what the edits made of it."""

from collections.abc import Mapping
from typing import Protocol

from core.annotation.edits import Change, Classes, Edit, Mark, parts
from core.annotation.model import Annotation, Review
from core.dataset import Category, Dataset


class Keeper(Protocol):
    """Where edits are kept before anybody sees them: ``journal.Journal``, or a list in a test."""

    def append(self, edit: Edit) -> None:
        """Raises ``UserError`` when it cannot be kept."""


class Draft:
    """The editable state of ``dataset``. Belongs to one thread; ``dataset`` itself never changes.

    Only images that somebody looked at are decoded.
    """

    def __init__(self, dataset: Dataset, keeper: Keeper) -> None:
        self.dataset = dataset
        self.categories: tuple[Category, ...] = dataset.categories
        self._keeper = keeper
        self._annotations: dict[int, dict[int, Annotation]] = {}
        self._reviews: dict[int, Review] = {}
        self._next_id = 1 << 20  # a stand-in: ids must come from the file

    def annotations(self, image: int) -> Mapping[int, Annotation]:
        """The instances of the image with this index by id, in the order of the file, new ones last."""
        if image not in self._annotations:
            self._annotations[image] = {
                instance.id: Annotation(
                    category=self.dataset.categories[instance.label].id,
                    segmentation=instance.segmentation,
                    box=instance.box,
                    crowd=instance.crowd,
                )
                for instance in self.dataset.instances(self.dataset.images[image])
            }
        return self._annotations[image]

    def review(self, image: int) -> Review:
        """What a person said of the image with this index."""
        return self._reviews.get(image, "")

    def new_id(self, image: int) -> int:
        """An id for a new instance of this image, never given before in its file."""
        self._next_id += 1
        return self._next_id

    def apply(self, edit: Edit) -> None:
        """Keep ``edit``, then do it. Raises ``UserError`` when it cannot be kept; nothing has changed then."""
        self._keeper.append(edit)
        for part in parts(edit):
            match part:
                case Change():
                    known = dict(self.annotations(part.image))
                    for id in part.before.keys() - part.after.keys():
                        del known[id]
                    self._annotations[part.image] = known | part.after
                case Classes():
                    self.categories = part.after
                case Mark():
                    self._reviews[part.image] = part.after
