"""Which items an epoch goes through, in which order."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from core.dataset import Dataset
from core.training.data.items import TrainingItem, classes_of


def repeat_factors(dataset: Dataset, items: Iterable[TrainingItem]) -> NDArray[np.float64]:
    """How often each item should come compared to the others, for class-balanced sampling: shape ``(n,)``, at least 1.

    It is repeat-factor sampling (arXiv 1908.03195): an item counts √(t / f) for its rarest class, f being the share of
    items that show the class. The paper's t of 0.001 is made for a thousand classes and would never act on a few
    hundred images; t is the share of the commonest class here, so that no class but that one comes as it comes.
    """
    shown = list(classes_of(dataset, items))
    counts = np.bincount([label for found in shown for label in found], minlength=1)
    factors = np.sqrt(counts.max() / np.maximum(counts, 1))
    return np.array([max((factors[label] for label in found), default=1.0) for found in shown])


def epoch_order(
    random: np.random.Generator, count: int, factors: NDArray[np.float64] | None = None
) -> NDArray[np.int64]:
    """The positions of one epoch, ``count`` of them, shuffled: each item once, or about as often as ``factors`` say:
    its due, n · factor / Σ factors, rounded up or down by chance."""
    order = np.arange(count)
    if factors is not None:
        due = np.cumsum(factors) * (count / factors.sum())
        order = np.minimum(np.searchsorted(due, random.random() + order, side="right"), count - 1)
    return random.permutation(order)
