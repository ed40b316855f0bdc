"""Writing a dataset, or part of it, as one COCO file that loses nothing its files held.

Entries are copied as they stand, so unknown fields survive. Only where several files are joined and their ids clash is
an entry decoded, given another id, and encoded again.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Raw

from core.dataset.coco_file import CocoFile
from core.dataset.dataset import Dataset
from core.dataset.entries import read_categories, read_images, read_references, silent
from core.dataset.model import Image
from core.errors import UserError
from core.files import write_atomically

_SECTIONS = ("images", "annotations", "categories")
Sections = tuple[Sequence[Raw], Sequence[Raw], Sequence[Raw]]
"""Images, annotations and categories."""


def write(dataset: Dataset, path: Path, images: Iterable[Image] | None = None) -> None:
    """Write some images with their annotations, or all of them, to the COCO file ``path``.

    All images of a dataset of one file are that file's whole content, faulty entries included; otherwise entries that
    cannot be used are left out. Raises ``UserError`` when the file cannot be written.
    """
    if images is None and len(dataset.files) == 1:
        file = dataset.files[0]
        data = encode(header_of([file]), (file.images, file.annotations, file.categories))
    else:
        data = _part(dataset, dataset.images if images is None else images)
    try:
        write_atomically(path, data)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}", "choose another folder") from error


def encode(header: Mapping[str, Raw], sections: Sections) -> bytearray:
    """JSON with an entry a line, so that two versions can be compared line by line."""
    data = bytearray(b"{\n")  # grows in place: the parts of a large file are not copied twice
    for key, value in header.items():
        data += msgspec.json.encode(key) + b": " + bytes(value) + b",\n"
    for name, raws in zip(_SECTIONS, sections, strict=True):
        data += f'"{name}": [\n'.encode()
        data += b",\n".join(raws)
        data += b"\n],\n"
    data[-2:] = b"\n}\n"
    return data


def header_of(files: Iterable[CocoFile]) -> dict[str, Raw]:
    """What files hold beside the three sections; where several hold the same, the first one's."""
    header: dict[str, Raw] = {}
    for file in files:
        for key, value in msgspec.json.decode(file.data, type=dict[str, Raw]).items():
            if key not in _SECTIONS:
                header.setdefault(key, value)
    return header


def _part(dataset: Dataset, images: Iterable[Image]) -> bytearray:
    """The file for some images. Ids change only where files that are joined use the same ones."""
    wanted: list[set[int]] = [set() for _ in dataset.files]
    for image in images:
        wanted[dataset.file_number(image)].add(image.id)
    used = [(file, ids) for file, ids in zip(dataset.files, wanted, strict=True) if ids]
    header = header_of(file for file, _ in used)
    if len(used) == 1:
        file, ids = used[0]
        return encode(header, (*_entries(file, ids), file.categories))
    join = _Join({category.name: category.id for category in dataset.categories})
    for file, ids in used:
        join.add(file, ids)
    return encode(header, (join.images, join.annotations, list(join.categories.values())))


class _Join:
    """The entries of several files, brought together. A class is its name."""

    def __init__(self, category_ids: Mapping[str, int]) -> None:
        self.images: list[Raw] = []
        self.annotations: list[Raw] = []
        self.categories: dict[int, Raw] = {}
        self._category_ids = category_ids
        self._image_ids: set[int] = set()
        self._annotation_ids: set[int] = set()

    def add(self, file: CocoFile, ids: set[int]) -> None:
        """The images of ``file`` with these ids, their annotations, all its classes."""
        category_of = {}
        for raw, category in zip(file.categories, read_categories(file.categories, silent), strict=True):
            if category is not None:
                new = category_of[category.id] = self._category_ids[category.name]
                self.categories.setdefault(new, _with(raw, id=(category.id, new)))
        images, annotations = _entries(file, ids)
        image_of = _renumbered(ids, self._image_ids)
        for raw, image in zip(images, filter(None, read_images(images, silent)), strict=True):
            self.images.append(_with(raw, id=(image.id, image_of[image.id])))
        references = read_references(annotations, silent)
        number_of = _renumbered(set(references[0].tolist()), self._annotation_ids)
        for raw, (id, image_id, category_id) in zip(annotations, references.T.tolist(), strict=True):
            changes = {
                "id": (id, number_of[id]),
                "image_id": (image_id, image_of[image_id]),
                "category_id": (category_id, category_of[category_id]),
            }
            self.annotations.append(_with(raw, **changes))


def _renumbered(ids: set[int], taken: set[int]) -> dict[int, int]:
    """A free id for each of ``ids``, the same where it is free; marks them as taken."""
    first = max(ids | taken, default=0) + 1
    clashing = sorted(ids & taken)
    new = {id: id for id in ids} | dict(zip(clashing, range(first, first + len(clashing)), strict=True))
    taken.update(new.values())
    return new


def _entries(file: CocoFile, ids: set[int]) -> tuple[list[Raw], list[Raw]]:
    """The images of a file with these ids, the first one with each, and their annotations."""
    left = set(ids)
    images = []
    for raw, entry in zip(file.images, read_images(file.images, silent), strict=True):
        if entry is not None and entry.id in left:
            left.remove(entry.id)
            images.append(raw)
    known = {entry.id for entry in read_categories(file.categories, silent) if entry is not None}
    references = read_references(file.annotations, silent)[1:].T.tolist()
    annotations = [
        raw
        for raw, (image_id, category_id) in zip(file.annotations, references, strict=True)
        if image_id in ids and category_id in known
    ]
    return images, annotations


def _with(raw: Raw, **changes: tuple[int, int]) -> Raw:
    """The entry with some numbers changed, each from its old value to its new one."""
    different = {key: new for key, (old, new) in changes.items() if new != old}
    if not different:
        return raw
    return Raw(msgspec.json.encode(msgspec.json.decode(raw, type=dict[str, object]) | different))
