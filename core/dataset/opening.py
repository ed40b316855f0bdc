"""Opening a dataset: reading its files, joining them, checking what refers to what."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from core.dataset import channel_file
from core.dataset.coco import coco_file
from core.dataset.coco.coco_file import CocoFile
from core.dataset.coco.entries import ImageEntry, ReportProblem, read_images, silent
from core.dataset.coco.extra_fields import read_not_labelled, read_of_images, read_pixel_size, read_review
from core.dataset.dataset import Dataset
from core.dataset.folder.folder_tree import FolderTree
from core.dataset.folder.image_finder import ImageLookup
from core.dataset.folder.layout import Layout, find_layout, layout_beside, relative_to
from core.dataset.folder.plain_folder import plain_folder, with_new_pictures
from core.dataset.folder.versions import MINE, is_mine
from core.dataset.health.checks import examine
from core.dataset.health.image_sizes import OWN_SIZE_TAKEN, own_sizes
from core.dataset.joining import join_annotations, join_categories
from core.dataset.lenient_json import Id
from core.dataset.model import Image, Review
from core.dataset.problems import Problem, ProblemLog
from core.dataset.splits import split_file
from core.dataset.splits.split_file import decided_splits, in_order
from core.dataset.splits.splits import assign_splits
from core.errors import UserError
from core.geometry.rle import MAX_PIXELS
from core.words import tr

_UPWARD = 2
"""Levels between a picture's folder and its dataset's, as in ``images/train``."""
_EXAMINED_AT_ONCE = 8 << 20
"""Bytes of files whose annotations are all looked into while they are opened: a fifth of a second. Larger ones wait for
``examine``."""


def open_dataset(
    path: Path, *, pictures: Sequence[str] = (), validation_fraction: float = 0.2, seed: int = 0
) -> Dataset:
    """Open a COCO folder, a COCO JSON file, or a folder of pictures that has no annotations yet; with ``pictures``, the
    names of some in that folder, only these, unless there are annotations beside them.

    A split that a person gave an image (``split_file``), or that files or folders name, is kept. Without one, and where
    training images come without validation images, ``validation_fraction`` of them is set aside, class-stratified by
    ``seed``; in a folder that is annotated here, what was set aside before stays so (see ``splits``). What is wrong
    with single entries is in ``Dataset.problems``. Raises ``UserError`` when there is nothing that can be opened.
    """
    layout = _layout_of_pictures(path, pictures) if pictures else find_layout(path)
    root, log = layout.root, ProblemLog()
    files, failed = _read(layout, pictures)
    reports: list[ReportProblem] = [partial(log.add, relative_to(root, file.path)) for file in files]
    for file, report in zip(files, reports, strict=True):
        for message, hint in file.remarks:
            report("", message, hint)
    references = [file.read_references(report) for file, report in zip(files, reports, strict=True)]
    categories, label_maps = join_categories(files, references, reports)
    before = len(log.found)
    told: set[str] = set()
    entries = [_usable_images(layout.tree, file, report, told) for file, report in zip(files, reports, strict=True)]
    first_images = [0, *np.cumsum([len(each) for each in entries]).tolist()]
    if not first_images[-1]:
        raise _no_images(path, log.found[before:])
    annotations, owners = join_annotations(files, references, entries, label_maps, reports)
    reviews: dict[int, Review] = read_of_images(files, entries, "review", read_review)
    instances = owners, annotations.labels
    kept = _kept(split_file, root, failed)
    decided = decided_splits(kept, root, files, entries)
    splits, sides = assign_splits(files, entries, instances, reviews, validation_fraction, seed, decided)
    flat = zip((entry for each in entries for entry in each), splits, strict=True)
    images = [
        Image(index, entry.id, entry.file_name, entry.width, entry.height, split)
        for index, (entry, split) in enumerate(flat)
    ]
    dataset = Dataset(
        name=f"{root.name}{MINE if any(is_mine(file.path.name) for file in files) else ''}",
        root=root,
        categories=categories,
        images=images,
        splits=in_order(splits),
        split_file=kept,
        files=files,
        first_images=first_images,
        label_maps=label_maps,
        sides=sides,
        annotations=annotations,
        channels=_kept(channel_file, root, failed),
        _found={"files": failed},
        _reviews=reviews,
        pixel_sizes=read_of_images(files, entries, "pixel_size", read_pixel_size),
        _not_labelled=read_of_images(files, entries, "not_labelled", read_not_labelled),
        _accounted_files=None if pictures or (read := layout.relative_files()) is None else {*read, *told},
        _tree=layout.tree,
    )
    _take_own_sizes(dataset, images, layout.tree, log)
    dataset.set_problems("reading", log.problems())
    if sum(len(file.data) for file in files) <= _EXAMINED_AT_ONCE:
        examine(dataset, pictures=False)
    return dataset


def _kept(file: Any, root: Path, failed: list[Problem]) -> Any:
    """What a person decided about the dataset, as the module ``file`` reads it; what cannot be read is among those that
    ``failed``."""
    try:
        return file.read(root)
    except UserError as error:
        failed.append(Problem(file.FILE, "", error.message.removeprefix(f"{root / file.FILE} "), error.hint))
        return None


def _read(layout: Layout, pictures: Sequence[str]) -> tuple[tuple[CocoFile, ...], list[Problem]]:
    """The files that can be read, and why others cannot; without any to be read, the one that the folder, or
    ``pictures`` in it, would have. Raises ``UserError`` when none of several can be."""
    files: list[CocoFile] = []
    failed: list[Problem] = []
    for path in layout.files:
        try:
            files.append(with_new_pictures(coco_file.read(path), layout.tree, pictures))
        except UserError as error:
            if len(layout.files) == 1 + len(failed):
                raise
            message, hint = error.message.removeprefix(f"{path} "), tr("it is not read; {hint}", hint=error.hint)
            failed.append(Problem(relative_to(layout.root, path), "", message, hint))
    beside = any(file.path.parent != layout.root for file in files)  # where those of the pictures would be written
    if pictures and not beside and not _know(files, pictures):
        files = []
    return tuple(files) or (plain_folder(layout.tree, pictures),), failed


def _layout_of_pictures(folder: Path, pictures: Sequence[str]) -> Layout:
    """The annotation files beside pictures; without any, those of the dataset whose pictures they are."""
    layout = layout_beside(folder)
    if layout.files:
        return layout
    for outer in list(folder.parents)[:_UPWARD]:
        around = layout_beside(outer)
        files = []
        for file in around.files:
            with suppress(UserError):  # one that cannot be read knows nothing
                files.append(coco_file.read(file))
        if _know(files, pictures):
            return around
    return layout


def _know(files: Iterable[CocoFile], pictures: Sequence[str]) -> bool:
    """Whether any of the files is about any of the pictures."""
    entries = (entry for file in files for entry in read_images(file.images, silent) if entry is not None)
    return not {entry.file_name.replace("\\", "/").rpartition("/")[2] for entry in entries}.isdisjoint(pictures)


def _no_images(path: Path, found: Sequence[Problem]) -> UserError:
    """Why there is no image that can be used; ``found`` are the problems of those that there are."""
    if not found:
        return UserError(tr("{path} names no images", path=path), tr("its list “images” is empty"))
    first = found[0]
    return UserError(
        tr(
            "{path} names no images that can be used; the first: {entry}: {message}",
            path=path,
            entry=first.entry,
            message=first.message,
        ),
        first.hint,
    )


def _take_own_sizes(dataset: Dataset, images: list[Image], tree: FolderTree, log: ProblemLog) -> None:
    """Put the size of their pictures into those of the dataset's ``images`` whose stated size cannot be meant."""
    finder = ImageLookup(tree)
    for number, file in enumerate(dataset.files):

        def find(some: Sequence[Image], file: CocoFile = file) -> list[Path | None]:
            found, _ = finder.find([image.file_name for image in some], file.path)
            sure = (match if (match := found.get(image.file_name)) and match.sure else None for image in some)
            return [tree.root / match.path if match else None for match in sure]

        of_file = images[dataset.first_images[number] : dataset.first_images[number + 1]]
        for index, (image, message) in own_sizes(of_file, find, dataset.instances).items():
            images[index] = image
            entry = tr("image {id} ({file_name})", id=image.id, file_name=image.file_name)
            log.add(relative_to(dataset.root, file.path), entry, message, OWN_SIZE_TAKEN, index)


