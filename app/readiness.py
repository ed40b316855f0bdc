"""Whether a training can start on the open dataset, and if not, why: said before the button is pressed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app import words

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


def readiness(dataset: "Dataset") -> Readiness:
    """Look at a dataset. Counts labels: for a worker, once for each dataset."""
    train, validation = dataset.of_split("train"), dataset.of_split("val")
    classes = words.count(len(dataset.categories), "class", "classes")
    summary = (
        f"{dataset.name} · {words.count(len(train), 'training image')}, "
        f"{words.count(len(validation), 'validation image')} · {classes}"
    )
    return Readiness(summary, _obstacle(dataset, len(train), len(validation)), _note(dataset))


def _obstacle(dataset: "Dataset", train: int, validation: int) -> str:
    if not dataset.class_counts().sum():
        return "The dataset has no masks to learn from."
    if not train:
        return "There are no training images: the dataset has no split called “train”."
    if not dataset.class_counts("train").sum():
        return "The training images have no masks to learn from."
    if not validation:
        return "There are no validation images to measure on: the dataset has no split called “val”."
    if not dataset.class_counts("val").sum():
        return "The validation images have no masks to measure on."
    return ""


def _note(dataset: "Dataset") -> str:
    empty = sum(not dataset.instance_count(image) for image in dataset.of_split("train"))
    if not empty:
        return ""
    images = words.count(empty, "training image")
    return f"{images} {'has' if empty == 1 else 'have'} no masks and will be used as background."
