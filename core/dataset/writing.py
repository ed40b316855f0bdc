"""Writing a dataset, or part of it, as one COCO file that loses nothing its files held.

Entries are copied as they stand, or as ``repaired`` has them, so unknown fields survive. Only where several files are
joined and their ids clash do entries get others.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Raw

from core.dataset.coco.coco_file import CocoFile
from core.dataset.coco.entries import image_places, stated_fields, with_fields
from core.dataset.coco.unique_ids import free_after
from core.dataset.dataset import Dataset
from core.dataset.lenient_json import Id, identity
from core.dataset.model import Image
from core.dataset.repair import repaired
from core.errors import UserError
from core.files import write_atomically
from core.reading import UNREADABLE
from core.words import tr

_SECTIONS = ("images", "annotations", "categories")
Sections = tuple[Sequence[Raw], Sequence[Raw], Sequence[Raw]]
"""Images, annotations and categories."""
UNREAD = "unread"
"""The object of a file in which what could not be read is kept, a list for each section."""


def write(dataset: Dataset, path: Path, images: Iterable[Image] | None = None) -> None:
    """Write some images with their annotations, or all of them, to the COCO file ``path``.

    All images of a dataset of one file are that file's whole content; otherwise entries that cannot be used are left
    out. Raises ``UserError`` when the file cannot be written.
    """
    chosen = list(dataset.images if images is None else images)
    numbers = sorted({dataset.file_number(image) for image in chosen}) or [0]
    header = header_of(dataset.files[number] for number in numbers)
    parts = [_part(dataset, number, chosen) for number in numbers]
    if images is None and len(dataset.files) == 1:
        whole = repaired(dataset, 0)
        parts = [(whole.images.present(), whole.annotations.present(), whole.categories.present())]
        header = with_unread(header, whole.unread(whole.annotations.entries))
    joined = parts[0] if len(parts) == 1 else _joined(dataset, dict(zip(numbers, parts, strict=True)))
    try:
        write_atomically(path, encode(header, joined))
    except OSError as error:
        raise UserError(
            tr("{path} cannot be written: {reason}", path=path, reason=error.strerror), tr("choose another folder")
        ) from error


def encode(header: Mapping[str, Raw], sections: Sections, keyed: Collection[str] = ()) -> bytearray:
    """JSON with an entry a line, so that two versions can be compared line by line. Sections that are ``keyed`` are
    objects, with the id of each entry as its key."""
    data = bytearray(b"{\n")  # grows in place: the parts of a large file are not copied twice
    for key, value in header.items():
        data += msgspec.json.encode(key) + b": " + bytes(value) + b",\n"
    for name, raws in zip(_SECTIONS, sections, strict=True):
        first, last = b"{}" if name in keyed else b"[]"
        data += f'"{name}": {chr(first)}\n'.encode()
        data += b",\n".join(map(_with_key, raws) if name in keyed else raws)
        data += f"\n{chr(last)},\n".encode()
    data[-2:] = b"\n}\n"
    return data


def _with_key(raw: Raw) -> bytes:
    return msgspec.json.encode(str(stated_fields(raw).id)) + b": " + bytes(raw)


def header_of(files: Iterable[CocoFile]) -> dict[str, Raw]:
    """What files hold beside the three sections; where several hold the same, the first one's."""
    header: dict[str, Raw] = {}
    for file in files:
        for key, value in msgspec.json.decode(file.data, type=dict[str, Raw]).items():
            if key not in _SECTIONS:
                header.setdefault(key, value)
    return header


def with_unread(header: dict[str, Raw], unread: Mapping[str, list[Raw]]) -> dict[str, Raw]:
    """A header that keeps what could not be read, by section, beside what it kept before."""
    if not any(unread.values()):
        return header
    before: dict[str, list[Raw]] = {}
    if UNREAD in header:
        try:
            before = msgspec.json.decode(header[UNREAD], type=dict[str, list[Raw]])
        except UNREADABLE:
            before = {"before": [header[UNREAD]]}
    for name, raws in unread.items():
        before[name] = before.get(name, []) + raws
    return header | {UNREAD: Raw(msgspec.json.encode(before))}


def _part(dataset: Dataset, number: int, images: Iterable[Image]) -> Sections:
    """What one file has of some images."""
    whole = repaired(dataset, number)
    own = [image for image in images if dataset.file_number(image) == number]
    raws = whole.images.present()
    places = image_places(raws)
    annotations = sorted(place for image in own for place in dataset.entries(image))
    return (
        [raws[place] for place in sorted(places[image.id] for image in own)],
        [raw for place in annotations if (raw := whole.annotations.entries[place]) is not None],
        whole.categories.present(),
    )


def _joined(dataset: Dataset, parts: Mapping[int, Sections]) -> Sections:
    """The entries of several files, brought together. A class is its name."""
    images: list[Raw] = []
    annotations: list[Raw] = []
    categories: dict[int, Raw] = {}
    used: tuple[set[Id], set[Id]] = set(), set()
    for number, (own_images, own_annotations, own_categories) in parts.items():
        category_of = {id: dataset.categories[label].id for id, label in dataset.label_maps[number].items()}
        image_of, number_of = map(_renumbered, (own_images, own_annotations), used)
        for raw in own_categories:
            new = category_of[_id(raw)]
            categories.setdefault(new, _with(raw, id=new))
        images += [_with(raw, id=image_of[_id(raw)]) for raw in own_images]
        for raw in own_annotations:
            image, category = (_id(raw, key) for key in ("image_id", "category_id"))
            ids = {"id": number_of[_id(raw)], "image_id": image_of[image], "category_id": category_of[category]}
            annotations.append(_with(raw, **ids))
    return images, annotations, list(categories.values())


def _id(raw: Raw, key: str = "id") -> Id:
    """An id of an entry that is used, and so has one."""
    found = identity(getattr(stated_fields(raw), key))
    assert found is not None
    return found


def _renumbered(raws: Sequence[Raw], used: set[Id]) -> dict[Id, Id]:
    """A free id for each of some entries, the same where it is free; marks them as used."""
    new: dict[Id, Id] = {id: id for id in map(_id, raws)}
    free = free_after(id for id in (*new, *used) if isinstance(id, int))
    for id in sorted(new.keys() & used, key=lambda id: (str(type(id)), id)):
        new[id] = free
        free += 1
    used.update(new.values())
    return new


def _with(raw: Raw, **ids: Id) -> Raw:
    """The entry with other ids, where they are others."""
    return with_fields(raw, {key: id for key, id in ids.items() if _id(raw, key) != id})
