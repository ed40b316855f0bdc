"""What every format has in common: images with labelled instances."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.dataset.folder.folder_tree import FolderTree
from core.dataset.folder.leftovers import leftovers
from core.dataset.formats.losses import Loss
from core.dataset.problems import ProblemLog
from core.geometry.masks import Size
from core.geometry.segmentation import Box, Segmentation


@dataclass(slots=True)
class ForeignInstance:
    """One object as another tool has it."""

    label: str
    """The name of its class."""
    segmentation: Segmentation | None
    """``None`` for a box alone."""
    box: Box | None = None
    """Stated only for a box alone; that of a mask is taken from the mask."""
    crowd: bool = False
    score: float | None = None
    """Of a prediction, from 0 to 1."""
    attributes: dict[str, Any] = field(default_factory=dict)
    """Whatever else the tool knows of it, as JSON."""


@dataclass(slots=True)
class ForeignImage:
    """One picture and what is annotated on it."""

    file_name: str
    """Relative to the folder of the dataset where the picture is there; as the format calls it where it is not."""
    path: Path | None
    """Where the picture is; ``None`` for one that is missing."""
    instances: list[ForeignInstance]
    size: Size | None = None
    """Height and width as the annotations mean them; ``None`` where only the picture knows."""
    split: str = ""
    """``train``, ``val``, ``test`` or another name; empty where the format has none."""
    content: Callable[[], bytes] | None = None
    """Makes the picture, where ``source`` holds it and it is no file of its own; to be called before the next image is
    asked for."""
    source: Path | None = None
    """The file that ``content`` is taken from."""
    attributes: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    """Further fields of its entry in COCO, such as the video and the time of a frame."""


class ReaderLog(ProblemLog):
    """What a reader has to say of the files: what is wrong with them, and which of them it has read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: set[str] = set()
        """Files of annotations, relative to the root."""

    def say_unread(self, root: Path, pictures: Iterable[str]) -> None:
        """Note what lies below ``root`` and is neither among the files read nor among the ``pictures``, by name."""
        for each in leftovers(FolderTree(root), {*self.read, *pictures}):
            self.add("" if each.file == root.name else each.file, each.entry, each.message, each.hint)


@dataclass(slots=True)
class ForeignDataset:
    """A dataset of another format, read image by image."""

    root: Path
    images: Iterable[ForeignImage]
    """Read as they are asked for, once."""
    classes: list[str]
    """Those that the format names, in the order in which it numbers them; others follow as images name them."""
    log: ReaderLog
    """What is not read, or not as it stands, by file; complete when all images have been read."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format: how it is recognised, read and written."""

    key: str
    """As ``maskwright convert --to`` has it."""
    title: str
    annotates: Callable[[FolderTree], bool]
    """Whether the files of a folder are of this format. Fast: names, and the heads of some files."""
    read: Callable[[FolderTree], ForeignDataset]
    """Raises ``UserError`` where nothing can be read; what is wrong with one entry goes into the log."""
    writer: str = ""
    """``module:class`` of its ``Writer``; empty for a format that is only read."""
    loses: tuple[Loss, ...] = ()
    """What it cannot hold, where it is written."""
