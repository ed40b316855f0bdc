"""Finding the picture that an entry names, among the folders of a dataset.

Each folder is listed once, and names are looked up in the listings: ten thousand pictures cost a few listings, not ten
thousand questions to the disk.
"""

import os
import posixpath
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path

from core.dataset.layout import split_of, split_of_file

SUFFIXES = frozenset((".jpg", ".jpeg", ".jfif", ".png", ".bmp", ".tif", ".tiff", ".webp"))
"""How the names of pictures end."""

_MOST_FOLDERS = 5_000
_DEPTH = 4
_NOT_PICTURES = ("mask", "label", "annotation", "depth", "thumb", "segment")


class PictureFinder:
    """The pictures below ``root``. No name leads out of it; links that lie in it are followed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._scans: dict[str, tuple[frozenset[str], list[str]]] = {}

    def find(self, names: Iterable[str], file: Path) -> tuple[dict[str, str], set[str]]:
        """Where the pictures that the annotation file ``file`` calls ``names`` are.

        Returns paths relative to ``root`` by name, for those that were found, and the names that lead out of ``root``.
        These are not followed; a picture of that name inside ``root`` is as good as found.
        """
        start = self._relative(str(file.parent))
        outside: set[str] = set()
        groups: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for name in names:
            if "/" not in name and "\\" not in name and ":" not in name:
                groups[""][name].append(name)
                continue
            path = self._inside(name, start)
            if path is None:
                outside.add(name)
                path = name.replace("\\", "/").rpartition("/")[2]
            parent, _, base = path.rpartition("/")
            groups[parent][base].append(name)
        search = _Search(self, start, split_of_file(file))
        found: dict[str, str] = {}
        for parent, wanted in groups.items():
            for base, path in search.paths(parent, set(wanted)).items():
                found |= dict.fromkeys(wanted[base], path)
        return found, outside

    def scan(self, folder: str) -> tuple[frozenset[str], list[str]]:
        """Names of the files in a folder, and of its folders, hidden ones left out."""
        if folder not in self._scans:
            files, folders = [], []
            try:
                with os.scandir(self._root / folder) as entries:
                    for entry in entries:
                        if not entry.is_dir():
                            files.append(entry.name)
                        elif not entry.name.startswith("."):
                            folders.append(entry.name)
            except (OSError, ValueError):
                pass  # a folder that cannot be listed holds no pictures for us: they are reported as missing
            self._scans[folder] = frozenset(files), sorted(folders)
        return self._scans[folder]

    @cached_property
    def folders(self) -> list[str]:
        """All folders to a depth of four, relative to ``root``; the root itself is ``.``."""
        tree = ["."]
        for folder in tree:  # grows as it goes: breadth first
            if len(tree) < _MOST_FOLDERS and (folder == "." or folder.count("/") < _DEPTH - 1):
                tree += [_join(folder, child) for child in self.scan(folder)[1]]
        return tree[:_MOST_FOLDERS]

    def _inside(self, name: str, start: str) -> str | None:
        """``name`` without detours, seen from any folder or, if it is absolute or climbs, from ``root``. ``None`` if it
        leaves ``root``."""
        path = posixpath.normpath(name.replace("\\", "/"))
        if path.startswith("/") or path[1:2] == ":":
            path = self._relative(path)
        elif path.startswith(".."):
            path = _join(start, path)
        return None if path == ".." or path.startswith("../") or path[1:2] == ":" else path

    def _relative(self, path: str) -> str:
        try:
            return os.path.relpath(path, self._root).replace("\\", "/")
        except ValueError:  # on another drive
            return ".."


class _Search:
    """The folders that may hold the pictures of one annotation file, the likeliest first."""

    def __init__(self, finder: PictureFinder, start: str, split: str | None) -> None:
        self._finder = finder
        self._start = start
        fitting = (folder for folder in finder.folders if folder == start or _fits(folder, split))
        self._folders = sorted(fitting, key=self._unlikeliness(split))

    def paths(self, parent: str, bases: set[str]) -> dict[str, str]:
        """Paths of the files ``bases`` of the folder ``parent``; where that is not to be found, of a folder that ends
        like it, of any folder at last. Letter case counts only where several files differ by it."""
        paths: dict[str, str] = {}
        exact = [_join(self._start, parent), parent or "."] if parent or self._start != "." else []
        while True:
            folders = [*exact, *(self._ending[parent] if parent else self._folders)]
            self._collect(folders, bases, paths)
            if len(paths) == len(bases) or not parent:
                break
            exact, parent = [], parent.partition("/")[2]
        if len(paths) < len(bases):
            self._collect_folded(bases, paths)
        return paths

    def _collect(self, folders: list[str], bases: set[str], paths: dict[str, str]) -> None:
        for folder in folders:
            if len(paths) == len(bases):
                break
            for base in (bases & self._finder.scan(folder)[0]) - paths.keys():
                paths[base] = _join(folder, base)

    def _collect_folded(self, bases: set[str], paths: dict[str, str]) -> None:
        for base in bases - paths.keys():
            if (path := self._folded.get(_fold(base))) is not None:
                paths[base] = path

    @cached_property
    def _folded(self) -> dict[str, str]:
        """Each picture by its folded name, in the likeliest folder."""
        paths: dict[str, str] = {}
        for folder in self._folders:
            for file in self._finder.scan(folder)[0]:
                paths.setdefault(_fold(file), _join(folder, file))
        return paths

    @cached_property
    def _ending(self) -> dict[str, list[str]]:
        """Folders by each end of their path: ``a/b`` under ``a/b`` and ``b``."""
        ending: dict[str, list[str]] = defaultdict(list)
        for folder in self._folders:
            end = folder
            while end:
                ending[end].append(folder)
                end = end.partition("/")[2]
        return ending

    def _unlikeliness(self, split: str | None) -> Callable[[str], tuple[bool, bool, bool, int, str]]:
        def key(folder: str) -> tuple[bool, bool, bool, int, str]:
            words = folder.lower()
            return (
                any(word in words for word in _NOT_PICTURES),
                split not in {split_of(part) for part in folder.split("/")},
                folder != self._start and "image" not in words,
                folder.count("/"),
                folder,
            )

        return key


def _fits(folder: str, split: str | None) -> bool:
    """Whether a folder may hold pictures of ``split``: it is not one for another split."""
    splits = {found for part in folder.split("/") if (found := split_of(part))}
    return not splits or split is None or split in splits


def _join(folder: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(folder, name))


def _fold(name: str) -> str:
    """Names that differ in case or in how accents are composed are one name to most people and to most file systems."""
    return unicodedata.normalize("NFC", name).casefold()
