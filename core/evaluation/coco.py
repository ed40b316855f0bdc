"""COCO mask and box AP of a model on images of a dataset, by COCO's protocol, with no confidence cut.

As many detections of an image count as the model may find; where that is more than COCO's 100, the figures with 100 are
kept beside them.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from faster_coco_eval import COCO, COCOeval_faster

from core.dataset import Dataset, Image
from core.dataset.ground_truth import ground_truth
from core.errors import UserError
from core.evaluation.scores import Metrics, Scores
from core.inference.predict import coco_results
from core.inference.prediction import Prediction, Predictor
from core.recipes.model_spec import COCO_DETECTIONS, ModelSpec
from core.runs.control import PROGRESS_EVERY, Check, Report, Throttle
from core.runs.events import Progress, Warning
from core.words import tr, tr_n

_DIGITS = 12
"""Evaluators differ in the last bit: pycocotools adds 2e-16 to each denominator, and 1 becomes 0.9999999999999998."""


def evaluate(predictor: Predictor, dataset: Dataset, images: Sequence[Image], report: Report, check: Check) -> Scores:
    """Predict on ``images`` and score what was found. Masks are kept run-length encoded.

    Classes of the model and of the dataset are matched by name. An image that cannot be read is reported and left out;
    images with more objects than the model may find are reported. Raises ``UserError`` when no class matches, no
    instance counts or no image can be read.
    """
    check_measurable(dataset, images)
    spec = predictor.spec
    category_ids = _category_ids(spec, dataset, report)
    read: list[Image] = []
    detections: list[dict[str, Any]] = []
    standard: list[dict[str, Any]] = []
    progress = Throttle(PROGRESS_EVERY, at_once=True)
    for done, image in enumerate(images, 1):
        check()
        try:
            picture = dataset.read_image_as(image, predictor.spec.channels)
        except UserError as error:
            report(
                Warning(
                    message=tr("{file_name} is left out: {message}", file_name=image.file_name, message=error.message),
                    hint=error.hint,
                )
            )
        else:
            read.append(image)
            best = predictor.predict(picture).take(slice(spec.counted))
            # A mask of another size than is stated counts as a miss, and a picture may be a pixel shorter than that.
            found = Prediction(best.boxes, best.scores, best.labels, best.masks, (image.height, image.width))
            for place, result in enumerate(coco_results(found, spec, image.index)):
                if result["category_id"] in category_ids:
                    detections.append(result | {"category_id": category_ids[result["category_id"]]})
                    standard += detections[-1:] if place < COCO_DETECTIONS else []
        if progress.due() or done == len(images):
            report(Progress(done=done, total=len(images), unit=tr("images")))
    if not read:
        raise UserError(tr("there is no image to evaluate on"), tr("check that the dataset's files are in their place"))
    truth = ground_truth(dataset, read)
    if too_many := warning_of_crowded_images(truth, spec.counted):
        report(too_many)
    at_100 = score(truth, standard) if len(standard) < len(detections) else None
    return msgspec.structs.replace(score(truth, detections, spec.counted), at_100=at_100)


def check_measurable(dataset: Dataset, images: Sequence[Image]) -> None:
    """Raise ``UserError`` where no instance of ``images`` counts: there is no AP then, not one of 0 or less."""
    if not any(one.segmentation and not one.crowd for image in images for one in dataset.instances(image)):
        raise UserError(
            tr(
                "no AP can be known: of {images} none has an instance with a mask that is no crowd",
                images=tr_n("{n} image", "{n} images", len(images)),
            ),
            tr("annotate some of them, or measure on others"),
        )


def warning_of_crowded_images(truth: dict[str, Any], most: int) -> Warning | None:
    """A warning where images of a COCO dataset have more objects than the ``most`` that are found in one; else
    ``None``."""
    objects = Counter(one["image_id"] for one in truth["annotations"] if not one.get("iscrowd"))
    crowded = [number for number in objects.values() if number > most]
    if not crowded:
        return None
    within = sum(min(number, most) for number in objects.values()) / objects.total()
    return Warning(
        message=tr(
            "In {crowded} of {images} there are more than {limit} objects, up to {largest}, but at most {limit} an "
            "image are found and counted: {share:.0%} of all objects, at best.",
            crowded=len(crowded),
            images=tr_n("{n} image", "{n} images", len(truth["images"])),
            limit=most,
            largest=max(crowded),
            share=within,
        ),
        hint=tr("Give a limit with --max-detections, or train with max_detections=0, which follows the dataset."),
        matters=True,
    )


def score(truth: dict[str, Any], detections: Sequence[dict[str, Any]], most: int = COCO_DETECTIONS) -> Scores:
    """COCO's numbers for ``detections``, COCO results with ``segmentation`` and ``bbox``, at most ``most`` of an image,
    against ``truth``, a COCO dataset with annotation ids from 1.

    With a hundred they agree with ``pycocotools`` to twelve digits, and that is where they are rounded.
    """
    return Scores(
        mask=metrics(truth, detections, "segm", most),
        box=metrics(truth, detections, "bbox", most),
        images=len(truth["images"]),
        max_detections=most,
    )


def metrics(
    truth: dict[str, Any], detections: Sequence[dict[str, Any]], kind: Literal["segm", "bbox"], most: int
) -> Metrics:
    """The same of masks or of boxes alone: results need only ``segmentation`` or ``bbox``."""
    # An instance's size is that of what is compared: COCO takes the box's area as soon as results carry a box.
    own = "segmentation" if kind == "segm" else "bbox"
    results = [{key: result[key] for key in ("image_id", "category_id", "score", own)} for result in detections]
    # The evaluator writes its marks into what it is given.
    annotations = [dict(annotation) for annotation in truth["annotations"]]
    reference = COCO(truth | {"annotations": annotations}, print_function=_silent)
    evaluator = COCOeval_faster(reference, reference.loadRes(results), kind, print_function=_silent)
    # Of each class; fewer than a hundred of an image are counted by giving it no more.
    evaluator.params.maxDets = [1, 10, max(most, COCO_DETECTIONS)]
    evaluator.run()
    per_class = {}
    for index, category in enumerate(evaluator.cocoGt.loadCats(evaluator.params.catIds)):
        # Indexed by IoU, recall, class, size (the first is all of them), detections allowed.
        precision = evaluator.eval["precision"][:, :, index, 0, -1]
        if (precision > -1).any():
            per_class[category["name"]] = round(float(precision[precision > -1].mean()), _DIGITS)
    return Metrics(
        **{
            name: round(float(value), _DIGITS)
            for name, value in zip(Metrics.__struct_fields__[:12], evaluator.stats, strict=False)
        },
        per_class=per_class,
    )


def _silent(*words: object) -> None:
    """In place of the evaluator's ``print``."""


def _category_ids(spec: ModelSpec, dataset: Dataset, report: Report) -> dict[int, int]:
    """The dataset's category id for the model's, as far as both know the class."""
    of_name = {category.name: category.id for category in dataset.categories}
    known = {item.id: of_name[item.name] for item in spec.classes if item.name in of_name}
    if not known:
        raise UserError(
            tr("the model and {dataset} have no class in common", dataset=dataset.name),
            tr("the model knows {classes}", classes=", ".join(item.name for item in spec.classes[:10])),
        )
    unknown = [item.name for item in spec.classes if item.id not in known]
    if unknown:
        report(
            Warning(
                message=tr(
                    "{dataset} has no class {classes}: what is found of it is left out.",
                    dataset=dataset.name,
                    classes=", ".join(unknown),
                )
            )
        )
    return known
