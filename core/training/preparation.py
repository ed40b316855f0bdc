"""What a training works on: the images of a dataset that can be used, and what a person should know about them."""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.dataset import Dataset, Image, open_dataset
from core.dataset.class_order import in_class_order
from core.dataset.coco.extents import coverage
from core.dataset.fingerprint import report_data
from core.dataset.health.checks import warn_of_crowds, warn_of_sizes, warn_of_unread
from core.dataset.health.crowds import HINT, crowds
from core.errors import UserError
from core.inference.preprocessing import placement
from core.jobs import TrainJob
from core.recipes.model_spec import COCO_DETECTIONS, ClassSpec, ModelSpec, Tiling
from core.recipes.schema import Recipe
from core.runs.control import Report, ignore
from core.runs.events import Log, Stage, Warning
from core.runs.fingerprint import Fingerprint
from core.training.collecting import uncollected
from core.training.data.items import learnt
from core.training.data.limit import choose_limit
from core.training.data.tiling import choose_tiling
from core.words import sentences, tr, tr_n

SMALLEST = 8.0
"""Side of an object, in pixels of the network's input, below which it may go unlearnt: the cells of the finest grid on
which the networks place objects are 4 to 8 pixels wide."""
_MANY = 0.05
"""Share of small objects from which on a person is warned."""
_LARGEST = 2048
"""Input size, in pixels, beyond which no larger one is proposed: tiles serve better."""
_LOOKED_AT = 2000
"""Images, evenly picked, whose objects are measured: enough to tell."""


class DatasetMissingError(UserError):
    """The dataset of a training is not at its path."""


@dataclass(frozen=True, slots=True)
class TrainingData:
    """A dataset with the images to train and to validate on, none of them missing, and the tiles they are cut into."""

    dataset: Dataset
    training: list[Image]
    validation: list[Image]
    fingerprint: Fingerprint | None = None
    tiling: Tiling | None = None
    max_detections: int = COCO_DETECTIONS
    """Most objects to find in an image."""
    goes_on: ModelSpec | None = None
    """The model that is trained on, where a training goes on: the dataset has its classes in its order."""


@uncollected()
def open_data(job: TrainJob, report: Report, goes_on: ModelSpec | None = None) -> TrainingData:
    """Open the data of ``job``, split, and report what is odd about it. Torch-free.

    With ``goes_on``, the model whose training is resumed, the classes are in its order, and its tiles and the way it
    reads pictures stay what they are. Raises ``UserError`` when there is nothing to learn from: ``ClassesError`` when
    the classes are not the model's, ``DatasetMissingError`` when there is no dataset.
    """
    report(Stage(name=tr("Reading the dataset")))
    dataset = _opened(job)
    found = report_data(dataset, report)
    dataset = _in_order(dataset, goes_on, report)
    if goes_on is not None:
        dataset = dataset.with_channels(goes_on.channels)
    warn_of_unread(dataset, report)
    data = TrainingData(dataset, _present(dataset, "train", report), _present(dataset, "val", report), found)
    _check_training(data)
    _warn_of_what_is_not_learnt(dataset, data.training, report)
    warn_of_sizes(dataset, [*data.training, *data.validation], report)
    if known := _known_by_heart(data):
        report(known)
    if not data.validation:
        report(
            Warning(
                message=tr("There are no validation images: the model of the last epoch is kept, and no AP is known."),
                hint=tr("Give the dataset a split called “val”, or leave its images unsplit."),
                matters=True,
            )
        )
    elif not any(learnt(dataset, image) for image in data.validation):
        report(
            Warning(
                message=tr("No validation image has an instance with a mask that is no crowd: no AP can be known."),
                hint=tr("Annotate some of them."),
                matters=True,
            )
        )
        data.validation.clear()
    if goes_on:
        return replace(data, tiling=goes_on.tiling, goes_on=goes_on)
    settings = job.recipe.settings
    tiling, why_tiles = choose_tiling(dataset, data.training, settings)
    limit, tiling, why_limit = choose_limit(dataset, settings, tiling)
    for why in filter(None, (why_tiles, why_limit)):
        report(Log(message=why))
    return replace(data, tiling=tiling, max_detections=limit)


