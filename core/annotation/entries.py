"""The entries of one COCO file as a snapshot has them: what nobody touched stays byte for byte."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw

from core.annotation.draft import Snapshot, opened
from core.annotation.model import Annotation, same
from core.dataset import Category, Image
from core.dataset.coco_file import CocoFile
from core.dataset.entries import UNREADABLE, image_places, read_categories, silent
from core.dataset.writing import Sections
from core.pacing import paced

Fields = dict[str, Any]
"""Fields of an entry to be written; ``None`` for one that goes."""


def is_touched(snapshot: Snapshot, number: int) -> bool:
    """Whether the file with this number has to be written: something in it changed, or the classes did."""
    first, end = snapshot.dataset.first_images[number : number + 2]
    touched = snapshot.annotations.keys() | snapshot.reviews.keys() | snapshot.sides.keys()
    return snapshot.categories != snapshot.dataset.categories or any(first <= index < end for index in touched)


def sections(snapshot: Snapshot, number: int) -> Sections:
    """The images, annotations and categories of the file with this number."""
    categories, ids = _categories(snapshot, snapshot.dataset.files[number])
    return _images(snapshot, number), _annotations(snapshot, number, ids), categories


def _categories(snapshot: Snapshot, file: CocoFile) -> tuple[list[Raw], dict[int, int]]:
    """All classes as entries of ``file``, and the ids that they have in it by ``Category.id``.

    A class is its name: in each file it keeps the id that it has there, or gets a free one.
    """
    before = {category.name: category for category in snapshot.dataset.categories}
    after = {category.id: category for category in snapshot.categories}
    raws: list[Raw] = []
    ids: dict[int, int] = {}
    used: set[int] = set()
    for raw, entry in zip(file.categories, read_categories(file.categories, silent), strict=True):
        old = before.get(entry.name) if entry is not None and entry.id not in used else None
        if entry is None or old is None:
            raws.append(raw)  # of no use to us, but not ours to drop
            continue
        used.add(entry.id)
        if new := after.get(old.id):
            raws.append(_with(raw, _class_fields(old, new)))
            ids.setdefault(new.id, entry.id)
    for category in snapshot.categories:
        if category.id not in ids:
            ids[category.id] = category.id if category.id not in used else max(used) + 1
            used.add(ids[category.id])
            raws.append(_with(None, {"id": ids[category.id]} | _class_fields(None, category)))
    return raws, ids


def _class_fields(old: Category | None, new: Category) -> Fields:
    fields: Fields = {}
    if old is None or old.name != new.name:
        fields["name"] = new.name
    if (old.color if old else None) != new.color:
        fields["color"] = new.color
    return fields


def _images(snapshot: Snapshot, number: int) -> list[Raw]:
    """The images of a file with what a person said of them and the split that is to be remembered."""
    dataset = snapshot.dataset
    raws, places = list(dataset.files[number].images), None
    for index in snapshot.reviews.keys() | snapshot.sides.keys():
        image, fields = dataset.images[index], _image_fields(snapshot, index)
        if fields and dataset.file_number(image) == number:
            places = image_places(raws) if places is None else places
            raws[places[image.id]] = _with(raws[places[image.id]], fields)
    return raws


def _image_fields(snapshot: Snapshot, index: int) -> Fields:
    fields: Fields = {}
    before = snapshot.dataset.review(snapshot.dataset.images[index])
    if (review := snapshot.reviews.get(index, before)) != before:
        fields["review"] = review or None
    if side := snapshot.sides.get(index):
        fields["split"] = side
    return fields


def _annotations(snapshot: Snapshot, number: int, category_ids: Mapping[int, int]) -> list[Raw]:
    """The annotations of a file, new ones last."""
    dataset = snapshot.dataset
    raws: list[Raw | None] = list(dataset.files[number].annotations)
    for place, id in dataset.renumbered(number).items():
        raws[place] = _with(raws[place], {"id": id})
    first, end = dataset.first_images[number : number + 2]
    for index in sorted(index for index in snapshot.annotations if first <= index < end):
        image, old, new = dataset.images[index], opened(dataset, index), snapshot.annotations[index]
        for id, place in paced(zip(dataset.ids(image), dataset.entries(image), strict=True)):
            if id not in new:
                raws[place] = None
            elif not same(old[id], new[id]):
                raws[place] = _with(raws[place], _fields(old[id], new[id], image, category_ids))
        for id, annotation in paced(new.items()):
            if id not in old:
                fields = {"id": id, "image_id": image.id} | _fields(None, annotation, image, category_ids)
                raws.append(_with(None, fields))
    return [raw for raw in raws if raw is not None]


def _fields(old: Annotation | None, new: Annotation, image: Image, category_ids: Mapping[int, int]) -> Fields:
    """What changed of an annotation; box and area follow its pixels."""
    fields: Fields = {}
    if old is None or old.category != new.category:
        fields["category_id"] = category_ids[new.category]
    if old is None or not same(msgspec.structs.replace(old, category=new.category, crowd=new.crowd), new):
        fields |= _shape_fields(new, image)
    if old is None or old.crowd != new.crowd:
        fields["iscrowd"] = int(new.crowd)
    return fields


def _shape_fields(annotation: Annotation, image: Image) -> Fields:
    if not annotation.segmentation:
        return {"segmentation": [], "bbox": annotation.box, "area": annotation.box[2] * annotation.box[3]}
    mask = annotation.mask((image.height, image.width))
    return {"segmentation": annotation.segmentation, "bbox": mask.box, "area": mask.area}


def _with(raw: Raw | None, changes: Fields) -> Raw:
    """An entry with some fields changed; all others are the bytes that stood there."""
    if raw is not None and not changes:
        return raw
    try:
        fields: Fields = dict(msgspec.json.decode(raw, type=dict[str, Raw])) if raw is not None else {}
    except UNREADABLE:
        fields = {}  # nobody could read it, so nobody misses what is replaced
    fields |= changes
    return Raw(msgspec.json.encode({key: value for key, value in fields.items() if value is not None}))
