"""The export job: a run's best model as OpenVINO IR, compared with the model it came from."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from time import perf_counter

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.dataset import Dataset, Image
from core.deployment import record
from core.deployment.openvino_ir import convert, save
from core.deployment.record import ExportRecord
from core.errors import UserError
from core.evaluation.coco import check_measurable, evaluate
from core.evaluation.measure import open_for_model
from core.evaluation.scores import unusual
from core.files import new_name_beside, replace_folder
from core.inference.openvino_predictor import OpenVinoPredictor
from core.inference.prediction import Predictor
from core.inference.torch_predictor import load_run
from core.jobs import ExportJob
from core.recipes.model_spec import ModelSpec
from core.runs.control import Check, Report, StopRequested
from core.runs.events import Artifact, Checkpoint, Done, Stage, Summary, Warning
from core.runs.folder import RunFolder
from core.words import tr

TOLERANCE = 0.001
"""Largest difference in mask AP between PyTorch and its export that passes without a warning."""
MOST_IMAGES = 200
"""AP is compared on at most so many validation images, evenly picked: a check must not take hours."""


Yardstick = tuple[Dataset, list[Image]]
"""The dataset and its images that two models are compared on."""


def export(job: ExportJob, own: RunFolder, report: Report, check: Check) -> Path:
    """Write ``model.xml``, ``.bin`` and ``export.json`` into ``export/<precision>`` of the run. Returns the folder.
    The job's ``own`` run folder stays as it is.

    Mask AP and latency of PyTorch and of the saved model, both in float32 on the CPU, are part of the summary; AP that
    differs by more than ``TOLERANCE`` is a warning. Asked to stop while measuring, it keeps the model without figures.
    Raises ``UserError`` when the run has no model, or the dataset that ``job`` names cannot be opened.
    """
    run = RunFolder(Path(job.run))
    report(Stage(name=tr("Loading the model")))
    mark = record.mark_of(run.weights)
    kept = (record.event for record in run.records() if isinstance(record.event, Checkpoint))
    epoch = max((checkpoint.epoch for checkpoint in kept if checkpoint.best), default=0)
    original = load_run(run, max_detections=job.max_detections)
    yardstick = _yardstick(job, run, report) if job.measure else None
    check()
    report(Stage(name=tr("Converting to OpenVINO")))
    model = convert(original.segmenter, original.spec)
    check()
    target = run.export / job.precision
    with _replacing(target) as folder:
        xml = save(model, folder, job.precision)  # type: ignore[arg-type]
        limit = original.spec.counted
        size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
        figures = ExportRecord(precision=job.precision, weights=mark, epoch=epoch, size_mb=size, max_detections=limit)
        record.write(folder, figures)
        if job.measure:
            try:
                figures = _measured(figures, original, OpenVinoPredictor(xml), yardstick, report, check)
            except UserError as error:  # pictures that have gone, classes that differ: the model is good all the same
                report(
                    Warning(
                        message=tr("The export could not be measured: {message}", message=error.message),
                        hint=error.hint,
                    )
                )
            record.write(folder, figures)
    report(Artifact(kind="ir", path=str(target)))
    report(Done(summary=_summary(figures, target)))
    return target


def _yardstick(job: ExportJob, run: RunFolder, report: Report) -> Yardstick | None:
    """Validation images to compare on, of the dataset the run was trained on unless the job names another.

    The run's own dataset may have moved since; the export does not depend on it.
    """
    try:
        dataset = open_for_model(run.path, Path(job.dataset) if job.dataset else None, report)
    except UserError as error:
        if job.dataset:
            raise
        report(
            Warning(
                message=tr("The export will not be compared with PyTorch: {message}", message=error.message),
                hint=error.hint,
            )
        )
        return None
    images = dataset.of_split("val")
    if not images:
        report(Warning(message=tr("The export will not be compared with PyTorch: there are no validation images.")))
        return None
    picked = np.linspace(0, len(images) - 1, min(len(images), MOST_IMAGES)).round().astype(int)
    images = [images[index] for index in picked]
    try:
        check_measurable(dataset, images)
    except UserError as error:
        report(
            Warning(
                message=tr("The export will not be compared with PyTorch: {message}", message=error.message),
                hint=error.hint,
            )
        )
        return None
    return dataset, images


def _measured(
    figures: ExportRecord,
    original: Predictor,
    exported: Predictor,
    yardstick: Yardstick | None,
    report: Report,
    check: Check,
) -> ExportRecord:
    """``figures`` with AP and latency of both models."""
    picture = _picture(original.spec, yardstick)
    report(Stage(name=tr("Measuring speed")))
    figures = msgspec.structs.replace(
        figures, latency_torch_ms=latency(original, picture), latency_ms=latency(exported, picture)
    )
    if yardstick is None:
        return figures
    dataset, images = yardstick
    ap = []
    for name, predictor in (("PyTorch", original), ("OpenVINO", exported)):
        report(Stage(name=tr("Measuring mask AP of {name}", name=name)))
        ap.append(evaluate(predictor, dataset, images, report, check).mask.ap)
    before, after = ap
    if abs(before - after) > TOLERANCE:
        report(
            Warning(
                message=tr(
                    "Mask AP is {before:.4f} in PyTorch and {after:.4f} in the export.", before=before, after=after
                ),
                hint=tr("Look at its predictions before you use it, or export with fp32 weights."),
            )
        )
    return msgspec.structs.replace(figures, images=len(images), ap_torch=before, ap_ir=after)


def _picture(spec: ModelSpec, yardstick: Yardstick | None) -> NDArray[np.uint8]:
    """What speed is measured on: the first validation image that can be read, or grey where there is none."""
    if yardstick is not None:
        dataset, images = yardstick
        for image in images:
            with suppress(UserError):  # the evaluation says it
                return dataset.read_image_as(image, spec.channels)
    return np.full((spec.input.height, spec.input.width, 3), 114, np.uint8)


def latency(predictor: Predictor, image: NDArray[np.uint8], seconds: float = 1.0) -> float:
    """Median milliseconds of ``predictor.predict(image)``, repeated for about ``seconds``, at least three times after
    a first run that does not count."""
    predictor.predict(image)
    times: list[float] = []
    while len(times) < 3 or sum(times) < seconds:
        start = perf_counter()
        predictor.predict(image)
        times.append(perf_counter() - start)
    return median(times) * 1000


def _summary(figures: ExportRecord, target: Path) -> Summary:
    """The figures that the terminal event shows: what was not measured is ``None``, and marks of files are left out."""
    values: Summary = msgspec.structs.asdict(figures)
    del values["version"], values["weights"]
    limit = unusual(figures.max_detections)
    return values | {"images": figures.images or None, "max_detections": limit, "path": str(target)}


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """A new folder that replaces ``target`` at the end of the context, also when the person asked to stop inside."""
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = new_name_beside(target)
    folder.mkdir()
    try:
        yield folder
        replace_folder(folder, target)
    except StopRequested:
        replace_folder(folder, target)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
