"""Finding the pictures that the entries of an annotation file name, among the folders of a dataset.

A name may be a path from the file or from the dataset's folder, one on the machine where it was written, an address,
or just the name of a picture that lies somewhere. What it says of folders is believed as far as there are such folders.
A name that no file has stands for the one picture that is called almost so: with another ending, or spelt otherwise.
"""

import os
import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import takewhile
from operator import attrgetter, eq
from pathlib import Path
from typing import NamedTuple

from core.dataset.coco.coco_file import CocoFile
from core.dataset.file_kinds import is_picture
from core.dataset.folder.folder_tree import FolderTree, depth, fold, join
from core.dataset.folder.layout import relative_to
from core.dataset.folder.split_names import split_of, split_of_file, split_of_folder
from core.dataset.folder.stated_names import decoded, meaning, without_root
from core.dataset.model import Image
from core.dataset.problems import MISSING_PICTURE, Problem, ProblemLog, Remedy
from core.words import tr

_NAMED = 3
"""Pictures that are named where several fit."""
_NOT_PICTURES = ("mask", "label", "annotation", "depth", "thumb", "segment")
_ANNOTATIONS = re.compile(r"(^|/)annotations?(/|$)", re.IGNORECASE)
_SEPARATOR = re.compile(r"[/\\:]")
_MISSING = Remedy(
    MISSING_PICTURE,
    tr("it is kept, but cannot be shown or trained on; put the picture into the dataset's folder"),
)
_OUTSIDE = Remedy(MISSING_PICTURE, tr("the path is not followed; pictures belong into the dataset's folder"))
ALMOST = Remedy("called otherwise", tr("nothing else is called so, and it is taken for the one; look whether it is"))
_SHARED = tr("both are kept; a picture in two splits makes results look better than they are")


def locate(
    tree: FolderTree, files: Sequence[CocoFile], images: Sequence[Sequence[Image]]
) -> tuple[list[str | None], list[Problem]]:
    """Paths of the pictures of all images relative to the root, ``None`` for those that are missing, and what is wrong.

    ``images`` are those of each file. A picture that may only be the one that is meant is not taken if another image
    means it for sure.
    """
    finder, log = ImageLookup(tree), ProblemLog()
    found = [finder.find([image.file_name for image in of], file.path) for file, of in zip(files, images, strict=True)]
    every_match = [match for matches, _ in found for match in matches.values()]
    claimed = {match.path for match in every_match if match.sure} if not all(map(_is_sure, every_match)) else set()
    paths: list[str | None] = []
    for file, own, (matches, _) in zip(files, images, found, strict=True):
        taken = {name: match.path for name, match in matches.items() if match.sure or match.path not in claimed}
        paths += [taken.get(image.file_name) for image in own]
        renamed = {name: match for name, match in matches.items() if match.almost and name in taken}
        for image in own if renamed else ():
            if match := renamed.get(image.file_name):
                message = almost(image.file_name, match)
                log.add(relative_to(tree.root, file.path), tr("image {id}", id=image.id), message, ALMOST, image.index)
    every = [image for own in images for image in own]
    users: dict[str | None, Image] = dict(zip(reversed(paths), reversed(every), strict=True))
    if None in users or len(users) < len(every):  # otherwise nothing is wrong
        names = [relative_to(tree.root, file.path) for file, own in zip(files, images, strict=True) for _ in own]
        leaving = {
            (relative_to(tree.root, file.path), lost) for file, (_, of) in zip(files, found, strict=True) for lost in of
        }
        for image, path, name in zip(every, paths, names, strict=True):
            remedy: Remedy | str = _MISSING
            message = tr("the picture {file_name} is missing", file_name=image.file_name)
            if path is not None:
                other = users[path]
                if other is image:
                    continue
                message, remedy = tr("has the picture of image {id} ({split})", id=other.id, split=other.split), _SHARED
            elif len(several := finder.called_almost(image.file_name)) > 1:
                message = tr(
                    "the picture {file_name} is missing; several are called almost so: {names}",
                    file_name=image.file_name,
                    names=", ".join(several[:_NAMED]),
                )
            elif (name, image.file_name) in leaving:
                message, remedy = tr("its path leaves the folder: {file_name}", file_name=image.file_name), _OUTSIDE
            log.add(name, tr("image {id}", id=image.id), message, remedy, image.index)
    return paths, log.problems()


