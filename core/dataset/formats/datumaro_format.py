"""Datumaro's own format (https://openvinotoolkit.github.io/datumaro), told by what its files hold.

Its library reads and writes it, see ``datumaro_library``: named here, not imported, since the window tells formats too.
"""

from pkgutil import resolve_name

from core.dataset.folder.folder_tree import FolderTree
from core.dataset.formats.foreign import ForeignDataset, Format
from core.dataset.formats.pictures import files_of
from core.reading import read_bytes

_LIBRARY = "core.dataset.formats.datumaro_library"


def _annotates(tree: FolderTree) -> bool:
    return any(is_datumaro(tree, file) for file in files_of(tree, (".json",))[:20])


def is_datumaro(tree: FolderTree, file: str) -> bool:
    """Whether a JSON file is of Datumaro's format."""
    try:
        data = read_bytes(tree.root / file, 1 << 30)
    except OSError:
        return False
    return b'"items"' in data and (b'"dm_format_version"' in data[:4096] or b'"categories"' in data[:4096])


def _read(tree: FolderTree) -> ForeignDataset:
    dataset: ForeignDataset = resolve_name(f"{_LIBRARY}:read")(tree)
    return dataset


DATUMARO = Format("datumaro", "Datumaro", _annotates, _read, f"{_LIBRARY}:DatumaroWriter", ("fields",))
