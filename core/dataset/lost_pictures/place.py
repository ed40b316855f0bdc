"""Bringing pictures that were found to where the annotation files say they are: as links, where the system has them.

The annotation files stay as they are, so edits, runs and other tools go on knowing the images by their names. Taking
the links away undoes it all.
"""

import errno
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import msgspec

from core.dataset.dataset import Dataset
from core.dataset.folder.stated_names import path_inside
from core.dataset.formats.placing import bring
from core.dataset.model import Image
from core.errors import UserError, refused
from core.files import write_atomically
from core.reading import UNREADABLE, read_bytes
from core.runs.control import Report, ignore
from core.runs.events import Warning
from core.words import tr, tr_n

FILE = "placed.json"
_NO_MORE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
"""Errors after which no other picture can be brought either."""


class PlacedPicture(msgspec.Struct, frozen=True):
    """A picture that was brought into a dataset."""

    source: str
    target: str


def place(dataset: Dataset, pictures: Mapping[int, Path], record: Path, report: Report = ignore) -> list[PlacedPicture]:
    """Bring pictures, by ``Image.index``, to their places in the folder of the dataset. What was brought stands in the
    file ``record``, also where it ends early. Nothing is written over. What cannot be brought, such as to a name that
    is too long, is told, and the others are. Raises ``UserError`` where no more can be written at all."""
    placed: list[PlacedPicture] = []
    failed: list[UserError] = []
    try:
        for index, source in pictures.items():
            target = _target(dataset, dataset.images[index])
            try:
                if not target.exists() and not target.is_symlink():
                    bring(source, target, "link")
                    placed.append(PlacedPicture(str(source), str(target)))
            except OSError as error:
                if error.errno in _NO_MORE:
                    hint = tr("make room, or choose another folder")
                    raise refused(error, dataset.root, "written", hint) from error
                failed.append(refused(error, target, "written"))
    finally:
        write_atomically(record, msgspec.json.encode(placed))
    if failed:
        message = tr_n(
            "{n} picture cannot be brought to its place; the first: {message}",
            "{n} pictures cannot be brought to their places; the first: {message}",
            len(failed),
            message=failed[0].message,
        )
        report(Warning(message=message, hint=failed[0].hint))
    return placed


def take_back(record: Path) -> int:
    """Remove what was brought, as the file ``record`` says, unless it is something else by now; how many. Raises
    ``UserError``."""
    try:
        placed = msgspec.json.decode(read_bytes(record), type=list[PlacedPicture])
    except (OSError, *UNREADABLE) as error:
        raise UserError(tr("{path} cannot be read", path=record), tr("nothing is taken back")) from error
    removed = 0
    for each in placed:
        source, target = Path(each.source), Path(each.target)
        if target.exists() and source.exists() and _is_same(source, target):
            target.unlink()
            removed += 1
    return removed


def _is_same(source: Path, target: Path) -> bool:
    one, other = source.stat(), target.stat()
    return source.samefile(target) or (one.st_size, one.st_mtime_ns) == (other.st_size, other.st_mtime_ns)


def _target(dataset: Dataset, image: Image) -> Path:
    """Where the finder looks first for the picture of an image: the path that the file states, as far as it is one in
    the dataset's folder; for a bare name, beside the other pictures of its split."""
    path = path_inside(image.file_name)
    if "/" not in path:
        path = f"{_usual_folder(dataset, image.split)}/{path}"
    return dataset.root / path.replace("\0", "_")


def _usual_folder(dataset: Dataset, split: str) -> str:
    """Where most pictures of a split are, relative to the dataset's folder."""

    def count() -> str:
        there = [dataset.image_path(image) for image in dataset.of_split(split) if dataset.has_picture(image)]
        folders = Counter(path.parent.relative_to(dataset.root).as_posix() for path in there)
        usual = f"images/{split}" if len(dataset.splits) > 1 else "images"
        return folders.most_common(1)[0][0] if folders else usual

    return dataset.once(("usual folder", split), count)
