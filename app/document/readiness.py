"""Whether a training can start on the open dataset, and if not, why: said before the button is pressed."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.words import tr, tr_n

if TYPE_CHECKING:
    from core.dataset import Dataset


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
    """Training images without masks."""

    def said(self, *, learnt: bool) -> str:
        """The note, and what becomes of images without masks in a training that learns from them, or does not."""
        return " ".join(filter(None, (_about_background(self.bare, learnt), self.note)))


def readiness(dataset: "Dataset", kept: bool = True) -> Readiness:
    """Look at a dataset; ``kept``: nothing hinders to keep what is decided about it. Counts labels: for a worker, once
    for each dataset."""
    train, validation = dataset.of_split("train"), dataset.of_split("val")
    classes = tr_n("{n} class", "{n} classes", len(dataset.categories))
    summary = tr(
        "{train:,} training and {images} · {classes}",
        train=len(train),
        images=tr_n("{n} validation image", "{n} validation images", len(validation)),
        classes=classes,
    )
    bare = sum(not dataset.instance_count(image) for image in train)
    return Readiness(summary, _obstacle(dataset, len(train), len(validation)), _about_split(dataset, kept), bare)


def _obstacle(dataset: "Dataset", train: int, validation: int) -> str:
    if not dataset.class_counts().sum():
        return tr("The dataset has no masks to learn from.")
    if not train:
        return tr("There are no training images: {way_out}.", way_out=_way_out(dataset, "train"))
    if not dataset.class_counts("train").sum():
        return tr("The training images have no masks to learn from.")
    if not validation:
        return tr("There are no validation images to measure on: {way_out}.", way_out=_way_out(dataset, "val"))
    if not dataset.class_counts("val").sum():
        return tr("The validation images have no masks to measure on.")
    return ""


def _way_out(dataset: "Dataset", lacking: str) -> str:
    if dataset.sides is None:
        return tr("the dataset has no split called “{lacking}”", lacking=lacking)
    return tr("label one more image")


def _about_background(bare: int, learnt: bool) -> str:
    """What becomes of ``bare`` training images without masks when a training is set to learn from such, or not to."""
    if not bare:
        return ""
    images = tr(
        "{images} {what} no masks",
        images=tr_n("{n} training image", "{n} training images", bare),
        what="has" if bare == 1 else "have",
    )
    used = (
        tr("will be used as background") if learnt else tr("{what} left out, as set", what="is" if bare == 1 else "are")
    )
    return tr("{images} and {used}.", images=images, used=used)


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


def _about_split(dataset: "Dataset", kept: bool) -> str:
    """What becomes of the images of a folder that grows: no training is compared with one on other images."""
    if dataset.sides is None:
        return ""
    if not kept or not all(os.access(file.path, os.W_OK) for file in dataset.files if file.path.exists()):
        return tr(
            "Which images validate cannot be written into this dataset now: they may be others once it has grown."
        )
    if not dataset.sides:
        return tr("The validation images stay the same from now on.")
    new = dataset.new_sides().values()
    return tr("The validation images {staying}.", staying=staying(sum(side == "val" for side in new), len(new)))


def staying(joining: int, new: int) -> str:
    """“are the same as before”, “stay; 1 of 5 new ones joins”, “stay; the new one joins”."""
    if not joining:
        return tr("are the same as before")
    if new == 1:
        return tr("stay; the new one joins")
    return tr(
        "stay; {joining:,} of {new:,} new ones {what}",
        joining=joining,
        new=new,
        what="joins" if joining == 1 else "join",
    )
