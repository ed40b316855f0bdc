"""Datumaro's own format (https://openvinotoolkit.github.io/datumaro), told by what its files hold.

Its library reads and writes it, see ``datumaro_library``: named here, not imported, since the window tells formats too.
"""

from pkgutil import resolve_name

from core.dataset import file_kinds
from core.dataset.file_kinds import kind_of
from core.dataset.folder.folder_tree import FolderTree
from core.dataset.formats.foreign import ForeignDataset, Format
from core.dataset.formats.pictures import has_kind

_LIBRARY = "core.dataset.formats.datumaro_library"


def _annotates(tree: FolderTree) -> bool:
    return has_kind(tree, file_kinds.DATUMARO, (".json",))


def is_datumaro(tree: FolderTree, file: str) -> bool:
    """Whether a JSON file is of Datumaro's format."""
    try:
        return kind_of(tree.root / file) is file_kinds.DATUMARO
    except OSError:
        return False


def _read(tree: FolderTree) -> ForeignDataset:
    dataset: ForeignDataset = resolve_name(f"{_LIBRARY}:read")(tree)
    return dataset


DATUMARO = Format(
    "datumaro", "Datumaro", _annotates, _read, f"{_LIBRARY}:DatumaroWriter", ("not labelled", "pixel sizes", "fields")
)
