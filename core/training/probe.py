"""The probe: what a training would cost and what stands in its way, measured with a few real steps."""

import contextlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import torch
from pytorch_lightning import Callback, LightningModule, Trainer

from core.errors import UserError
from core.inference.torch_predictor import TorchPredictor
from core.jobs import ProbeJob, TrainJob
from core.recipes.schema import Recipe
from core.runs.control import Check, Report
from core.runs.events import Done, Estimate, Stage
from core.runs.folder import RunFolder
from core.training.data.items import training_items
from core.training.fit import new_loader, new_segmenter, new_trainer, training_warnings
from core.training.module import TrainingModule
from core.training.precision import choose_device, device_memory, peak_memory
from core.training.preparation import (
    TrainingData,
    describe_model,
    larger_input,
    open_data,
    small_objects,
    warning_of_small_objects,
)
from core.words import duration, megabytes, tr, tr_n

STEPS = 20
MOST_SECONDS = 60.0
"""A probe ends after so long even if it had fewer steps, but not before the third: the first one warms up."""
_LEAST_STEPS = 3
_ROOM = 0.8
"""Share of the free memory that a training may take: images differ."""
_PICTURES = 3
"""Predicted on, to know how long a validation takes."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What steps took, in units of 2²⁰ bytes."""

    fixed: float
    """Part of the peak that does not depend on the batch: network, gradients, optimizer, libraries, data."""
    per_image: float
    """For each image of a batch."""
    free: float
    """Left for batches."""
    total: float
    """Of the device."""

    def largest_batch(self) -> int:
        """Images whose step fits, with some room left; at least 1."""
        return max(int(self.free * _ROOM / max(self.per_image, 1.0)), 1)


@dataclass(frozen=True, slots=True)
class Costs:
    """What a few steps and predictions took."""

    step: float
    """Seconds."""
    steps_per_epoch: int
    validation: float
    """Seconds for all validation images."""
    asked: int
    """Batch size the recipe asks for, or all there is to train on if that is less."""
    batch_size: int
    """Of the steps that were measured: what was asked for, or the largest that fits."""
    memory: Memory


def probe(job: ProbeJob, folder: RunFolder, report: Report, check: Check) -> None:
    """Train up to ``STEPS`` steps of ``job.train``, keep nothing, and say an ``Estimate``.

    An image alone comes first: what it takes tells whether the batch that was asked for fits, so that a probe does not
    run out of memory itself. Raises ``UserError`` when there is nothing to train on.
    """
    data = open_data(job.train, report)
    check()
    torch.set_flush_denormal(True)
    with training_warnings():
        costs = _measure(job.train, data, report, check)
    estimate = _estimate(job.train.recipe, data, costs, small_objects(data, job.train.recipe))
    report(estimate)
    report(Done())


def _measure(job: TrainJob, data: TrainingData, report: Report, check: Check) -> Costs:
    spec = describe_model(job, data)
    segmenter, pretrained = new_segmenter(job, spec, report, check)
    device = choose_device()
    items = training_items(data.dataset, data.training, job.recipe.settings, data.tiling)
    free, total = device_memory(device)
    idle = peak_memory(device)

    def steps(batch: int, most: int) -> float:
        settings = msgspec.structs.replace(job.recipe.settings, batch_size=batch, workers=0)
        recipe = msgspec.structs.replace(job.recipe, settings=settings)
        module = TrainingModule(segmenter, recipe, new_loader(data, items, recipe), pretrained).train()
        watch = _Watch(most, check)
        new_trainer(settings, device, [watch]).fit(module)
        return watch.seconds

    report(Stage(name=tr("Trying a few steps")))
    steps(1, 2)
    alone = peak_memory(device)
    asked = min(job.recipe.settings.batch_size, len(items))
    batch = min(asked, Memory(idle, alone - idle, free, total).largest_batch())
    step = steps(batch, STEPS)
    peak = peak_memory(device)
    per_image = (peak - alone) / (batch - 1) if batch > 1 and peak > alone else alone - idle
    fixed = peak - batch * per_image
    report(Stage(name=tr("Trying a few predictions")))
    prediction = _prediction_seconds(TorchPredictor(segmenter, spec, device), data)
    return Costs(
        step=step,
        steps_per_epoch=math.ceil(len(items) / batch),
        validation=prediction * len(data.validation),
        asked=asked,
        batch_size=batch,
        # The network and its optimizer came after the look at what is free.
        memory=Memory(fixed, per_image, free - max(fixed - idle, 0.0), total),
    )


