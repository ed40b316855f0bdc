"""Dividing a dataset into training and validation images."""

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]


def stratified(images: int, owners: Indices, labels: Indices, fraction: float, seed: int) -> NDArray[np.bool_]:
    """Choose about ``fraction`` of the images for validation so that every class gets its share.

    ``owners`` and ``labels``, shape ``(N,)``, are the image (``0 … images - 1``) and the class of each instance.
    Returns a mask of shape ``(images,)``, the same for the same seed. Of two images or more, both sides get one; a
    class that only one image shows is trained on.

    Iterative stratification (Sechidis, Tsoumakas, Vlahavas: On the Stratification of Multi-Label Data, 2011) for two
    subsets: the class with the fewest images left comes first, and each subset gets what it still lacks of it.
    """
    random = np.random.default_rng(seed)
    chosen = np.zeros(images, bool)
    target = min(max(round(images * fraction), 1), images - 1)
    if target < 1 or fraction <= 0:
        return chosen
    shown = _Shown(images, owners, labels)
    lacking = shown.per_class * fraction
    left = shown.per_class.copy()
    trained = np.zeros(left.size, np.int64)
    free = np.ones(images, bool)
    while left.any():
        rarest = int(np.argmin(np.where(left > 0, left, images + 1)))
        candidates = random.permutation(shown.images_of(rarest)[free[shown.images_of(rarest)]])
        most = min(candidates.size - int(trained[rarest] == 0), target - int(chosen.sum()))
        take = min(max(int(lacking[rarest] + 0.5), 0), most)
        chosen[candidates[:take]] = True
        free[candidates] = False
        lacking -= shown.count(candidates[:take])
        trained += shown.count(candidates[take:])
        left -= shown.count(candidates)
    spare = random.permutation(np.flatnonzero(~chosen))
    spare = spare[np.argsort(-shown.rarest_count(spare) - free[spare] * images, kind="stable")]
    chosen[spare[: target - int(chosen.sum())]] = True
    return chosen


class _Shown:
    """Which image shows which class, looked up from either side."""

    def __init__(self, images: int, owners: Indices, labels: Indices) -> None:
        self._classes = int(labels.max()) + 1 if labels.size else 0
        pairs = np.sort(owners * max(self._classes, 1) + labels)
        pairs = pairs[np.diff(pairs, prepend=-1) > 0]
        self._owner, self._label = np.divmod(pairs, max(self._classes, 1))
        self._of_image = np.searchsorted(self._owner, np.arange(images + 1))
        self._by_label = self._owner[np.argsort(self._label, kind="stable")]
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