def check_data(job: TrainJob, goes_on: ModelSpec | None) -> None:
    """Raise ``UserError`` where ``open_data`` would. Opens no picture and reports nothing."""
    dataset = _in_order(_opened(job), goes_on, ignore)
    training, validation = (_present(dataset, split, ignore) for split in ("train", "val"))
    _check_training(TrainingData(dataset, training, validation))


def _in_order(dataset: Dataset, goes_on: ModelSpec | None, report: Report) -> Dataset:
    """With the classes of the model that goes on, if one does."""
    if goes_on is None:
        return dataset
    names = [item.name for item in goes_on.classes]
    if [category.name for category in dataset.categories if category.name in names] != names:
        report(Log(message=tr("The dataset has its classes in another order now: each goes on where it was learnt.")))
    return in_class_order(dataset, names)


def _opened(job: TrainJob) -> Dataset:
    try:
        return open_dataset(
            Path(job.dataset), validation_fraction=job.validation_fraction, seed=job.recipe.settings.seed
        )
    except UserError as error:
        raise DatasetMissingError(error.message, error.hint) from error


def describe_model(job: TrainJob, data: TrainingData) -> ModelSpec:
    """The description of the model that ``job`` trains."""
    if data.goes_on:
        return data.goes_on
    recipe = job.recipe
    classes = tuple(ClassSpec(id=category.id, name=category.name) for category in data.dataset.categories)
    return ModelSpec(
        recipe=recipe.name,
        architecture=recipe.architecture,
        backbone=recipe.backbone,
        classes=classes,
        input=recipe.input_spec(),
        tiling=data.tiling,
        max_detections=data.max_detections,
        channels=data.dataset.channels,
    )


def small_objects(data: TrainingData, recipe: Recipe) -> float:
    """Share of the training instances whose box is narrower than ``SMALLEST`` at the network's input, in the tiles that
    show them where images are cut."""
    sides = _sides(data, recipe)
    return float(np.mean(sides < SMALLEST)) if len(sides) else 0.0


def larger_input(data: TrainingData, recipe: Recipe) -> int:
    """The input size, in pixels, at which no more than ``_MANY`` of the training instances are so narrow; 0 when that
    is so already, or when it would have to be larger than ``_LARGEST``."""
    sides = _sides(data, recipe)
    narrow = float(np.quantile(sides, _MANY)) if len(sides) else SMALLEST
    size = recipe.settings.input_size
    needed = 32 * math.ceil(size * SMALLEST / max(narrow, 1e-6) / 32)
    return needed if size < needed <= _LARGEST else 0


