"""The usable annotations of a dataset, found by their image without looking through all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.dataset.coco.unique_ids import UniqueIds


@dataclass(frozen=True, slots=True, eq=False)
class AnnotationTable:
    """All usable annotations, sorted by image; arrays have shape ``(N,)``."""

    entries: Sequence[msgspec.Raw]
    """As they stand in the files, undecoded, in the order of the files."""
    order: NDArray[np.int64]
    """Position in ``entries``."""
    labels: NDArray[np.int64]
    starts: NDArray[np.int64]
    """Shape ``(images + 1,)``: those of image ``i`` are ``starts[i] … starts[i + 1]``."""
    first_entries: Sequence[int]
    """For each file, the position in ``entries`` of its first one. Ends with the number of entries."""
    numbering: UniqueIds
    reworded: NDArray[np.bool_]
    """Which of them refer to their image or their class by another id of the same number: ``"12"`` for ``12``."""
    in_the_way: Sequence[int]
    """Positions in ``entries`` of unusable ones without an id, or with that of a usable one: other programs would stop
    at them, so that they are moved when the file is saved."""
    lost_categories: frozenset[int]
    """Ids of categories that annotations name and their file does not have, as far as they are numbers. No new class
    may get one: it would get these annotations with it."""

    def rows(self, image: int) -> slice:
        """Where those of the image with this ``Image.index`` stand in the arrays."""
        return slice(int(self.starts[image]), int(self.starts[image + 1]))
