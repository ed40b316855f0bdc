"""The events of a job: a closed union of frozen structs, one JSON object a line in ``events.jsonl``.

Readers skip event types they do not know, so that an older window can follow a newer child. A job emits exactly one
terminal event (``Done``, ``Stopped``, ``Paused``, ``Cancelled`` or ``Failed``), as its last.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Annotated

import msgspec
from msgspec import Meta

from core.reading import UNREADABLE
from core.runs.fingerprint import Fingerprint

Count = Annotated[int, Meta(ge=0, le=1 << 53)]
Moment = Annotated[float, Meta(ge=0, le=3.2e10)]
"""Seconds since the epoch, UTC, up to what the calendar of Windows knows, the year 3000. A line with another value is
skipped."""


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=str.lower):
    """Base of all events."""


class Stage(Event, frozen=True, kw_only=True):
    """The job entered a named stage ("Reading the dataset"). ``name`` is shown to people as it is."""

    name: str


class Progress(Event, frozen=True, kw_only=True):
    """``done`` of ``total`` ``unit`` within the current stage."""

    done: Count
    total: Count
    unit: str = ""


class Data(Event, frozen=True, kw_only=True):
    """The job has read a dataset. Kept in ``job.json`` too."""

    fingerprint: Fingerprint


class Plan(Event, frozen=True, kw_only=True):
    """What a training is about to do."""

    epochs: Count
    steps_per_epoch: Count
    train_images: Count
    validation_images: Count
    device: str
    precision: str
    parameters: Count
    patience: Count
    first_epoch: Count = 1


class Step(Event, frozen=True, kw_only=True):
    """One optimizer step, or the last of a few (they are coalesced to about four a second)."""

    epoch: Count
    step: Count
    """Counted from 1 over the whole run."""
    losses: dict[str, float]
    """Includes ``total``."""
    learning_rate: float
    images_per_second: float
    memory_mb: float


class Epoch(Event, frozen=True, kw_only=True):
    """An epoch of training ended; mean losses over it."""

    epoch: Count
    losses: dict[str, float]
    seconds: float


class Validation(Event, frozen=True, kw_only=True):
    """COCO AP on the validation images, mask AP and box AP, all in 0–1."""

    epoch: Count
    map: float
    map50: float
    box_map: float
    per_class: dict[str, float]
    """Mask AP by class name; classes with no instance are left out."""
    best: bool
    seconds: float
    max_detections: int = 100
    """Detections of an image that counted at most."""
    map_100: float | None = None
    """Mask AP with COCO's hundred, where that is another figure."""


class SamplePredictions(Event, frozen=True, kw_only=True, tag="sample"):
    """Predictions on a few validation images, drawn: file paths relative to the run folder."""

    epoch: Count
    files: list[str]


class Checkpoint(Event, frozen=True, kw_only=True):
    """A checkpoint was written, ``path`` relative to the run folder."""

    path: str
    epoch: Count
    best: bool


class Eta(Event, frozen=True, kw_only=True):
    """Seconds until the last planned epoch ends, and what early stopping still allows."""

    seconds: float
    epochs_left: Count
    patience_left: Count


class Estimate(Event, frozen=True, kw_only=True):
    """What a training will take, from its first steps or from a probe's."""

    seconds_per_step: float
    seconds_per_epoch: float
    """Its validation included."""
    seconds: float
    """For all epochs; early stopping may end it sooner."""
    memory_mb: float
    """The most that was in use."""
    memory_total_mb: float
    """What the device has."""
    batch_size: Count
    """The batch size that was asked for, or the largest that fits, estimated from the memory that steps took."""
    largest_batch: Count = 0
    """The largest that fits; 0 where nobody has found out."""
    small_objects: float
    """Share of the training instances that are too small for the network at its input size."""
    input_size: Count = 0
    """An input size at which few are too small; 0 when few are already, or the size would be too large."""
    advice: list[str]
    """What was found, in sentences for a person."""


class Warning(Event, frozen=True, kw_only=True):
    """Something a person should know; the job goes on."""

    message: str
    hint: str = ""
    matters: bool = False
    """Whether it makes the result worth less: such warnings are listed first."""


class Log(Event, frozen=True, kw_only=True):
    """A line for the log."""

    message: str


class Artifact(Event, frozen=True, kw_only=True):
    """A file or folder the job made, ``path`` relative to the run folder or absolute; ``kind`` such as ``"ir"``."""

    kind: str
    path: str


Summary = dict[str, float | int | str | None]
"""Figures of a job that ended, by name."""


class Done(Event, frozen=True, kw_only=True):
    """The job ended as planned. ``summary`` holds its figures."""

    summary: Summary = {}


class Stopped(Event, frozen=True, kw_only=True):
    """A person asked to stop; what was reached is kept."""

    summary: Summary = {}


class Paused(Event, frozen=True, kw_only=True):
    """A person asked to pause: the process ends and frees the device; resuming goes on at the same step."""

    epoch: Count
    step: Count


class Cancelled(Event, frozen=True, kw_only=True):
    """A person asked to throw the job away."""


class Failed(Event, frozen=True, kw_only=True):
    """The job could not go on."""

    message: str
    hint: str = ""
    traceback: str = ""


AnyEvent = (
    Stage
    | Progress
    | Data
    | Plan
    | Step
    | Epoch
    | Validation
    | SamplePredictions
    | Checkpoint
    | Eta
    | Estimate
    | Warning
    | Log
    | Artifact
    | Done
    | Stopped
    | Paused
    | Cancelled
    | Failed
)

Terminal = Done | Stopped | Paused | Cancelled | Failed
TERMINAL = (Done, Stopped, Paused, Cancelled, Failed)


class Record(msgspec.Struct, frozen=True):
    """One line of ``events.jsonl``."""

    v: int
    seq: Count
    """From 1, without gaps."""
    time: Moment
    event: AnyEvent
    clock: Annotated[float, Meta(ge=0)] | None = None
    """Seconds since the writing process began, by a monotonic clock; earlier versions left it out."""


VERSION = 1


class _Tag(msgspec.Struct):
    type: str = ""


class _Tagged(msgspec.Struct):
    event: _Tag


_tagged = msgspec.json.Decoder(_Tagged)


def lines_of(kinds: Collection[type[Event]], lines: Iterable[bytes]) -> Iterator[bytes]:
    """The ``lines`` of ``events.jsonl`` that hold events of these kinds; broken ones are passed over. Nothing but the
    kind is decoded, which takes a quarter of the time of the whole."""
    tags, decode = {kind.__struct_config__.tag for kind in kinds}, _tagged.decode
    for line in lines:
        try:
            if decode(line).event.type in tags:
                yield line
        except UNREADABLE:
            continue
