"""How long trainings take on this machine: measured by those that ran here, and by probes. Nothing is guessed."""

import contextlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import msgspec

from core.errors import UserError
from core.recipes.schema import Recipe
from core.runs import events
from core.runs.events import Record
from core.runs.folder import RunFolder, runs
from core.runs.job import ProbeJob, TrainJob

_TELLING = tuple(f'"type":"{kind}"'.encode() for kind in ("plan", "epoch", "validation", "estimate"))


@dataclass(frozen=True, slots=True)
class Pace:
    """What one training or probe measured."""

    recipe: str
    dataset: str
    input_size: int
    images: int
    """Training images of an epoch; 0 when the probe did not say."""
    seconds: float
    """Of an epoch, its share of validation included."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a training would take."""

    seconds: float
    """For all its epochs; early stopping may end it sooner."""
    measured: bool
    """On this dataset at this input size; otherwise it is carried over from another, in proportion to the pixels."""


class Paces:
    """The paces in a folder of runs. A run that did not change is read once; not for two threads at a time."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[int, Pace | None]] = {}

    def read(self, folder: Path) -> list[Pace]:
        """All paces, newest first."""
        found = []
        for run in runs(folder):
            with contextlib.suppress(OSError, UserError):  # a run that says nothing yet, or a folder that is none
                written = run.events.stat().st_mtime_ns
                if self._known.get(run.path, (0, None))[0] != written:
                    self._known[run.path] = written, pace(run)
                found.append(self._known[run.path][1])
        return [one for one in found if one is not None]


def pace(folder: RunFolder) -> Pace | None:
    """What a run measured; ``None`` before its first epoch or estimate. Steps are not decoded: there are many.

    Raises ``OSError`` or ``UserError`` when the folder is not a run.
    """
    job = folder.read_job().job
    train = job.train if isinstance(job, ProbeJob) else job
    if not isinstance(train, TrainJob):
        return None
    said: list[events.AnyEvent] = []
    with folder.events.open("rb") as lines:  # one at a time: a window lives in the same process
        for line in lines:
            if any(kind in line for kind in _TELLING):
                with contextlib.suppress(msgspec.MsgspecError):
                    said.append(msgspec.json.decode(line, type=Record).event)
    seconds = _seconds(said, train.recipe.settings.validate_every)
    if seconds is None:
        return None
    images = next((event.train_images for event in said if isinstance(event, events.Plan)), 0)
    return Pace(train.recipe.name, train.dataset, train.recipe.settings.input_size, images, seconds)


def _seconds(said: list[events.AnyEvent], validate_every: int) -> float | None:
    """Of an epoch: of those that were trained if there are any (the first one warms up), else as steps promised."""
    epochs = [event.seconds for event in said if isinstance(event, events.Epoch)]
    validations = [event.seconds for event in said if isinstance(event, events.Validation)]
    if epochs:
        return median(epochs[1:] or epochs) + (median(validations) / validate_every if validations else 0.0)
    return next((event.seconds_per_epoch for event in reversed(said) if isinstance(event, events.Estimate)), None)


def expect(paces: Iterable[Pace], recipe: Recipe, dataset: str, images: int) -> Expected | None:
    """What training ``recipe`` on ``images`` images of ``dataset`` would take: by the first pace of the same dataset
    and input size, else by the one with the most similar number of pixels. ``None`` when the recipe was never trained
    or probed here."""
    settings = recipe.settings
    of_recipe = [one for one in paces if one.recipe == recipe.name]
    for one in of_recipe:
        if (one.dataset, one.input_size) == (dataset, settings.input_size) and one.images in (0, images):
            return Expected(one.seconds * settings.epochs, measured=True)
    more = [(images / one.images * (settings.input_size / one.input_size) ** 2, one) for one in of_recipe if one.images]
    if not more or not images:
        return None
    factor, nearest = min(more, key=lambda pair: abs(math.log(pair[0])))
    return Expected(nearest.seconds * factor * settings.epochs, measured=False)
