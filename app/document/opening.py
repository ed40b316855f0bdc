"""Opening a dataset in a worker: what the document then knows of it."""

import os
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.document.autosave import finish
from app.settings.settings import Recent
from app.style import format
from core.errors import UserError
from core.plain_text import printable
from core.words import tr, tr_n

if TYPE_CHECKING:  # NumPy comes with them: not before the first picture of the window
    from core.annotation.editing.draft import Renewal, Snapshot
    from core.annotation.storage.journal import Journal
    from core.annotation.storage.recovery import Opened
    from core.dataset import Dataset, Image
    from core.dataset.folder.dropped import Dropped
    from core.dataset.folder.versions import Version


Stamps = tuple[tuple[Path, tuple[int, int, int] | None], ...]
"""Of files: when each was written, its size and its place on the disk; ``None`` for one that is not there."""


@dataclass(frozen=True, slots=True)
class OpenedDataset:
    """What a worker found at a path."""

    path: Path
    dataset: "Dataset"
    entry: Recent
    names: frozenset[str]
    split_counts: dict[str, int]
    opened: "Opened | UserError"
    """The error where it cannot be edited."""
    requested_image: "Image | None"
    remark: str
    unwritten: tuple[str, ...]
    versions: "tuple[Version, ...]"
    stamps: Stamps


def read(
    paths: Sequence[Path], before: "tuple[Snapshot, Journal] | None" = None, *, only_coco: bool = False
) -> OpenedDataset:
    """Open what ``paths`` mean. What is edited in the dataset that was open ``before`` is written once the new one is
    there, see ``finish``. Raises ``UserError``, an ``OtherFormatError`` for a dataset of another format unless
    ``only_coco`` and pictures are to be looked at."""
    from core.annotation.storage.recovery import open_draft, worked_on
    from core.annotation.storage.strays import hint
    from core.dataset import open_dataset  # NumPy and OpenCV: not before the first picture of the window
    from core.dataset.folder.dropped import understand
    from core.dataset.folder.versions import versions
    from core.dataset.formats.found import require_coco
    from core.dataset.splits import split_file

    if not only_coco:
        require_coco(paths)
    meant = understand(paths)
    path = meant.path
    try:
        dataset = open_dataset(path, pictures=meant.pictures)
    except UserError as error:
        if copy := hint(path):
            raise UserError(error.message, copy) from error
        raise
    # Only now: had the new one failed, the old one would be edited on.
    if before is not None and finish(*before):
        dataset = open_dataset(path, pictures=meant.pictures)  # it may be the same one
    try:
        if meant.pictures and (more := set(worked_on(dataset)).difference(meant.pictures)):
            dataset = open_dataset(path, pictures=(*meant.pictures, *more))  # else that work would have no place
        opened: Opened | UserError = open_draft(dataset)
    except UserError as error:
        opened = error
    path = dataset.root if meant.pictures else path
    chosen = meant.pictures or meant.aside
    image, remark, unwritten = _about_pictures(dataset, meant) if chosen else (None, "", ())
    return OpenedDataset(
        path=path,
        dataset=dataset,
        entry=_entry(path, dataset),
        names=_names(path, dataset),
        split_counts=count_splits(dataset),
        opened=opened,
        requested_image=image,
        remark=remark,
        unwritten=unwritten,
        versions=tuple(versions(file.path for file in dataset.files)),
        stamps=stamps_of([*(file.path for file in dataset.files), dataset.root / split_file.FILE]),
    )


def turn(path: Path, turned: "Sequence[Version]", unsaved: "tuple[Snapshot, Journal] | None") -> OpenedDataset:
    """Open the dataset at ``path`` with the other version of some of its files. Edits that are ``unsaved`` in this one
    are written first. Raises ``UserError`` while it is still edited as it was."""
    from core.annotation.storage.saving import save
    from core.dataset.coco import coco_file

    for version in turned:
        coco_file.read(version.other)  # else nothing would be open afterwards
    if unsaved is not None:
        save(*unsaved)
        unsaved[1].close()
    done: list[Version] = []
    try:
        for version in turned:
            done.append(version.turn())
        return read((path,))
    except UserError as error:
        for version in done:
            version.turn()
        return replace(read((path,)), remark=error.message)


