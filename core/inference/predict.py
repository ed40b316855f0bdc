"""Prediction on image files: overlays, and the instances as COCO results."""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.dataset.fingerprint import PicturesFingerprint
from core.errors import UserError, no_image_readable
from core.geometry.masks import to_rle
from core.images.decoding import read_image
from core.inference.full_images import FullImages
from core.inference.image_paths import PathList, collect_images
from core.inference.loading import load_model
from core.inference.overlay_files import Overlays
from core.inference.prediction import Prediction, Predictor
from core.inference.results import Results
from core.jobs import PredictJob
from core.recipes.model_spec import ModelSpec
from core.runs.control import Check, Report
from core.runs.events import Artifact, Data, Done, Log, Progress, Stage, Summary, Warning
from core.runs.folder import RunFolder
from core.words import tr, tr_n


def predict(job: PredictJob, folder: RunFolder, report: Report, check: Check) -> None:
    """Do a prediction job. Raises ``UserError`` when there is no picture, or no model."""
    images = collect_images(job.images, report)
    report(Stage(name=tr("Loading the model")))
    model = load_model(Path(job.model), max_detections=job.max_detections)
    predict_images(model, images, Path(job.output), job.confidence, report, check)


def predict_images(
    predictor: Predictor,
    paths: Sequence[Path] | PathList,
    output: Path,
    confidence: float,
    report: Report,
    check: Check,
) -> None:
    """Predict on the images at ``paths`` and write to the folder ``output``, each as soon as it is found:

    - ``images.json`` and ``predictions.json`` (see ``Results``), with instances of at least ``confidence``;
    - one picture an image, ``<name>.jpg``, with these drawn. One that cannot be written is reported.

    What data it was is reported in the end: of a million images, that would keep the first one waiting.

    An image that cannot be read is reported and left out. Images in which the model found as many objects as it may are
    told of in the end. Raises ``UserError`` when no image can be read, and when results cannot be written; those of the
    images before stay.
    """
    _make(output)
    report(Stage(name=tr("Predicting")))
    results, overlays = Results(output, predictor.spec), Overlays(output, predictor.spec)
    unreadable: list[UserError] = []
    full, data = FullImages(predictor.spec, confidence), PicturesFingerprint()
    with contextlib.closing(results):
        for done, path in enumerate(paths, 1):
            check()
            data.add(path)
            try:
                picture = read_image(path, settings=predictor.spec.channels)
            except UserError as error:
                report(Warning(message=error.message, hint=error.hint))
                unreadable.append(error)
            else:
                prediction = predictor.predict(picture).above(confidence)
                full.look(prediction, str(path))
                number = results.images + 1
                name = os.fsencode(path).decode(errors="backslashreplace")  # JSON is UTF-8, whatever names are
                entry = {"id": number, "file_name": name, "width": picture.shape[1], "height": picture.shape[0]}
                results.add(entry, coco_results(prediction, predictor.spec, number))
                overlays.draw(path, picture, prediction, report)
                if number == 1:
                    report(Artifact(kind="predictions", path=str(output)))
            report(Progress(done=done, total=len(paths), unit=tr("images")))
    report(Data(fingerprint=data.value()))
    if not results.images:
        raise no_image_readable(unreadable)
    if unreadable:
        message = tr(
            "{unreadable:,} of {images} could not be read: left out of the results.",
            unreadable=len(unreadable),
            images=tr_n("{n} image", "{n} images", len(paths)),
        )
        report(Log(message=message))
    if warning := full.warning(results.images):
        report(warning)
    summary: Summary = {"images": results.images, "unreadable": len(unreadable), "instances": results.instances}
    report(Done(summary=summary | ({"without_overlay": overlays.missing} if overlays.missing else {})))


def coco_results(prediction: Prediction, spec: ModelSpec, image_id: int) -> list[dict[str, Any]]:
    """The instances as COCO results: ``image_id, category_id, bbox`` (x, y, width, height), ``score, segmentation``."""
    return [
        {
            "image_id": image_id,
            "category_id": spec.classes[label].id,
            "bbox": [x1, y1, x2 - x1, y2 - y1],
            "score": score,
            "segmentation": to_rle(prediction.mask(index)),
        }
        for index, (label, score, (x1, y1, x2, y2)) in enumerate(
            zip(prediction.labels.tolist(), prediction.scores.tolist(), prediction.boxes.tolist(), strict=True)
        )
    ]


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            tr("the folder {folder} cannot be made: {reason}", folder=folder, reason=error.strerror),
            tr("choose another output"),
        ) from error
