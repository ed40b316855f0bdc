"""The folders of a dataset, each listed once: ten thousand pictures cost a few listings, not ten thousand questions to
the disk."""

import errno
import os
import posixpath
import unicodedata
from functools import cached_property
from pathlib import Path

from core.plain_text import is_utf_8

DEEPEST = 6
"""Folders are looked into so many levels below the dataset's."""
MOST_FOLDERS = 5_000
_OF_SYSTEMS = frozenset(("__MACOSX", "@eaDir", "#recycle", "$RECYCLE.BIN", "System Volume Information", "lost+found"))
"""Folders that systems make for themselves; some hold small copies of pictures."""


_RUN = {"job.json", "events.jsonl"}
"""What the folder of a run holds, which may lie in that of its dataset (``--runs``): nothing there is part of one."""
_NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EINVAL)


class FolderTree:
    """What lies below ``root``. Folders are named relative to it, with slashes; the root itself is ``.``. Links that
    lie in it are followed; hidden folders are left out, and the folders of runs taken for empty ones."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.unlisted: list[str] = []
        """Folders that could not be looked into."""
        self.misnamed: list[str] = []
        """Files and folders whose names are not UTF-8: no annotation file can name them, so they are left out."""
        self._scans: dict[str, tuple[frozenset[str], list[str]]] = {}

    def files(self, folder: str) -> frozenset[str]:
        """Names of the files in a folder; none of one that is not there."""
        return self._scan(folder)[0]

    def children(self, folder: str) -> list[str]:
        """The folders in a folder, in order."""
        return [join(folder, name) for name in self._scan(folder)[1]]

    @cached_property
    def folders(self) -> list[str]:
        """All folders to a depth of ``DEEPEST``, the root first, then level by level."""
        tree = ["."]
        for folder in tree:  # grows as it goes: breadth first
            if len(tree) < MOST_FOLDERS and depth(folder) < DEEPEST:
                tree += self.children(folder)
        return tree[:MOST_FOLDERS]

    @cached_property
    def deeper(self) -> list[str]:
        """Folders that are not looked into, since they lie deeper or are too many."""
        known = set(self.folders)
        return [child for folder in self.folders for child in self.children(folder) if child not in known]

    def _scan(self, folder: str) -> tuple[frozenset[str], list[str]]:
        if folder not in self._scans:
            files, folders = [], []
            try:
                with os.scandir(self.root / folder) as entries:
                    listed = list(entries)
                    all_named = is_utf_8("".join([entry.name for entry in listed]))
                    for entry in listed:
                        if not (all_named or is_utf_8(entry.name)):
                            self.misnamed += [join(folder, entry.name)] if not entry.name.startswith(".") else []
                        elif not entry.is_dir():
                            files.append(entry.name)
                        elif not (is_of_system(entry.name) or _leads_back(entry)):
                            folders.append(entry.name)
            except ValueError:
                pass  # no folder can be called so
            except OSError as error:
                if error.errno not in _NOT_THERE:
                    self.unlisted.append(folder)
            if folder != "." and set(files) >= _RUN:
                files, folders = [], []
            self._scans[folder] = frozenset(files), sorted(folders)
        return self._scans[folder]


def is_of_system(folder: str) -> bool:
    """Whether a folder of this name is hidden, or one that systems and archives leave behind."""
    return folder.startswith(".") or folder in _OF_SYSTEMS


def _leads_back(entry: "os.DirEntry[str]") -> bool:
    """Whether a folder is a link to one that it lies in: nothing would be new there, without end."""
    if not entry.is_symlink():
        return False
    inner, outer = Path(entry.path).parent.resolve(), Path(entry.path).resolve()
    return inner.is_relative_to(outer)


def depth(folder: str) -> int:
    """Levels below the root."""
    return 0 if folder == "." else folder.count("/") + 1


def join(folder: str, name: str) -> str:
    """A path below a folder, without detours."""
    return posixpath.normpath(posixpath.join(folder, name))


def fold(name: str) -> str:
    """Names that differ in case or in how accents are composed are one name to most people and to most file systems."""
    return unicodedata.normalize("NFC", name).casefold()
