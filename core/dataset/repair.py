"""Entries of a file as they are written when it is saved: so that ``pycocotools`` reads what was shown of them.

Entries of COCO's own form stay byte for byte. Of others, only the fields that were understood although they are written
otherwise are written as COCO has them. What could not be read at all is no entry any more: it is kept as it stands in
the file's object ``unread``, and so is the whole of an entry of which something was left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from msgspec import Raw

from core.dataset.coco.annotations import corrections, loses
from core.dataset.coco.entries import read_categories, read_images, silent, stated_fields, with_fields
from core.dataset.dataset import Dataset
from core.dataset.health.checks import foreign_images
from core.dataset.lenient_json import Id, identity
from core.dataset.model import Image
from core.pacing import paced


@dataclass
class RepairedList:
    """The entries of a list as they are to be written, in their places."""

    entries: list[Raw | None]
    """``None`` where there is none any more."""
    unread: dict[int, Raw] = field(default_factory=dict)
    """What stood in such a place, and where only part of an entry could be read."""

    def present(self) -> list[Raw]:
        """The entries that are there."""
        return [raw for raw in self.entries if raw is not None]

    def set_aside(self, place: int) -> None:
        """Take out an entry that is of no use and would be in the way of others."""
        raw = self.entries[place]
        if raw is not None:
            self.unread[place] = raw
            self.entries[place] = None


@dataclass(frozen=True)
class RepairedFile:
    """The lists of a file."""

    images: RepairedList
    annotations: RepairedList
    categories: RepairedList

    def unread(self, annotations: Sequence[Raw | None]) -> dict[str, list[Raw]]:
        """What stood in the lists and is to be kept beside them, where ``annotations`` are what is written: of what
        was changed or deleted nothing is."""
        repaired = self.annotations
        unread = sorted(repaired.unread.items(), key=itemgetter(0))
        return {
            "images": list(self.images.unread.values()),
            "annotations": [raw for place, raw in unread if annotations[place] is repaired.entries[place]],
            "categories": list(self.categories.unread.values()),
        }


def repaired(dataset: Dataset, number: int) -> RepairedFile:
    """The lists of the file with this number as they are to be written. Looks into every annotation, once."""
    return dataset.once(("repaired", number), lambda: _repair(dataset, number))


def _repair(dataset: Dataset, number: int) -> RepairedFile:
    file, table, foreign = dataset.files[number], dataset.annotations, foreign_images(dataset)
    images = dataset.images[slice(*dataset.first_images[number : number + 2])]
    annotations = RepairedList(list(file.annotations))
    first, end = table.first_entries[number : number + 2]
    for position in table.in_the_way:
        if first <= position < end:
            annotations.set_aside(position - first)
    renamed = table.numbering.new | table.reworded
    for image in paced(images):
        if image.index in foreign or renamed[table.rows(image.index)].any():
            _repair_annotations(annotations, dataset, image)
    return RepairedFile(_images(file.images, images), annotations, _categories(file.categories))


def _repair_annotations(repaired: RepairedList, dataset: Dataset, image: Image) -> None:
    """The annotations of one image."""
    table, number = dataset.annotations, dataset.file_number(image)
    first = table.rows(image.index).start
    category_ids = {label: id for id, label in reversed(list(dataset.label_maps[number].items()))}
    entries = zip(dataset.entries(image), dataset.read_instances(image), strict=True)
    for row, (place, reading) in enumerate(entries, first):
        raw = repaired.entries[place]
        assert raw is not None
        fields = {} if reading.plain else corrections(raw, reading)
        if table.numbering.new[row]:
            fields["id"] = dataset.written_id(number, reading.instance.id)
        if table.reworded[row]:
            fields |= {"image_id": image.id, "category_id": category_ids[reading.instance.label]}
        repaired.entries[place] = with_fields(raw, fields)
        if "segmentation" in fields and loses(reading):
            repaired.unread[place] = raw


def _images(raws: Sequence[Raw], images: Sequence[Image]) -> RepairedList:
    """With the size that was taken; without those that have no id, or that of another before them."""
    repaired = RepairedList(list(raws))
    known = {image.id: image for image in images}
    seen: set[Id] = set()
    for place, (raw, entry) in enumerate(zip(raws, read_images(raws, silent), strict=True)):
        id = entry.id if entry is not None else identity(stated_fields(raw).id)
        if id is None or id in seen:
            repaired.set_aside(place)
        elif entry is not None and id in known:
            stated, image = stated_fields(raw), known[id]
            sides = (("width", stated.width, image.width), ("height", stated.height, image.height))
            wrong = {key: right for key, found, right in sides if type(found) is not int or found != right}
            repaired.entries[place] = with_fields(raw, wrong)
            seen.add(id)
    return repaired


def _categories(raws: Sequence[Raw]) -> RepairedList:
    """Each with a name; of several with the same id, the first."""
    repaired = RepairedList(list(raws))
    seen: set[Id] = set()
    for place, (raw, entry) in enumerate(zip(raws, read_categories(raws, silent), strict=True)):
        if entry is None or entry.id in seen:
            repaired.set_aside(place)
        else:
            named = stated_fields(raw).name == entry.name
            repaired.entries[place] = raw if named else with_fields(raw, {"name": entry.name})
            seen.add(entry.id)
    return repaired
