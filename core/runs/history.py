"""The state of a run, summed up from its events: where it stands, its curves, its best model.

The same code serves a run that is live, one that was left running when the window closed, and one that ended last
month.
"""

import time
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from core.runs import events
from core.runs.ending_reason import why_ended
from core.runs.events import Record
from core.words import sentences, tr

RunState = Literal["running", "done", "stopped", "paused", "cancelled", "failed"]

_STATES: dict[type, RunState] = {
    events.Done: "done",
    events.Stopped: "stopped",
    events.Paused: "paused",
    events.Cancelled: "cancelled",
    events.Failed: "failed",
}
_LOGGED_ENDS = {
    events.Done: tr("Done"),
    events.Stopped: tr("Stopped"),
    events.Paused: tr("Paused"),
    events.Cancelled: tr("Cancelled"),
}

RESUMABLE: tuple[RunState, ...] = ("paused", "stopped", "failed")
"""States of a training that has more to do. One that ended before its first checkpoint begins anew."""


@dataclass(slots=True)
class Curve:
    """A curve that grows point by point. Points are packed as float64, so that a run of days stays small in memory."""

    _x: "array[float]" = field(default_factory=lambda: array("d"))
    _y: "array[float]" = field(default_factory=lambda: array("d"))

    def __len__(self) -> int:
        return len(self._x)

    def add(self, x: float, y: float) -> None:
        self._x.append(x)
        self._y.append(y)

    def cut(self, end: float) -> None:
        """Forget the points beyond ``end``."""
        while self._x and self._x[-1] > end:
            self._x.pop()
            self._y.pop()

    def points(self) -> "tuple[array[float], array[float]]":
        """Copies of x and y."""
        return self._x[:], self._y[:]


@dataclass(slots=True)
class RunHistory:
    """What a view of a run shows, accumulated from its events, which are added in order. The x of every curve is in
    epochs."""

    stage: str = ""
    progress: events.Progress | None = None
    plan: events.Plan | None = None
    step: events.Step | None = None
    eta: events.Eta | None = None
    estimate: events.Estimate | None = None
    losses: dict[str, Curve] = field(default_factory=dict)
    validations: list[events.Validation] = field(default_factory=list)
    samples: list[events.SamplePredictions] = field(default_factory=list)
    warnings: list[events.Warning] = field(default_factory=list)
    artifacts: list[events.Artifact] = field(default_factory=list)
    log: list[tuple[float, str]] = field(default_factory=list)
    """The log: lines of text, those of stages and warnings included, each with its time in seconds since the epoch."""
    end: events.Terminal | None = None
    started: float = 0.0
    """Time of the first event, in seconds since the epoch; 0 before it."""
    latest: float = 0.0
    """Time of the last event, likewise."""
    seconds: float = 0.0
    """Seconds of work up to the last event, summed over all processes that worked on the run, by clocks that nobody
    sets."""
    _heard: float = 0.0
    """Value of ``time.monotonic`` when the last event was added; 0 before it."""
    _clock: float = 0.0
    """``Record.clock`` of the last event."""

    @property
    def silence(self) -> float:
        """Seconds since the last event was added."""
        return time.monotonic() - self._heard if self._heard else 0.0

    def add(self, records: Iterable[Record]) -> None:
        """Add the next events."""
        for record in records:
            self._pass(record)
            self._add(record.event)
            words = _words(record.event)
            if words:
                self.log.append((record.time, words))

    def _pass(self, record: Record) -> None:
        """Add the time since the record before to ``seconds``. The clock of a new process begins at 0; records of
        earlier versions have none."""
        if record.clock is not None:
            passed, self._clock = record.clock - self._clock, record.clock
        else:
            passed = 0.0 if self._clock else record.time - (self.latest or record.time)
        self.seconds += max(passed, 0.0)
        self._heard = time.monotonic()
        self.started, self.latest = self.started or record.time, record.time

    def _add(self, event: events.AnyEvent) -> None:
        self.end = None  # a resumed run speaks again after its end
        match event:
            case events.Stage(name=name):
                self.stage, self.progress = name, None
            case events.Progress():
                self.progress = event
            case events.Plan():
                self._begin(event)
            case events.Step():
                self._step(event)
            case events.Validation():
                self.validations.append(event)
            case events.SamplePredictions():
                self.samples.append(event)
            case events.Eta():
                self.eta = event
            case events.Estimate():
                self.estimate = event
            case events.Warning():
                self.warnings.append(event)
            case events.Artifact():
                self.artifacts.append(event)
            case events.Done() | events.Stopped() | events.Paused() | events.Cancelled() | events.Failed():
                self.end = event

    def _begin(self, plan: events.Plan) -> None:
        """Start or resume: drop what is known of epochs that the training will go through again."""
        self.plan = plan
        done = plan.first_epoch - 1
        self.validations = [validation for validation in self.validations if validation.epoch <= done]
        self.samples = [sample for sample in self.samples if sample.epoch <= done]

    def _step(self, step: events.Step) -> None:
        """Steps that a resumed training repeats are drawn once; it may go on in the middle of an epoch."""
        self.step = step
        steps_per_epoch = max(self.plan.steps_per_epoch if self.plan else 1, 1)
        for name, value in step.losses.items():
            curve = self.losses.setdefault(name, Curve())
            curve.cut((step.step - 0.5) / steps_per_epoch)
            curve.add(step.step / steps_per_epoch, value)

    @property
    def state(self) -> RunState:
        """The state that the events end in; ``running`` also for a process that died without a terminal event."""
        return _STATES[type(self.end)] if self.end else "running"

    @property
    def why(self) -> str:
        """Why a training ended, in words; see ``why_ended``."""
        return why_ended(self.end, self.epoch, self.plan.epochs if self.plan else 0)

    @property
    def pressing(self) -> list[events.Warning]:
        """The distinct warnings: those that make the result worth less first (``Warning.matters``), then the newest
        first."""
        newest = dict.fromkeys(reversed(self.warnings))
        return sorted(newest, key=lambda warning: not warning.matters)

    @property
    def telling_samples(self) -> events.SamplePredictions | None:
        """The samples to show: the newest while the model learns; after the end, those of the model that was kept."""
        kept = self.best.epoch if self.best and not isinstance(self.end, events.Paused | None) else None
        samples = [sample for sample in self.samples if sample.epoch == kept] or self.samples
        return samples[-1] if samples else None

    @property
    def best(self) -> events.Validation | None:
        """The validation whose model was kept."""
        best = [validation for validation in self.validations if validation.best]
        return best[-1] if best else None

    @property
    def epoch(self) -> int:
        """The epoch being trained, 0 before the first."""
        last = self.validations[-1].epoch if self.validations else 0
        return max(self.step.epoch if self.step else 0, last)

    @property
    def fraction(self) -> float | None:
        """How much is done, 0–1; ``None`` when the job has not said how much there is."""
        if self.end is not None and not isinstance(self.end, events.Paused):
            return 1.0
        if self.plan and self.step:
            return min(self.step.step / max(self.plan.epochs * self.plan.steps_per_epoch, 1), 1.0)
        if self.progress and self.progress.total:
            return min(self.progress.done / self.progress.total, 1.0)
        return None


def _words(event: events.AnyEvent) -> str:
    """An event as a line of the log; empty for events that hold figures only."""
    match event:
        case events.Stage(name=name):
            return name
        case events.Log(message=message):
            return message
        case events.Warning() | events.Failed():
            return sentences(event.message, event.hint)
        case events.Artifact(path=path):
            return tr("Wrote {path}", path=path)
        case _:
            return _LOGGED_ENDS.get(type(event), "")
