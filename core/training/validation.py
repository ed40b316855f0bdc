"""Validation after an epoch: COCO AP on the validation images, and some of the predictions drawn."""

import time
from collections.abc import Sequence
from typing import Any

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray
from pytorch_lightning import Callback, LightningModule, Trainer

from core.dataset import Dataset, Image
from core.dataset.folder.own_outputs import with_mark
from core.dataset.palette import class_color
from core.errors import UserError
from core.evaluation.coco import evaluate
from core.files import write_atomically
from core.inference.overlay import draw, shapes
from core.inference.prediction import Prediction
from core.inference.torch_predictor import TorchPredictor
from core.recipes.model_spec import ModelSpec
from core.recipes.schema import TrainingSettings
from core.runs.control import Check, Report
from core.runs.events import AnyEvent, SamplePredictions, Stage, Validation, Warning
from core.runs.folder import RunFolder
from core.training.checkpoints import save_best, writing
from core.training.distributed import together
from core.training.module import TrainingModule
from core.training.stopping import StopConditions, TimeOver
from core.words import tr

SAMPLES = 4
_SAMPLE_SIDE = 800
"""Longest side of a drawn sample in pixels."""


class Validator:
    """Scores the moving average of a training on its validation images and keeps the best.

    Without validation images every model is the best so far, and where none of them can be read any more, the first.
    """

    def __init__(
        self, dataset: Dataset, images: Sequence[Image], spec: ModelSpec, folder: RunFolder, report: Report
    ) -> None:
        self.best: Validation | None = None
        self.seconds = 0.0
        """The last validation took."""
        self._dataset = dataset
        self._images = images
        self._spec = spec
        self._folder = folder
        self._report = _once(report)

    def run(self, module: TrainingModule, epoch: int, check: Check) -> float | None:
        """Validate after ``epoch``. Returns mask AP, or ``None`` without images to measure on."""
        if not self._images:
            self._keep(module, epoch)
            return None
        self._report(Stage(name=tr("Validating")))
        start = time.monotonic()
        predictor = _Recorder(TorchPredictor(module.ema.model, self._spec, module.device), len(self._images), SAMPLES)
        try:
            scores = evaluate(predictor, self._dataset, self._images, self._report, check)
        except UserError as error:  # the files are gone
            message = tr("No AP is known after epoch {epoch}: {message}.", epoch=epoch, message=error.message)
            self._report(Warning(message=message, hint=error.hint, matters=True))
            if not self._folder.weights.is_file():
                self._keep(module, epoch)
            return None
        found = max(scores.mask.ap, 0.0)
        # As long as nothing is found at all, the later model is the better one.
        better = self.best is None or self.best.map == 0 or found > self.best.map
        best = better and self._keep(module, epoch)
        self.seconds = time.monotonic() - start
        validation = Validation(
            epoch=epoch,
            map=found,
            map50=max(scores.mask.ap50, 0.0),
            box_map=max(scores.box.ap, 0.0),
            per_class=scores.mask.per_class,
            best=best,
            seconds=self.seconds,
            max_detections=scores.max_detections,
            map_100=scores.map_100,
        )
        if best:
            self.best = validation
        self._report(validation)
        self._draw(predictor.recorded, epoch)
        return found

    def _keep(self, module: TrainingModule, epoch: int) -> bool:
        """Write the model as the best. Where that fails, as on a full disk, the one before stays, and the next that is
        better is tried."""
        try:
            save_best(module.ema.model, self._spec, self._folder, epoch, self._report)
        except UserError as error:
            self._report(
                Warning(
                    message=tr(
                        "The model of epoch {epoch} is not kept: {message}.", epoch=epoch, message=error.message
                    ),
                    hint=error.hint,
                )
            )
            return False
        return True

    def _draw(self, recorded: list[tuple[NDArray[np.uint8], Prediction]], epoch: int) -> None:
        """Write the samples of an epoch, ``samples/epoch_0007_0.jpg`` and so on."""
        names = [item.name for item in self._spec.classes]
        colors = [class_color(label) for label in range(len(names))]
        files = []
        for number, (picture, prediction) in enumerate(recorded):
            path = self._folder.samples / f"epoch_{epoch:04}_{number}.jpg"
            drawn = _jpeg(draw(picture, shapes(prediction, self._spec.confidence_threshold), names, colors))
            try:
                with writing(path):
                    write_atomically(path, drawn)
            except UserError as error:
                self._report(
                    Warning(message=tr("Pictures of predictions are left out: {message}.", message=error.message))
                )
                return
            files.append(path.relative_to(self._folder.path).as_posix())
        self._report(SamplePredictions(epoch=epoch, files=files))


