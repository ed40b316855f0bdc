"""Whether a training can start on the open dataset, and if not, why: said before the button is pressed."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.style import format

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
    classes = format.count(len(dataset.categories), "class", "classes")
    summary = f"{len(train):,} training and {format.count(len(validation), 'validation image')} · {classes}"
    bare = sum(not dataset.instance_count(image) for image in train)
    return Readiness(summary, _obstacle(dataset, len(train), len(validation)), _about_split(dataset, kept), bare)


def _obstacle(dataset: "Dataset", train: int, validation: int) -> str:
    if not dataset.class_counts().sum():
        return "The dataset has no masks to learn from."
    if not train:
        return f"There are no training images: {_way_out(dataset, 'train')}."
    if not dataset.class_counts("train").sum():
        return "The training images have no masks to learn from."
    if not validation:
        return f"There are no validation images to measure on: {_way_out(dataset, 'val')}."
    if not dataset.class_counts("val").sum():
        return "The validation images have no masks to measure on."
    return ""


def _way_out(dataset: "Dataset", lacking: str) -> str:
    if dataset.sides is None:
        return f"the dataset has no split called “{lacking}”"
    return "label one more image"


def _about_background(bare: int, learnt: bool) -> str:
    """What becomes of ``bare`` training images without masks when a training is set to learn from such, or not to."""
    if not bare:
        return ""
    images = f"{format.count(bare, 'training image')} {'has' if bare == 1 else 'have'} no masks"
    used = "will be used as background" if learnt else f"{'is' if bare == 1 else 'are'} left out, as set"
    return f"{images} and {used}."


def without_masks(split: str) -> str:
    """What an image without masks is good for, by its split."""
    match split:
        case "unlabelled":
            return "No masks yet: left out of trainings until it is labelled or marked as done"
        case "train":
            return "No masks: trained on as background"
        case "val":
            return "No masks: what is found on it counts as wrong"
    return "No masks"


def _about_split(dataset: "Dataset", kept: bool) -> str:
    """What becomes of the images of a folder that grows: no training is compared with one on other images."""
    if dataset.sides is None:
        return ""
    if not kept or not all(os.access(file.path, os.W_OK) for file in dataset.files if file.path.exists()):
        return "Which images validate cannot be written into this dataset now: they may be others once it has grown."
    if not dataset.sides:
        return "The validation images stay the same from now on."
    new = dataset.new_sides().values()
    return f"The validation images {staying(sum(side == 'val' for side in new), len(new))}."


def staying(joining: int, new: int) -> str:
    """“are the same as before”, “stay; 1 of 5 new ones joins”, “stay; the new one joins”."""
    if not joining:
        return "are the same as before"
    if new == 1:
        return "stay; the new one joins"
    return f"stay; {joining:,} of {new:,} new ones {'joins' if joining == 1 else 'join'}"
