"""Opening a dataset: reading its files, joining them, checking what refers to what."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from core.dataset import coco_file
from core.dataset.coco_file import CocoFile
from core.dataset.dataset import Annotations, Dataset
from core.dataset.entries import (
    NO_ID,
    ImageEntry,
    Say,
    read_categories,
    read_color,
    read_images,
    read_references,
    read_review,
    silent,
)
from core.dataset.layout import find_layout, relative_to
from core.dataset.model import Category, Image, Review
from core.dataset.numbering import number
from core.dataset.palette import Colour
from core.dataset.picture_finder import PictureFinder
from core.dataset.plain_folder import plain_folder, with_new_pictures
from core.dataset.problems import ProblemLog
from core.dataset.splits import given_splits, kept_sides, leave_out, set_aside
from core.dataset.splitting import Indices
from core.dataset.stated import stated
from core.errors import UserError
from core.geometry.rle import MAX_PIXELS

_SPLIT_ORDER = ("train", "val", "test")
_EXAMINED_AT_ONCE = 8 << 20
"""Bytes of files whose annotations are all looked into while they are opened: a fifth of a second. Larger ones wait for
``Dataset.examine``."""


def open_dataset(path: Path, *, validation_fraction: float = 0.2, seed: int = 0) -> Dataset:
    """Open a COCO folder, a COCO JSON file, or a folder of pictures that has no annotations yet.

    A split that files or folders name is kept. Without one, and where training images come without validation images,
    ``validation_fraction`` of them is set aside, class-stratified by ``seed``; in a folder that is annotated here, what
    was set aside before stays so (see ``splits``). What is wrong with single entries is in ``Dataset.problems``. Raises
    ``UserError`` when there is nothing that can be opened.
    """
    layout = find_layout(path)
    root, log = layout.root, ProblemLog()
    files = tuple(with_new_pictures(coco_file.read(file), root) for file in layout.files) or (plain_folder(root),)
    says = [_say(log, relative_to(root, file.path)) for file in files]
    for file, say in zip(files, says, strict=True):
        if file.repaired:
            say("", "holds NaN or Infinity, which JSON does not have", "they are read as missing values")
    categories, label_maps = _join_categories(files, says)
    entries = [_usable_images(root, file, say) for file, say in zip(files, says, strict=True)]
    first_images = [0, *np.cumsum([len(each) for each in entries]).tolist()]
    if not first_images[-1]:
        raise UserError(f"{path} names no images", "its list “images” is empty, or nothing in it can be read")
    annotations, owners = _join_annotations(files, entries, label_maps, says)
    reviews: dict[int, Review] = stated(files, entries, "review", read_review)
    flat = [entry for each in entries for entry in each]
    splits = given_splits(files, entries)
    sides = kept_sides(files, entries, splits)
    leave_out(splits, owners, reviews)
    names = [entry.file_name for entry in flat]
    set_aside(splits, names, (owners, annotations.labels), sides, validation_fraction, seed)
    images = [
        Image(index, entry.id, entry.file_name, entry.width, entry.height, split)
        for index, (entry, split) in enumerate(zip(flat, splits, strict=True))
    ]
    present = set(splits)
    ordered = [name for name in _SPLIT_ORDER if name in present] + sorted(present.difference(_SPLIT_ORDER))
    found = {"reading": log.problems()}
    dataset = Dataset(
        root.name, root, categories, images, tuple(ordered), files, first_images, annotations, found, reviews, sides
    )
    if sum(len(file.data) for file in files) <= _EXAMINED_AT_ONCE:
        dataset.examine(pictures=False)
    return dataset


def _say(log: ProblemLog, file: str) -> Say:
    return lambda entry, message, hint: log.add(file, entry, message, hint)


def _join_categories(
    files: Sequence[CocoFile], says: Sequence[Say]
) -> tuple[tuple[Category, ...], list[dict[int, int]]]:
    """The classes of all files, a class being its name, and for each file the label of each category id."""
    ids: dict[str, int] = {}
    colors: dict[str, Colour] = {}
    names = [_category_names(file, say) for file, say in zip(files, says, strict=True)]
    for of_file, say in zip(names, says, strict=True):
        for id, name in of_file.items():
            if name not in ids:
                ids[name] = id if id not in ids.values() else max(ids.values()) + 1
                if ids[name] != id:
                    say(f"category {id} ({name})", "has the id of another class", "it gets an id of its own")
    for file, of_file in zip(files, names, strict=True):
        for id, color in _category_colors(file).items():
            colors.setdefault(of_file[id], color)
    joined = (Category(id, name, colors.get(name)) for name, id in ids.items())
    categories = tuple(sorted(joined, key=lambda category: category.id))
    labels = {category.name: label for label, category in enumerate(categories)}
    return categories, [{id: labels[name] for id, name in of_file.items()} for of_file in names]


def _category_names(file: CocoFile, say: Say) -> dict[int, str]:
    names: dict[int, str] = {}
    for entry in filter(None, read_categories(file.categories, say)):
        if entry.id in names:
            say(f"category {entry.id}", f"is there twice: {names[entry.id]}, {entry.name}", "the first counts")
            continue
        if entry.name in names.values():
            say(f"category {entry.id}", f"is called {entry.name} like another", "they are taken as one class")
        names[entry.id] = entry.name
    return names


def _category_colors(file: CocoFile) -> dict[int, Colour]:
    """The colours of those classes of a file that have one, by id."""
    colors: dict[int, Colour] = {}
    for raw, entry in zip(file.categories, read_categories(file.categories, silent), strict=True):
        if entry is not None and (color := read_color(raw)) is not None:
            colors.setdefault(entry.id, color)
    return colors


def _usable_images(root: Path, file: CocoFile, say: Say) -> list[ImageEntry]:
    """The images of a file with an id of their own and a size; a size that the file lacks is asked of the picture."""
    usable: dict[int, ImageEntry] = {}
    for entry in read_images(file.images, say):
        if entry is not None and usable.setdefault(entry.id, entry) is not entry:
            say(f"image {entry.id} ({entry.file_name})", "has the id of an earlier image", "the first counts")
    unsized = [entry for entry in usable.values() if not 0 < entry.width * entry.height <= MAX_PIXELS]
    lost = _without_size(root, file, unsized, say) if unsized else set()
    return [entry for entry in usable.values() if entry.id not in lost]


def _without_size(root: Path, file: CocoFile, entries: Sequence[ImageEntry], say: Say) -> set[int]:
    """Give images the size of their pictures; returns the ids of those that have none."""
    from core.dataset.pictures import picture_size

    found, _ = PictureFinder(root).find([entry.file_name for entry in entries], file.path)
    lost = set()
    for entry in entries:
        name = f"image {entry.id} ({entry.file_name})"
        try:
            entry.height, entry.width = picture_size(root / found[entry.file_name])
            say(name, "has no usable width and height", "they were taken from the picture")
        except (KeyError, UserError):
            lost.add(entry.id)
            say(name, "has no usable width and height, nor a picture to take them from", "it is left out")
    return lost


def _join_annotations(
    files: Sequence[CocoFile],
    entries: Sequence[Sequence[ImageEntry]],
    label_maps: Sequence[dict[int, int]],
    says: Sequence[Say],
) -> tuple[Annotations, Indices]:
    """All usable annotations sorted by image, and the image of each."""
    columns, all_ids = [], []
    first = 0
    for file, images, label_map, say in zip(files, entries, label_maps, says, strict=True):
        id, image_id, category_id = read_references(file.annotations, say)
        owner = _lookup(image_id, [image.id for image in images], np.arange(first, first + len(images)))
        label = _lookup(category_id, list(label_map), np.array(list(label_map.values()), np.int64))
        first += len(images)
        for row in np.flatnonzero(((owner < 0) | (label < 0)) & (image_id != NO_ID)):
            lost = f"image_id {image_id[row]}" if owner[row] < 0 else f"category_id {category_id[row]}"
            say(f"annotation {id[row]}", f"its {lost} does not exist", "it is left out")
        owner[label < 0] = -1
        _report_twice(id[owner >= 0], say)
        all_ids.append(id)
        columns.append(np.stack([id, owner, label]))
    raws: Sequence[msgspec.Raw] = (
        files[0].annotations if len(files) == 1 else [raw for file in files for raw in file.annotations]
    )
    joined = np.concatenate(columns, axis=1)
    order = np.argsort(joined[1], kind="stable")
    order = order[np.count_nonzero(joined[1] < 0) :]
    ids, owners, labels = joined[:, order]
    starts = np.searchsorted(owners, np.arange(first + 1))
    first_entries = [0, *np.cumsum([column.size for column in all_ids]).tolist()]
    return Annotations(raws, order, ids, labels, starts, first_entries, number(ids, order, all_ids)), owners


def _lookup(values: Indices, keys: Sequence[int], results: Indices) -> Indices:
    """The result of each of ``values`` by its key; -1 where there is no such key."""
    if not keys:
        return np.full(values.shape, -1, np.int64)
    order = np.argsort(keys)
    ordered = np.asarray(keys, np.int64)[order]
    place = np.minimum(np.searchsorted(ordered, values), len(keys) - 1)
    return np.where(ordered[place] == values, results[order][place], -1)


def _report_twice(ids: Indices, say: Say) -> None:
    ordered = np.sort(ids)
    for id in np.unique(ordered[1:][ordered[1:] == ordered[:-1]]).tolist():
        say(f"annotation {id}", "there are several with this id", "all of them are kept")
