"""Which split a name speaks of: of a file, or of a folder."""

import re
from functools import lru_cache
from pathlib import Path

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
"""Words of a name, also where ``capitalsBegin`` one."""

_SPLITS = {
    "train": ("train", "training", "trainval", "trn"),
    "val": ("val", "valid", "validation", "dev", "eval", "evaluation", "vld"),
    "test": ("test", "testing", "tst", "holdout"),
}
_BEFORE, _AFTER = "mini|sub|tiny|small|my|own|new", "set|split|data|images?|imgs?|folder"
_KINDS = {
    split: re.compile(f"(?:{_BEFORE})?(?:{'|'.join(words)})(?:{_AFTER})?", re.IGNORECASE)
    for split, words in _SPLITS.items()
}
"""``minitrain`` is for training, and ``terrain`` is not."""


@lru_cache(4096)
def split_of(name: str) -> str | None:
    """The split that a name speaks of: ``instances_train2017`` → ``train``."""
    return next((split for word in _WORDS.findall(name) if (split := _split_of_word(word))), None)


@lru_cache(4096)
def split_of_folder(path: str) -> str | None:
    """The split that the folders of a path speak of, the innermost that does."""
    return next((split for part in reversed(path.split("/")) if (split := split_of(part))), None)


def split_of_file(file: Path) -> str | None:
    """The split of an annotation file: its own name's, or its folder's where the folder is called just that."""
    return split_of(file.stem) or _split_of_word(file.parent.name.rstrip("0123456789"))


def _split_of_word(word: str) -> str | None:
    return next((split for split, kind in _KINDS.items() if kind.fullmatch(word)), None)
