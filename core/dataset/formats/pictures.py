"""The pictures that files of annotations belong to, found by name."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from core.dataset.file_kinds import FileKind, is_picture, kind_of
from core.dataset.folder.folder_tree import FolderTree, fold, join
from core.dataset.folder.image_finder import ALMOST, ImageLookup, almost
from core.dataset.problems import ProblemLog
from core.errors import UserError
from core.geometry.masks import Size
from core.words import tr

MISSING = tr("its annotations are kept; put the picture into the folder and convert it again")

_LOOKED_AT = 50
"""Files, to tell a format."""


class Pictures:
    """The pictures of a tree: by what an annotation file calls them, or by the name they share with it."""

    def __init__(self, tree: FolderTree) -> None:
        self._tree, self._lookup = tree, ImageLookup(tree)
        self._stems: dict[str, dict[str, str]] = {}

    def named(self, name: str, file: str, log: ProblemLog | None = None) -> str | None:
        """The picture that the annotation ``file`` calls ``name``, both relative to the root; ``None`` if missing. One
        that is called almost so is told in the ``log``."""
        found, _ = self._lookup.find([name], self._tree.root / file)
        match = found.get(name)
        if match is not None and match.almost and log is not None:
            log.add(file, "", almost(name, match), ALMOST)
        return match.path if match else None

    def beside(self, folder: str, stem: str) -> str | None:
        """The picture in a folder whose name begins with ``stem``, whatever it ends with."""
        if folder not in self._stems:
            pictures = sorted(name for name in self._tree.files(folder) if is_picture(name))
            self._stems[folder] = {fold(Path(name).stem): join(folder, name) for name in reversed(pictures)}
        return self._stems[folder].get(fold(stem))

    def all(self) -> list[str]:
        """All pictures of the tree, folder by folder."""
        return [
            join(folder, name)
            for folder in self._tree.folders
            for name in sorted(self._tree.files(folder))
            if is_picture(name)
        ]


def size_of(path: Path, file: str, log: ProblemLog, stated: Size | None = None) -> Size | None:
    """Height and width of a picture: upright, or as it is stored where its annotations are stated to be drawn on that.
    Another ``stated`` size is told. ``None``, and a line in the log, where the picture cannot be read."""
    from core.images.decoding import both_sizes  # Pillow: not for everybody who recognises a format

    try:
        stored, upright = both_sizes(path)
    except UserError as error:
        log.add(file, "", error.message, error.hint)
        return None
    if stated is not None and stated not in (stored, upright):
        message = tr(
            "is of {width} × {height} pixels, its annotations of {own_width} × {own_height}",
            width=upright[1],
            height=upright[0],
            own_width=stated[1],
            own_height=stated[0],
        )
        log.add(file, "", message, tr("they are kept where they are; look whether they lie on the objects"))
    return stored if stated == stored else upright


def has_kind(tree: FolderTree, kind: FileKind, suffixes: Iterable[str]) -> bool:
    """Whether one of the first files with these suffixes is of a kind, by a look at its beginning and its end."""
    for file in files_of(tree, suffixes)[:_LOOKED_AT]:
        with suppress(OSError):
            if kind_of(tree.root / file) is kind:
                return True
    return False


def files_of(tree: FolderTree, suffixes: Iterable[str]) -> list[str]:
    """The files of a tree with one of these suffixes, relative to its root, folder by folder in order."""
    endings = tuple(suffixes)
    return [
        join(folder, name)
        for folder in tree.folders
        for name in sorted(tree.files(folder))
        if name.lower().endswith(endings) and not name.startswith(".")
    ]
