"""A model over many image files: pictures with masks on them, and the instances as COCO results."""

from collections.abc import Iterable, Iterator, Sequence
from glob import glob, has_magic
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from core.dataset.palette import class_color
from core.dataset.picture_finder import SUFFIXES
from core.dataset.pictures import read_image
from core.errors import UserError
from core.files import write_atomically
from core.geometry.masks import to_rle
from core.inference.overlay import draw, shapes
from core.inference.prediction import Prediction, Predictor
from core.recipes.model_spec import ModelSpec
from core.runs.control import Check, Report, StopRequested
from core.runs.events import Artifact, Done, Progress, Stage, Warning


def collect_images(patterns: Iterable[str]) -> list[Path]:
    """The image files that files, folders (all they hold, in depth) and globs name, each once, in this order.

    Raises ``UserError`` for a pattern that names none.
    """
    found: dict[Path, None] = {}
    for pattern in patterns:
        images = list(_images(pattern))
        if not images:
            raise UserError(f"“{pattern}” names no image", f"images end in {', '.join(sorted(SUFFIXES))}")
        found.update(dict.fromkeys(images))
    return list(found)


def _images(pattern: str) -> Iterator[Path]:
    path = Path(pattern)
    if path.is_file():
        yield path  # whatever its name ends in: it was asked for
    elif path.is_dir():
        yield from sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
    elif has_magic(pattern):
        # Path.glob takes no absolute pattern
        matches = (Path(match) for match in sorted(glob(pattern, recursive=True)))  # noqa: PTH207
        yield from (file for file in matches if file.suffix.lower() in SUFFIXES and file.is_file())


def predict_images(
    predictor: Predictor, paths: Sequence[Path], output: Path, confidence: float, report: Report, check: Check
) -> None:
    """Predict on the images at ``paths`` and write to the folder ``output``:

    - one picture an image, ``<name>.jpg``, with the instances of at least ``confidence`` drawn;
    - ``predictions.json``, these instances as COCO results, and ``images.json``, the images and categories they speak
      of: ``COCO("images.json").loadRes("predictions.json")``.

    An image that cannot be read is reported and left out. Asked to stop, it writes what it has.
    """
    _make(output)
    report(Stage(name="Predicting"))
    spec = predictor.spec
    images: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    taken: set[str] = set()
    try:
        for done, path in enumerate(paths, 1):
            check()
            try:
                picture = read_image(path)
            except UserError as error:
                report(Warning(message=error.message, hint=error.hint))
            else:
                prediction = predictor.predict(picture).above(confidence)
                images.append(_entry(len(images) + 1, path, picture))
                results += coco_results(prediction, spec, images[-1]["id"])
                _save(output / f"{_unique(path.stem, taken)}.jpg", _overlay(picture, prediction, spec))
            report(Progress(done=done, total=len(paths), unit="images"))
    except StopRequested:
        _write(output, spec, images, results)
        raise
    _write(output, spec, images, results)
    report(Artifact(kind="predictions", path=str(output)))
    report(Done(summary={"images": len(images), "unreadable": len(paths) - len(images), "instances": len(results)}))


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


def _entry(image_id: int, path: Path, picture: NDArray[np.uint8]) -> dict[str, Any]:
    height, width = picture.shape[:2]
    return {"id": image_id, "file_name": str(path), "width": width, "height": height}


def _overlay(picture: NDArray[np.uint8], prediction: Prediction, spec: ModelSpec) -> NDArray[np.uint8]:
    colors = [class_color(label) for label in range(len(spec.classes))]
    return draw(picture, shapes(prediction), [item.name for item in spec.classes], colors)


def _write(output: Path, spec: ModelSpec, images: list[dict[str, Any]], results: list[dict[str, Any]]) -> None:
    categories = [{"id": item.id, "name": item.name} for item in spec.classes]
    write_atomically(output / "images.json", msgspec.json.encode({"images": images, "categories": categories}))
    write_atomically(output / "predictions.json", msgspec.json.encode(results))


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"the folder {folder} cannot be made: {error.strerror}", "choose another output") from error


def _unique(stem: str, taken: set[str]) -> str:
    """``stem``, or ``stem-2`` and so on when two folders hold a file of that name."""
    name, number = stem, 1
    while name.casefold() in taken:
        number += 1
        name = f"{stem}-{number}"
    taken.add(name.casefold())
    return name


def _save(path: Path, picture: NDArray[np.uint8]) -> None:
    # imencode rather than imwrite: that one cannot open paths beyond ASCII on Windows
    encoded = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])[1]
    path.write_bytes(encoded.tobytes())