def _usable_images(tree: FolderTree, file: CocoFile, report: ReportProblem, told: set[str]) -> list[ImageEntry]:
    """The images of a file with an id of their own and a size; a size that the file lacks is asked of the picture.
    Pictures whose fault was told then are put into ``told``: nothing more is to be said of them."""
    usable: dict[Id, ImageEntry] = {}
    for entry in read_images(file.images, report):
        if entry is not None and usable.setdefault(entry.id, entry) is not entry:
            report(
                tr("image {id} ({file_name})", id=entry.id, file_name=entry.file_name),
                tr("has the id of an earlier image"),
                tr("the first counts"),
            )
    unsized = [entry for entry in usable.values() if not 0 < entry.width * entry.height <= MAX_PIXELS]
    lost = _without_size(tree, file, unsized, report, told) if unsized else set()
    return [entry for entry in usable.values() if entry.id not in lost]


def _without_size(
    tree: FolderTree, file: CocoFile, entries: Sequence[ImageEntry], report: ReportProblem, told: set[str]
) -> set[Id]:
    """Give images the size of their pictures; returns the ids of those that have none."""
    from core.images.decoding import picture_size

    found, _ = ImageLookup(tree).find([entry.file_name for entry in entries], file.path)
    lost: set[Id] = set()
    for entry in entries:
        name = tr("image {id} ({file_name})", id=entry.id, file_name=entry.file_name)
        try:
            entry.height, entry.width = picture_size(tree.root / found[entry.file_name].path)
            report(name, tr("has no usable width and height"), tr("they were taken from the picture"))
        except KeyError:
            lost.add(entry.id)
            report(name, tr("has no usable width and height, nor a picture to take them from"), tr("it is left out"))
        except UserError as error:
            lost.add(entry.id)
            told.add(found[entry.file_name].path)
            report(name, error.message, tr("it is left out; {hint}", hint=error.hint))
    return lost