class _Watch(Callback):
    """Ends a training after a few steps and measures how long one takes."""

    def __init__(self, most: int, check: Check) -> None:
        self._most = most
        self._check = check
        self._ends = [0.0]

    @property
    def seconds(self) -> float:
        """The median step's; the first one, which warms up, does not count where there are others."""
        steps = np.diff(self._ends)
        return float(np.median(steps[1:] if len(steps) > 1 else steps))

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._ends = [time.monotonic()]

    def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:
        self._check()
        self._ends.append(time.monotonic())
        done, seconds = len(self._ends) - 1, self._ends[-1] - self._ends[0]
        if done >= self._most or (done >= _LEAST_STEPS and seconds > MOST_SECONDS):
            trainer.should_stop = True


def _prediction_seconds(predictor: TorchPredictor, data: TrainingData) -> float:
    """For one validation image, at the least: a network that has not learnt finds little to draw."""
    seconds = []
    for image in data.validation[:_PICTURES]:
        with contextlib.suppress(UserError):  # a picture that cannot be read: the training will tell
            picture = data.dataset.read_image(image)
            start = time.monotonic()
            predictor.predict(picture)
            seconds.append(time.monotonic() - start)
    return float(np.median(seconds)) if seconds else 0.0


def _estimate(recipe: Recipe, data: TrainingData, costs: Costs, small: float) -> Estimate:
    settings, memory = recipe.settings, costs.memory
    steps = costs.step * costs.steps_per_epoch
    estimate = Estimate(
        seconds_per_step=costs.step,
        seconds_per_epoch=steps + costs.validation / settings.validate_every,
        seconds=steps * settings.epochs + costs.validation * math.ceil(settings.epochs / settings.validate_every),
        memory_mb=memory.fixed + memory.per_image * costs.batch_size,
        memory_total_mb=memory.total,
        batch_size=costs.batch_size,
        largest_batch=max(memory.largest_batch(), costs.batch_size),
        small_objects=small,
        input_size=larger_input(data, recipe),
        advice=[],
    )
    return msgspec.structs.replace(estimate, advice=list(_advice(recipe, data, costs, estimate)))


def _advice(recipe: Recipe, data: TrainingData, costs: Costs, estimate: Estimate) -> Iterator[str]:
    """What was found, a sentence each."""
    settings, memory = recipe.settings, costs.memory
    yield tr(
        "An epoch takes about {time} ({steps} of {step:.2g} s), all {epochs} take {time_in_all} at most.",
        time=duration(estimate.seconds_per_epoch),
        steps=tr_n("{n} step", "{n} steps", costs.steps_per_epoch),
        step=costs.step,
        epochs=tr_n("{n} epoch", "{n} epochs", settings.epochs),
        time_in_all=duration(estimate.seconds),
    )
    yield tr(
        "It needs about {needed} of {total} memory.",
        needed=megabytes(estimate.memory_mb),
        total=megabytes(memory.total),
    )
    if costs.batch_size < costs.asked:
        yield tr("A batch of {asked} does not fit: use {fitting}.", asked=costs.asked, fitting=costs.batch_size)
    elif estimate.largest_batch > costs.batch_size:
        yield tr("A batch of {size} fits; up to {most} would.", size=costs.batch_size, most=estimate.largest_batch)
    else:
        yield tr("A batch of {size} fits.", size=costs.batch_size)
    if warning := warning_of_small_objects(data, recipe, estimate.small_objects):
        yield f"{warning.message} {warning.hint}"
