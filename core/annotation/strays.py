"""Files that were annotated here and cannot be read any more: damaged, or gone. A copy of each is with its journal,
which has what came after."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from core.annotation.disk import refused
from core.annotation.draft_folder import BACKUPS, JOURNAL, backup_name, keep_copy, newest_copy
from core.annotation.journal import journals, put_aside
from core.dataset import coco_file
from core.errors import UserError
from core.files import make_folders, write_atomically
from core.reading import open_regular, read_bytes

_ENDS = 64
"""Bytes."""


@dataclass(frozen=True, slots=True)
class Stray:
    """One file."""

    path: Path
    backup: Path
    """The newest copy of it."""
    _folder: Path

    def put_back(self) -> None:
        """Put the copy where the file was; opened again, the dataset gets what came after from its journal. A damaged
        file is kept with the copies. Raises ``UserError`` where that is not possible."""
        try:
            with FileLock(self._folder / "lock", timeout=0):
                data = self.backup.read_bytes()
                with suppress(FileNotFoundError):
                    damaged = read_bytes(self.path)
                    keep_copy(damaged, self.backup.parent, f"damaged {backup_name(self.path)}", ".json", BACKUPS)
                make_folders(self.path.parent)
                write_atomically(self.path, data)
        except Timeout as error:
            raise UserError(f"{self.path} is being annotated in another window", "close it there") from error
        except OSError as error:
            raise refused(error, self.path, f"copy {self.backup} there by hand") from error

    def forget(self) -> None:
        """The person knows, and does not want it: its journal is put aside. Raises ``UserError`` like ``put_back``."""
        try:
            put_aside(self._folder)
            (self._folder / JOURNAL).unlink(missing_ok=True)
        except OSError as error:
            raise refused(error, self._folder, "it will be said again") from error


def find_strays(root: Path, known: set[Path]) -> list[Stray]:
    """The files under ``root`` that were annotated here and are damaged or gone; those that are ``known`` are not."""
    found = {}
    for folder, header in journals():
        for name in header.files if header.dataset == str(root) else ():
            path = root / name
            backup = newest_copy(folder / "backups", backup_name(path), ".json")
            if path not in known and backup is not None and not _is_whole(path):
                found[path] = Stray(path, backup, folder)
    return list(found.values())


def hint(path: Path) -> str:
    """Where a copy of what cannot be opened at ``path`` is; empty where there is none."""
    path = path.absolute()
    for folder, header in journals():
        for file in (Path(header.dataset, name) for name in header.files):
            copy = newest_copy(folder / "backups", backup_name(file), ".json")
            if copy is not None and path in (file, file.parent, Path(header.dataset)) and not _can_be_read(file):
                return f"a copy from before is {copy}: put it there, and what came after is offered"
    return ""


def _is_whole(path: Path) -> bool:
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
