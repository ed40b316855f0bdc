"""Ids of annotations that are unique within their file, also where the file uses one twice."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.dataset.entries import NO_ID

_LARGEST = 1 << 52
"""New ids continue below this; what a file has above it no counter will ever reach."""

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Numbering:
    """An id for each usable annotation."""

    ids: Ids
    """Shape ``(N,)``: those of the file, except that of several with the same id, and of those without one, all but the
    first in the file get ids above the largest."""
    largest: Sequence[int]
    """For each file: no id in use is larger, and those above are free."""


def number(ids: Ids, order: Ids, columns: Sequence[Ids]) -> Numbering:
    """Number the annotations with ``ids`` that stand at the places ``order`` of all files' entries.

    ``columns`` has, for each file, the ids of all its entries, usable or not: none of them is given again.
    """
    unique, largest = ids.copy(), []
    first = 0
    for column in columns:
        rows = np.flatnonzero((order >= first) & (order < first + column.size))
        rows = rows[np.argsort(order[rows])]
        first += column.size
        again = np.ones(rows.size, bool)
        again[np.unique(ids[rows], return_index=True)[1]] = False
        used = max(int(column.max(initial=0, where=(column != NO_ID) & (column < _LARGEST))), 0)
        more = int(np.count_nonzero(again))
        unique[rows[again]] = np.arange(used + 1, used + 1 + more)
        largest.append(used + more)
    return Numbering(unique, largest)
