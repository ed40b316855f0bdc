"""The entries of one COCO file as a snapshot has them: what nobody touched stays byte for byte."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw

from core.annotation.editing.draft import Snapshot, opened
from core.annotation.editing.model import Annotation, same
from core.annotation.editing.unknown_fields import file_name
from core.dataset import Category, Image
from core.dataset.coco.entries import image_places, read_categories, silent, stated_fields, with_fields
from core.dataset.coco.unique_ids import free_id
from core.dataset.lenient_json import Id, identity
from core.dataset.repair import repaired
from core.dataset.writing import encode, header_of, with_unread
from core.pacing import paced


def is_touched(snapshot: Snapshot, number: int) -> bool:
    """Whether the file with this number has to be written: something in it changed, or the classes did."""
    first, end = snapshot.dataset.first_images[number : number + 2]
    touched = snapshot.annotations.keys() | _stated_anew(snapshot)
    return snapshot.categories != snapshot.dataset.categories or any(first <= index < end for index in touched)


def _stated_anew(snapshot: Snapshot) -> set[int]:
    """The images of which their entries are to say something else."""
    return snapshot.reviews.keys() | snapshot.sides.keys() | snapshot.pixel_sizes.keys() | snapshot.not_labelled.keys()


def encoded(snapshot: Snapshot, number: int) -> bytearray:
    """What the file with this number is to hold."""
    file, whole = snapshot.dataset.files[number], repaired(snapshot.dataset, number)
    categories, ids = _categories(snapshot, number)
    annotations = _annotations(snapshot, number, ids)
    lists = _images(snapshot, number), [raw for raw in annotations if raw is not None], categories
    return encode(with_unread(header_of([file]), whole.unread(annotations)), lists, file.keyed)


def _categories(snapshot: Snapshot, number: int) -> tuple[list[Raw], dict[int, Id]]:
    """All classes as entries of a file, and the ids that they have in it by ``Category.id``.

    A class is its name: in each file it keeps the id that it has there, or gets a free one.
    """
    dataset = snapshot.dataset
    labels = dataset.label_maps[number]
    after = {category.id: category for category in snapshot.categories}
    raws: list[Raw] = []
    ids: dict[int, Id] = {}
    listed = repaired(dataset, number).categories.present()
    for raw, entry in zip(listed, read_categories(listed, silent), strict=True):
        assert entry is not None
        old = dataset.categories[labels[entry.id]]
        if new := after.get(old.id):
            raws.append(with_fields(raw, _class_fields(old, new)))
            ids.setdefault(new.id, entry.id)
    known = {dataset.categories[label].id: id for id, label in labels.items()}
    lost = dataset.annotations.lost_categories
    for category in snapshot.categories:
        if category.id not in ids:
            before = snapshot.unknown_fields.classes.get((file_name(dataset, number), category.id))
            id = known.get(category.id)
            if id is None:  # it comes: with the id that its entry had, if it had one and no other class has it now
                used = {*labels, *lost, *ids.values()}
                stated = identity(stated_fields(before).id) if before is not None else None
                id = free_id(category.id, used) if stated is None or stated in used else stated
            ids[category.id] = id
            raws.append(with_fields(before, {"id": id} | _class_fields(None, category)))
    return raws, ids


def _class_fields(old: Category | None, new: Category) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if old is None or old.name != new.name:
        fields["name"] = new.name
    if (old.color if old else None) != new.color:
        fields["color"] = new.color
    return fields


def _images(snapshot: Snapshot, number: int) -> list[Raw]:
    """The images of a file with what a person said of them and the split that is to be remembered."""
    dataset = snapshot.dataset
    raws = repaired(dataset, number).images.present()
    places = None
    for index in _stated_anew(snapshot):
        image = dataset.images[index]
        fields: dict[str, Any] = {}
        before = dataset.review(image)
        if (review := snapshot.reviews.get(index, before)) != before:
            fields["review"] = review or None
        if (size := snapshot.pixel_sizes.get(index, known := dataset.pixel_sizes.get(index))) != known:
            fields["pixel_size"] = size
        if side := snapshot.sides.get(index):
            fields["split"] = side
        if index in snapshot.not_labelled:
            region = snapshot.not_labelled[index]
            if region != (dataset.not_labelled(image) or None):
                fields["not_labelled"] = region.coco if region else None
        if fields and dataset.file_number(image) == number:
            places = image_places(raws) if places is None else places
            raws[places[image.id]] = with_fields(raws[places[image.id]], fields)
    return raws


def _annotations(snapshot: Snapshot, number: int, category_ids: Mapping[int, Id]) -> list[Raw | None]:
    """The annotations of a file in their places, ``None`` for those that are gone, new ones last."""
    dataset = snapshot.dataset
    raws = list(repaired(dataset, number).annotations.entries)
    first, end = dataset.first_images[number : number + 2]
    for index in sorted(index for index in snapshot.annotations if first <= index < end):
        image, old, new = dataset.images[index], opened(dataset, index), snapshot.annotations[index]
        for id, place in paced(zip(dataset.ids(image), dataset.entries(image), strict=True)):
            if id not in new:
                raws[place] = None
            elif not same(old[id], new[id]):
                raws[place] = with_fields(raws[place], _fields(old[id], new[id], image, category_ids))
            if id in new and (stated := new[id].stated) and old[id].segmentation == new[id].segmentation:
                raws[place] = with_fields(raws[place], {"bbox": stated[0], "area": stated[1]})
        for id, annotation in paced(new.items()):
            if id not in old:
                entry = snapshot.unknown_fields.instances.get((index, id))
                fields = {"image_id": image.id} | _fields(None, annotation, image, category_ids)
                if not dataset.is_called(number, entry, id):
                    fields = {"id": dataset.written_id(number, id)} | fields
                raws.append(with_fields(entry, fields))
    return raws


def _fields(old: Annotation | None, new: Annotation, image: Image, category_ids: Mapping[int, Id]) -> dict[str, Any]:
    """What changed of an annotation; box and area follow its pixels."""
    fields: dict[str, Any] = {}
    if old is None or old.category != new.category:
        fields["category_id"] = category_ids[new.category]
    if old is None or not same(msgspec.structs.replace(old, category=new.category, crowd=new.crowd), new):
        if new.segmentation:
            mask = new.mask((image.height, image.width))
            fields |= {"segmentation": new.segmentation.coco, "bbox": mask.box, "area": mask.area}
        else:
            fields |= {"segmentation": [], "bbox": new.box, "area": new.box[2] * new.box[3]}
    if old is None or old.crowd != new.crowd:
        fields["iscrowd"] = int(new.crowd)
    return fields