class ValidationCallback(Callback):
    """Validates when it is time, lowers the learning rate on a plateau, and ends a training that has to end early.

    Raises ``TimeOver`` in the middle of an epoch, once the model of that moment was validated too.
    """

    def __init__(self, validator: Validator, settings: TrainingSettings, ending: StopConditions, check: Check) -> None:
        self.validator = validator
        self._settings = settings
        self._ending = ending
        self._check = check
        self.due = False
        """Whether a validation was begun and not finished, because a person asked to stop."""

    def seconds_left(self, epochs_done: int) -> float:
        """For the validations to come."""
        epochs = range(epochs_done + 1, self._settings.epochs + 1)
        return sum(self._is_time(epoch) for epoch in epochs) * self.validator.seconds

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.due:
            self._validate(trainer, pl_module, trainer.current_epoch)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if not trainer.is_last_batch and self._time_over():
            assert isinstance(pl_module, TrainingModule)
            together(lambda: self.validator.run(pl_module, trainer.current_epoch + 1, self._check))
            raise TimeOver

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        epoch = trainer.current_epoch + 1
        if self._time_over() or self._is_time(epoch):
            self._validate(trainer, pl_module, epoch)

    def _time_over(self) -> bool:
        return bool(self._settings.stop_after_minutes) and together(self._ending.time_over)

    def _is_time(self, epoch: int) -> bool:
        return epoch % self._settings.validate_every == 0 or epoch == self._settings.epochs

    def _validate(self, trainer: Trainer, module: LightningModule, epoch: int) -> None:
        assert isinstance(module, TrainingModule)
        self.due = True
        found = together(lambda: self.validator.run(module, epoch, self._check))
        self.due = False
        if found is not None:
            module.schedule.observe(found)
            self._ending.observe(found)
        trainer.should_stop = trainer.should_stop or together(lambda: bool(self._ending.reason))

    def state_dict(self) -> dict[str, Any]:
        best = self.validator.best
        return {
            "due": self.due,
            "seconds": self.validator.seconds,
            "best": msgspec.to_builtins(best) if best else None,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        best = state_dict["best"]
        self.due, self.validator.seconds = state_dict["due"], state_dict["seconds"]
        self.validator.best = msgspec.convert(best, Validation) if best else None


class _Recorder:
    """A predictor that remembers some pictures, evenly picked and the same every time, and what was found in them."""

    def __init__(self, predictor: TorchPredictor, images: int, wanted: int) -> None:
        self.spec = predictor.spec
        self.recorded: list[tuple[NDArray[np.uint8], Prediction]] = []
        self._predictor = predictor
        self._wanted = {index * images // wanted for index in range(wanted)}
        self._calls = 0

    def predict(self, image: NDArray[np.uint8]) -> Prediction:
        prediction = self._predictor.predict(image)
        if self._calls in self._wanted:
            self.recorded.append(_shrunk(image, prediction))
        self._calls += 1
        return prediction


def _shrunk(picture: NDArray[np.uint8], found: Prediction) -> tuple[NDArray[np.uint8], Prediction]:
    """An RGB picture and what was found in it, at the size of a sample: large ones would fill the memory."""
    height, width = picture.shape[:2]
    scale = _SAMPLE_SIDE / max(height, width)
    if scale >= 1:
        return picture, found
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    factors = np.array([small.shape[1] / width, small.shape[0] / height] * 2, np.float32)
    size = small.shape[0], small.shape[1]
    return np.asarray(small, np.uint8), Prediction(found.boxes * factors, found.scores, found.labels, found.masks, size)


def _jpeg(picture: NDArray[np.uint8]) -> bytes:
    """An RGB picture as a JPEG file, marked as drawn."""
    return with_mark(cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes())


def _once(report: Report) -> Report:
    """``report`` that drops warnings which were reported before."""
    reported: set[str] = set()

    def say(event: AnyEvent) -> None:
        if not isinstance(event, Warning) or event.message not in reported:
            if isinstance(event, Warning):
                reported.add(event.message)
            report(event)

    return say
