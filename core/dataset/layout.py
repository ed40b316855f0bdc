"""Which files of a folder are COCO annotations, and of which split each one is.

Known layouts: ``annotations/*.json`` beside ``images/``; JSON files beside their images; a JSON file in each split's
folder (``train/_annotations.coco.json``); a JSON file by itself.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from core.errors import UserError

_ANNOTATION_FOLDERS = ("annotations", "annotation")
_OTHER_TASKS = ("captions", "person_keypoints", "stuff", "panoptic", "image_info")
_TELLING = re.compile(r"coco|annot|instance|label|train|val|test", re.IGNORECASE)
_MOST_FILES = 200  # a folder with a JSON file for each image is not COCO, and is not read through to find that out
_SNIFF = 1 << 16
_MINE = " (mine)"
WANTED = "choose a folder that holds COCO annotations (annotations/*.json beside images/), or the .json file itself"

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
    """Empty for a folder that holds none."""


def split_of(name: str) -> str | None:
    """The split that a name speaks of: ``instances_train2017`` → ``train``."""
    words = re.split(r"[^a-z]+", name.lower())
    return next((_SPLITS[word] for word in words if word in _SPLITS), None)


def split_of_file(file: Path) -> str | None:
    """The split of an annotation file: its own name's, or its folder's where the folder is called just that."""
    return split_of(file.stem) or _SPLITS.get(file.parent.name.lower().rstrip("0123456789"))


def mine(file: Path) -> Path:
    """Where a person's own version of an annotation file goes when somebody else changed the file meanwhile. It is no
    part of the dataset: opened only when it is chosen itself."""
    return file.with_name(f"{file.stem}{_MINE}{file.suffix}")


def relative_to(root: Path, path: Path) -> str:
    """A path as problems show it: relative to the dataset's folder."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def find_layout(path: Path) -> Layout:
    """The annotation files at ``path``, a folder or a JSON file. Raises ``UserError`` when it is neither."""
    # not resolve(), which follows a linked file away from its pictures
    path = Path(os.path.abspath(path.expanduser()))  # noqa: PTH100
    if path.is_file():
        if path.suffix.lower() != ".json":
            raise UserError(f"{path} is not a JSON file", WANTED)
        return Layout(_root_of(path.parent), (path,))
    if not path.is_dir():
        raise UserError(f"{path} does not exist", WANTED)
    try:
        files = _find_files(path)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    return Layout(_root_of(path), tuple(files))


def _root_of(folder: Path) -> Path:
    return folder.parent if folder.name.lower() in _ANNOTATION_FOLDERS else folder


def _find_files(path: Path) -> list[Path]:
    """From the first place that has any: the folder for annotations, the folder itself, the folders in it."""
    jsons, folders = _list(path)
    annotations = [folder for folder in folders if folder.name.lower() in _ANNOTATION_FOLDERS]
    return (
        [file for folder in annotations for file in _coco_among(_list(folder)[0])]
        or _coco_among(jsons)
        or [file for folder in folders for file in _coco_among(_list(folder)[0])]
    )


def _list(folder: Path) -> tuple[list[Path], list[Path]]:
    """The JSON files and the folders in a folder, hidden ones left out."""
    with os.scandir(folder) as entries:
        seen = [entry for entry in entries if not entry.name.startswith(".")]
        jsons = [entry.name for entry in seen if entry.name.lower().endswith(".json") and entry.is_file()]
        folders = [entry.name for entry in seen if entry.is_dir()]
    return [folder / name for name in sorted(jsons)], [folder / name for name in sorted(folders)]


def _coco_among(jsons: list[Path]) -> list[Path]:
    """The COCO files among some; those of other tasks (captions, …) only where there is nothing else."""
    jsons = [file for file in jsons if not file.stem.endswith(_MINE)]
    likely = sorted(jsons, key=lambda file: not _TELLING.search(file.name))[:_MOST_FILES]
    files = sorted(filter(_looks_like_coco, likely))
    return [file for file in files if not file.name.lower().startswith(_OTHER_TASKS)] or files


def _looks_like_coco(path: Path) -> bool:
    """Whether the beginning or the end of a file names one of COCO's lists."""
    with path.open("rb") as file:
        text = file.read(_SNIFF)
        file.seek(max(path.stat().st_size - _SNIFF, len(text)))
        text += file.read(_SNIFF)
    text = text.replace(b"\0", b"")  # as UTF-16 has them
    return bool(
        re.match(rb"(\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*\{", text)
        and re.search(rb'"(images|annotations|categories)"\s*:', text)
    )
