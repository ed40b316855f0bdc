"""The learning rate of each step, and noticing that validations no longer improve."""

import math
from dataclasses import dataclass
from typing import Any

from core.recipes.schema import TrainingSettings


@dataclass(slots=True)
class PlateauTracker:
    """Counts validations that brought no progress: no gain of at least ``delta`` over the last that did.

    A model that has found nothing yet is not standing still, only young, so counting starts with its first progress:
    on small data the first correct masks may take many epochs.
    """

    delta: float
    best: float = 0.0
    waited: int = 0

    def observe(self, value: float) -> None:
        if value >= self.best + self.delta and value > self.best:
            self.best, self.waited = value, 0
        elif self.best > 0:
            self.waited += 1


class Schedule:
    """The learning rate of each step: a linear warm-up over steps, times a plateau's factor or half a cosine.

    A training that goes on with more epochs than it began with follows the longer curve from where it stands: a rate
    that had fallen along a cosine rises again.
    """

    def __init__(self, settings: TrainingSettings, total_steps: int) -> None:
        self._settings = settings
        self._total = total_steps
        self._progress = PlateauTracker(settings.early_stopping_delta)
        self._factor = 1.0
        self.planned = total_steps
        """How many steps were planned when the training was last at work."""

    def rate(self, step: int, total_steps: int | None = None) -> float:
        """The learning rate of ``step``, counted from 0; or what it would be with another total."""
        settings = self._settings
        warmup = settings.warmup_iterations
        factor = self._factor if settings.decay == "plateau" else self._cosine(step, total_steps or self._total)
        lowest = min(settings.minimum_learning_rate, settings.learning_rate)
        return max(settings.learning_rate * factor, lowest) * min((step + 1) / (warmup + 1), 1.0)

    def _cosine(self, step: int, total: int) -> float:
        """Half a cosine (arXiv 1608.03983) down to the last step: from the end of the warm-up, or from the middle of
        the training, as RTMDet does it (arXiv 2212.07784)."""
        start = self._settings.warmup_iterations
        if self._settings.decay == "flat_cosine":
            start = max(start, total // 2)
        done = (step - start) / max(total - start, 1)
        return 0.5 + 0.5 * math.cos(math.pi * min(max(done, 0.0), 1.0))

    def observe(self, value: float) -> None:
        """Take the mask mAP of a validation; after too many without progress the plateau's factor falls."""
        self._progress.observe(value)
        if self._progress.waited > self._settings.plateau_patience:
            self._factor *= self._settings.plateau_factor
            self._progress.waited = 0

    def state_dict(self) -> dict[str, Any]:
        progress = {"best": self._progress.best, "waited": self._progress.waited}
        return {"factor": self._factor, "total": self._total, **progress}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._factor, self._progress.best, self._progress.waited = state["factor"], state["best"], state["waited"]
        self.planned = state["total"]
