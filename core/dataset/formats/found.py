"""Telling, when something is opened, that it is a dataset of another format."""

from collections.abc import Sequence
from pathlib import Path

from core.dataset.folder.folder_tree import FolderTree
from core.dataset.folder.layout import find_layout
from core.dataset.formats.archive import is_archive
from core.dataset.formats.recognition import recognise
from core.errors import UserError
from core.plain_text import printable
from core.words import tr

_LOOKED_AROUND = (".yaml", ".yml", ".xml")
"""A file that is opened by itself and means the folder it lies in."""


class OtherFormatError(UserError):
    """What is opened is no COCO dataset and no plain folder of pictures, but can be converted."""

    def __init__(self, source: Path, format: str, *, archive: bool) -> None:
        name = printable(source.name)
        super().__init__(
            tr("“{name}” is an archive", name=name)
            if archive
            else tr("“{name}” is a dataset in another format: {format}", name=name, format=format),
            tr("convert it to COCO, with “maskwright convert” or on the Home page"),
        )
        self.source = source
        """A folder or an archive."""
        self.archive = archive


def require_coco(paths: Sequence[Path]) -> None:
    """Raise ``OtherFormatError`` where the one thing that is opened is a dataset of another format, or an archive."""
    if len(paths) != 1:
        return
    path = paths[0]
    if path.is_file() and is_archive(path):
        raise OtherFormatError(path, "", archive=True)
    folder = path.parent if path.is_file() and path.suffix.lower() in _LOOKED_AROUND else path
    if not folder.is_dir() or find_layout(folder).files:
        return
    found = recognise(FolderTree(folder))
    if found:
        raise OtherFormatError(folder, found[0].title, archive=False)
