"""A whole training: prepare, run Lightning, sum up."""

import contextlib
import logging
import os
import shutil
import warnings
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import torch
from pytorch_lightning import Callback, Trainer
from pytorch_lightning.strategies import DDPStrategy

from core.errors import UserError, in_words
from core.evaluation.scores import unusual
from core.files import write_atomically
from core.jobs import TrainJob
from core.models import build
from core.models.segmenter import Segmenter
from core.models.weights.pretrained import load_into, obtain
from core.recipes.model_spec import ModelSpec
from core.recipes.schema import Recipe, TrainingSettings
from core.runs.control import Check, PauseRequested, Report, StopRequested
from core.runs.ending_reason import why_ended
from core.runs.events import Done, Log, Paused, Plan, Stage, Stopped, Summary, Warning
from core.runs.folder import RunFolder
from core.runs.rank import rank
from core.training.checkpoints import BEST, AtomicCheckpoints, CheckpointCallback, unreadable, writing
from core.training.data.items import TrainingItem, training_items
from core.training.data.loader import Loader
from core.training.data.samples import TrainingSet
from core.training.data.sampling import repeat_factors
from core.training.distributed import SharedNorms
from core.training.event_callback import EventCallback
from core.training.module import TrainingModule
from core.training.precision import choose_device, choose_precision, device_name, spare_depthwise
from core.training.preparation import TrainingData, describe_model
from core.training.stopping import StopConditions, TimeOver
from core.training.validation import ValidationCallback, Validator
from core.words import tr, tr_n

_SHARED_MEMORY = Path("/dev/shm")
"""Shared memory on Linux; other systems have no limit of their own."""
_BATCHES_A_WORKER = 2
"""Made ahead, see ``torch.utils.data.DataLoader``."""
_LONGEST_WAIT = timedelta(days=1)
"""Time that ranks wait for another one. All wait while rank 0 validates, which takes hours with enough images."""


def fit(job: TrainJob, data: TrainingData, folder: RunFolder, report: Report, check: Check) -> None:
    """Train on ``data``; see ``core.training.train``."""
    # Gradients of a network that has almost learned are often denormal numbers, which CPUs compute very slowly.
    torch.set_flush_denormal(True)
    if choose_device().type == "cuda" and job.devices > (gpus := torch.cuda.device_count()):
        raise UserError(
            tr(
                "{devices} devices are asked for but this machine has {gpus}",
                devices=job.devices,
                gpus=tr_n("{n} GPU", "{n} GPUs", gpus),
            ),
            tr("Use at most {gpus}.", gpus=gpus),
        )
    report(Stage(name=tr("Preparing the model")))
    checkpoint = folder.checkpoint if job.resume and folder.checkpoint.is_file() else None
    if job.resume and checkpoint is None:
        report(Warning(message=tr("This run has no checkpoint yet: it begins anew.")))
    job = msgspec.structs.replace(job, resume=checkpoint is not None)
    training = _Training(job, data, folder, report, check)
    check()
    try:
        training.run(checkpoint)
    except StopRequested:
        report(Stage(name=tr("Keeping the best model")))
        report(training.ended(Stopped(summary=training.sum_up())))
    except PauseRequested:
        report(training.where())
    except Exception as error:
        if (in_plain_words := in_words(error)) is None:
            raise
        if training.where().step:
            with contextlib.suppress(Exception):  # what went wrong first is what is told
                training.sum_up()  # broken off before a first validation, it keeps the model it has
        raise in_plain_words from error
    else:
        report(training.ended(Done(summary=training.sum_up())))


