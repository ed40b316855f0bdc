"""Dividing a dataset into training and validation images."""

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.dataset.stable_order import distinct, stable_order

Indices = NDArray[np.int64]


Order = Callable[[Indices], Indices]
"""Puts some of the images in the order in which they are chosen."""
Sides = NDArray[np.int8]
"""For each image ``UNDECIDED``, ``TRAINED`` or ``VALIDATED``."""

UNDECIDED, TRAINED, VALIDATED = -1, 0, 1


def by_seed(seed: int) -> Order:
    """Any order, the same for the same seed and the same images."""
    return np.random.default_rng(seed).permutation


def by_name(names: Sequence[str]) -> Order:
    """The order of a hash of their names: the same for two images whatever others there are."""
    digests = (hashlib.blake2b(name.encode(errors="surrogateescape"), digest_size=8).digest() for name in names)
    ranks = np.array([int.from_bytes(digest) for digest in digests], np.uint64)
    return lambda images: images[np.argsort(ranks[images], kind="stable")]


def stratified(
    images: int, owners: Indices, labels: Indices, fraction: float, order: Order, sides: Sides | None = None
) -> NDArray[np.bool_]:
    """Choose about ``fraction`` of the images for validation so that every class gets its share.

    ``owners`` and ``labels``, shape ``(N,)``, are the image (``0 … images - 1``) and the class of each instance. Images
    that have ``sides``, shape ``(images,)``, keep them: others make up for what is lacking. Returns a mask of shape
    ``(images,)``, the same for the same order. Of two images or more, both sides get one as long as there is one to
    give; a class that only one image shows is trained on.

    Iterative stratification (Sechidis, Tsoumakas, Vlahavas: On the Stratification of Multi-Label Data, 2011) for two
    subsets: the class with the fewest images left comes first, and each subset gets what it still lacks of it.
    """
    sides = np.full(images, UNDECIDED, np.int8) if sides is None else sides
    undecided: NDArray[np.bool_] = sides == UNDECIDED
    chosen: NDArray[np.bool_] = sides == VALIDATED
    target = min(max(round(images * fraction), 1), images - 1)
    if target < 1 or fraction <= 0:
        return chosen
    table = _ClassTable(images, owners, labels)
    trained = table.count(np.flatnonzero(sides == TRAINED))
    shortfall = table.per_class * fraction - table.count(np.flatnonzero(chosen))
    remaining = table.count(np.flatnonzero(undecided))
    free = undecided.copy()
    while remaining.any():
        rarest = int(np.argmin(np.where(remaining > 0, remaining, images + 1)))
        candidates = order(table.images_of(rarest)[free[table.images_of(rarest)]])
        most = min(candidates.size - int(trained[rarest] == 0), target - int(chosen.sum()))
        take = max(min(int(shortfall[rarest] + 0.5), most), 0)
        chosen[candidates[:take]] = True
        free[candidates] = False
        shortfall -= table.count(candidates[:take])
        trained += table.count(candidates[take:])
        remaining -= table.count(candidates)
    spare = order(np.flatnonzero(undecided & ~chosen))
    spare = spare[np.argsort(-table.rarest_count(spare) - free[spare] * images, kind="stable")]
    chosen[spare[: max(target - int(chosen.sum()), 0)]] = True
    return chosen


class _ClassTable:
    """Which image shows which class, looked up from either side."""

    def __init__(self, images: int, owners: Indices, labels: Indices) -> None:
        self._classes = int(labels.max()) + 1 if labels.size else 0
        pairs = distinct(owners * max(self._classes, 1) + labels)
        self._owner, self._label = np.divmod(pairs, max(self._classes, 1))
        self._of_image = np.searchsorted(self._owner, np.arange(images + 1))
        self._by_label = self._owner[stable_order(self._label)]
        self.per_class: Indices = np.bincount(self._label, minlength=self._classes)
        self._of_label = np.concatenate(([0], np.cumsum(self.per_class)))

    def images_of(self, label: int) -> Indices:
        """The images that show a class."""
        return self._by_label[self._of_label[label] : self._of_label[label + 1]]

    def count(self, images: Indices) -> Indices:
        """How many of ``images`` show each class."""
        starts, sizes = self._of_image[images], self._of_image[images + 1] - self._of_image[images]
        offsets = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return np.bincount(self._label[np.repeat(starts, sizes) + offsets], minlength=self._classes)

    def rarest_count(self, images: Indices) -> Indices:
        """For each of ``images``, how many images show its rarest class; large where it shows none."""
        counts = np.full(self._of_image.size - 1, self._of_image.size, np.int64)
        np.minimum.at(counts, self._owner, self.per_class[self._label])
        return counts[images]
