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
    requested_image: "Image | None" = None
    remark: str = ""
    unwritten: tuple[str, ...] = ()
    versions: "tuple[Version, ...]" = ()
    stamps: "Stamps" = ()


def read(paths: Sequence[Path], left: "tuple[Snapshot, Journal] | None", unsaved: bool) -> OpenedDataset:
    """Open what ``paths`` mean. What is ``left`` of the dataset before, ``unsaved`` or not, is written once the new one
    is there. Raises ``UserError``."""
    from core.annotation.storage.recovery import open_draft, worked_on
    from core.annotation.storage.strays import hint
    from core.dataset import open_dataset  # NumPy and OpenCV: not before the first picture of the window
    from core.dataset.folder.dropped import understand
    from core.dataset.folder.versions import versions

    meant = understand(paths)
    path = meant.path
    try:
        dataset = open_dataset(path, pictures=meant.pictures)
    except UserError as error:
        if copy := hint(path):
            raise UserError(error.message, copy) from error
        raise
    if left is not None:
        finish(left, unsaved)  # only now: had the new one failed, the old one would be edited on
        if unsaved:
            dataset = open_dataset(path, pictures=meant.pictures)  # it may be the same one
    try:
        if meant.pictures and (more := set(worked_on(dataset)).difference(meant.pictures)):
            dataset = open_dataset(path, pictures=(*meant.pictures, *more))  # else that work would have no place
        opened: Opened | UserError = open_draft(dataset)
    except UserError as error:
        opened = error
    path = dataset.root if meant.pictures else path
    found = _entry(path, dataset), _names(path, dataset), _split_counts(dataset)
    stamps = stamps_of(file.path for file in dataset.files)
    others = tuple(versions(file.path for file in dataset.files))
    if not (meant.pictures or meant.aside):
        return OpenedDataset(path, dataset, *found, opened, versions=others, stamps=stamps)
    return OpenedDataset(
        path, dataset, *found, opened, *_about_pictures(dataset, meant), versions=others, stamps=stamps
    )


def turn(path: Path, turned: "Sequence[Version]", left: "tuple[Snapshot, Journal] | None") -> OpenedDataset:
    """Open the dataset at ``path`` with the other version of some of its files. What is ``left`` of this one is written
    first. Raises ``UserError`` while it is still edited as it was."""
    from core.annotation.storage.saving import save
    from core.dataset.coco import coco_file

    for version in turned:
        coco_file.read(version.other)  # else nothing would be open afterwards
    if left is not None:
        save(*left)
        left[1].close()
    done: list[Version] = []
    try:
        for version in turned:
            done.append(version.turn())
        return read((path,), None, unsaved=False)
    except UserError as error:
        for version in done:
            version.turn()
        return replace(read((path,), None, unsaved=False), remark=error.message)


def _about_pictures(dataset: "Dataset", meant: "Dropped") -> "tuple[Image | None, str, tuple[str, ...]]":
    """The first of the pictures that are meant, what is to be said, and what no file says yet."""
    named = {image.file_name.rpartition("/")[2]: image for image in reversed(dataset.images)}
    lacking = [name for name in meant.pictures if name not in named]
    first = next((named[name] for name in meant.pictures if name in named), None)
    alone = len(dataset.images) == len(meant.pictures) and not lacking
    size, folder = tr_n("{n} picture", "{n} pictures", len(meant.pictures)), printable(dataset.name)
    said = [
        tr("Opened {size} of {folder} and no others", size=size, folder=folder)
        if alone
        else tr("Opened {folder}, which holds {size} of these", folder=folder, size=size)
    ]
    if lacking:
        said = [
            tr(
                "Opened {folder}; {lacking} {what} none of its images",
                folder=folder,
                lacking=format.named(lacking),
                what="is" if len(lacking) == 1 else "are",
            )
        ]
    if meant.aside:
        said.append(tr("left aside: {aside}", aside=format.named(meant.aside)))
    written = dataset.files[0].path.exists()
    return first, " · ".join(said), () if written else tuple(image.file_name for image in dataset.images)


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
    return (found, _split_counts(found.dataset)) if found is not None else None


def stamps_of(files: Iterable[Path]) -> Stamps:
    """By these one sees at once that nobody wrote the files since."""
    return tuple((file, _stamp(file)) for file in files)


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def are_as_known(dataset: "Dataset", journal: "Journal | None") -> bool:
    """Whether the files of ``dataset`` hold what was read, or was written by the holder of ``journal``."""
    from core.annotation.storage.journal import SaveTarget
    from core.annotation.storage.saving import digest_at

    known = [SaveTarget(file.path, file.digest_on_disk()) for file in dataset.files]
    try:
        return all(target.is_known(digest_at(target.path)) for target in (journal.targets if journal else known))
    except UserError:
        return True  # it cannot be read: the training says so


def settle(snapshot: "Snapshot", journal: "Journal") -> bool:
    """Write a draft; whether its files could be written."""
    from core.annotation.storage.saving import save

    try:
        save(snapshot, journal)
    except UserError:
        return False
    return True


def _split_counts(dataset: "Dataset") -> dict[str, int]:
    counted = Counter(image.split for image in dataset.images)
    return {split: counted[split] for split in dataset.splits}