def _sides(data: TrainingData, recipe: Recipe) -> NDArray[np.float64]:
    """The narrower side of the box of each training instance, in pixels of the network's input."""
    spec, tile = recipe.input_spec(), data.tiling.size if data.tiling else None
    sides: list[float] = []
    for image in data.training[:: max(len(data.training) // _LOOKED_AT, 1)]:
        height, width = image.height, image.width
        place = placement((min(height, tile), min(width, tile)) if tile else (height, width), spec)
        extents = [coverage(one.segmentation, (height, width)) for one in learnt(data.dataset, image)]
        sides += [min(wide * place.scale_x, high * place.scale_y) for _, wide, high in extents]
    return np.array(sides)


def warning_of_small_objects(data: TrainingData, recipe: Recipe, share: float) -> Warning | None:
    """A warning when the ``share`` of objects that are too small is large; else ``None``."""
    if share <= _MANY:
        return None
    larger = larger_input(data, recipe)
    if data.tiling:
        hint = tr("Use an input size of {size}.", size=larger) if larger else tr("Use a larger input size.")
    elif larger:
        hint = tr("Use an input size of {size}, or tiling (tiling=auto).", size=larger)
    else:
        hint = tr("Use a larger input size, or tiling (tiling=auto).")
    return Warning(
        message=tr(
            "{share:.0%} of the objects are narrower than {smallest:.0f} pixels at an input size of "
            "{size}: they may not be learnt.",
            share=share,
            smallest=SMALLEST,
            size=recipe.settings.input_size,
        ),
        hint=hint,
        matters=True,
    )


def _present(dataset: Dataset, split: str, report: Report) -> list[Image]:
    """The images of a split whose pictures are there."""
    images = dataset.of_split(split)
    present = [image for image in images if dataset.has_picture(image)]
    missing = next((image.file_name for image in images if not dataset.has_picture(image)), None)
    if missing:
        count = len(images) - len(present)
        report(
            Warning(
                message=tr(
                    "{count} of {images} {split} images are missing, the first is {first}.",
                    count=count,
                    images=len(images),
                    split=split,
                    first=missing,
                ),
                hint=tr("Put them back, or take them out of the annotations."),
                matters=True,
            )
        )
    return present


def _check_training(data: TrainingData) -> None:
    """Raise ``UserError`` when there is nothing to learn from, saying what stands in its way."""
    dataset, name = data.dataset, data.dataset.name
    leftovers = [sentences(problem.message, problem.hint) for problem in dataset.leftovers]
    if not dataset.class_counts().any():  # whatever the splits are, this is what is missing first
        hint = " ".join([tr("Annotate some images first."), *leftovers])
        raise UserError(tr("“{name}” has no annotations to learn from", name=name), hint)
    if not data.training:
        hint = " ".join([tr("Training needs a split called “train”, or no splits at all."), *leftovers])
        raise UserError(tr("“{name}” has no images to train on", name=name), hint)
    if not any(dataset.instance_count(image) for image in data.training):
        hint = " ".join([tr("Annotate some first."), *leftovers])
        raise UserError(tr("none of the training images of {name} has an instance", name=name), hint)
    if any(learnt(dataset, image) for image in data.training):
        return
    marked = crowds(dataset, data.training)
    if marked.per_class.sum() == marked.instances:
        message = tr_n(
            "nothing in {name} can be learnt: {n} training instance is marked as a crowd (iscrowd 1), "
            "and there are no others",
            "nothing in {name} can be learnt: {n} training instances are marked as crowds (iscrowd 1), "
            "and there are no others",
            marked.instances,
            name=name,
        )
        raise UserError(message, HINT)
    raise UserError(
        tr("none of the training images of {name} has an instance with a mask", name=name),
        tr("Boxes, crowds and masks without a pixel cannot be learnt from: give some instances a “segmentation”."),
    )


def _known_by_heart(data: TrainingData) -> Warning | None:
    """A warning when validation images are training images too."""
    trained_on = {data.dataset.image_path(image) for image in data.training}
    known = sum(data.dataset.image_path(image) in trained_on for image in data.validation)
    if not known:
        return None
    return Warning(
        message=tr(
            "{known} of {images} validation images are training images too: mAP says what is learnt "
            "by heart, not what will be found in other images.",
            known=known,
            images=len(data.validation),
        ),
        hint=tr("Give them one split each."),
        matters=True,
    )


def _warn_of_what_is_not_learnt(dataset: Dataset, images: list[Image], report: Report) -> None:
    warn_of_crowds(dataset, images, report)
    counts = dataset.class_counts("train") - crowds(dataset, images).per_class
    absent = [category.name for category, left in zip(dataset.categories, counts, strict=True) if left <= 0]
    if absent:
        report(
            Warning(
                message=tr(
                    "No training image shows {classes}: the model will not learn it.", classes=", ".join(absent)
                ),
                hint=tr("Annotate some, or remove the class."),
                matters=True,
            )
        )
