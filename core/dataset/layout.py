"""Which files of a folder are COCO annotations, and of which split each one is.

Known layouts: ``annotations/*.json`` beside ``images/``; a JSON file beside its images; a JSON file in each split's
folder (``train/_annotations.coco.json``); a JSON file by itself.
"""

import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from core.errors import UserError

_ANNOTATION_FOLDERS = ("annotations", "annotation", "labels", "coco")
_OTHER_TASKS = ("captions", "person_keypoints", "stuff", "panoptic", "image_info", "sentences", "refs")
_SNIFF = 1 << 16
_MOST_FILES = 200  # a folder with a JSON file for each image is not COCO, and is not read through to find that out

_SPLITS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "minival": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a dataset's parts are."""

    root: Path
    """The folder that no path of the dataset may leave."""
    files: tuple[Path, ...]


def split_of(name: str) -> str | None:
    """The split that a file or folder name speaks of: ``instances_train2017`` → ``train``."""
    words = re.split(r"[^a-z]+", name.lower())
    return next((_SPLITS[word] for word in words if word in _SPLITS), None)


def split_of_file(file: Path) -> str | None:
    """The split of an annotation file, by its own name or that of its folder."""
    return split_of(file.stem) or split_of(file.parent.name)


def relative_to(root: Path, path: Path) -> str:
    """A path as problems show it: relative to the dataset's folder."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def find_layout(path: Path) -> Layout:
    """The annotation files at ``path``, a folder or a JSON file. Raises ``UserError`` when there are none."""
    path = path.expanduser().absolute()
    if path.is_file():
        if path.suffix.lower() != ".json":
            raise UserError(f"{path} is not a JSON file", _WANTED)
        return Layout(_root_of(path.parent), (path,))
    if not path.is_dir():
        raise UserError(f"{path} does not exist", _WANTED)
    try:
        folders = [path, *sorted(_subfolders(path))]
        files = [file for folder in folders for file in _annotation_files(folder)]
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    if not files:
        raise UserError(f"there is no COCO annotation file in {path}", _WANTED)
    return Layout(_root_of(path), tuple(files))


_WANTED = "choose a folder that holds COCO annotations (annotations/*.json beside images/), or the .json file itself"


def _root_of(folder: Path) -> Path:
    return folder.parent if folder.name.lower() in _ANNOTATION_FOLDERS else folder


def _subfolders(folder: Path) -> list[Path]:
    return [child for child in folder.iterdir() if child.is_dir() and not child.name.startswith(".")]


def _annotation_files(folder: Path) -> list[Path]:
    """The COCO files directly in ``folder``; those of other tasks (captions, …) only when there is nothing else."""
    named = (child for child in folder.iterdir() if child.suffix.lower() == ".json" and not child.name.startswith("."))
    files = sorted(child for child in islice(named, _MOST_FILES) if _looks_like_coco(child))
    return [file for file in files if not file.name.lower().startswith(_OTHER_TASKS)] or files


def _looks_like_coco(path: Path) -> bool:
    """Whether the beginning or the end of a file names one of COCO's lists."""
    with path.open("rb") as file:
        text = file.read(_SNIFF)
        size = path.stat().st_size
        if size > _SNIFF:
            file.seek(max(size - _SNIFF, 0))
            text += file.read(_SNIFF)
    return text.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{" and bool(
        re.search(rb'"(images|annotations|categories)"\s*:', text)
    )
