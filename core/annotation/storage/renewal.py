"""After a save: reading the dataset that takes the place of the one before, so that there is one, and it is what the
files hold."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.annotation.editing.draft import Renewal, Snapshot, opened
from core.annotation.editing.model import same
from core.annotation.editing.unknown_fields import left_behind
from core.dataset import Dataset, open_dataset
from core.dataset.model import same_image


def renewal(path: Path, saved: Snapshot, files: Sequence[tuple[Path, str]]) -> Renewal | None:
    """Read the dataset at ``path`` after ``saved`` was written; ``files`` are what is known to be there, each with its
    digest. For a worker.

    ``None`` where the files hold something else, or images have other indices: the dataset has to be opened anew then.
    Pictures that were added after all others are no hindrance. Raises ``UserError`` when it cannot be read.
    """
    dataset = open_dataset(path)
    labels = {category.name: label for label, category in enumerate(saved.categories)}
    if (
        [(file.path, file.digest_on_disk()) for file in dataset.files] != list(files)
        or not _begins_alike(saved.dataset, dataset)
        or {category.name for category in dataset.categories} != labels.keys()
    ):
        return None
    if dataset.categories != saved.categories:
        order = np.array([labels[category.name] for category in dataset.categories], np.int64)
        dataset = dataset.relabelled(saved.categories, order)
    same_images = frozenset(image for image in saved.annotations if _has_instances_of(dataset, saved, image))
    return Renewal(dataset, saved, same_images, left_behind(saved.dataset, dataset, saved.annotations))


def _begins_alike(before: Dataset, after: Dataset) -> bool:
    """Whether each image keeps its index, its file and its size."""
    pairs = zip(before.images, after.images, strict=False)
    return (
        len(before.images) <= len(after.images)
        and [*before.first_images[:-1]] == [*after.first_images[:-1]]
        and all(same_image(one, two) and (one.width, one.height) == (two.width, two.height) for one, two in pairs)
    )


def _has_instances_of(dataset: Dataset, saved: Snapshot, image: int) -> bool:
    there, known = opened(dataset, image), saved.annotations[image]
    return [*there] == [*known] and all(same(there[id], known[id]) for id in known)
