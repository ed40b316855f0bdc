"""The events of a training while it runs: steps, epochs, the time left."""

import math
import time
from typing import Any

import msgspec
import psutil
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor

from core.errors import UserError
from core.runs.control import PROGRESS_EVERY, Report, Throttle
from core.runs.events import Epoch, Eta, Log, Plan, Stage, Step, Warning
from core.training.data.loader import Batch
from core.training.module import TrainingModule
from core.training.schedule import Schedule
from core.training.stopping import StopConditions
from core.training.validation import ValidationCallback
from core.words import tr, tr_n

_ETA_EVERY = 1.0
"""Seconds between estimates of the time left."""
_NAMED = 5
"""Unreadable images that are reported one by one; of more, only the number is reported."""
_GOOD = "good steps"
"""Where ``Means`` counts; part of checkpoints."""
_BAD_STEPS = 10
"""Bad steps in a row after which training has broken down."""


class Means:
    """Running means of losses, without steps in which one is not a finite number. They stay on the device until
    ``take``, which waits for it."""

    def __init__(self) -> None:
        self.count = 0
        """Steps since the last call of ``take``, good or bad."""
        self._sums: dict[str, Tensor] = {}

    def add(self, losses: dict[str, Tensor]) -> None:
        self.count += 1
        good = losses["total"].isfinite()
        for name, value in (losses | {_GOOD: good}).items():
            value = torch.where(good, value, 0).double()
            self._sums[name] = self._sums[name] + value if name in self._sums else value

    def take(self) -> dict[str, float]:
        """The means since the last call; none if no step was good."""
        values = torch.stack(list(self._sums.values())).tolist() if self._sums else []
        sums = dict(zip(self._sums, values, strict=True))
        good = sums.pop(_GOOD, 0)
        self.count, self._sums = 0, {}
        return {name: value / good for name, value in sums.items()} if good else {}

    def state_dict(self) -> dict[str, Any]:
        return {"count": self.count, "sums": dict(self._sums)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.count, self._sums = state["count"], dict(state["sums"])


class EventCallback(Callback):
    """Reports steps at most four times a second, epochs, the time left, and images that cannot be read. Raises
    ``UserError`` once the loss is no longer a number, step after step."""

    def __init__(self, report: Report, validating: ValidationCallback, ending: StopConditions, plan: Plan) -> None:
        self._report = report
        self._validating = validating
        self._ending = ending
        self._plan = plan
        self._process = psutil.Process()
        self._unreadable: set[int] = set()
        """Images that cannot be read."""
        self._unreadable_reported = 0
        self._without_pixels: dict[int, int] = {}
        """Annotations that cannot be learnt, by image."""
        self._annotations_reported = False
        self._bad_steps = 0
        """Number of skipped steps that were reported."""
        self._epoch_means = Means()
        self._window = Means()
        self._window_images = 0
        self._step_seconds = 0.0
        """Seconds a step takes, the latest counting most."""
        self._windows = 0
        self._epoch_start = self._window_start = time.monotonic()
        self._due = Throttle(PROGRESS_EVERY)
        self._eta_due = Throttle(_ETA_EVERY, at_once=True)
        self._images = 0
        """Images trained on so far, by all processes that worked on the run one after the other."""
        self._busy = 0.0
        """Seconds they took, without validations."""
        self.began = False
        """Whether everything is loaded, so that the first step may come."""

    @property
    def images_per_second(self) -> float | None:
        """Of training, over the whole run; ``None`` before the first steps were timed."""
        return round(self._images / self._busy, 2) if self._busy else None

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.began = True
        self._ending.start()
        self._report(msgspec.structs.replace(self._plan, first_epoch=trainer.current_epoch + 1))
        assert isinstance(pl_module, TrainingModule)
        self._report_longer_schedule(pl_module.schedule, trainer.global_step)
        if trainer.fit_loop.restarted_mid_epoch:  # Lightning announces an epoch only once
            self._begin_epoch()

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._begin_epoch()

    def _begin_epoch(self) -> None:
        self._report(Stage(name=tr("Training")))
        self._epoch_start = self._window_start = time.monotonic()
        self._due = Throttle(PROGRESS_EVERY)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Batch, batch_idx: int
    ) -> None:
        for sample in batch.unreadable:
            if sample.image not in self._unreadable and len(self._unreadable) < _NAMED:
                message = tr("An image is left out: {message}", message=sample.message)
                self._report(Warning(message=message, hint=sample.hint))
            self._unreadable.add(sample.image)
        self._without_pixels |= batch.without_pixels
        if not outputs:  # none of its images could be read
            return
        self._window.add(outputs["losses"])
        self._epoch_means.add(outputs["losses"])
        self._window_images += len(batch)
        if self._due.due():
            self._report_step(trainer)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self._window.count:
            self._report_step(trainer)
        self._look_for_breakdown(trainer, at_end=True)
        if not self._epoch_means.count:
            raise UserError(
                tr("not one image of this epoch could be read"),
                tr("Check that the dataset's files are still in their place."),
            )
        self._report_unreadable()
        self._report_annotations()
        seconds = time.monotonic() - self._epoch_start
        self._report(Epoch(epoch=trainer.current_epoch + 1, losses=self._epoch_means.take(), seconds=seconds))

    def _report_step(self, trainer: Trainer) -> None:
        now = time.monotonic()
        seconds, steps = now - self._window_start, self._window.count
        losses = self._window.take()
        self._look_for_breakdown(trainer)
        if losses:
            # In MB: the most that was had of a GPU so far, else what the process has now.
            memory = self._process.memory_info().rss
            if torch.cuda.is_available():
                memory = torch.cuda.max_memory_reserved()
            self._report(
                Step(
                    epoch=trainer.current_epoch + 1,
                    step=trainer.global_step,
                    losses=losses,
                    learning_rate=trainer.optimizers[0].param_groups[0]["lr"],
                    images_per_second=self._window_images / seconds,
                    memory_mb=memory / 2**20,
                )
            )
        self._windows += 1
        weight = 1.0 if self._windows <= 2 else 0.1  # the very first steps warm up
        self._step_seconds += weight * (seconds / steps - self._step_seconds)
        self._busy += seconds
        self._images += self._window_images
        self._window_images, self._window_start = 0, now
        if self._eta_due.due():
            steps_left = self._plan.epochs * self._plan.steps_per_epoch - trainer.global_step
            left = steps_left * self._step_seconds + self._validating.seconds_left(trainer.current_epoch)
            self._report(
                Eta(
                    seconds=min(left, self._ending.seconds_left),
                    epochs_left=self._plan.epochs - trainer.current_epoch,
                    patience_left=self._ending.patience_left,
                )
            )

    def _look_for_breakdown(self, trainer: Trainer, *, at_end: bool = False) -> None:
        """Report steps that were skipped because the loss or its gradient was not a finite number: the first at once,
        others at the end of an epoch."""
        module = trainer.lightning_module
        if not isinstance(module, TrainingModule) or module.bad_steps is None:
            return
        if not trainer.is_global_zero:
            return  # each looks by its own clock: of several processes only one is to end for it, and say why
        in_a_row, in_all = module.bad_steps.tolist()
        if in_a_row >= _BAD_STEPS:
            raise UserError(
                tr(
                    "the loss is no longer a number, {count} steps in a row up to step {step}: training "
                    "has broken down",
                    count=in_a_row,
                    step=trainer.global_step,
                ),
                tr("Lower the learning rate, lengthen the warm-up, or train in fp32. The best model so far is kept."),
            )
        if in_all > self._bad_steps and (at_end or not self._bad_steps):
            message = tr_n(
                "The loss was not a number: {n} step left out, before step {step}.",
                "The loss was not a number: {n} steps left out, before step {step}.",
                in_all - self._bad_steps,
                step=trainer.global_step + 1,
            )
            hint = tr("If it happens often: Lower the learning rate, lengthen the warm-up, or train in fp32.")
            self._report(Warning(message=message, hint=hint, matters=True))
            self._bad_steps = in_all

    def _report_longer_schedule(self, schedule: Schedule, step: int) -> None:
        """How more epochs than were planned change the learning rate."""
        if schedule.planned == self._plan.epochs * self._plan.steps_per_epoch:
            return
        before, now = schedule.rate(step, schedule.planned), schedule.rate(step)
        if math.isclose(before, now):
            message = tr(
                "The training goes on to epoch {epochs}. The learning rate stays {rate:.2g}.",
                epochs=self._plan.epochs,
                rate=before,
            )
        else:
            message = tr(
                "The training goes on to epoch {epochs}. "
                "The learning rate follows the longer curve: {now:.2g} instead of {before:.2g}.",
                epochs=self._plan.epochs,
                now=now,
                before=before,
            )
        self._report(Log(message=message))

    def _report_unreadable(self) -> None:
        """After an epoch, how many images cannot be read when they are more than were named."""
        found = len(self._unreadable)
        if found > max(self._unreadable_reported, _NAMED):
            self._unreadable_reported = found
            message = tr_n(
                "{n} training image cannot be read and is left out.",
                "{n} training images cannot be read and are left out.",
                found,
            )
            self._report(Warning(message=message, matters=True))

    def _report_annotations(self) -> None:
        """Once, after an epoch, how many annotations were of no use."""
        if self._without_pixels and not self._annotations_reported:
            total = tr_n("{n} annotation", "{n} annotations", sum(self._without_pixels.values()))
            images = tr_n("{n} training image", "{n} training images", len(self._without_pixels))
            self._report(
                Warning(
                    message=tr(
                        "{total} of {images} cannot be learnt: no outline, or one that holds no pixel.",
                        total=total,
                        images=images,
                    ),
                    hint=tr("Their places are not taken for background. The health check of the dataset names them."),
                    matters=True,
                )
            )
        self._annotations_reported = True

    def state_dict(self) -> dict[str, Any]:
        return {
            "epoch_means": self._epoch_means.state_dict(),
            "ending": self._ending.state_dict(),
            "images": self._images,
            "busy": self._busy,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._epoch_means.load_state_dict(state_dict["epoch_means"])
        self._ending.load_state_dict(state_dict["ending"])
        self._images, self._busy = state_dict["images"], state_dict["busy"]
