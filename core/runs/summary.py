"""What a list of runs shows of each: read from its folder, without decoding every step of its events."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import UserError
from core.jobs import TrainJob
from core.plain_text import is_utf_8, printable
from core.reading import decoded, read_bytes
from core.runs import events
from core.runs.ending_reason import why_ended
from core.runs.events import Record, lines_of
from core.runs.folder import RunFolder
from core.runs.history import RESUMABLE, RunHistory, RunState
from core.runs.job_file import JobFile
from core.runs.lock import is_at_work
from core.words import tr


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What the list of runs shows of a run."""

    path: Path
    file: JobFile
    state: RunState
    """``running`` only while its process lives."""
    best: float | None
    """Mask mAP of the model that was kept, 0–1."""
    has_model: bool
    """Whether there are weights to look at or to export."""
    resumable: bool
    dataset: str = ""
    """Path of the dataset that a training learns from, with links resolved: two paths of one place are equal."""
    why: str = ""
    """Why a training ended, as far as that is known."""

    @property
    def name(self) -> str:
        return self.path.name


@dataclass(frozen=True, slots=True)
class DamagedRun:
    """A folder in the list of runs that cannot be read."""

    path: Path
    error: UserError

    @property
    def name(self) -> str:
        return self.path.name


def _telling(path: Path) -> Iterator[Record]:
    """The records that a summary needs: validations and the last event. Raises ``UserError`` when the events cannot be
    read."""
    try:
        lines = read_bytes(path).splitlines()
    except FileNotFoundError:
        return
    except OSError as error:
        raise UserError(tr("{path} cannot be read: {reason}", path=path, reason=error.strerror)) from error
    last = next((record for line in reversed(lines) if (record := decoded(line, Record))), None)
    for line in lines_of([events.Validation], lines):
        if (record := decoded(line, Record)) and record != last:
            yield record
    if last:
        yield last


def validated_classes(folder: RunFolder) -> list[str]:
    """The classes that the validation of the best model knew, in the order of their rows in its heads; without those
    that no validation image shows."""
    history = RunHistory()
    with contextlib.suppress(UserError):
        history.add(_telling(folder.events))
    return list(history.best.per_class) if history.best else []


def summarize(folder: RunFolder) -> RunSummary:
    """The summary of a run, without decoding each of its steps.

    Raises ``UserError`` when the folder is not a run, or a damaged one.
    """
    if not is_utf_8(str(folder.path)):
        raise UserError(tr("{path} has a name that is not UTF-8", path=printable(str(folder.path))), tr("rename it"))
    file = folder.read_job()
    history = RunHistory()
    history.add(_telling(folder.events))
    # A process that wrote its terminal event counts as gone; one that is gone without one has failed.
    gone = history.end is None and not is_at_work(folder.path)
    state: RunState = "failed" if gone else history.state
    resumable = isinstance(file.job, TrainJob) and state in RESUMABLE
    best = history.best.map if history.best else None
    if not isinstance(file.job, TrainJob):
        return RunSummary(folder.path, file, state, best, folder.has_model(), resumable)
    why = why_ended(history.end, history.epoch, file.job.recipe.settings.epochs)
    dataset = file.job.dataset
    with contextlib.suppress(ValueError):  # a damaged file may hold anything, which is no path then
        dataset = os.path.realpath(dataset)
    return RunSummary(folder.path, file, state, best, folder.has_model(), resumable, dataset, why)
