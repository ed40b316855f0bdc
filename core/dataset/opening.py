"""Opening a dataset: reading its files, joining them, checking what refers to what."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from core.dataset import coco_file
from core.dataset.coco_file import CocoFile
from core.dataset.dataset import Annotations, Dataset
from core.dataset.entries import NO_ID, ImageEntry, Say, read_categories, read_images, read_references
from core.dataset.layout import find_layout, relative_to, split_of, split_of_file
from core.dataset.model import Category, Image
from core.dataset.picture_finder import PictureFinder
from core.dataset.problems import ProblemLog
from core.dataset.splitting import Indices, stratified
from core.errors import UserError

_SPLIT_ORDER = ("train", "val", "test")


def open_dataset(path: Path, *, validation_fraction: float = 0.2, seed: int = 0) -> Dataset:
    """Open a COCO folder or a COCO JSON file.

    A split that files or folders name is kept. Without one, and where training images come without validation images,
    ``validation_fraction`` of them is set aside, class-stratified by ``seed``. What is wrong with single entries is in
    ``Dataset.problems``. Raises ``UserError`` when there is nothing that can be opened.
    """
    layout = find_layout(path)
    root, log = layout.root, ProblemLog()
    files = tuple(coco_file.read(file) for file in layout.files)
    says = [_say(log, relative_to(root, file.path)) for file in files]
    for file, say in zip(files, says, strict=True):
        if file.repaired:
            say("", "holds NaN or Infinity, which JSON does not have", "they are read as missing values")
    categories, label_maps = _join_categories(files, says)
    entries = [_usable_images(root, file, say) for file, say in zip(files, says, strict=True)]
    sizes = [len(each) for each in entries]
    if not sum(sizes):
        raise UserError(f"{path} names no images", "choose another file, or see what it says: “images” is empty")
    annotations, owners = _join_annotations(files, entries, label_maps, says)
    splits = _given_splits(files, entries)
    _set_aside(splits, owners, annotations.labels, validation_fraction, seed)
    flat = [entry for each in entries for entry in each]
    images = [
        Image(index, entry.id, entry.file_name, entry.width or 0, entry.height or 0, split)
        for index, (entry, split) in enumerate(zip(flat, splits, strict=True))
    ]
    present = set(splits)
    order = [name for name in _SPLIT_ORDER if name in present] + sorted(present.difference(_SPLIT_ORDER))
    file_of = np.repeat(np.arange(len(files)), sizes)
    return Dataset(root.name, root, categories, images, tuple(order), files, file_of, annotations, log)


def _say(log: ProblemLog, file: str) -> Say:
    return lambda entry, message, hint: log.add(file, entry, message, hint)


def _join_categories(
    files: Sequence[CocoFile], says: Sequence[Say]
) -> tuple[tuple[Category, ...], list[dict[int, int]]]:
    """The classes of all files, a class being its name, and for each file the label of each category id."""
    ids: dict[str, int] = {}
    names: list[dict[int, str]] = []
    for file, say in zip(files, says, strict=True):
        of_file: dict[int, str] = {}
        for entry in filter(None, read_categories(file.categories, say)):
            if entry.id in of_file:
                say(
                    f"category {entry.id}", f"is there twice: {of_file[entry.id]}, {entry.name}", "the first one counts"
                )
                continue
            if entry.name in of_file.values():
                say(f"category {entry.id}", f"is called {entry.name} like another", "they are taken as one class")
            of_file[entry.id] = entry.name
            if entry.name not in ids:
                id = entry.id
                if id in ids.values():
                    id = max(ids.values()) + 1
                    say(f"category {entry.id} ({entry.name})", "has the id of another class", f"here it got a free one")
                ids[entry.name] = id
        names.append(of_file)
    categories = tuple(sorted((Category(id, name) for name, id in ids.items()), key=lambda category: category.id))
    labels = {category.name: label for label, category in enumerate(categories)}
    return categories, [{id: labels[name] for id, name in of_file.items()} for of_file in names]


def _usable_images(root: Path, file: CocoFile, say: Say) -> list[ImageEntry]:
    """The images of a file with an id of their own and a size, which is asked of the picture where the file lacks it."""
    seen: set[int] = set()
    usable: list[ImageEntry] = []
    for entry in read_images(file.images, say):
        if entry is None:
            continue
        if entry.id in seen:
            say(f"image {entry.id} ({entry.file_name})", "has the id of an earlier image", "the first one counts")
            continue
        seen.add(entry.id)
        usable.append(entry)
    unsized = [entry for entry in usable if entry.width is None or entry.height is None]
    if unsized:
        _ask_pictures(root, file, unsized, say)
        usable = [entry for entry in usable if entry.width is not None and entry.height is not None]
    return usable


def _ask_pictures(root: Path, file: CocoFile, entries: Sequence[ImageEntry], say: Say) -> None:
    from core.dataset.pictures import picture_size

    found, _ = PictureFinder(root).find([entry.file_name for entry in entries], file.path)
    for entry in entries:
        name = f"image {entry.id} ({entry.file_name})"
        try:
            entry.height, entry.width = picture_size(root / found[entry.file_name])
            say(name, "has no usable width and height", "they were taken from the picture")
        except (KeyError, UserError):
            entry.height = entry.width = None
            say(name, "has no usable width and height, and no picture to take them from", "it is left out")


def _join_annotations(
    files: Sequence[CocoFile],
    entries: Sequence[Sequence[ImageEntry]],
    label_maps: Sequence[dict[int, int]],
    says: Sequence[Say],
) -> tuple[Annotations, Indices]:
    """All usable annotations sorted by image, and the image of each."""
    owners, labels, ids = [], [], []
    first = 0
    for file, images, label_map, say in zip(files, entries, label_maps, says, strict=True):
        id, image_id, category_id = read_references(file.annotations, say)
        owner = _lookup(image_id, [image.id for image in images], range(first, first + len(images)))
        label = _lookup(category_id, list(label_map), list(label_map.values()))
        first += len(images)
        for row in np.flatnonzero(((owner < 0) | (label < 0)) & (image_id != NO_ID)):
            key, value = ("image_id", image_id[row]) if owner[row] < 0 else ("category_id", category_id[row])
            say(f"annotation {id[row]}", f"its {key} {value} does not exist", "it is left out")
        owner[label < 0] = -1
        _report_twice(id[owner >= 0], say)
        owners.append(owner)
        labels.append(label)
        ids.append(id)
    raws: Sequence[msgspec.Raw] = (
        files[0].annotations if len(files) == 1 else [raw for file in files for raw in file.annotations]
    )
    all_owners = np.concatenate(owners)
    order = np.argsort(all_owners, kind="stable")
    order = order[np.searchsorted(all_owners[order], 0) :]
    owner = all_owners[order]
    starts = np.searchsorted(owner, np.arange(first + 1))
    return Annotations(raws, order, np.concatenate(ids)[order], np.concatenate(labels)[order], starts), owner


def _lookup(values: Indices, keys: Sequence[int], results: Sequence[int]) -> Indices:
    """``results`` of each of ``values`` by its key; -1 where there is no such key."""
    if not len(keys):
        return np.full(values.shape, -1, np.int64)
    order = np.argsort(np.asarray(keys, np.int64))
    sorted_keys = np.asarray(keys, np.int64)[order]
    place = np.minimum(np.searchsorted(sorted_keys, values), len(keys) - 1)
    return np.where(sorted_keys[place] == values, np.asarray(results, np.int64)[order][place], -1)


def _report_twice(ids: Indices, say: Say) -> None:
    unique, counts = np.unique(ids, return_counts=True)
    for id, count in zip(unique[counts > 1], counts[counts > 1], strict=True):
        say(f"annotation {id}", f"there are {count} with this id", "all of them are kept")


def _given_splits(files: Sequence[CocoFile], entries: Sequence[Sequence[ImageEntry]]) -> list[str]:
    """The split of each image: that of its file, or the folder in its name; empty when nothing says."""
    by_file = [[split_of_file(file.path)] * len(images) for file, images in zip(files, entries, strict=True)]
    for number, images in enumerate(entries):
        if images and by_file[number][0] is None:
            folders = [split_of(image.file_name.rpartition("/")[0]) for image in images]
            by_file[number] = folders if None not in folders else by_file[number]
    some = any(split is not None for splits in by_file for split in splits)
    return [
        split or (file.path.stem.removeprefix("instances_") if some else "")
        for file, splits in zip(files, by_file, strict=True)
        for split in splits
    ]


def _set_aside(splits: list[str], owners: Indices, labels: Indices, fraction: float, seed: int) -> None:
    """Name the images that have no split, and find validation images for a training split that comes without."""
    if "val" in splits:
        return
    indices = np.array([index for index, split in enumerate(splits) if split in ("", "train")], np.int64)
    inside = np.isin(owners, indices)
    chosen = stratified(len(indices), np.searchsorted(indices, owners[inside]), labels[inside], fraction, seed)
    for index, validates in zip(indices.tolist(), chosen.tolist(), strict=True):
        splits[index] = "val" if validates else "train"
