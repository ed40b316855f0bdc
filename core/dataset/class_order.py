"""A dataset with its classes in the order that a network has learnt them in."""

from collections.abc import Sequence

import numpy as np

from core.dataset.dataset import Dataset
from core.errors import UserError
from core.words import some_of, tr

_LISTED = 5
"""Most names of classes in a message."""


class ClassesError(UserError):
    """The classes of a dataset are not those of a model, or it is not known which those are."""


def in_class_order(dataset: Dataset, names: Sequence[str]) -> Dataset:
    """The same images and instances, but with the classes ``names`` in this order, whatever their ids are by now: a
    label is a position in it. A class that has no instance and is none of them is left out.

    Raises ``ClassesError`` when a class is missing, or one that has instances is none of them.
    """
    if [category.name for category in dataset.categories] == list(names):
        return dataset
    counts = dataset.class_counts()
    own = {category.name: label for label, category in enumerate(dataset.categories)}
    gone = [name for name in names if name not in own]
    new = [name for name, label in own.items() if name not in names and counts[label]]
    if gone and new:
        raise ClassesError(
            tr(
                "the classes of {dataset} have changed: new: {new}, gone: {gone} (one that was renamed counts as new)",
                dataset=dataset.name,
                new=some_of(new, _LISTED),
                gone=some_of(gone, _LISTED),
            )
        )
    if new:
        raise ClassesError(
            tr("the classes of {dataset} have changed: new: {new}", dataset=dataset.name, new=some_of(new, _LISTED))
        )
    if gone:
        raise ClassesError(
            tr("the classes of {dataset} have changed: gone: {gone}", dataset=dataset.name, gone=some_of(gone, _LISTED))
        )
    labels = np.full(len(own), -1, np.int64)
    labels[[own[name] for name in names]] = np.arange(len(names))
    return dataset.relabelled([dataset.categories[own[name]] for name in names], labels)
