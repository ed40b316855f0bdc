"""A dataset with its classes in the order that a network has learnt them in."""

from collections.abc import Sequence

import numpy as np

from core.dataset.dataset import Dataset
from core.errors import UserError
from core.words import tr

_LISTED = 5


class ClassesError(UserError):
    """The classes of a dataset are not those of a model, or it is not known which those are."""


def in_class_order(dataset: Dataset, names: Sequence[str]) -> Dataset:
    """The same images and instances, but with the classes ``names`` in this order, whatever their ids are by now: a
    label is a position in it. A class that has no instance and is none of them is left out.

    Raises ``ClassesError`` when a class is lacking, or one that has instances is none of them.
    """
    if [category.name for category in dataset.categories] == list(names):
        return dataset
    counts = dataset.class_counts()
    own = {category.name: label for label, category in enumerate(dataset.categories)}
    lacking = [name for name in names if name not in own]
    new = [name for name, label in own.items() if name not in names and counts[label]]
    if lacking or new:
        raise ClassesError(
            tr(
                "the classes of {dataset} have changed: {in_words}",
                dataset=dataset.name,
                in_words=_in_words(new, lacking),
            )
        )
    labels = np.full(len(own), -1, np.int64)
    labels[[own[name] for name in names]] = np.arange(len(names))
    return dataset.relabelled([dataset.categories[own[name]] for name in names], labels)


def _in_words(new: Sequence[str], lacking: Sequence[str]) -> str:
    parts = [f"{words} {_listed(names)}" for words, names in (("new:", new), ("gone:", lacking)) if names]
    renamed = tr(" (one that was renamed counts as new)") if new and lacking else ""
    return ", ".join(parts) + renamed


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (tr(" and {more} more", more=more) if more > 0 else "")
