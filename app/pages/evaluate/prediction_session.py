"""A trained model at work on one image after another: prepared, loaded and run off the GUI thread.

The window never loads PyTorch. A run that has no export yet gets one from a job of its own before its model is shown.
"""

import contextlib
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from app.canvas import Shape, instances
from app.canvas.image_loader import ImageLoader, LoadedImage
from app.runs.job_list import Run
from app.threads.workers import LatestWorker
from core.dataset import Dataset, Image
from core.deployment.record import exports, is_fresh, read
from core.errors import UserError
from core.inference.prediction import Prediction, Predictor
from core.jobs import ExportJob
from core.recipes.model_spec import ModelSpec
from core.runs.events import Done, Failed
from core.runs.folder import RunFolder
from core.words import tr

if TYPE_CHECKING:
    from app.runs.job_list import JobList

PRECISION = "fp16"
"""What a preview exports when there is nothing: also what Deploy proposes, so that it is not done twice."""
_CACHE_BYTES = 192 << 20


@dataclass(frozen=True, slots=True, eq=False)
class ImagePrediction:
    """What a model found in an image, at every score: the threshold is applied when it is shown."""

    image: Image
    prediction: Prediction
    shapes: list[Shape]
    seconds: float
    """That the model took."""


class PredictionSession(QObject):
    """Gets a run's model ready and predicts images with it. Results arrive by signals; only the newest request is
    answered."""

    preparing = Signal(str)
    """What is done to get the model ready; empty when it is."""
    ready = Signal(object)
    """The ``ModelSpec`` of the model that is loaded now."""
    failed = Signal(object)
    """Why there is no model."""
    found = Signal(object)
    """What the model found in the image in view: ``ImagePrediction``."""
    unreadable = Signal(object)
    """Why an image cannot be shown or predicted."""

    def __init__(self, jobs: "JobList", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._run: Run | None = None
        self._export: Run | None = None
        self._model: Predictor | None = None
        self.xml: Path | None = None
        self.epoch = 0
        """After which the model that is loaded was kept; 0 where nothing says so."""
        self.loader = ImageLoader(self)
        """Of the image in view; its content are the shapes of the truth."""
        self._dataset: Dataset | None = None
        """Whose images are shown; ``None`` while none is."""
        self._cache: OrderedDict[tuple[int, int], ImagePrediction] = OrderedDict()
        self._bytes = 0
        self._loading, self._predicting = LatestWorker(self), LatestWorker(self)
        self.loader.loaded.connect(self._predict)
        self.loader.sharpened.connect(self._predict)
        for failed in (self.loader.failed, self.loader.unsharpened):
            failed.connect(self.unreadable)
        self._loading.done.connect(self._on_model_loaded)
        self._loading.failed.connect(self._on_failed)
        self._predicting.done.connect(self._on_predicted)
        self._predicting.failed.connect(self.unreadable)
        jobs.changed.connect(self._on_job_changed)
        jobs.ended.connect(self._on_job_ended)

    @property
    def spec(self) -> ModelSpec | None:
        """Of the model that is loaded; ``None`` without one."""
        return self._model.spec if self._model is not None else None

    # The model

    def use(self, run: Run | None) -> None:
        """Get the best model of a run ready, ``None``: of none; ``ready`` or ``failed`` follows."""
        self._run, self._export, self._model, self.xml = run, None, None, None
        self._forget()
        self._loading.drop()
        self._predicting.drop()
        if run is None:
            self.preparing.emit("")
        elif (xml := fresh_export(run.folder)) is not None:
            self._load(xml)
        else:
            self._make_export(run)

    def _make_export(self, run: Run) -> None:
        """Wait for the export of this run that is at work, or start one."""
        path = str(run.folder.path)
        running = (job for job in self._jobs.running() if isinstance(job.job, ExportJob) and job.job.run == path)
        self._export = next(running, None)
        if self._export is None:
            try:
                job = ExportJob(run=path, precision=PRECISION, measure=False)
                self._export = self._jobs.start(job, "export")
            except UserError as error:
                self._on_failed(error)
                return
        self._on_job_changed(self._export)

    @Slot(object)
    def _on_job_changed(self, run: Run) -> None:
        if run is self._export:
            self.preparing.emit(run.history.stage or tr("Starting"))

    @Slot(object)
    def _on_job_ended(self, run: Run) -> None:
        if self._run is None:
            return
        if run is self._run and self._model is not None and fresh_export(run.folder) is None:
            self.use(run)  # it went on learning after the model was loaded
            return
        if run is not self._export:
            return
        self._export = None
        end, training = run.history.end, self._run
        at_work = training.state == "running"
        xml = newest_export(training.folder) if at_work else fresh_export(training.folder)
        if xml is not None:
            self._load(xml)
        elif isinstance(end, Done) and not at_work and exports(training.folder):
            self._make_export(training)  # it found a better model meanwhile, and has ended
        elif isinstance(end, Failed):
            self._on_failed(UserError(end.message, end.hint))
        else:
            self._on_failed(
                UserError(tr("The export was ended before the model was there."), tr("Choose the model again."))
            )

    def _load(self, xml: Path) -> None:
        self.xml, self.epoch = xml, 0
        with contextlib.suppress(UserError, OSError):
            self.epoch = read(xml.parent).epoch
        self.preparing.emit(tr("Loading the model"))
        self._loading.run(load, xml)

    @Slot(object)
    def _on_model_loaded(self, model: Predictor) -> None:
        self._model = model
        self.preparing.emit("")
        self.ready.emit(model.spec)
        if self.loader.current is not None:
            self._predict(self.loader.current)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self.preparing.emit("")
        self.failed.emit(error)

    # Images

    def show_image(self, dataset: Dataset, image: Image) -> None:
        """Load an image and predict it; ``loader.loaded`` and ``found`` follow."""
        self._dataset = dataset
        self._predicting.drop()
        self.loader.load(dataset, image, instances.all_of)
        if (cached := self._cache.get((id(dataset), image.index))) is not None:
            self._cache.move_to_end((id(dataset), image.index))
            self.found.emit(cached)

    def forget_dataset(self) -> None:
        """Drop the image in view and all predictions: another dataset is open."""
        self._dataset = None
        self.loader.stop()
        self._predicting.drop()
        self._forget()

    @Slot(object)
    def _predict(self, loaded: LoadedImage) -> None:
        """Predict in the pixels that are shown, unless the result is cached. A huge image has them when its pyramid is
        complete."""
        if self._dataset is None or self._model is None or loaded.pixels is None:
            return
        if (id(self._dataset), loaded.image.index) not in self._cache:
            self._predicting.run(predict, self._model, self._dataset, loaded.image, loaded.pixels)

    @Slot(object)
    def _on_predicted(self, found: ImagePrediction) -> None:
        if self._dataset is None:
            return
        self._cache[id(self._dataset), found.image.index] = found
        self._bytes += _size(found)
        while self._bytes > _CACHE_BYTES and len(self._cache) > 1:
            self._bytes -= _size(self._cache.popitem(last=False)[1])
        self.found.emit(found)

    def _forget(self) -> None:
        self._cache.clear()
        self._bytes = 0


def fresh_export(run: RunFolder) -> Path | None:
    """The ``model.xml`` of an export of the run's present weights, the newest of them; ``None`` when there is none."""
    return newest_export(run, fresh=True)


def newest_export(run: RunFolder, *, fresh: bool = False) -> Path | None:
    """The ``model.xml`` of the newest export of a run; ``None`` when there is none. Unless it is to be ``fresh``, a
    training at work may have a better model already."""
    made = []
    for folder in exports(run):
        with contextlib.suppress(UserError, OSError):  # one that cannot be read is none
            record = read(folder)
            if not fresh or is_fresh(run, folder, record):
                made.append(((folder / "model.xml").stat().st_mtime, folder / "model.xml"))
    return max(made, default=(0.0, None))[1]


def load(xml: Path) -> Predictor:
    """The model, ready to run. In a worker: OpenVINO is imported and the model compiled."""
    from core.inference.openvino_predictor import OpenVinoPredictor

    return OpenVinoPredictor(xml)


def predict(model: Predictor, dataset: Dataset, image: Image, pixels: NDArray[np.uint8]) -> ImagePrediction:
    """``pixels``, RGB of shape ``(height, width, 3)``, are those that are shown; a model that learnt from
    other channels or values gets its own. Raises ``UserError`` where those cannot be read. In a worker."""
    if model.spec.channels != dataset.channels:
        pixels = dataset.read_image_as(image, model.spec.channels)
    start = time.perf_counter()
    prediction = model.predict(pixels)
    seconds = time.perf_counter() - start
    names = [kind.name for kind in model.spec.classes]
    shapes = instances.predicted(prediction, names, dataset.categories)
    return ImagePrediction(image, prediction, shapes, seconds)


def _size(found: ImagePrediction) -> int:
    """Roughly the bytes that a prediction takes in memory."""
    return found.prediction.masks.nbytes + sum(shape.mask.bitmap.nbytes + 120 * shape.corners for shape in found.shapes)
