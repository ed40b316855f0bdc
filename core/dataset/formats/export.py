"""An open dataset in another format: pictures and splits kept, in a folder that appears when it is complete."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from core.dataset.dataset import Dataset
from core.dataset.formats.placing import LinkOrCopy, PictureNames, bring
from core.dataset.model import Image, Instance
from core.dataset.problems import Problem, ProblemLog
from core.errors import UserError, refused
from core.files import move_new, write_atomically
from core.geometry.mask_outline import traced
from core.geometry.masks import Size
from core.geometry.polygons import Parts
from core.geometry.segmentation import Polygons
from core.runs.control import PROGRESS_EVERY, Check, Report, Throttle, ignore, never
from core.runs.events import Progress
from core.words import tr

_MARK = ".content"
"""The file of an unfinished folder that says what it is to hold."""


@dataclass(frozen=True, slots=True)
class WrittenImage:
    """An image that is being written."""

    picture: str
    """Where its picture is, relative to the folder that is written."""
    image: Image
    instances: list[Instance]

    @property
    def size(self) -> Size:
        """Height and width."""
        return self.image.height, self.image.width


class Writer(Protocol):
    """Writes a format, image by image, into a new folder."""

    def __init__(self, folder: Path, classes: Sequence[str], log: ProblemLog) -> None: ...

    def folder_of(self, split: str) -> str:
        """Where the pictures of a split lie, relative to the folder."""

    def add(self, image: WrittenImage) -> None:
        """Write the annotations of an image; what the format cannot hold goes into the log."""

    def finish(self) -> None:
        """Write what there is one of."""


def export_dataset(
    dataset: Dataset,
    output: Path,
    writer: type[Writer],
    *,
    images: Sequence[Image] | None = None,
    pictures: LinkOrCopy = "link",
    report: Report = ignore,
    check: Check = never,
) -> list[Problem]:
    """Write ``images`` of a dataset, or all, as ``writer`` does, into the new folder ``output``; returns what the
    format could not hold. Raises ``UserError`` where the folder is there already or cannot be written."""
    log, names = ProblemLog(), PictureNames()
    chosen, progress = dataset.images if images is None else images, Throttle(PROGRESS_EVERY)
    with new_folder(output, of=content_key(dataset, chosen, writer.__name__, pictures)) as folder:
        made = writer(folder, [category.name for category in dataset.categories], log)
        for done, image in enumerate(chosen, 1):
            check()
            place = made.folder_of(image.split)
            picture = f"{place}/{names.free(place, image.file_name, flat=True)}"
            if dataset.has_picture(image):
                bring(dataset.image_path(image), folder / picture, pictures)
            else:
                log.add(image.file_name, "", tr("the picture is missing"), tr("its annotations are written"))
            made.add(WrittenImage(picture, image, dataset.instances(image)))
            if progress.due() or done == len(chosen):
                report(Progress(done=done, total=len(chosen), unit=tr("images")))
        made.finish()
    return log.problems()


def require_apart(output: Path, source: Path) -> None:
    """Raise ``UserError`` where ``output`` lies in the folder that is read: it would be read as well, the next time."""
    if source.is_dir() and output.resolve().is_relative_to(source.resolve()):
        raise UserError(tr("{output} lies in the dataset that is read", output=output), tr("choose another folder"))


def require_free(output: Path) -> None:
    """Raise ``UserError`` where no folder ``output`` can be made: something is there, or it may not be written."""
    try:
        if output.exists() and (not output.is_dir() or any(output.iterdir())):
            hint = tr("choose another folder, or open that one")
            raise UserError(tr("{output} is there already", output=output), hint)
        above = next((each for each in output.parents if each.exists()), output.parent)
        if not above.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not os.access(above, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise refused(error, output, "written", tr("choose another folder")) from error


@contextmanager
def new_folder(output: Path, *, of: str = "", resumable: bool = True) -> Iterator[Path]:
    """A folder to be filled, which gets the name ``output`` when the block ends without an exception. Where it is
    ``resumable``, what an interrupted one left that was to hold the same (``of``, see ``content_key``) is there again;
    else nothing is left. Raises ``UserError``."""
    require_free(output)
    unfinished = output.with_name(f".{output.name}.unfinished")
    try:
        if unfinished.is_symlink() or any(
            (Path(folder) / name).is_symlink() for folder, names, _ in os.walk(unfinished) for name in names
        ):  # somebody else laid it there: what is written would go elsewhere
            raise UserError(tr("{folder} is a link, or has one in it", folder=unfinished), tr("remove it"))
        mark = unfinished / _MARK
        if not resumable or not mark.is_file() or mark.read_text(errors="replace") != of:
            shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True, exist_ok=True)
        if resumable:
            write_atomically(mark, of.encode())
        yield unfinished
        if resumable:
            mark.unlink()
        if output.exists():
            output.rmdir()  # an empty one, such as a file dialog makes
        move_new(unfinished, output)
    except OSError as error:
        if error.errno is None:  # not the disk: what is read, such as a damaged gzip
            raise
        raise refused(error, output, "written", tr("choose another folder")) from error
    finally:
        if not resumable:
            shutil.rmtree(unfinished, ignore_errors=True)


def content_key(dataset: Dataset, images: Sequence[Image], *how: str) -> str:
    """Stands for what is written: another one where the annotation files, the choice of images or ``how`` they are
    written is another."""
    key = hashlib.blake2b(digest_size=16)
    for part in (*(file.digest_on_disk() for file in dataset.files), *how):
        key.update(f"{part}\0".encode(errors="replace"))
    key.update(np.array([image.index for image in images], np.int64).tobytes())
    return key.hexdigest()


def polygons_of(image: WrittenImage, instance: Instance) -> Parts:
    """The outline of an instance: its polygons, or those along the pixels of its mask, exactly; those of its box where
    it has no mask."""
    if isinstance(instance.segmentation, Polygons):
        return instance.segmentation.parts
    if instance.segmentation is not None:
        return traced(instance.segmentation.mask(image.size))
    x, y, width, height = instance.box
    return [[x, y, x + width, y, x + width, y + height, x, y + height]]
