"""What the names that annotation files give to pictures say, as text: of a path, of an address, of a spelling."""

import html
import posixpath
import re
from urllib.parse import unquote

from core.dataset.file_kinds import PICTURES
from core.dataset.folder.folder_tree import fold

_QUERY = re.compile(r"[?&](?:d|path|file|filename|filepath|url)=([^&]+)")


def decoded(name: str) -> str:
    """The path in an address: what a query asks for, and ``%20`` as the space that it stands for."""
    query = _QUERY.search(name)
    return unquote(query[1] if query else name.partition("?")[0])


def path_inside(name: str) -> str:
    """The path below a dataset's folder where the picture that a file calls ``name`` is looked for; no name leads
    out of it."""
    return without_root(decoded(name)) or "picture"


def without_root(path: str) -> str:
    """A path without what is above all of its folders: drive, root and climbing."""
    parts = posixpath.normpath(path.replace("\\", "/")).split("/")
    return "/".join(part for part in parts if part not in ("", ".", "..") and not part.endswith(":"))


def meaning(name: str) -> str:
    """What the name of a picture says: without its ending, and the same of ``a%20b``, ``a+b`` and ``a b``."""
    plain = fold(unquote(html.unescape(name)).replace("+", " "))
    stem, ending = posixpath.splitext(plain)
    return stem if ending in PICTURES else plain
