"""How alike names of files are, where programs and people renamed them."""

import posixpath
import re
from difflib import SequenceMatcher

from core.dataset.folder.folder_tree import fold

_SUFFIX = re.compile(r"[._](?:jpe?g|png|tiff?|bmp|webp)(?:\.rf\.[0-9a-z]+)?$")
"""What exporters leave in names: ``a_jpg.rf.0123abcd.jpg``."""
_TOKEN = re.compile(r"[^\W\d_]+|\d+")


def likeness(one: str, other: str) -> float:
    """How alike two names of files are, 0–1; 0 where their numbers are others."""
    first, second = _tokens(one), _tokens(other)
    few, many = sorted(([token for token in tokens if token.isdigit()] for tokens in (first, second)), key=len)
    same = few == many[: len(few)] or few == many[len(many) - len(few) :]
    if not same or (many and not few):
        return 0.0
    if first == second:
        return 1.0
    if set(first) <= set(second) or set(second) <= set(first):
        return 0.9
    return SequenceMatcher(None, " ".join(first), " ".join(second), autojunk=False).ratio()


def number_ends(name: str) -> set[str]:
    """The first and the last number of a name; something empty where there is none. Names that are alike share one."""
    numbers = [token for token in _tokens(name) if token.isdigit()] or [""]
    return {f"{numbers[0]}…", f"…{numbers[-1]}"}


def _tokens(name: str) -> list[str]:
    """Words and numbers of a name, as they count: without folders, endings and leading zeros."""
    stem = posixpath.splitext(fold(base_name(name)))[0]
    return [token.lstrip("0") or "0" if token.isdigit() else token for token in _TOKEN.findall(_SUFFIX.sub("", stem))]


def base_name(name: str) -> str:
    """The file name at the end of a path or an address."""
    return name.replace("\\", "/").rpartition("/")[2].partition("?")[0]
