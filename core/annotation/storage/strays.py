"""Files that were annotated here and cannot be read any more: damaged, or gone. A copy of each is with its journal,
which has what came after."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from core.annotation.storage.draft_folder import BACKUPS, JOURNAL, backup_name, keep_copy, newest_copy, write_refused
from core.annotation.storage.journal import journals, read_journal, remark
from core.annotation.storage.journal_lines import Dismissed
from core.dataset import Dataset
from core.dataset.coco import coco_file
from core.dataset.folder.layout import relative_to
from core.dataset.folder.versions import is_mine, theirs, unused
from core.errors import UserError
from core.files import make_folders, write_atomically
from core.reading import open_regular, read_bytes
from core.words import tr

_ENDS = 64
"""Bytes."""


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """One file."""

    path: Path
    backup: Path
    """The newest copy of it."""
    _name: str
    """In journals."""
    _folders: tuple[Path, ...]
    """Of those that are about it; the first has the copy."""

    def put_back(self) -> None:
        """Put the copy where the file was; opened again, the dataset gets what came after from its journal. A damaged
        file is kept with the copies. Raises ``UserError`` where that is not possible."""
        try:
            with FileLock(self._folders[0] / "lock", timeout=0):
                data = self.backup.read_bytes()
                with suppress(FileNotFoundError):
                    damaged = read_bytes(self.path)
                    stem = f"damaged {backup_name(self.path)}"
                    keep_copy(damaged, self.backup.parent, stem, ".json", BACKUPS)
                make_folders(self.path.parent)
                write_atomically(self.path, data)
        except Timeout as error:
            raise self._locked() from error
        except OSError as error:
            raise write_refused(error, self.path, tr("copy {backup} there by hand", backup=self.backup)) from error

    def forget(self) -> None:
        """The person knows, and it is not said again. What its journal holds stays there: it is done again should the
        file be mended after all. Raises ``UserError`` like ``put_back``."""
        for folder in self._folders:
            try:
                with FileLock(folder / "lock", timeout=0):
                    remark(folder, Dismissed((self._name,)))
            except Timeout as error:
                raise self._locked() from error
            except OSError as error:
                raise write_refused(error, folder, tr("it will be said again")) from error

    def _locked(self) -> UserError:
        return UserError(tr("{path} is being annotated in another window", path=self.path), tr("close it there"))


def find_strays(dataset: Dataset) -> list[UnreadableFile]:
    """The files of ``dataset`` that were annotated here and are damaged or gone now."""
    root, failed = dataset.root, {problem.file for problem in dataset.failed}
    known = {relative_to(root, file.path) for file in dataset.files}
    folders: dict[str, list[Path]] = {}
    for folder, header in journals():
        for name in header.files.keys() - known if header.dataset == str(root) else ():
            path = root / name
            lost = name in failed or not is_whole(path)
            is_unused = is_mine(path.name) and unused(theirs(path))  # a version of the person's
            if lost and not is_unused and not _is_dismissed(name, folder):
                folders.setdefault(name, []).append(folder)
    strays = []
    for name, about in sorted(folders.items()):
        copies = ((newest_copy(folder / "backups", backup_name(root / name), ".json"), folder) for folder in about)
        found = [(copy.stat().st_mtime, copy, folder) for copy, folder in copies if copy is not None]
        if found:
            _, copy, newest = max(found)
            others = (folder for folder in about if folder != newest)
            strays.append(UnreadableFile(root / name, copy, name, (newest, *others)))
    return strays


def _is_dismissed(name: str, folder: Path) -> bool:
    try:
        return name in read_journal(folder / JOURNAL).dismissed
    except UserError:
        return False


def hint(path: Path) -> str:
    """Where a copy of what cannot be opened at ``path`` is; empty where there is none."""
    path = path.absolute()
    for folder, header in journals():
        for file in (Path(header.dataset, name) for name in header.files):
            copy = newest_copy(folder / "backups", backup_name(file), ".json")
            if copy is not None and path in (file, file.parent, Path(header.dataset)) and not _can_be_read(file):
                return tr("a copy from before is {copy}: put it there, and what came after is offered", copy=copy)
    return ""


def is_whole(path: Path) -> bool:
    """Whether a file is there and has the beginning and the end of an object. Fast: many others may lie there."""
    try:
        with open_regular(path) as file:
            head = file.read(_ENDS)
            file.seek(max(file.seek(0, os.SEEK_END) - _ENDS, 0))
            tail = file.read(_ENDS)
    except OSError:
        return False
    return b"{" in head and tail.replace(b"\0", b"").rstrip().endswith(b"}")


def _can_be_read(path: Path) -> bool:
    try:
        coco_file.read(path)
    except UserError:
        return False
    return True
