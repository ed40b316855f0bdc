"""The file in which a dataset keeps the splits that a person gave it, ``maskwright-splits.json`` in its folder.

It says more than annotation files and folders do: what it names is in the split that it says, wherever its entry
stands. So annotation files stay as they are, whoever made them, and a dataset that came with a file for each split can
be divided anew, and given its own splits back by taking this file away. Everybody who opens the dataset reads it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from core.dataset import kept_file
from core.dataset.coco.coco_file import CocoFile
from core.dataset.coco.entries import ImageEntry
from core.dataset.folder.layout import relative_to
from core.dataset.model import Image
from core.words import tr

FILE = "maskwright-splits.json"
SPLITS = ("train", "val", "test")
"""The splits that all know, in order."""
By = Literal["image", "folder", "series", "video", "source", "pattern", "field"]
"""What belongs together: nothing · pictures of a folder · a name with a number, such as frames of a video · what was
imported from one video or TIFF · tiles and augmented copies of a picture · names with the same part · images with the
same value in a field of their entries."""

_LONGEST = 255
"""Letters of the name of a split. Annotation files give theirs to splits, whatever is in them."""
_WAY_OUT = tr("take the file away, and the dataset is split as its files and folders say")


class SplitRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How images are shared out. ``docs/guide`` explains each field as ``maskwright split`` does."""

    by: By = "image"
    pattern: str = ""
    """A regular expression, for ``by="pattern"``."""
    field: str = ""
    """A key of the entries of images, for ``by="field"``."""
    alike: bool = False
    """Whether pictures that look nearly the same stay together besides."""
    seed: int = 0
    train: float = 0.8
    val: float = 0.2
    test: float = 0.0
    """Shares, in any unit. Without one for ``test``, images of that split stay there, as those of others do."""
    folds: int = 0
    """Number of folds in place of shares; 0: none."""
    fold: int = 1
    """The fold that validates, from 1."""


class SplitFile(msgspec.Struct, frozen=True, kw_only=True, tag="maskwright splits", tag_field="kind"):
    """The splits of a dataset. Images are called by their file names, see ``split_names``."""

    rule: SplitRule | None = None
    """By what rule images were shared out; some may have been moved by hand since. ``None``: all by hand."""
    splits: dict[str, list[str]]
    """The images of each split."""
    folds: list[list[str]] = []
    """The images of each fold, where there are any."""

    def __post_init__(self) -> None:
        for name in self.splits:
            if not (name.strip(". ") and name.isprintable() and "/" not in name and len(name) <= _LONGEST):
                raise ValueError(tr("no split can be called “{name}”", name=name[:80]))

    def split_of(self) -> dict[str, str]:
        """The split of each image by its name; the first where several have it."""
        return {name: split for split, names in reversed(self.splits.items()) for name in names}


def read(root: Path) -> SplitFile | None:
    """The splits that are kept in a dataset's folder, if any are. Raises ``UserError`` where the file cannot be read
    or holds something else."""
    return kept_file.read(root / FILE, SplitFile, tr("{path} holds no splits: {reason}"), _WAY_OUT)


def write(root: Path, file: SplitFile | None) -> None:
    """Keep these splits in a dataset's folder, or ``None`` there. Raises ``UserError`` where that is not possible, and
    where what is there cannot be read: it may be worth something."""
    read(root)
    kept_file.write(root / FILE, file)


def split_names(root: Path, files: Sequence[CocoFile], entries: Sequence[Sequence[ImageEntry | Image]]) -> list[str]:
    """What each image is called in the file, see ``names_in_files``."""
    of_files = [[image.file_name.replace("\\", "/") for image in images] for images in entries]
    return names_in_files([relative_to(root, file.path) for file in files], of_files)


def names_in_files(files: Sequence[str], names: Sequence[Sequence[str]]) -> list[str]:
    """What images are called: as their entries have it, ``names`` for each of ``files``. Where entries of several
    annotation files are called the same, the name of their file comes first: ``annotations/val.json: 0001.jpg``."""
    counted = Counter(name for some in names for name in set(some)) if len(files) > 1 else Counter()
    return [
        f"{file}: {name}" if counted[name] > 1 else name
        for file, some in zip(files, names, strict=True)
        for name in some
    ]


def decided_splits(
    file: SplitFile | None, root: Path, files: Sequence[CocoFile], entries: Sequence[Sequence[ImageEntry | Image]]
) -> list[str]:
    """The split that the file gives each image, empty where it gives none.

    Whether the name of its annotation file stands before that of an image depends on what other files hold. They come
    and go, so both are looked for, the longer first.
    """
    if file is None:
        return []
    of_name = file.split_of()
    found = []
    for each, images in zip(files, entries, strict=True):
        own = relative_to(root, each.path)
        names = (image.file_name.replace("\\", "/") for image in images)
        found += [of_name.get(f"{own}: {name}") or of_name.get(name, "") for name in names]
    return found


def in_order(splits: Iterable[str]) -> tuple[str, ...]:
    """The splits that there are: ``train``, ``val``, ``test``, then others by their names."""
    present = set(splits)
    return *(name for name in SPLITS if name in present), *sorted(present.difference(SPLITS))


def with_splits(
    file: SplitFile | None,
    names: Sequence[str],
    splits: Mapping[int, str],
    rule: SplitRule | None = None,
    folds: Sequence[Sequence[int]] = (),
) -> SplitFile:
    """The file after images got other ``splits``, by their position in ``names``. What it says of others stays."""
    of_name = file.split_of() if file is not None else {}
    of_name |= {names[index]: split for index, split in splits.items()}
    images: dict[str, list[str]] = {}
    for name, split in of_name.items():
        images.setdefault(split, []).append(name)
    if rule is None and file is not None:
        return msgspec.structs.replace(file, splits=images, folds=_true_folds(file, of_name))
    return SplitFile(rule=rule, splits=images, folds=[[names[index] for index in fold] for fold in folds])


def _true_folds(file: SplitFile, of_name: Mapping[str, str]) -> list[list[str]]:
    """The folds after images were moved: all in ``val``, and no other, are in the one that validates now. What goes to
    ``train`` joins the smallest of the others, and what goes elsewhere is in none, so that no other fold brings it
    back. None where the file does not say which validates."""
    now = file.rule.fold - 1 if file.rule is not None else -1
    if len(file.folds) < 2 or not 0 <= now < len(file.folds):
        return []
    folds = [
        [name for name in fold if of_name.get(name) == ("val" if number == now else "train")]
        for number, fold in enumerate(file.folds)
    ]
    others = [fold for number, fold in enumerate(folds) if number != now]
    placed = {name for fold in folds for name in fold}
    for name, split in of_name.items():
        if name not in placed and split in ("train", "val"):
            (folds[now] if split == "val" else min(others, key=len)).append(name)
    return folds


def as_said(value: Any) -> str | None:
    """The value of a field of an image as the name of its group; ``None`` for what names none."""
    return str(value) if isinstance(value, str | int | float) and value != "" else None
