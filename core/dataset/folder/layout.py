"""Which files of a folder are COCO annotations.

Known layouts: ``annotations/*.json`` beside ``images/``; JSON files beside their images; a JSON file in each split's
folder (``train/_annotations.coco.json``); any of these some folders further down, as in what was unpacked from an
archive; a JSON file by itself.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.dataset.file_kinds import COCO, KEPT, is_picture, kind_of
from core.dataset.folder.folder_tree import MOST_FOLDERS, FolderTree
from core.dataset.folder.own_outputs import is_predicted
from core.dataset.folder.versions import is_unused, mine
from core.errors import UserError
from core.plain_text import is_utf_8, printable
from core.words import tr

_ANNOTATIONS = re.compile(r"annotations?", re.IGNORECASE)
_LIKELY_ANNOTATIONS = re.compile(r"(annots?|annos?|anns?|labels?|jsons?|ground.?truth)", re.IGNORECASE)
"""Called so, and without pictures of its own, a folder is taken for one that belongs to the pictures beside it."""
_OTHER_TASKS = ("captions", "person_keypoints", "stuff", "panoptic", "image_info")
_TELLING = re.compile(r"coco|annot|instance|label|train|val|test", re.IGNORECASE)
_MOST_FILES = 200  # a folder with a JSON file for each image is not COCO, and is not read through to find that out
_MOST_LOOKS = 1000
_DEEPEST = 3
"""Levels between the folder that is opened and those of a dataset in it."""
_IN_ANNOTATIONS = 2
"""Levels below a folder for annotations."""
WANTED = tr("choose a folder that holds COCO annotations (annotations/*.json beside images/), or the .json file itself")

_NOT_JSON = tr(
    "choose a folder that holds COCO annotations, or its .json file; maskwright convert makes such a folder of an "
    "archive, and of other formats"
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a dataset's parts are."""

    root: Path
    """The folder that no path of the dataset may leave."""
    files: tuple[Path, ...]
    """Empty for a folder that holds none."""
    tree: FolderTree
    """Of ``root``."""
    chosen: bool = False
    """Whether a file was, and not the folder that it is in."""

    def relative_files(self) -> list[str] | None:
        """Paths of the files relative to ``root``; ``None`` where what lies beside them does not matter."""
        return None if self.chosen else [relative_to(self.root, file) for file in self.files]


def relative_to(root: Path, path: Path) -> str:
    """A path as problems show it: relative to the dataset's folder."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def find_layout(path: Path) -> Layout:
    """The annotation files at ``path``, a folder or a JSON file. Raises ``UserError`` when it is neither."""
    # not resolve(), which follows a linked file away from its pictures
    path = Path(os.path.abspath(path.expanduser()))  # noqa: PTH100
    if not is_utf_8(str(path)):
        raise UserError(tr("{path} has a name that is not UTF-8", path=printable(str(path))), tr("rename it"))
    if path.is_file():
        if path.suffix.lower() != ".json":
            raise UserError(tr("{path} is not a JSON file", path=path), _NOT_JSON)
        root = _keeping(path) or _root_of(path.parent)
        return Layout(root, (path,), FolderTree(root), chosen=True)
    if not path.is_dir():
        raise UserError(tr("{path} does not exist", path=path), WANTED)
    root = _root_of(path) if _ANNOTATIONS.fullmatch(path.name) else path
    tree = FolderTree(root)
    start = path.relative_to(root).as_posix()
    files = _Search(tree).files(start)
    if start in tree.unlisted:
        raise UserError(tr("{path} cannot be read", path=path), tr("ask for the right to look into it"))
    return Layout(root, tuple(files), tree)


def layout_beside(folder: Path) -> Layout:
    """The annotation files that belong to the pictures in ``folder`` itself; what lies deeper is not looked into."""
    tree = FolderTree(folder)
    return Layout(folder, tuple(_Search(tree).of(".")), tree)


def _root_of(folder: Path) -> Path:
    """The folder of a dataset, for the one that its annotation file is in."""
    if _ANNOTATIONS.fullmatch(folder.name):
        return _root_of(folder.parent)
    if _LIKELY_ANNOTATIONS.fullmatch(folder.name) or _ANNOTATIONS.fullmatch(folder.parent.name):
        tree = FolderTree(folder)
        if not any(is_picture(name) for inner in (".", *tree.children(".")) for name in tree.files(inner)):
            return _root_of(folder.parent)
    return folder


def _keeping(file: Path) -> Path | None:
    """The folder above an annotation file whose dataset it is part of, if a person decided something about that one:
    its splits and channels hold for the file alone, too. Links say nothing of where a dataset is."""
    for folder in list(file.parents)[: _DEEPEST + 1]:
        if any((folder / name).is_file() and not (folder / name).is_symlink() for name in KEPT):
            return folder if file in _Search(FolderTree(folder)).files(".") else None
    return None


class _Search:
    """Looks for COCO files in a tree."""

    def __init__(self, tree: FolderTree) -> None:
        self._tree = tree
        self._looks = _MOST_LOOKS
        self._found: dict[str, list[Path]] = {}

    def files(self, start: str) -> list[Path]:
        """Those of the first level of folders that has any."""
        return self._level_by_level([start], _DEEPEST, self.of)

    def _level_by_level(self, level: list[str], deepest: int, files_of: Callable[[str], list[Path]]) -> list[Path]:
        for _ in range(deepest + 1):
            if found := [file for folder in level for file in files_of(folder)]:
                return found
            level = [child for folder in level for child in self._tree.children(folder)][:MOST_FOLDERS]
        return []

    def of(self, folder: str) -> list[Path]:
        """Those of one folder, from the first place that has any: its folders for annotations, or itself."""
        inner = [child for child in self._tree.children(folder) if _ANNOTATIONS.fullmatch(child.rpartition("/")[2])]
        is_one = _ANNOTATIONS.fullmatch(folder.rpartition("/")[2])
        own = self._among(folder) if is_one else []
        return own or self._level_by_level(inner, _IN_ANNOTATIONS, self._among) or self._among(folder)

    def _among(self, folder: str) -> list[Path]:
        """The COCO files in a folder; those of other tasks (captions, …) only where there is nothing else."""
        if folder not in self._found:
            visible = (name for name in self._tree.files(folder) if not name.startswith("."))
            names = [name for name in visible if name.lower().endswith(".json") and not is_unused(name)]
            likely = sorted(names, key=lambda name: (not _TELLING.search(name), name))[:_MOST_FILES]
            paths = [self._tree.root / folder / name for name in sorted(likely)]
            coco = [path for path in paths if self._is_coco(path)]
            files = [path for path in coco if mine(path) not in coco]
            self._found[folder] = [path for path in files if not is_of_other_task(path.name)] or files
        return self._found[folder]

    def _is_coco(self, path: Path) -> bool:
        self._looks -= 1
        try:
            return self._looks >= 0 and kind_of(path) == COCO and not is_predicted(path)
        except OSError:
            return False  # it is named among what is not read


def is_of_other_task(name: str) -> bool:
    """Whether a file is called like one of COCO's that holds no instances: captions, keypoints, …"""
    return name.lower().startswith(_OTHER_TASKS)
