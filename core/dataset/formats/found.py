"""Telling, when something is opened, that it is a dataset of another format."""

from collections.abc import Sequence
from pathlib import Path

from core.dataset.folder.folder_tree import FolderTree
from core.dataset.folder.layout import find_layout, layout_beside
from core.dataset.formats.archive import is_archive
from core.dataset.formats.recognition import recognise
from core.dataset.formats.sequence import videos_in
from core.errors import UserError
from core.images.pages import is_stack
from core.images.video import is_video
from core.plain_text import printable
from core.words import tr

_LOOKED_AROUND = (".yaml", ".yml", ".xml")
"""A file that is opened by itself and means the folder it lies in."""


class OtherFormatError(UserError):
    """What is opened is no COCO dataset and no plain folder of pictures, but can be converted."""

    def __init__(self, source: Path, message: str, *, pictures: bool = False) -> None:
        super().__init__(message, tr("convert it to COCO, with “maskwright convert” or on the Home page"))
        self.source = source
        """A folder, an archive, a video, or a TIFF of several pages."""
        self.pictures = pictures
        """Whether it can be opened without its annotations, or its other pages, as pictures."""


def require_coco(paths: Sequence[Path]) -> None:
    """Raise ``OtherFormatError`` where the one thing that is opened is a dataset of another format, an archive, a video
    or a stack."""
    if len(paths) != 1:
        return
    path, name = paths[0], printable(paths[0].name)
    if path.is_file() and is_archive(path):
        raise OtherFormatError(path, tr("“{name}” is an archive", name=name))
    if path.is_file() and is_video(path):
        raise OtherFormatError(path, tr("“{name}” is a video", name=name))
    if path.is_file() and is_stack(path) and not layout_beside(path.parent).files:
        raise OtherFormatError(path, tr("“{name}” is a TIFF of several pages", name=name), pictures=True)
    folder = path.parent if path.is_file() and path.suffix.lower() in _LOOKED_AROUND else path
    if not folder.is_dir() or find_layout(folder).files:
        return
    name, tree = printable(folder.name), FolderTree(folder)
    if found := recognise(tree):
        said = tr("“{name}” is a dataset in another format: {format}", name=name, format=found[0].title)
        raise OtherFormatError(folder, said, pictures=True)
    if videos_in(tree):
        raise OtherFormatError(folder, tr("“{name}” is a folder of videos", name=name))
