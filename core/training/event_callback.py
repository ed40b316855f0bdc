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
from core.runs.control import Report
from core.runs.events import Epoch, Eta, Log, Plan, Stage, Step, Warning
from core.training.data.loader import Batch
from core.training.module import TrainingModule
from core.training.schedule import Schedule
from core.training.stopping import StopConditions
from core.training.validation import ValidationCallback
from core.words import tr, tr_n

_EVERY = 0.25
"""Seconds between step events: a person cannot follow more."""
_ETA_EVERY = 1.0
_NAMED = 5
"""Unreadable images that are reported one by one; of more, only the number is reported."""
_GOOD = tr("good steps")
_BAD_STEPS = 10
"""Bad steps in a row after which training has broken down."""
_BREAKDOWN = tr("Lower the learning rate, lengthen the warm-up, or train in fp32.")


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
        self._unreadable_told = 0
        self._without_pixels: dict[int, int] = {}
        """Annotations that cannot be learnt, by image."""
        self._annotations_told = False
        self._bad_steps = 0
        """Number of skipped steps that were reported."""
        self._epoch_means = Means()
        self._window = Means()
        self._window_images = 0
        self._pace = StepTime()
        self._epoch_start = self._window_start = time.monotonic()
        self._last_eta = 0.0
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
        self._tell_change(pl_module.schedule, trainer.global_step)
        if trainer.fit_loop.restarted_mid_epoch:  # Lightning announces an epoch only once
            self._begin_epoch()

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._begin_epoch()

    def _begin_epoch(self) -> None:
        self._report(Stage(name=tr("Training")))
        self._epoch_start = self._window_start = time.monotonic()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Batch, batch_idx: int
    ) -> None:
        self._warn(batch)
        self._without_pixels |= batch.without_pixels
        if not outputs:  # none of its images could be read
            return
        self._window.add(outputs["losses"])
        self._epoch_means.add(outputs["losses"])
        self._window_images += len(batch)
        if time.monotonic() >= self._window_start + _EVERY:
            self._tell_step(trainer)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self._window.count:
            self._tell_step(trainer)
        self._look_for_breakdown(trainer, at_end=True)
        if not self._epoch_means.count:
            raise UserError(
                tr("not one image of this epoch could be read"),
                tr("Check that the dataset's files are still in their place."),
            )
        self._tell_of_unreadable()
        self._tell_of_annotations()
        seconds = time.monotonic() - self._epoch_start
        self._report(Epoch(epoch=trainer.current_epoch + 1, losses=self._epoch_means.take(), seconds=seconds))

    def _tell_step(self, trainer: Trainer) -> None:
        now = time.monotonic()
        seconds, steps = now - self._window_start, self._window.count
        losses = self._window.take()
        self._look_for_breakdown(trainer)
        if losses:
            self._report(
                Step(
                    epoch=trainer.current_epoch + 1,
                    step=trainer.global_step,
                    losses=losses,
                    learning_rate=trainer.optimizers[0].param_groups[0]["lr"],
                    images_per_second=self._window_images / seconds,
                    memory_mb=self._memory(),
                )
            )
        self._pace.add(steps, seconds)
        self._busy += seconds
        self._images += self._window_images
        self._window_images, self._window_start = 0, now
        if now >= self._last_eta + _ETA_EVERY:
            self._last_eta = now
            self._tell_eta(trainer)

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
                    "the loss is no longer a number, {in_a_row} steps in a row up to step {global_step}: training "
                    "has broken down",
                    in_a_row=in_a_row,
                    global_step=trainer.global_step,
                ),
                tr("{breakdown} The best model so far is kept.", breakdown=_BREAKDOWN),
            )
        if in_all > self._bad_steps and (at_end or not self._bad_steps):
            left_out = tr_n("{n} step", "{n} steps", in_all - self._bad_steps)
            self._report(
                Warning(
                    message=tr(
                        "The loss was not a number: {left_out} left out, before step {global_step}.",
                        left_out=left_out,
                        global_step=trainer.global_step + 1,
                    ),
                    hint=tr("If it happens often: {breakdown}", breakdown=_BREAKDOWN),
                    matters=True,
                )
            )
            self._bad_steps = in_all

    def _memory(self) -> float:
        """In MB: the most that was had of a GPU so far, else what the process has now."""
        if torch.cuda.is_available():
            return torch.cuda.max_memory_reserved() / 2**20
        return float(self._process.memory_info().rss / 2**20)

    def _tell_change(self, schedule: Schedule, step: int) -> None:
        """Report how more epochs than were planned change the learning rate."""
        before, now = schedule.rate(step, schedule.planned), schedule.rate(step)
        if schedule.planned != self._plan.epochs * self._plan.steps_per_epoch:
            turn = (
                "stays" if math.isclose(before, now) else tr("follows the longer curve: {now:.2g} instead of", now=now)
            )
            message = tr(
                "The training goes on to epoch {epochs}. The learning rate {turn} {before:.2g}.",
                epochs=self._plan.epochs,
                turn=turn,
                before=before,
            )
            self._report(Log(message=message))

    def _tell_eta(self, trainer: Trainer) -> None:
        epochs_left = self._plan.epochs - trainer.current_epoch
        steps_left = self._plan.epochs * self._plan.steps_per_epoch - trainer.global_step
        seconds = steps_left * self._pace.seconds + self._validating.seconds_left(trainer.current_epoch)
        seconds = min(seconds, self._ending.seconds_left)
        self._report(Eta(seconds=seconds, epochs_left=epochs_left, patience_left=self._ending.patience_left))

    def _warn(self, batch: Batch) -> None:
        for sample in batch.unreadable:
            if sample.image not in self._unreadable and len(self._unreadable) < _NAMED:
                self._report(
                    Warning(message=tr("An image is left out: {message}", message=sample.message), hint=sample.hint)
                )
            self._unreadable.add(sample.image)

    def _tell_of_unreadable(self) -> None:
        """After an epoch, how many images cannot be read when they are more than were named."""
        found = len(self._unreadable)
        if found > max(self._unreadable_told, _NAMED):
            self._unreadable_told = found
            left_out = tr(
                "{images} cannot be read and are left out.",
                images=tr_n("{n} training image", "{n} training images", found),
            )
            self._report(Warning(message=left_out, matters=True))

    def _tell_of_annotations(self) -> None:
        """Once, after an epoch, say how many annotations were of no use."""
        if self._without_pixels and not self._annotations_told:
            total = tr_n("{n} annotation", "{n} annotations", sum(self._without_pixels.values()))
            images = tr_n("{n} training image", "{n} training images", len(self._without_pixels))
            self._report(
                Warning(
                    message=tr(
                        "{total} of {images} cannot be learnt: no outline, or one that holds no pixel.",
                        total=total,
                        images=images,
                    ),
                    hint=tr("Their places are painted grey in training. The health check of the dataset names them."),
                    matters=True,
                )
            )
        self._annotations_told = True

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


class StepTime:
    """Seconds a step takes, the latest counting most; the very first steps, which warm up, are left out."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._windows = 0

    def add(self, steps: int, seconds: float) -> None:
        self._windows += 1
        weight = 1.0 if self._windows <= 2 else 0.1
        self.seconds += weight * (seconds / steps - self.seconds)
