"""Resuming a training that was paused, was stopped, broke off, or is done and may become better. Torch-free.

All is checked before anything is written: where resuming is refused, the run stays as it was.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from core.dataset.class_order import ClassesError
from core.errors import UserError
from core.jobs import TrainJob
from core.recipes.catalogue import with_settings
from core.recipes.model_spec import ModelSpec
from core.runs.command import compose, compose_resume
from core.runs.folder import RunFolder
from core.runs.history import RunHistory
from core.runs.job_file import JobFile
from core.training.preparation import DatasetMissingError, check_data
from core.words import tr

CHANGEABLE = ("epochs", "early_stopping_patience", "stop_after_minutes", "stop_at_map", "stop_without_progress_minutes")
"""Settings that say for how long a training goes on. All others stay what they were."""


def resume(folder: RunFolder, changes: Mapping[str, Any], dataset: Path | None = None) -> JobFile:
    """Write and return the ``job.json`` with which the training in ``folder`` goes on, until later if ``changes`` of
    its settings say so, and with its data in ``dataset`` if that has moved. For who has claimed the folder.

    With more epochs a learning rate that falls along a cosine follows the longer curve, and plain epochs are the last
    ones of the longer training. Raises ``UserError`` when there is nothing to go on with: ``ClassesError`` when
    the dataset has other classes now, ``DatasetMissingError`` when it is not there any more.
    """
    job = resumed(folder, changes, dataset)
    history = RunHistory()
    history.add(folder.records())
    _check_end(folder, history, job.recipe.settings.epochs, changed=bool(changes))
    _check_data(folder, job)
    command = compose_resume(folder.path, changes, dataset)
    file = msgspec.structs.replace(folder.read_job(), job=job, command=command)
    folder.write_job(file)
    return file


def resumed(folder: RunFolder, changes: Mapping[str, Any], dataset: Path | None = None) -> TrainJob:
    """The job with which the training in ``folder`` would go on; nothing is written. Raises ``UserError`` when it is no
    training, or for a change of what must stay."""
    job = folder.read_job().job
    if not isinstance(job, TrainJob):
        raise UserError(tr("{path} is not a training", path=folder.path), tr("only a training can be resumed"))
    fixed = sorted(changes.keys() - set(CHANGEABLE))
    if fixed:
        raise UserError(
            tr("a resumed training keeps its {settings}", settings=", ".join(fixed)),
            tr("what may change is {settings}", settings=", ".join(CHANGEABLE)),
        )
    recipe = with_settings(job.recipe, changes)
    return msgspec.structs.replace(job, recipe=recipe, resume=True, dataset=str(dataset or job.dataset))


def model_to_go_on(folder: RunFolder) -> ModelSpec | None:
    """The model whose training the checkpoint in ``folder`` goes on with; ``None`` when there is no checkpoint yet and
    training begins anew, or where nothing describes it and the data counts.

    Raises ``ClassesError`` when its description cannot be read.
    """
    if not folder.checkpoint.is_file():
        return None
    spec = folder.read_model()
    if spec is None and folder.model.exists():
        raise ClassesError(
            tr("{path} cannot be read: the classes of the network are not known", path=folder.model),
            tr("start a new training from this model"),
        )
    return spec


def _check_end(folder: RunFolder, history: RunHistory, epochs: int, *, changed: bool) -> None:
    """Raises ``UserError`` when nothing is left to do."""
    done = history.state == "done"
    if done and not changed:
        raise UserError(tr("{path} is done", path=folder.path), tr("to train on, give it more epochs: --epochs N"))
    planned = history.plan.epochs if history.plan else 0
    if epochs < history.epoch + (done and history.epoch == planned):
        raise UserError(
            tr("{path} has come to epoch {epoch}", path=folder.path, epoch=history.epoch),
            tr("{epochs} epochs are too few to go on", epochs=epochs),
        )


def _check_data(folder: RunFolder, job: TrainJob) -> None:
    """Raises ``UserError`` when the data will not do, with a way out."""
    try:
        check_data(job, model_to_go_on(folder))
    except ClassesError as error:
        weights = str(folder.path) if folder.has_model() else job.weights
        command = compose(TrainJob(recipe=job.recipe, dataset=job.dataset, weights=weights))
        hint = tr(
            "start a new training from this model; classes of the same name keep what they learnt: {command}",
            command=command,
        )
        raise ClassesError(error.message, hint) from error
    except DatasetMissingError as error:
        command = compose_resume(folder.path, {}, Path("FOLDER"))
        hint = tr("if it has moved, say where it is: {command}", command=command)
        raise DatasetMissingError(error.message, hint) from error
