"""Which entry each reference of a file means."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.dataset.coco.entries import Ids
from core.dataset.lenient_json import Id, integer


class Found(NamedTuple):
    """What references mean, arrays of shape ``(N,)``."""

    found: NDArray[np.int64]
    """-1 where there is nothing of that id."""
    meant: NDArray[np.bool_]
    """Where the id is another than the reference, and only the number that they stand for is the same."""


def find(references: Ids, known: Mapping[Id, int]) -> Found:
    """What each of ``references`` means among what is ``known`` by its id.

    The same id comes first, as ``pycocotools`` would have it: ``1`` is no ``"1"``. Where there is none, text that is a
    number means what has that number: ``"0012"`` is 12 and the other way round, unless several would be meant.
    """
    nothing = np.zeros(references.size, bool)
    if not known:
        return Found(np.full(references.size, -1, np.int64), nothing)
    if references.dtype == np.int64 and all(isinstance(id, int) and abs(id) < 2**63 for id in known):
        keys, results = (np.fromiter(each, np.int64, len(known)) for each in (known, known.values()))
        order = np.argsort(keys)
        ordered = keys[order]
        place = np.minimum(np.searchsorted(ordered, references), keys.size - 1)
        return Found(np.where(ordered[place] == references, results[order][place], -1), nothing)
    ids: list[Id | None] = references.tolist()
    exact = [-1 if id is None else known.get(id, -1) for id in ids]
    numbers = _by_number(known)
    loose = [numbers.get(integer(id), -1) if place < 0 else -1 for id, place in zip(ids, exact, strict=True)]
    meant = np.array(loose) >= 0
    return Found(np.where(meant, loose, exact), meant)


def _by_number(known: Mapping[Id, int]) -> dict[int | None, int]:
    """By the number that an id stands for; -1 where several stand for it, and for those that stand for none."""
    numbers: dict[int | None, int] = {}
    for id, result in known.items():
        number = integer(id)
        numbers[number] = -1 if number in numbers else result
    return numbers | {None: -1}
