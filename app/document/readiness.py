"""Whether a training can start on the open dataset, and if not, why: said before the button is pressed."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import UserError
from core.pacing import paced
from core.words import tr, tr_n

if TYPE_CHECKING:
    from core.dataset import Dataset, Image


@dataclass(frozen=True, slots=True)
class Readiness:
    """What the page says about the dataset."""

    summary: str = ""
    """What there is to train on."""
    obstacle: str = ""
    """Why it cannot be trained on; empty when it can."""
    note: str = ""
    """What a person should know but may ignore."""
    bare: int = 0
    """Training images without masks whose pictures can be read."""

    def remarks(self, *, learns_from_bare: bool) -> str:
        """The note, and what becomes of images without masks in a training that learns from them, or does not."""
        if learns_from_bare:
            one = tr_n(
                "{n} training image has no masks and will be used as background.",
                "{n} training images have no masks and will be used as background.",
                self.bare,
            )
        else:
            one = tr_n(
                "{n} training image has no masks and is left out, as set.",
                "{n} training images have no masks and are left out, as set.",
                self.bare,
            )
        return " ".join(filter(None, (one if self.bare else "", self.note)))


def readiness(dataset: "Dataset", writable: bool = True) -> Readiness:
    """Look at a dataset; ``writable``: nothing hinders to write what is decided about it. Counts labels: for a worker,
    once for each dataset."""
    train, validation = dataset.of_split("train"), dataset.of_split("val")
    summary = tr(
        "{train:,} training and {validation} · {classes}",
        train=len(train),
        validation=tr_n("{n} validation image", "{n} validation images", len(validation)),
        classes=tr_n("{n} class", "{n} classes", len(dataset.categories)),
    )
    bare = _readable(dataset, [image for image in train if not dataset.instance_count(image)])
    return Readiness(summary, _obstacle(dataset, len(train), len(validation)), _about_split(dataset, writable), bare)


_LOOKED_AT = 500
"""Pictures whose headers are read; of more than these, all that are there are taken for readable."""


def _readable(dataset: "Dataset", images: "list[Image]") -> int:
    """How many of ``images`` have a picture that can be read: training leaves the others out."""
    from core.images.decoding import picture_size  # Pillow, which the window does not need to start

    present = [image for image in images if dataset.has_picture(image)]
    if len(present) > _LOOKED_AT:
        return len(present)
    count = 0
    for image in paced(present):
        with suppress(UserError):
            picture_size(dataset.image_path(image))
            count += 1
    return count


def _obstacle(dataset: "Dataset", train: int, validation: int) -> str:
    given = dataset.sides is None or dataset.split_file is not None  # labelling more does not change the splits
    if not dataset.class_counts().sum():
        return tr("The dataset has no masks to learn from.")
    if not _has_mask(dataset, dataset.images):
        return tr(
            "No instance has a mask, only a box: "
            "make masks of the boxes on the Dataset page, then accept them on Annotate."
        )
    if not train and given:
        return tr("There are no training images: the dataset has no split called “{split}”.", split="train")
    if not train:
        return tr("There are no training images: label one more image.")
    if not _has_mask(dataset, dataset.of_split("train")):
        return tr("The training images have no masks to learn from.")
    if not validation and given:
        return tr(
            "There are no validation images to measure on: the dataset has no split called “{split}”.", split="val"
        )
    if not validation:
        return tr("There are no validation images to measure on: label one more image.")
    if not _has_mask(dataset, dataset.of_split("val")):
        return tr("The validation images have no masks to measure on.")
    return ""


def _has_mask(dataset: "Dataset", images: "Sequence[Image]") -> bool:
    """Whether any instance has more than a box; looks no further than the first that has."""
    return any(each.segmentation is not None for image in paced(images) for each in dataset.instances(image))


def _about_split(dataset: "Dataset", writable: bool) -> str:
    """What becomes of the images of a folder that grows: no training is compared with one on other images."""
    if dataset.sides is None:
        return ""
    if not writable or not all(os.access(file.path, os.W_OK) for file in dataset.files if file.path.exists()):
        return tr(
            "Which images validate cannot be written into this dataset now: they may be others once it has grown."
        )
    if not dataset.sides:
        return tr("The validation images stay the same from now on.")
    new = dataset.new_sides().values()
    return about_validation(sum(side == "val" for side in new), len(new))


def about_validation(joining: int, new: int) -> str:
    """What becomes of the validation images of before where ``joining`` of ``new`` images are to validate too."""
    if not joining:
        return tr("The validation images are the same as before.")
    if new == 1:
        return tr("The validation images stay; the new one joins.")
    return tr_n(
        "The validation images stay; {n} of {new:,} new ones joins.",
        "The validation images stay; {n} of {new:,} new ones join.",
        joining,
        new=new,
    )


def without_masks(split: str) -> str:
    """What an image without masks is good for, by its split."""
    match split:
        case "unlabelled":
            return tr("No masks yet: left out of trainings until it is labelled or marked as done")
        case "train":
            return tr("No masks: trained on as background")
        case "val":
            return tr("No masks: what is found on it counts as wrong")
    return tr("No masks")
