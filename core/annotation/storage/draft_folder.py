"""The folder in which what is drawn is kept until it is saved, and copies of what it replaced.

::

    drafts/<name>-<hash of the path>/
      journal.jsonl         what was opened, then a line for each edit, and marks of what was saved
      journal-<n>….jsonl    earlier journals that held more than was saved
      backups/              the dataset's files as they were before the first save of a session
      lock                  held while a window edits the dataset
"""

import hashlib
import os
import re
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from core import errors
from core.dataset import Dataset
from core.errors import UserError
from core.files import home, make_folders, write_atomically
from core.reading import read_json
from core.words import tr

_Kept = TypeVar("_Kept")

JOURNAL = "journal.jsonl"
BACKUPS = 10
"""Number of backups that are kept of each file."""


def draft_folder(dataset: Dataset, without: Collection[str] = ()) -> Path:
    """The folder for the journal and the backups of a dataset; the same whenever the same files are opened, and another
    one ``without`` those files for which the journal there has to wait."""
    path = dataset.files[0].path if len(dataset.files) == 1 else dataset.root
    name = re.sub(r"[^\w.-]+", "-", dataset.name)[:40]
    key = b"\0".join([os.fsencode(path), *map(os.fsencode, sorted(without))])
    return home() / "drafts" / f"{name}-{hashlib.blake2b(key, digest_size=6).hexdigest()}"


def drafts() -> Iterator[Path]:
    """The folders of all datasets that were ever edited."""
    parent = home() / "drafts"
    try:
        yield from [folder for folder in parent.iterdir() if folder.is_dir()]
    except OSError:
        return


def backup_name(path: Path) -> str:
    """How the names of an annotation file's backups begin."""
    return f"{path.parent.name} {path.stem} "


def newest_copy(folder: Path, stem: str, suffix: str) -> Path | None:
    """The newest of the copies that ``keep_copy`` has made; ``None`` where there is none."""
    try:
        return max(_copies(folder, stem, suffix), default=(0, None))[1]
    except OSError:
        return None


def keep_copy(data: bytes, folder: Path, stem: str, suffix: str, most: int) -> None:
    """Write ``data`` to ``<stem><number> <time><suffix>``, where nothing else is, and of such copies keep the newest
    ``most``. It is on the disk when this returns. Raises ``OSError``."""
    make_folders(folder)
    known = _copies(folder, stem, suffix)
    number = known[-1][0] + 1 if known else 1
    write_atomically(folder / f"{stem}{number:06} {time.strftime('%Y%m%d-%H%M%S')}{suffix}", data)
    for _, old in known[: max(len(known) + 1 - most, 0)]:
        old.unlink(missing_ok=True)


def _copies(folder: Path, stem: str, suffix: str) -> list[tuple[int, Path]]:
    """The copies that are there, oldest first. Their numbers say which is newer: a clock may be set back. (Earlier
    versions began with the date, which is read as a number that all new ones follow.)"""
    name = re.compile(re.escape(stem) + r"(\d+).*" + re.escape(suffix), re.DOTALL)
    found = ((name.fullmatch(path.name), path) for path in folder.iterdir())
    return sorted((int(match[1]), path) for match, path in found if match)


def keep(path: Path, value: object) -> None:
    """Write a value as JSON, atomically. Raises ``UserError`` when the disk refuses."""
    try:
        make_folders(path.parent)
        write_atomically(path, msgspec.json.encode(value))
    except OSError as error:
        raise write_refused(error, path, tr("what is there stays as it was")) from error


def read_kept(path: Path, kind: type[_Kept]) -> _Kept:
    """Read a value that ``keep`` has written. Raises ``UserError`` for a file that is not one."""
    return read_json(
        path,
        kind,
        tr("{path} is not what was kept there: {reason}"),
        tr("delete it and let the model look at the images again"),
    )


def write_refused(error: OSError, path: Path, way_out: str) -> UserError:
    """The error for a file that cannot be written; ``way_out``, a phrase, ends its hint. No other place is proposed:
    the file belongs to the dataset."""
    refusal = errors.refused(error, path, "written", movable=False)
    return UserError(refusal.message, f"{refusal.hint}; {way_out}" if refusal.hint else way_out)
