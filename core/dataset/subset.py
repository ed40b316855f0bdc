"""Some images of a dataset: those that a filter lets through."""

from collections.abc import Collection
from typing import Literal

from core.dataset.dataset import Dataset
from core.dataset.model import Image
from core.errors import UserError
from core.words import some_of, tr

_NAMED = 10
"""Classes or splits that an error names."""

Masks = Literal["any", "with", "without"]
"""Whether images with instances, or those without, are wanted."""


def listed_name(image: Image) -> str:
    """What a list of images calls one: its split and its file name."""
    return f"{image.split}/{image.file_name}"


def select(
    dataset: Dataset,
    *,
    splits: Collection[str] = (),
    classes: Collection[str] = (),
    text: str = "",
    masks: Masks = "any",
    names: Collection[str] = (),
) -> list[Image]:
    """The images of ``splits`` that show one of ``classes``, have all words of ``text`` in their file names and are
    among ``names`` (file names, or ``listed_name``); what is empty lets all through.

    Raises ``UserError`` for a class or a split that there is not, and where no image is left.
    """
    labels = {category.name: label for label, category in enumerate(dataset.categories)}
    for kind, wanted, known in (
        (tr("class"), classes, labels),
        (tr("split"), splits, dataset.splits),
    ):
        if missing := [name for name in wanted if name not in known]:
            raise UserError(
                tr("{dataset} has no {kind} “{name}”", dataset=dataset.name, kind=kind, name=missing[0]),
                tr("it has these: {names}", names=some_of(list(known), _NAMED)),
            )
    shown, words, listed = {labels[name] for name in classes}, text.lower().split(), frozenset(names)
    found = [
        image
        for image in dataset.images
        if (not splits or image.split in splits)
        and all(word in image.file_name.lower() for word in words)
        and (not listed or image.file_name in listed or listed_name(image) in listed)
        and (masks == "any" or (dataset.instance_count(image) > 0) == (masks == "with"))
        and (not shown or not shown.isdisjoint(dataset.labels(image)))
    ]
    if not found:
        raise UserError(tr("no image of {dataset} is among those", dataset=dataset.name), tr("choose others"))
    return found
