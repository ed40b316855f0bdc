"""Pictures of a dataset that is being written: a folder for each split, a name of its own for each, and the file as a
link or as a copy."""

import os
import posixpath
import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Literal

from core.files import make_folders, replacing
from core.plain_text import HIDDEN

LinkOrCopy = Literal["link", "hard link", "copy"]
"""``link``: the same file under a second name, or a symbolic link where the file system has no such names, or a copy
where it has neither. ``hard link``: never a symbolic link to the file itself, which is about to go. Nothing is written
into a linked picture by anybody here."""

_NO_NAME = re.compile(rf'{HIDDEN.pattern}|[\\/:*?"<>|]')
"""What the name of a folder cannot have on every system."""
_DRIVE = re.compile("[A-Za-z]:")
_LONGEST = 60
"""Letters of the name of a folder."""


def folder_of_split(split: str) -> str:
    """The name of the folder for a split, which is called whatever a file says; empty where nothing of it can be."""
    return _NO_NAME.sub("_", split)[:_LONGEST].strip(". ")


class PictureNames:
    """Names below a folder that differ also where the file system takes ``A`` and ``a`` for the same."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def free(self, folder: str, name: str, *, flat: bool = False) -> str:
        """A name in ``folder`` like ``name``, a path of which as few folders are kept as tell pictures apart; none of
        them if ``flat``."""
        stated = name.replace("\0", "_").replace("\\", "/").split("/")
        parts = [part for part in stated if part not in ("", ".", "..") and not _DRIVE.fullmatch(part)] or ["picture"]
        for first in range(len(parts) - 1, -1, -1):
            found = ("_" if flat else "/").join(parts[first:])
            if self._take(folder, found):
                return found
        stem, suffix = posixpath.splitext(found)
        number = 2
        while not self._take(folder, f"{stem} ({number}){suffix}"):
            number += 1
        return f"{stem} ({number}){suffix}"

    def _take(self, folder: str, name: str) -> bool:
        """Whether a name is free; it is taken then. Names of annotation files are those of pictures without ending."""
        key = posixpath.splitext(f"{folder}/{name}")[0].casefold()
        new = key not in self._taken
        self._taken.add(key)
        return new


def bring(source: Path, target: Path, pictures: LinkOrCopy) -> None:
    """Put the picture ``source`` at ``target``; one that an interrupted run has brought already stays. Raises
    ``OSError``."""
    make_folders(target.parent)
    if _is_brought(source, target):
        return
    target.unlink(missing_ok=True)
    if pictures != "copy":
        with suppress(OSError):  # another disk, or a file system without
            os.link(source.resolve(), target)
            return
    if pictures == "link" or (pictures == "hard link" and source.is_symlink()):
        with suppress(OSError):
            target.symlink_to(source.resolve())
            return
    with source.open("rb") as file, replacing(target) as copy:
        shutil.copyfileobj(file, copy, 1 << 20)
    shutil.copystat(source, target)


def _is_brought(source: Path, target: Path) -> bool:
    try:
        one, other = source.stat(), target.stat()
    except OSError:
        return False
    return os.path.samestat(one, other) or (one.st_size, one.st_mtime_ns) == (other.st_size, other.st_mtime_ns)
