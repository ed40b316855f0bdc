"""Conditions that end a training before its last epoch, and their reasons in words."""

import math
import time
from typing import Any

from core.recipes.schema import TrainingSettings
from core.runs.control import StopRequested
from core.training.schedule import PlateauTracker
from core.words import tr, tr_n


class TimeOver(StopRequested):
    """The time limit of a training was reached in the middle of an epoch."""


class StopConditions:
    """Measures the time of a training, summed over all processes that worked on it, and decides when it has to end.

    It ends early when it no longer improves (by validations or by minutes), when it is good enough, and when its time
    is over. The first two are known only after a validation.
    """

    def __init__(self, settings: TrainingSettings) -> None:
        self.reason = ""
        """Why it ends early, in words; empty as long as it does not."""
        self._settings = settings
        self._progress = PlateauTracker(settings.early_stopping_delta)
        self._best = 0.0
        self._rose = 0.0
        """When the best was reached, in seconds of training."""
        self._earlier = 0.0
        self._start = time.monotonic()

    def start(self) -> None:
        """Training begins, or goes on, in this process now."""
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        """Spent on the training so far, validations included."""
        return self._earlier + time.monotonic() - self._start

    @property
    def seconds_left(self) -> float:
        """Until its time is over; infinite without a limit."""
        limit = self._settings.stop_after_minutes * 60
        return max(limit - self.seconds, 0.0) if limit else math.inf

    @property
    def patience_left(self) -> int:
        """Validations without progress that are still allowed; 0 when early stopping is off."""
        return max(self._settings.early_stopping_patience - self._progress.waited, 0)

    def time_over(self) -> bool:
        """Whether it has to end now, whatever it has reached."""
        if self.seconds_left > 0:
            return False
        self.reason = tr("time limit: its {minutes:g} minutes are over", minutes=self._settings.stop_after_minutes)
        return True

    def observe(self, value: float) -> None:
        """Take note of the mask mAP of a validation."""
        settings = self._settings
        self._progress.observe(value)
        if value > self._best:
            self._best, self._rose = value, self.seconds
        if settings.stop_at_map and value >= settings.stop_at_map:
            self.reason = tr(
                "good enough: mask mAP {value:.3f} has reached {goal:g}", value=value, goal=settings.stop_at_map
            )
        elif settings.early_stopping_patience and not self.patience_left:
            if settings.early_stopping_delta:
                self.reason = tr_n(
                    "early stopping: mask mAP has not risen by {delta:g} for {n} validation",
                    "early stopping: mask mAP has not risen by {delta:g} for {n} validations",
                    self._progress.waited,
                    delta=settings.early_stopping_delta,
                )
            else:
                self.reason = tr_n(
                    "early stopping: mask mAP has not risen for {n} validation",
                    "early stopping: mask mAP has not risen for {n} validations",
                    self._progress.waited,
                )
        elif self._stands_still(self.seconds):
            self.reason = tr(
                "no progress: mask mAP has not risen for {minutes:g} minutes",
                minutes=settings.stop_without_progress_minutes,
            )

    def state_dict(self) -> dict[str, Any]:
        progress = {"best": self._progress.best, "waited": self._progress.waited}
        return {"progress": progress, "best": self._best, "rose": self._rose, "seconds": self.seconds}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on. Who goes on with a training that had ended for want of progress gives it its whole patience again."""
        self._progress.best, self._progress.waited = state["progress"]["best"], state["progress"]["waited"]
        self._best, self._rose, self._earlier = state["best"], state["rose"], state["seconds"]
        if not self.patience_left:
            self._progress.waited = 0
        if self._stands_still(self._earlier):
            self._rose = self._earlier

    def _stands_still(self, seconds: float) -> bool:
        standstill = self._settings.stop_without_progress_minutes * 60
        return standstill > 0 and seconds - self._rose >= standstill