class _Training:
    """The parts of one training, put together."""

    def __init__(self, job: TrainJob, data: TrainingData, folder: RunFolder, report: Report, check: Check) -> None:
        settings = job.recipe.settings
        device = choose_device()
        precision = choose_precision(settings.precision, device)
        if precision.problem:
            report(Warning(message=precision.problem))
        spec = describe_model(job, data)
        described = msgspec.json.format(msgspec.json.encode(spec), indent=2)
        processes = job.devices * job.nodes
        self._first = rank(processes) == 0
        if self._first:
            with writing(folder.model):
                write_atomically(folder.model, described)
        items = training_items(data.dataset, data.training, settings, data.tiling)
        loader = new_loader(data, items, job.recipe, processes)
        segmenter, pretrained = new_segmenter(job, spec, report, check)
        self._module = TrainingModule(segmenter, job.recipe, loader, pretrained).train()
        self._folder, self._report, self._check = folder, report, check
        self._ending = StopConditions(settings)
        validator = Validator(data.dataset, data.validation, spec, folder, report)
        self._validating = ValidationCallback(validator, settings, self._ending, check)
        plan = Plan(
            epochs=settings.epochs,
            steps_per_epoch=len(loader),
            train_images=len(data.training),
            validation_images=len(data.validation),
            device=device_name(device),
            precision=precision.format,
            parameters=sum(parameter.numel() for parameter in segmenter.parameters()),
            patience=settings.early_stopping_patience,
        )
        self._reporting = EventCallback(report, self._validating, self._ending, plan)
        callbacks = [self._reporting, self._validating, CheckpointCallback(folder, report, check)]
        self._trainer = new_trainer(settings, device, callbacks, job.devices, job.nodes)

    def run(self, checkpoint: Path | None) -> None:
        """Train, from where ``checkpoint`` was written if there is one."""
        with training_warnings(), contextlib.suppress(TimeOver):
            try:
                self._trainer.fit(self._module, ckpt_path=checkpoint, weights_only=True)
            except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
                # From reading the file to the first step all that Lightning does is put its content in place.
                if checkpoint is None or self._reporting.began or isinstance(error, torch.OutOfMemoryError):
                    raise
                raise unreadable(checkpoint, error) from error
        if self._ending.reason:
            self._report(Log(message=tr("The training ends here ({reason}).", reason=self._ending.reason)))

    def where(self) -> Paused:
        """Where the last checkpoint stands."""
        return Paused(epoch=self._trainer.current_epoch + 1, step=self._trainer.global_step)

    def sum_up(self) -> Summary:
        """The figures of the best model; a training that was stopped before its first validation has it now."""
        validator = self._validating.validator
        if validator.best is None and self._first:
            validator.run(self._module, self._trainer.current_epoch + 1, _unless_cancelled(self._check))
        if self._first and not self._folder.has_model():
            raise UserError(
                tr("no model could be kept in {path}", path=self._folder.path), tr("Free some space on the disk.")
            )
        best = validator.best
        return {
            "map": best.map if best else None,
            "map50": best.map50 if best else None,
            "box_map": best.box_map if best else None,
            "map_100": best.map_100 if best else None,
            "max_detections": unusual(best.max_detections) if best else None,
            "best_epoch": best.epoch if best else None,
            "epochs": self._trainer.current_epoch,
            "steps": self._trainer.global_step,
            "seconds": round(self._ending.seconds, 1),
            "images_per_second": self._reporting.images_per_second,
        }

    def ended(self, end: Done | Stopped) -> Done | Stopped:
        """``end`` with the reason for it, first in its summary."""
        epochs = self._trainer.max_epochs or 0
        epoch = min(self._trainer.current_epoch + isinstance(end, Stopped), epochs)
        why = self._ending.reason or why_ended(end, epoch, epochs)
        return msgspec.structs.replace(end, summary={"ended": why, **end.summary})


