"""How long a training will take on this machine, by trainings and probes that were measured here."""

import contextlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from core.errors import UserError
from core.jobs import ProbeJob, TrainJob
from core.reading import decoded, open_regular
from core.recipes.schema import Recipe, TrainingSettings
from core.runs import events
from core.runs.events import Record, lines_of
from core.runs.folder import RunFolder, runs

_TELLING = (events.Plan, events.Epoch, events.Validation, events.Estimate)


@dataclass(frozen=True, slots=True)
class TrainingTime:
    """What one training or probe measured."""

    recipe: str
    dataset: str
    input_size: int
    batch_size: int
    tiling: tuple[object, ...]
    """Settings of the tiles; empty without them."""
    devices: int
    """Of all nodes; a probe has one."""
    images: int
    """Training images of an epoch; 0 when the probe did not say."""
    seconds: float
    """Of an epoch, including its share of validation."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a training would take."""

    seconds: float
    """For all its epochs; early stopping may end it sooner."""
    measured: bool
    """Whether it was measured on this dataset with this input and batch size, these tiles and as many devices;
    otherwise it is extrapolated from another measurement, in proportion to the pixels."""


class TrainingTimes:
    """The measured times in a folder of runs. A run that did not change is read once. Not for two threads at a time."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[int, TrainingTime | None]] = {}

    def read(self, folder: Path) -> list[TrainingTime]:
        """All measured times, newest first."""
        times = []
        try:
            all_runs = list(runs(folder))
        except OSError:  # nothing is known of a folder that may not be read
            return []
        for run in all_runs:
            with contextlib.suppress(OSError, UserError):  # a run that says nothing yet, or a damaged one
                written = run.events.stat().st_mtime_ns
                if self._known.get(run.path, (0, None))[0] != written:
                    self._known[run.path] = written, pace(run)
                if time := self._known[run.path][1]:
                    times.append(time)
        return times


def pace(folder: RunFolder) -> TrainingTime | None:
    """The time that a run measured; ``None`` before its first epoch or estimate. Steps, of which there are many, are
    not decoded.

    Raises ``OSError`` or ``UserError`` when the folder is not a run.
    """
    job = folder.read_job().job
    train = job.train if isinstance(job, ProbeJob) else job
    if not isinstance(train, TrainJob):
        return None
    measured: list[events.AnyEvent] = []
    with open_regular(folder.events) as lines:  # one at a time: a window lives in the same process
        for line in lines_of(_TELLING, lines):
            if record := decoded(line, Record):
                measured.append(record.event)
    seconds = _seconds(measured, train.recipe.settings.validate_every)
    if seconds is None:
        return None
    images = next((event.train_images for event in measured if isinstance(event, events.Plan)), 0)
    settings = train.recipe.settings
    return TrainingTime(
        recipe=train.recipe.name,
        dataset=train.dataset,
        input_size=settings.input_size,
        batch_size=settings.batch_size,
        tiling=_tiling(settings),
        devices=1 if isinstance(job, ProbeJob) else train.devices * train.nodes,
        images=images,
        seconds=seconds,
    )


def _tiling(settings: TrainingSettings) -> tuple[object, ...]:
    """What decides how many tiles an image has."""
    if settings.tiling == "off":
        return ()
    size = settings.tile_size if settings.tiling == "by_hand" else "auto"
    return size, settings.tile_overlap, settings.tile_whole


def _seconds(measured: list[events.AnyEvent], validate_every: int) -> float | None:
    """Seconds for an epoch: the median of those that were trained, without the first, which warms up; else what a probe
    estimated."""
    epochs = [event.seconds for event in measured if isinstance(event, events.Epoch)]
    validations = [event.seconds for event in measured if isinstance(event, events.Validation)]
    if epochs:
        return median(epochs[1:] or epochs) + (median(validations) / validate_every if validations else 0.0)
    return next((event.seconds_per_epoch for event in reversed(measured) if isinstance(event, events.Estimate)), None)


def expect(
    times: Iterable[TrainingTime], recipe: Recipe, dataset: str, images: int, *, devices: int = 1
) -> Expected | None:
    """The time to train ``recipe`` on ``images`` images of ``dataset``: as measured under the same conditions (see
    ``Expected.measured``), else extrapolated from the measurement with the most similar number of pixels, those with
    the same tiles first. ``None`` when the recipe was never trained or probed here."""
    settings = recipe.settings
    tiling = _tiling(settings)
    asked = (dataset, settings.input_size, settings.batch_size, tiling, devices)
    of_recipe = [one for one in times if one.recipe == recipe.name]
    for one in of_recipe:
        had = (one.dataset, one.input_size, one.batch_size, one.tiling, one.devices)
        if had == asked and one.images in (0, images):
            return Expected(one.seconds * settings.epochs, measured=True)
    more = [(images / one.images * (settings.input_size / one.input_size) ** 2, one) for one in of_recipe if one.images]
    if not more or not images:
        return None
    factor, nearest = min(more, key=lambda pair: (pair[1].tiling != tiling, abs(math.log(pair[0]))))
    return Expected(nearest.seconds * factor * settings.epochs, measured=False)
