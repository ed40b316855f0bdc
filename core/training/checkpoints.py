"""The files that a training writes: its best model, and the checkpoint that it resumes from."""

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.plugins import TorchCheckpointIO
from safetensors.torch import save

from core.errors import UserError, in_words, refused
from core.files import replacing, sync_folder, write_atomically
from core.models.segmenter import Segmenter
from core.models.weights.weights_file import read_weights
from core.reading import reason
from core.recipes.model_spec import ModelSpec
from core.runs.control import Check, PauseRequested, Report, StopRequested
from core.runs.events import Checkpoint, Warning
from core.runs.folder import RunFolder
from core.runs.model_file import describing
from core.training.distributed import together
from core.words import tr

BEST = "checkpoints/best.safetensors"
LAST = "checkpoints/last.ckpt"
_START_ANEW = tr("Start a new training from the best model of this run.")
_SECONDS = 600.0
"""Longest time between two checkpoints of a long epoch."""


def save_best(model: Segmenter, spec: ModelSpec, folder: RunFolder, epoch: int, report: Report) -> None:
    """Write the weights of ``model``, which ``spec`` describes, as the best of the run."""
    path = folder.path / BEST
    state = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    with writing(path):
        write_atomically(path, save(state, describing(spec)))
    report(Checkpoint(path=BEST, epoch=epoch, best=True))


class AtomicCheckpoints(TorchCheckpointIO):
    """Writes Lightning's checkpoints atomically: a file that exists is whole."""

    def __init__(self) -> None:
        self.problem: UserError | None = None
        """Why the last one could not be written. Not raised: the other processes wait for the one that writes."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None) -> None:
        target = Path(path)
        self.problem = None
        try:
            with writing(target), replacing(target) as file:  # without a second copy in memory
                torch.save(checkpoint, file)
        except UserError as error:
            self.problem = error

    def load_checkpoint(
        self, path: str | Path, map_location: Any = "cpu", weights_only: bool | None = True
    ) -> dict[str, Any]:
        try:
            return read_weights(
                Path(path), lambda file: dict(torch.load(file, map_location=map_location, weights_only=True))
            )
        except UserError as error:
            raise UserError(error.message, _START_ANEW) from error


def unreadable(path: str | Path, error: Exception) -> UserError:
    """The error for a checkpoint that does not fit, such as one that another training wrote."""
    why = tr("it has no {name}", name=error) if isinstance(error, KeyError) else reason(error)
    return UserError(tr("the checkpoint {path} cannot be read: {reason}", path=path, reason=why), _START_ANEW)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Write ``path`` in this block, in a folder that is made where it is missing. An error of the disk becomes a
    ``UserError`` that names the file."""
    try:
        path.parent.mkdir(exist_ok=True)
        yield
        sync_folder(path.parent.parent)  # the folder may be new
    except (OSError, RuntimeError) as error:
        cause = error.__context__ if isinstance(error, RuntimeError) else error  # torch's writer says only that it ends
        if isinstance(cause, OSError):
            raise refused(cause, path, "written") from error
        if in_words(error):  # not the disk, but a process that is gone: that may be noticed anywhere
            raise
        raise UserError(
            tr("{path} cannot be written: {reason}", path=path, reason=reason(error)), tr("make room on the disk")
        ) from error


class CheckpointCallback(Callback):
    """Writes ``last.ckpt`` after every epoch (once its validation is done), now and then during a long one, and when a
    person asks to stop or to pause. It is also where a training calls ``check``.

    It comes last among the callbacks, so that a checkpoint holds the state of the others. One that cannot be written is
    reported, and training goes on; only a pause needs it.
    """

    def __init__(self, folder: RunFolder, report: Report, check: Check) -> None:
        self._folder = folder
        self._report = report
        self._check = check
        self._saved = time.monotonic()
        self._on_sigterm = signal.getsignal(signal.SIGTERM)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        # Lightning has put its own handler before ours: it ends the other processes, and this one in mid-step.
        if self._on_sigterm is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._on_sigterm)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        # After the last one comes the end of the epoch, which listens too: nobody should miss it.
        if not trainer.is_last_batch and together(self._listen):
            self._save(trainer)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._save(trainer)
        together(self._check)

    def _listen(self) -> bool:
        """Whether it is time for a checkpoint. Raises what ``check`` raises."""
        self._check()
        return time.monotonic() > self._saved + _SECONDS

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        if isinstance(exception, StopRequested | PauseRequested):
            self._save(trainer, needed=isinstance(exception, PauseRequested))

    def _save(self, trainer: Trainer, *, needed: bool = False) -> None:
        self._saved = time.monotonic()
        trainer.save_checkpoint(self._folder.path / LAST)
        writer = trainer.strategy.checkpoint_io
        if isinstance(writer, AtomicCheckpoints) and (error := writer.problem):
            if needed:
                raise error
            self._report(
                Warning(message=tr("No checkpoint to resume from: {message}.", message=error.message), hint=error.hint)
            )
            return
        self._report(Checkpoint(path=LAST, epoch=trainer.current_epoch + 1, best=False))