def _about_pictures(dataset: "Dataset", meant: "Dropped") -> "tuple[Image | None, str, tuple[str, ...]]":
    """The first of the pictures that are meant, what is to be said, and the names of all where no file has them yet."""
    by_name = {image.file_name.rpartition("/")[2]: image for image in reversed(dataset.images)}
    missing = [name for name in meant.pictures if name not in by_name]
    first = next((by_name[name] for name in meant.pictures if name in by_name), None)
    folder, number = printable(dataset.name), len(meant.pictures)
    if missing:
        remark = tr_n(
            "Opened {folder}; {names} is none of its images",
            "Opened {folder}; {names} are none of its images",
            len(missing),
            folder=folder,
            names=format.named(missing),
        )
    elif len(dataset.images) == number:
        remark = tr_n(
            "Opened {n} picture of {folder} and no others",
            "Opened {n} pictures of {folder} and no others",
            number,
            folder=folder,
        )
    else:
        remark = tr_n(
            "Opened {folder}, which holds {n} picture of these",
            "Opened {folder}, which holds {n} pictures of these",
            number,
            folder=folder,
        )
    if meant.aside:
        remark = f"{remark} · {tr('left aside: {names}', names=format.named(meant.aside))}"
    written = dataset.files[0].path.exists()
    return first, remark, () if written else tuple(image.file_name for image in dataset.images)


def _entry(path: Path, dataset: "Dataset") -> Recent:
    labelled = (image for image in dataset.images if dataset.labels(image) and dataset.has_picture(image))
    cover = next(labelled, None) or next(filter(dataset.has_picture, dataset.images), None)
    return Recent(
        path=str(path),
        name=dataset.name,
        images=len(dataset.images),
        instances=int(dataset.class_counts().sum()),
        classes=len(dataset.categories),
        opened=time.time(),
        cover=str(dataset.image_path(cover)) if cover is not None else "",
    )


def _names(path: Path, dataset: "Dataset") -> frozenset[str]:
    """The paths by which jobs may know ``dataset``, opened at ``path``."""
    from core.dataset.folder.layout import find_layout
    from core.dataset.folder.versions import theirs

    names = {str(path)}
    files = tuple(file.path for file in dataset.files)
    if len(files) == 1 and files[0].exists() and files == find_layout(dataset.root).files:
        names |= {str(dataset.root), str(files[0]), str(theirs(files[0]))}
    return frozenset(names | {os.path.realpath(name) for name in names})


def reread(
    path: Path, saved: "Snapshot", files: "Sequence[tuple[Path, str]]"
) -> "tuple[Renewal, dict[str, int]] | None":
    """The dataset as its files are since ``saved`` was written, and the number of images in each split; see
    ``storage.renewal``. Raises ``UserError``."""
    from core.annotation.storage.renewal import renewal

    found = renewal(path, saved, files)
    return (found, count_splits(found.dataset)) if found is not None else None


def stamps_of(files: Iterable[Path]) -> Stamps:
    """By these one sees at once that nobody wrote the files since."""
    stamps: list[tuple[Path, tuple[int, int, int] | None]] = []
    for file in files:
        try:
            found = file.stat()
            stamps.append((file, (found.st_mtime_ns, found.st_size, found.st_ino)))
        except OSError:
            stamps.append((file, None))
    return tuple(stamps)


def are_as_known(dataset: "Dataset", journal: "Journal | None") -> bool:
    """Whether the files of ``dataset`` hold what was read, or was written by the holder of ``journal``, and its images
    are still in the same splits."""
    from core.annotation.storage.journal import SaveTarget
    from core.annotation.storage.saving import digest_at
    from core.dataset.splits import split_file

    known = [SaveTarget(file.path, file.digest_on_disk()) for file in dataset.files]
    try:
        if split_file.read(dataset.root) != dataset.split_file:
            return False
        return all(target.is_known(digest_at(target.path)) for target in (journal.targets if journal else known))
    except UserError:
        return True  # it cannot be read: the training says so


def count_splits(dataset: "Dataset") -> dict[str, int]:
    """The number of images in each split."""
    counted = Counter(image.split for image in dataset.images)
    return {split: counted[split] for split in dataset.splits}