def new_trainer(
    settings: TrainingSettings, device: torch.device, callbacks: list[Callback], devices: int = 1, nodes: int = 1
) -> Trainer:
    """A ``Trainer`` that prints and writes nothing but what ``callbacks`` do.

    On one machine it starts the other processes by itself; torchrun and SLURM have started them already.
    """
    several = devices * nodes > 1
    if several and device.type == "cpu":
        torch.set_num_threads(max((os.cpu_count() or 1) // devices, 1))
    for name in ("pytorch_lightning", "lightning_fabric"):  # they greet and give tips
        logging.getLogger(name).setLevel(logging.WARNING)
    return Trainer(
        accelerator=device.type,
        devices=devices,
        num_nodes=nodes,
        # Every process has the moving average and its buffers; what batch normalisation sees is put together on GPUs,
        # where torch can.
        strategy=DDPStrategy(broadcast_buffers=False, timeout=_LONGEST_WAIT) if several else "auto",
        precision=choose_precision(settings.precision, device).lightning,
        max_epochs=settings.epochs,
        gradient_clip_val=settings.gradient_clip or None,
        callbacks=callbacks,
        plugins=[AtomicCheckpoints(), *([SharedNorms()] if several and device.type == "cuda" else [])],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )


def new_loader(data: TrainingData, items: list[TrainingItem], recipe: Recipe, processes: int = 1) -> Loader:
    """The loader of a training, or of this rank's share of it."""
    settings = recipe.settings
    _check_shared_memory(settings, len(items))
    factors = repeat_factors(data.dataset, items) if settings.sampling == "class_balanced" else None
    samples = TrainingSet(data.dataset, items, recipe)
    return Loader(samples, settings.batch_size, settings.seed, settings.workers, factors, rank(processes), processes)


def _check_shared_memory(settings: TrainingSettings, items: int) -> None:
    """Raises ``UserError`` where loader processes could not hand over their batches, as in a container with its usual
    64 MB."""
    batch = min(settings.batch_size, items) * settings.input_size**2 * 4  # masks need about as much as pixels
    needed = (_BATCHES_A_WORKER * settings.workers + 1) * batch if settings.workers else 0
    if needed and _SHARED_MEMORY.is_dir() and needed > (free := shutil.disk_usage(_SHARED_MEMORY).free):
        raise UserError(
            tr(
                "{processes} need {needed:,.0f} MB of shared memory, and {free:,.0f} MB are free in {shared_memory}",
                processes=tr_n("{n} loader process", "{n} loader processes", settings.workers),
                needed=needed / 1e6,
                free=free / 1e6,
                shared_memory=_SHARED_MEMORY,
            ),
            tr("Use fewer (the setting “workers”), or give a container more (--shm-size)."),
        )


@contextlib.contextmanager
def training_warnings() -> Iterator[None]:
    """Silence warnings of Lightning that nobody can act on."""
    with warnings.catch_warnings():
        # The moving average is in evaluation mode, and so are the layers that stay as they are.
        warnings.filterwarnings("ignore", "Found .* module.* in eval mode")
        # A batch of which no image could be read is skipped, and the person has been told.
        warnings.filterwarnings("ignore", "`training_step` returned `None`")
        # Lightning 2.6 uses what torch 2.15 is about to drop.
        warnings.filterwarnings("ignore", r"`isinstance\(treespec, LeafSpec\)` is deprecated", FutureWarning)
        yield


def new_segmenter(job: TrainJob, spec: ModelSpec, report: Report, check: Check) -> tuple[Segmenter, bool]:
    """A new network, and whether it starts from weights that were trained before."""
    torch.manual_seed(job.recipe.settings.seed)
    segmenter = build(spec.architecture, len(spec.classes))
    # Convolutions read a pixel's channels together: several times faster on CPUs, needed by tensor cores.
    segmenter.to(memory_format=torch.channels_last)
    spare_depthwise(segmenter)
    recipe, weights = job.recipe, None
    if job.weights and not job.resume:
        weights = Path(job.weights)
        if weights.is_dir():  # a run stands for its best model
            weights /= BEST
    elif recipe.settings.pretrained and recipe.weights and not job.resume:
        weights = obtain(segmenter, recipe.weights, report, check)
    if weights:
        load_into(segmenter, weights, [item.name for item in spec.classes], report)
    return segmenter, weights is not None


def _unless_cancelled(check: Check) -> Check:
    """``check`` without requests to stop or pause: for work that has to be finished after these. It still raises
    ``CancelRequested``."""

    def cancelled() -> None:
        with contextlib.suppress(StopRequested, PauseRequested):
            check()

    return cancelled
