"""COCO mask and box AP of a model on images of a dataset, by COCO's protocol: no confidence cut, 100 detections."""

import time
from collections.abc import Sequence
from typing import Any, Literal

from faster_coco_eval import COCO, COCOeval_faster

from core.dataset import Dataset, Image
from core.dataset.pictures import read_image
from core.errors import UserError
from core.evaluation.scores import Metrics, Scores
from core.inference.predict import coco_results
from core.inference.prediction import Prediction, Predictor
from core.recipes.model_spec import ModelSpec
from core.runs.control import Check, Report
from core.runs.events import Progress, Warning

_REPORT_EVERY = 0.25
"""Seconds between progress events."""

DETECTIONS = 100
"""That count of an image, COCO's number: a model that sees tiles may find more than one that sees whole images."""

_DIGITS = 12
"""Evaluators differ in the last bit: pycocotools adds 2e-16 to each denominator, and 1 becomes 0.9999999999999998."""


def evaluate(predictor: Predictor, dataset: Dataset, images: Sequence[Image], report: Report, check: Check) -> Scores:
    """Predict on ``images`` and score what was found. Masks are kept run-length encoded.

    Classes of the model and of the dataset are matched by name. An image that cannot be read is reported and left out.
    Raises ``UserError`` when no class matches or no image can be read.
    """
    category_ids = _category_ids(predictor.spec, dataset, report)
    read: list[Image] = []
    detections: list[dict[str, Any]] = []
    reported = 0.0
    for done, image in enumerate(images, 1):
        check()
        try:
            picture = read_image(dataset.image_path(image), (image.height, image.width))
        except UserError as error:
            report(Warning(message=f"{image.file_name} is left out: {error.message}", hint=error.hint))
        else:
            read.append(image)
            found = _framed(predictor.predict(picture), image)
            for result in coco_results(found, predictor.spec, image.index):
                if result["category_id"] in category_ids:
                    detections.append(result | {"category_id": category_ids[result["category_id"]]})
        if done == len(images) or time.monotonic() >= reported + _REPORT_EVERY:
            reported = time.monotonic()
            report(Progress(done=done, total=len(images), unit="images"))
    if not read:
        raise UserError("there is no image to evaluate on", "check that the dataset's files are in their place")
    return score(dataset.coco(read), detections)


def score(truth: dict[str, Any], detections: Sequence[dict[str, Any]]) -> Scores:
    """COCO's numbers for ``detections``, COCO results with ``segmentation`` and ``bbox``, against ``truth``, a COCO
    dataset with annotation ids from 1.

    They agree with ``pycocotools`` to twelve digits, and that is where they are rounded.
    """
    return Scores(
        mask=_metrics(truth, detections, "segm"),
        box=_metrics(truth, detections, "bbox"),
        images=len(truth["images"]),
    )


def _metrics(truth: dict[str, Any], detections: Sequence[dict[str, Any]], kind: Literal["segm", "bbox"]) -> Metrics:
    # An instance's size is that of what is compared: COCO takes the box's area as soon as results carry a box.
    own = "segmentation" if kind == "segm" else "bbox"
    results = [{key: result[key] for key in ("image_id", "category_id", "score", own)} for result in detections]
    # The evaluator writes its marks into what it is given.
    annotations = [dict(annotation) for annotation in truth["annotations"]]
    reference = COCO(truth | {"annotations": annotations}, print_function=_silent)
    evaluator = COCOeval_faster(reference, reference.loadRes(results), kind, print_function=_silent)
    evaluator.run()
    return Metrics(
        **{name: _rounded(value) for name, value in zip(Metrics.__struct_fields__[:12], evaluator.stats, strict=False)},
        per_class=_per_class(evaluator),
    )


def _per_class(evaluator: COCOeval_faster) -> dict[str, float]:
    """AP of each class over all sizes; ``precision`` is indexed by IoU, recall, class, size, detections allowed."""
    precision = evaluator.eval["precision"][:, :, :, 0, -1]
    names = [category["name"] for category in evaluator.cocoGt.loadCats(evaluator.params.catIds)]
    aps = {name: precision[:, :, index] for index, name in enumerate(names)}
    return {name: _rounded(values[values > -1].mean()) for name, values in aps.items() if (values > -1).any()}


def _rounded(value: float) -> float:
    return round(float(value), _DIGITS)


def _silent(*words: object) -> None:
    """The evaluator has nothing to say that a person should read."""


def _framed(found: Prediction, image: Image) -> Prediction:
    """What counts of a prediction, with masks at the size that the annotations state: a mask of another size counts as
    a miss, and a picture may be one pixel shorter than stated."""
    best = found.take(slice(DETECTIONS))
    return Prediction(best.boxes, best.scores, best.labels, best.masks, (image.height, image.width))


def _category_ids(spec: ModelSpec, dataset: Dataset, report: Report) -> dict[int, int]:
    """The dataset's category id for the model's, as far as both know the class."""
    of_name = {category.name: category.id for category in dataset.categories}
    known = {item.id: of_name[item.name] for item in spec.classes if item.name in of_name}
    if not known:
        raise UserError(
            f"the model and {dataset.name} have no class in common",
            f"the model knows {', '.join(item.name for item in spec.classes[:10])}",
        )
    unknown = [item.name for item in spec.classes if item.id not in known]
    if unknown:
        report(Warning(message=f"{dataset.name} has no class {', '.join(unknown)}: what is found of it is left out."))
    return known
