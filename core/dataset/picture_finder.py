"""Finding the picture that an entry names, among the folders of a dataset.

Each folder is listed once, when first needed, and names are looked up in the listing: ten thousand pictures cost a few
listings, not ten thousand questions to the disk.
"""

import os
import posixpath
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from core.dataset.layout import split_of, split_of_file

_MOST_FOLDERS = 2_000
_DEPTH = 3
_NOT_PICTURES = ("mask", "label", "annotation", "depth", "thumb", "segment")


class PictureFinder:
    """The pictures below ``root``. Nothing outside it is ever found; links inside it are followed as they are."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._listings: dict[str, tuple[frozenset[str], dict[str, str]]] = {}
        self._tree: list[str] | None = None

    def find(self, names: Iterable[str], file: Path) -> tuple[dict[str, str], set[str]]:
        """Where the pictures that the annotation file ``file`` calls ``names`` are.

        Returns paths relative to ``root`` by name, for those that were found, and the names that point out of ``root``
        (these are not followed, but a picture of that name inside ``root`` counts as found).
        """
        outside: set[str] = set()
        groups: dict[str, dict[str, str]] = {}
        start = _relative(self.root, str(file.parent))
        for name in names:
            if "/" not in name and "\\" not in name and ":" not in name:
                groups.setdefault("", {})[name] = name
                continue
            path = self._inside(name, start)
            if path is None:
                outside.add(name)
                path = name.replace("\\", "/").rpartition("/")[2]
            parent, _, base = path.rpartition("/")
            groups.setdefault(parent, {})[name] = base
        folders = self._candidates(start, split_of_file(file))
        found: dict[str, str] = {}
        for parent, wanted in groups.items():
            found |= self._find_group(parent, wanted, folders)
        return found, outside

    def _inside(self, name: str, start: str) -> str | None:
        """``name`` without its way up, or relative to ``root`` if it is absolute; ``None`` if it leaves ``root``."""
        path = name.replace("\\", "/")
        if path.startswith("/") or path[1:2] == ":":
            path = _relative(str(self.root).replace("\\", "/"), posixpath.normpath(path))
            return None if path.startswith("../") or path == ".." or path[1:2] == ":" else path
        path = posixpath.normpath(path)
        if not path.startswith("../"):
            return path
        path = posixpath.normpath(posixpath.join(start, path))
        return None if path.startswith("../") or path == ".." else path

    def _find_group(self, parent: str, wanted: dict[str, str], folders: list[str]) -> dict[str, str]:
        """Look for names that share the folder part ``parent``: as it is, then without its first parts."""
        found: dict[str, str] = {}
        remaining = dict(wanted)
        while remaining:
            for folder in folders:
                where = posixpath.normpath(posixpath.join(folder, parent))
                names, folded = self._listing(where)
                prefix = "" if where == "." else where + "/"
                hits = {name: prefix + base for name, base in remaining.items() if base in names}
                if folded and len(hits) < len(remaining):
                    hits |= {
                        name: prefix + folded[key]
                        for name, base in remaining.items()
                        if name not in hits and (key := _folded(base)) in folded
                    }
                found |= hits
                remaining = {name: base for name, base in remaining.items() if name not in hits}
                if not remaining:
                    break
            if not parent:
                break
            parent = parent.partition("/")[2]
        return found

    def _candidates(self, start: str, split: str | None) -> list[str]:
        """Folders below ``root`` that may hold the pictures, the likeliest first; those of another split never."""

        def rank(folder: str) -> tuple[bool, bool, bool, int, str]:
            words = folder.lower()
            return (
                any(word in words for word in _NOT_PICTURES),
                split not in {split_of(part) for part in folder.split("/")},
                folder != start and "image" not in words,
                folder.count("/"),
                folder,
            )

        def fits(folder: str) -> bool:
            splits = {found for part in folder.split("/") if (found := split_of(part))}
            return not splits or split is None or split in splits or folder == start

        return sorted(filter(fits, self._folders()), key=rank)

    def _folders(self) -> list[str]:
        """All folders to a depth of three, relative to ``root``; hidden ones left out."""
        if self._tree is None:
            tree = ["."]
            for folder in tree:  # grows as it goes: breadth first
                if len(tree) >= _MOST_FOLDERS or (folder != "." and folder.count("/") >= _DEPTH - 1):
                    continue
                tree += [posixpath.normpath(posixpath.join(folder, child)) for child in self._scan(folder)[1]]
            self._tree = tree[:_MOST_FOLDERS]
        return self._tree

    def _listing(self, folder: str) -> tuple[frozenset[str], dict[str, str]]:
        if folder not in self._listings:
            names = frozenset(self._scan(folder)[0])
            self._listings[folder] = names, {_folded(name): name for name in names}
        return self._listings[folder]

    def _scan(self, folder: str) -> tuple[list[str], list[str]]:
        """Names of the files in a folder, and of its folders."""
        files, folders = [], []
        try:
            with os.scandir(self.root / folder) as entries:
                for entry in entries:
                    if entry.is_dir():
                        if not entry.name.startswith("."):
                            folders.append(entry.name)
                    else:
                        files.append(entry.name)
        except OSError:
            pass  # a folder that cannot be listed holds no pictures for us; they are reported as missing
        return files, sorted(folders)


def _folded(name: str) -> str:
    """Names that differ in case or in how accents are composed are one name to most people and file systems."""
    return unicodedata.normalize("NFC", name).casefold()


def _relative(root: Path | str, path: str) -> str:
    try:
        return os.path.relpath(path, root).replace("\\", "/")
    except ValueError:  # another drive
        return ".."
