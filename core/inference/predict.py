"""Prediction on image files: overlays, and the instances as COCO results."""

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from glob import glob, has_magic
from pathlib import Path
from typing import Any

from core.dataset.file_kinds import PICTURES, is_other_picture
from core.dataset.fingerprint import of_pictures
from core.dataset.folder.folder_tree import is_of_system
from core.dataset.folder.own_outputs import is_drawn
from core.errors import UserError, no_image_readable
from core.geometry.masks import to_rle
from core.images.decoding import read_image
from core.inference.full_images import FullImages
from core.inference.loading import load_model
from core.inference.overlay_files import Overlays
from core.inference.prediction import Prediction, Predictor
from core.inference.results import Results
from core.jobs import PredictJob
from core.plain_text import printable
from core.recipes.model_spec import ModelSpec
from core.runs.control import Check, Report, ignore
from core.runs.events import Artifact, Data, Done, Log, Progress, Stage, Summary, Warning
from core.runs.folder import RunFolder
from core.words import tr, tr_n


def predict(job: PredictJob, folder: RunFolder, report: Report, check: Check) -> None:
    """Do a prediction job. Raises ``UserError`` when there is no picture, or no model."""
    images = collect_images(job.images, report)
    report(Data(fingerprint=of_pictures(images)))
    report(Stage(name=tr("Loading the model")))
    model = load_model(Path(job.model), max_detections=job.max_detections)
    predict_images(model, images, Path(job.output), job.confidence, report, check)


def collect_images(patterns: Iterable[str], report: Report = ignore) -> list[Path]:
    """The image files that files, folders (all they hold, in depth) and globs name, each once, in this order. Pictures
    that Maskwright drew are left out unless they are named themselves, and so are those of kinds that are not read,
    which is reported.

    Raises ``UserError`` for a pattern that names none.
    """
    found: dict[Path, None] = {}
    for pattern in patterns:
        files = list(_files(pattern))
        images = files
        if not Path(pattern).is_file():
            images = [
                file for file in files if file.suffix.lower() in PICTURES and file.is_file() and not is_drawn(file)
            ]
        if others := [file for file in files if file not in images and is_other_picture(file.name)]:
            report(_left_out(others))
        if not images and not has_magic(pattern) and not Path(pattern).exists():
            raise UserError(tr("“{pattern}” does not exist", pattern=pattern), tr("name pictures, folders or globs"))
        if not images:
            raise UserError(tr("“{pattern}” names no image", pattern=pattern), _WANTED)
        found.update(dict.fromkeys(images))
    return list(found)


_NAMED = 3
"""Pictures of kinds that are not read that are named."""
_WANTED = tr(
    "images end in {endings}; those with masks that Maskwright drew are left out", endings=", ".join(sorted(PICTURES))
)


def _files(pattern: str) -> Iterator[Path]:
    """What a pattern names: a file whatever it is called, and all that folders and globs hold."""
    path = Path(pattern)
    if path.is_file():
        yield path
    elif path.is_dir():
        yield from sorted(file for file in path.rglob("*") if not _is_hidden(file, path))
    elif has_magic(pattern):
        # Path.glob takes no absolute pattern
        yield from (Path(match) for match in sorted(glob(pattern, recursive=True)))  # noqa: PTH207


def _left_out(files: Sequence[Path]) -> Warning:
    names = ", ".join(printable(file.name) for file in files[:_NAMED]) + (", …" if len(files) > _NAMED else "")
    return Warning(
        message=tr_n(
            "{n} picture is left out, of a kind that is not read: {names}",
            "{n} pictures are left out, of a kind that is not read: {names}",
            len(files),
            names=names,
        ),
        hint=tr("save them as PNG, TIFF or JPEG"),
    )


def _is_hidden(file: Path, below: Path) -> bool:
    """Whether a file, or a folder on the way to it, is hidden or a system's own, as in archives made on a Mac."""
    *folders, name = file.relative_to(below).parts
    return name.startswith(".") or any(map(is_of_system, folders))


def predict_images(
    predictor: Predictor, paths: Sequence[Path], output: Path, confidence: float, report: Report, check: Check
) -> None:
    """Predict on the images at ``paths`` and write to the folder ``output``, each as soon as it is found:

    - ``images.json`` and ``predictions.json`` (see ``Results``), with instances of at least ``confidence``;
    - one picture an image, ``<name>.jpg``, with these drawn. One that cannot be written is reported.

    An image that cannot be read is reported and left out. Images in which the model found as many objects as it may are
    told of in the end. Raises ``UserError`` when no image can be read, and when results cannot be written; those of the
    images before stay.
    """
    _make(output)
    report(Stage(name=tr("Predicting")))
    results, overlays = Results(output, predictor.spec), Overlays(output, predictor.spec)
    unreadable: list[UserError] = []
    full = FullImages(predictor.spec, confidence)
    with contextlib.closing(results):
        for done, path in enumerate(paths, 1):
            check()
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