class Match(NamedTuple):
    """Where a picture is."""

    path: str
    """Relative to the dataset's folder."""
    sure: bool
    """Whether its folder is the one that was named, if any was. Otherwise the picture may be another of that name."""
    almost: bool = False
    """Whether the picture is called otherwise than the file says."""


def almost(name: str, match: Match) -> str:
    """That the picture which a file calls ``name`` is one that is called almost so."""
    return tr("the picture {file_name} is missing, and there is {path}", file_name=name, path=match.path)


_is_sure = attrgetter("sure")


class ImageLookup:
    """The pictures of a tree. No name leads out of it."""

    def __init__(self, tree: FolderTree) -> None:
        self._tree = tree
        self._searches: dict[tuple[str, str | None], _Search] = {}

    def find(self, names: Iterable[str], file: Path) -> tuple[dict[str, Match], set[str]]:
        """Where the pictures that the annotation file ``file`` calls ``names`` are.

        Returns those that were found by name, and the names that lead out of the tree. These are not followed; a
        picture of that name inside is as good as found, but not ``sure``.
        """
        start = self._relative(str(file.parent))
        split = split_of_file(file)
        names = set(names)
        others = {name for name in names if _SEPARATOR.search(name)} if _SEPARATOR.search("".join(names)) else set()
        plain = names - others if others else names
        found = self._search(start, split).find("", plain, within=True) if plain else {}
        of_others, outside = self._find({name: name for name in others}, start, split)
        found |= of_others
        if len(found) == len(names):
            return found, outside
        addresses = {name: path for name in names if name not in found and (path := decoded(name)) != name}
        of_addresses, more = self._find(addresses, start, split)
        found |= of_addresses
        almost = {name: of[0] for name in names - found.keys() if len(of := self.called_almost(name, split)) == 1}
        users = Counter([*(match.path for match in found.values()), *almost.values()])
        found |= {name: Match(path, sure=False, almost=True) for name, path in almost.items() if users[path] == 1}
        return found, outside | more

    def called_almost(self, name: str, split: str | None = None) -> list[str]:
        """The pictures whose names say the same as ``name`` but for the ending and the spelling, in the folders that
        end as it says if there are such folders, and in none that is for another split than ``split``."""
        path = without_root(decoded(name))
        parent, _, base = path.rpartition("/")
        paths = self._by_meaning.get(meaning(base), [])
        while parent and paths:
            if inside := [each for each in paths if f"/{fold(posixpath.dirname(each))}".endswith(f"/{fold(parent)}")]:
                return inside
            if parent in self._tree.folders:
                return []
            parent = parent.partition("/")[2]
        return [path for path in paths if not split or not (of := _splits_of(posixpath.dirname(path))) or split in of]

    @cached_property
    def _by_meaning(self) -> dict[str, list[str]]:
        """The pictures of the tree by what their names say, but those in folders for masks and the like."""
        pictures: dict[str, list[str]] = defaultdict(list)
        for folder in self._tree.folders:
            if not any(word in folder.lower() for word in _NOT_PICTURES):
                for name in sorted(self._tree.files(folder)):
                    if is_picture(name):
                        pictures[meaning(name)].append(join(folder, name))
        return pictures

    def _find(self, names: Mapping[str, str], start: str, split: str | None) -> tuple[dict[str, Match], set[str]]:
        """The same, of the paths that stand for names."""
        outside: set[str] = set()
        groups: dict[tuple[str, bool], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for name, path in names.items():
            inside = self._inside(path, start)
            if inside is None:
                outside.add(name)
            parent, _, base = (inside or without_root(path)).rpartition("/")
            groups[parent, inside is not None][base].append(name)
        found: dict[str, Match] = {}
        for (parent, within), by_base in groups.items():
            own = split_of_folder(parent) if within else None  # of other folders, nothing is known
            for base, match in self._search(start, own or split).find(parent, set(by_base), within=within).items():
                for name in by_base[base]:
                    found[name] = match
        return found, outside

    def _search(self, start: str, split: str | None) -> "_Search":
        if (start, split) not in self._searches:
            self._searches[start, split] = _Search(self._tree, start, split)
        return self._searches[start, split]

    def _inside(self, name: str, start: str) -> str | None:
        """``name`` without detours, seen from any folder or, if it is absolute or climbs, from the root. ``None`` if it
        leaves the root."""
        path = posixpath.normpath(name.replace("\\", "/"))
        if path.startswith("/") or path[1:2] == ":":
            path = self._relative(path)
        elif path.startswith(".."):
            path = join(start, path)
        return None if path == ".." or path.startswith("../") or path[1:2] == ":" else path

    def _relative(self, path: str) -> str:
        try:
            return os.path.relpath(path, self._tree.root).replace("\\", "/")
        except ValueError:  # on another drive
            return ".."


class _Search:
    """The folders that may hold the pictures of an annotation file in the folder ``start``, the likeliest first."""

    def __init__(self, tree: FolderTree, start: str, split: str | None) -> None:
        self._tree = tree
        self._start = start
        splits = {folder: _splits_of(folder) for folder in tree.folders}
        self._others = {folder for folder, of in splits.items() if split and of and split not in of}
        """Folders for other splits: there a picture may be another of that name."""
        own = (folder for folder, of in splits.items() if split in of)
        if any(is_picture(name) for folder in own for name in tree.files(folder)):
            folders = [folder for folder in tree.folders if folder not in self._others or folder == start]
        else:
            folders = tree.folders  # none is called like this split, so it lies in one that is called otherwise
        home = _ANNOTATIONS.split(start, maxsplit=1)[0]
        self._folders = sorted(folders, key=lambda folder: _unlikeliness(folder, start, home, split))

    def find(self, parent: str, bases: set[str], *, within: bool) -> dict[str, Match]:
        """Where the files ``bases`` of the folder ``parent`` are; where that is not to be found, in a folder that ends
        like it, in any folder at last. Letter case counts only where several files differ by it. Of a folder that is
        not ``within`` the tree, one that is may be a copy of the innermost."""
        found: dict[str, Match] = {}
        if parent or self._start != ".":
            self._collect((join(self._start, parent), parent or "."), bases, found, sure=within)
        end = parent
        while end and len(found) < len(bases):
            self._collect(self._ending.get(fold(end), ()), bases, found, sure=end == parent or not within)
            end = end.partition("/")[2]
        for folder in self._folders:
            if len(found) == len(bases):
                break
            sure = within and not parent and folder not in self._others
            self._collect((folder,), bases, found, sure=sure)
        for base in bases - found.keys() if len(found) < len(bases) else ():
            place = self._folded.get(fold(base))
            if place is not None:
                found[base] = Match(join(*place), within and not parent and place[0] not in self._others)
        return found

    def _collect(self, folders: Iterable[str], bases: set[str], found: dict[str, Match], *, sure: bool) -> None:
        for folder in folders:
            before = "" if folder == "." else f"{folder}/"
            here = bases & self._tree.files(folder)
            new = here - found.keys() if found else here
            found.update({base: Match(before + base, sure) for base in new})

    @cached_property
    def _folded(self) -> dict[str, tuple[str, str] | None]:
        """Folder and name of each file by its folded name, in the likeliest folder; ``None`` for several there."""
        folded: dict[str, tuple[str, str] | None] = {}
        for folder in self._folders:
            own: dict[str, tuple[str, str] | None] = {}
            for name in self._tree.files(folder):
                own[fold(name)] = None if fold(name) in own else (folder, name)
            folded = own | folded
        return folded

    @cached_property
    def _ending(self) -> dict[str, list[str]]:
        """Folders by each end of their path: ``a/b`` under ``a/b`` and ``b``."""
        ending: dict[str, list[str]] = defaultdict(list)
        for folder in self._folders:
            end = fold(folder)
            while end:
                ending[end].append(folder)
                end = end.partition("/")[2]
        return ending


def _splits_of(folder: str) -> set[str]:
    """The splits that the names of a folder and of those above it speak of."""
    return {split for part in folder.split("/") if (split := split_of(part))}


def _unlikeliness(folder: str, start: str, home: str, split: str | None) -> tuple[bool, int, bool, bool, int, str]:
    """The smaller, the likelier. ``home`` is what the annotation file lies in, but for folders for annotations."""
    words = folder.lower()
    shared = sum(1 for _ in takewhile(lambda parts: eq(*parts), zip(folder.split("/"), home.split("/"), strict=False)))
    return (
        any(word in words for word in _NOT_PICTURES),
        -shared,
        split not in _splits_of(folder),
        folder != start and "image" not in words,
        depth(folder),
        folder,
    )
