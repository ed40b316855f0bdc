"""What of a dataset belongs together and has to stay on one side: frames of a video, tiles of a picture, pictures of a
patient, near-duplicates.
"""

import re
from collections.abc import Hashable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

_TILE_WORDS = re.compile(
    r"(?P<base>.+?)[ _.-]+(?:(?:x|left)[ _-]?\d+[ _.-]*(?:y|top)[ _-]?\d+|(?:r|row)[ _-]?\d+[ _.-]*(?:c|col)[ _-]?\d+"
    r"|(?:tile|patch|crop)s?[ _-]?\d+(?:[ _-]\d+)*)(?:[ _.-]*(?:[wh]|width|height)[ _-]?\d+)*$",
    re.IGNORECASE,
)
_AUGMENTED = re.compile(r"(?P<base>.+?)[._](?:jpe?g|png|tiff?|bmp|webp)[._]rf[._][0-9a-f]{16,40}$", re.IGNORECASE)
"""Roboflow's names of a picture's augmented copies: the original's name, then a hash."""
_LONGEST = 255
"""Characters of a name that a file can have. In longer ones of a hostile file, looking would take seconds each."""
_FRAME = re.compile(r"(?P<base>.*?)(?P<number>\d+)$")


def stem_of(file_name: str) -> str:
    """The name of a picture without folders and ending."""
    name = file_name.replace("\\", "/").rpartition("/")[2]
    return name.rpartition(".")[0] or name


def folder_of(file_name: str) -> str:
    """The folder in the name of a picture; empty where there is none."""
    return file_name.replace("\\", "/").rpartition("/")[0]


def source_of(file_name: str) -> str | None:
    """The picture that this one is a tile or an augmented copy of, where its name says so beyond doubt."""
    stem = stem_of(file_name)
    if len(stem) > _LONGEST:
        return None
    for pattern in (_AUGMENTED, _TILE_WORDS):
        if found := pattern.fullmatch(stem):
            return found["base"].casefold()
    return None


def series_of(file_name: str) -> tuple[str, int] | None:
    """The series that a picture is of by its name, such as a video's, and its number there: ``clip_0042`` is the 42nd
    of ``clip_``. Many names have numbers and are no series: only with likeness does this mean something."""
    stem = stem_of(file_name)
    found = _FRAME.fullmatch(stem) if len(stem) <= _LONGEST else None
    if not found or len(found["number"]) > 15:
        return None
    return f"{folder_of(file_name)}/{found['base']}".casefold(), int(found["number"])


def together(
    count: int, keys: Sequence[Sequence[Hashable | None]], pairs: Iterable[tuple[int, ...]]
) -> NDArray[np.int64]:
    """The number of the group of each of ``count`` images: those that share a key, or are a pair, or are joined by
    others. ``keys`` are lists of a key for each image; ``None`` joins nothing. Groups are numbered by their first
    image."""
    parents = list(range(count))

    def root(place: int) -> int:
        while parents[place] != place:
            parents[place] = parents[parents[place]]
            place = parents[place]
        return place

    def join(one: int, other: int) -> None:
        one, other = sorted((root(one), root(other)))
        parents[other] = one

    for of_all in keys:
        first: dict[Hashable, int] = {}
        for place, key in enumerate(of_all):
            if key is not None:
                join(first.setdefault(key, place), place)
    for one, other in pairs:
        join(one, other)
    roots = np.array([root(place) for place in range(count)], np.int64)
    groups: NDArray[np.int64] = np.unique(roots, return_inverse=True)[1].astype(np.int64)
    return groups
