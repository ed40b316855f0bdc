"""Going on with a training that was paused, was stopped, broke off, or is done and may become better."""

from collections.abc import Mapping
from typing import Any

import msgspec

from core.errors import UserError
from core.recipes.catalogue import with_settings
from core.runs.command import compose_resume
from core.runs.folder import RunFolder
from core.runs.history import History
from core.runs.job import JobFile, TrainJob

CHANGEABLE = ("epochs", "early_stopping_patience", "stop_after_minutes", "stop_at_map", "stop_without_progress_minutes")
"""Settings that say for how long a training goes on. All others stay what they were."""


def resume(folder: RunFolder, changes: Mapping[str, Any]) -> JobFile:
    """Write and return the ``job.json`` with which the training in ``folder`` goes on, until later if ``changes`` of
    its settings say so. For who has claimed the folder.

    With more epochs a learning rate that falls along a cosine follows the longer curve, and plain epochs are the last
    ones of the longer training. Raises ``UserError`` when there is nothing to go on with.
    """
    job = resumed(folder, changes)
    history = History()
    history.add(folder.records())
    _check_end(folder, history, job.recipe.settings.epochs, changed=bool(changes))
    file = msgspec.structs.replace(folder.read_job(), job=job, command=compose_resume(folder.path, changes))
    folder.write_job(file)
    return file


def resumed(folder: RunFolder, changes: Mapping[str, Any]) -> TrainJob:
    """The job with which the training in ``folder`` would go on; nothing is written. Raises ``UserError`` when it is no
    training, or for a change of what must stay."""
    job = folder.read_job().job
    if not isinstance(job, TrainJob):
        raise UserError(f"{folder.path} is not a training", "only a training can be resumed")
    fixed = sorted(changes.keys() - set(CHANGEABLE))
    if fixed:
        raise UserError(
            f"a resumed training keeps its {' and its '.join(fixed)}", f"what may change is {', '.join(CHANGEABLE)}"
        )
    return msgspec.structs.replace(job, recipe=with_settings(job.recipe, changes), resume=True)


def _check_end(folder: RunFolder, history: History, epochs: int, *, changed: bool) -> None:
    """Raises ``UserError`` when nothing is left to do."""
    done = history.state == "done"
    if done and not changed:
        raise UserError(f"{folder.path} is done", "to train on, give it more epochs: --epochs N")
    planned = history.plan.epochs if history.plan else 0
    if epochs < history.epoch + (done and history.epoch == planned):
        raise UserError(f"{folder.path} has come to epoch {history.epoch}", f"{epochs} epochs are too few to go on")
