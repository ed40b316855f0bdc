"""What files say of instances and classes beyond what is edited: fields that nobody here knows, ids of any kind.

Kept with the edit by which they go, so that nothing of it is missing when undo brings them back after a restart: the
files have forgotten it then.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from msgspec import Raw

from core.annotation.editing.edits import ClassEdit, Edit, InstanceEdit, parts
from core.dataset import Dataset
from core.dataset.coco.entries import read_categories, silent
from core.dataset.folder.layout import relative_to


@dataclass(slots=True)
class UnknownFields:
    """Entries of files as they stood there."""

    instances: dict[tuple[int, int], Raw] = field(default_factory=dict)
    """By ``Image.index`` and the id of the instance."""
    classes: dict[tuple[str, int], Raw] = field(default_factory=dict)
    """By file, relative to the dataset, and ``Category.id``."""

    def gather(self, instances: Mapping[int, Mapping[int, Raw]], classes: Mapping[str, Mapping[int, Raw]]) -> None:
        """Add what stands in a record of the journal."""
        self.instances |= {(image, id): raw for image, of_image in instances.items() for id, raw in of_image.items()}
        self.classes |= {(file, id): raw for file, of_file in classes.items() for id, raw in of_file.items()}

    def of_instances(self, dataset: Dataset, edit: Edit) -> dict[int, dict[int, Raw]]:
        """What is known of the instances that come or go, by image and id."""
        found = {}
        for part in parts(edit):
            if not isinstance(part, InstanceEdit):
                continue
            gone, come = part.before.keys() - part.after.keys(), part.after.keys() - part.before.keys()
            of_image = {id: self.instances[part.image, id] for id in come | gone if (part.image, id) in self.instances}
            if gone:
                image = dataset.images[part.image]
                file = dataset.files[dataset.file_number(image)]
                places = zip(dataset.ids(image), dataset.entries(image), strict=True)
                of_image |= {id: file.annotations[place] for id, place in places if id in gone}
            if of_image:
                found[part.image] = of_image
        return found

    def of_classes(self, dataset: Dataset, edit: Edit) -> dict[str, dict[int, Raw]]:
        """What is known of the classes that come or go, by file and id."""
        moving: set[int] = set()
        for part in parts(edit):
            if isinstance(part, ClassEdit):
                moving |= {category.id for category in part.before} ^ {category.id for category in part.after}
        if not moving:
            return {}
        each = (dict(self._of_file(dataset, number, moving)) for number in range(len(dataset.files)))
        return {file_name(dataset, number): known for number, known in enumerate(each) if known}

    def _of_file(self, dataset: Dataset, number: int, ids: set[int]) -> Iterator[tuple[int, Raw]]:
        name = file_name(dataset, number)
        for id in ids:
            if (name, id) in self.classes:
                yield id, self.classes[name, id]
        raws, labels = dataset.files[number].categories, dataset.label_maps[number]
        for raw, entry in zip(raws, read_categories(raws, silent), strict=True):
            if entry is not None and entry.id in labels and (id := dataset.categories[labels[entry.id]].id) in ids:
                yield id, raw


def left_behind(before: Dataset, after: Dataset, images: Iterable[int]) -> UnknownFields:
    """What ``before`` says, and ``after``, the same dataset after a save, does not any more: of instances of some
    images, by ``Image.index``, and of classes. Copies, which do not hold on to the file's bytes."""
    unknown = UnknownFields()
    for index in images:
        image = before.images[index]
        file, there = before.files[before.file_number(image)], set(after.ids(after.images[index]))
        for id, place in zip(before.ids(image), before.entries(image), strict=True):
            if id not in there:
                unknown.instances[index, id] = file.annotations[place].copy()
    gone = {category.id for category in before.categories} - {category.id for category in after.categories}
    for number in range(len(before.files)) if gone else ():
        for id, raw in unknown._of_file(before, number, gone):
            unknown.classes[file_name(before, number), id] = raw.copy()
    return unknown


def file_name(dataset: Dataset, number: int) -> str:
    """What the file with this number is called in a journal."""
    return relative_to(dataset.root, dataset.files[number].path)
