"""Dividing a dataset into any splits, or into folds, so that what belongs together stays together."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.dataset.splits.splitting import Indices

_PASSES, _MOVED, _SWAPPED = 10, 2_000, 500
"""Of the improvement: how often, how many groups are moved, how many are exchanged with each other."""
_NOTHING = 1e-12


def divide(
    images: int,
    owners: Indices,
    labels: Indices,
    shares: Sequence[float],
    *,
    groups: Indices | None = None,
    seed: int = 0,
) -> NDArray[np.int64]:
    """The part, ``0 … len(shares) - 1``, of each of ``images``: as many images and instances of each class in every
    part as its share of the whole, as closely as whole groups allow.

    ``owners`` and ``labels``, shape ``(N,)``, are the image and the class of each instance; ``groups``, shape
    ``(images,)``, numbers from 0 what has to stay together (each image by itself without them). The same for the same
    seed. A part with a share above 0 gets something as long as there are groups enough.

    Greedy, the largest and rarest groups first, each into the part that lacks most of what the group has (Sechidis,
    Tsoumakas, Vlahavas: On the Stratification of Multi-Label Data, 2011, for groups instead of images).
    """
    wanted = np.array(shares, float) / sum(shares)
    groups = np.arange(images) if groups is None else groups
    number = int(groups.max(initial=-1)) + 1
    classes = int(labels.max(initial=-1)) + 1
    # One column a class, and one for the images themselves, which images without instances count in alone.
    holds = np.zeros((number, classes + 1))
    np.add.at(holds, (groups[owners], labels), 1)
    holds[:, classes] = np.bincount(groups, minlength=number)
    totals = np.maximum(holds.sum(0), 1)
    weights = holds / totals
    parts = np.zeros(number, np.int64)
    lacking = wanted[:, None] * holds.sum(0) / totals
    order = np.random.default_rng(seed).permutation(number)
    order = order[np.argsort(-weights[order].max(1), kind="stable")]
    filled = np.zeros(len(wanted), np.int64)
    for place, group in enumerate(order.tolist()):
        has = weights[group]
        gain = (np.minimum(np.maximum(lacking, 0), has) - np.maximum(has - np.maximum(lacking, 0), 0)).sum(1)
        gain[wanted == 0] = -np.inf
        empty = np.flatnonzero((filled == 0) & (wanted > 0))
        some = empty if len(empty) >= number - place else slice(None)  # the last groups are for parts that have none
        part = int(np.arange(len(wanted))[some][np.argmax(gain[some])])
        parts[group] = part
        filled[part] += 1
        lacking[part] -= has
    _improve(parts, weights, lacking, filled, order)
    return parts[groups]


def _improve(
    parts: Indices, weights: NDArray[np.float64], lacking: NDArray[np.float64], filled: Indices, order: Indices
) -> None:
    """Move groups, the smallest first, and swap pairs of them, as long as the squares of what parts lack or have too
    much get smaller. ``lacking`` has a row for each part; all arguments but ``weights`` and ``order`` are changed."""
    allowed = np.flatnonzero(filled > 0)
    small = order[::-1][:_MOVED]
    for _ in range(_PASSES):
        moved = False
        for group in small.tolist():
            has, source = weights[group], int(parts[group])
            if filled[source] < 2:
                continue
            # The cost of having it elsewhere: lacking² changes in the part that gives and in the one that takes.
            given = ((lacking[source] + has) ** 2 - lacking[source] ** 2).sum()
            taken = ((lacking[allowed] - has) ** 2 - lacking[allowed] ** 2).sum(1)
            taken[allowed == source] = np.inf
            best = int(np.argmin(taken))
            if given + taken[best] < -_NOTHING:
                _move(group, int(allowed[best]), parts, weights, lacking, filled)
                moved = True
        moved |= _swap(small, parts, weights, lacking, filled)
        if not moved:
            return


def _swap(
    small: Indices, parts: Indices, weights: NDArray[np.float64], lacking: NDArray[np.float64], filled: Indices
) -> bool:
    """Exchange groups of two parts where that helps; whether any were."""
    swapped = False
    for one in small[:_SWAPPED].tolist():
        source = int(parts[one])
        others = small[parts[small] != source][:_SWAPPED]
        if not len(others):
            continue
        change = weights[others] - weights[one]
        targets = parts[others]
        cost = (
            (lacking[source] - change) ** 2
            - lacking[source] ** 2
            + (lacking[targets] + change) ** 2
            - lacking[targets] ** 2
        ).sum(1)
        best = int(np.argmin(cost))
        if cost[best] < -_NOTHING:
            other, target = int(others[best]), int(targets[best])
            _move(one, target, parts, weights, lacking, filled)
            _move(other, source, parts, weights, lacking, filled)
            swapped = True
    return swapped


def _move(
    group: int, part: int, parts: Indices, weights: NDArray[np.float64], lacking: NDArray[np.float64], filled: Indices
) -> None:
    source = int(parts[group])
    lacking[source] += weights[group]
    lacking[part] -= weights[group]
    filled[source] -= 1
    filled[part] += 1
    parts[group] = part


def folds(
    images: int, owners: Indices, labels: Indices, number: int, *, groups: Indices | None = None, seed: int = 0
) -> NDArray[np.int64]:
    """The fold, ``0 … number - 1``, of each image: each is once the validation images of a training on the others."""
    return divide(images, owners, labels, [1.0] * number, groups=groups, seed=seed)


def proportions(parts: Indices, owners: Indices, labels: Indices, number: int, classes: int) -> NDArray[np.int64]:
    """How many instances of each class every part has, shape ``(classes, number)``: what is shown before it is done."""
    table = np.zeros((classes, number), np.int64)
    np.add.at(table, (labels, parts[owners]), 1)
    return table
