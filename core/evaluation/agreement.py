"""The job that compares two people's annotations: differences, agreement of each class, and AP between the two."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from core.dataset import Dataset, Image, Instance
from core.dataset.formats.any_format import open_any
from core.dataset.ground_truth import ground_truth
from core.dataset.health.shortcomings import shortcomings
from core.dataset.several.comparison import (
    Comparison,
    agreement_of_classes,
    compare_instances,
    kappa,
    right_names,
)
from core.dataset.several.matching import encoded_masks, inside
from core.errors import UserError
from core.evaluation.coco import metrics
from core.evaluation.pieces import in_pieces
from core.evaluation.scores import Metrics
from core.files import write_atomically
from core.jobs import CompareJob
from core.recipes.model_spec import COCO_DETECTIONS
from core.runs.control import Check, Report
from core.runs.events import Done, Stage, Warning
from core.runs.folder import RunFolder
from core.words import tr, tr_n

CONVERTED = "right"
"""The folder in that of the job in which a right dataset of another format than COCO is kept as COCO."""


def compare(job: CompareJob, folder: RunFolder, report: Report, check: Check) -> None:
    """Do a compare job. Raises ``UserError`` where one cannot be opened, or they have no image in common."""
    with tempfile.TemporaryDirectory(dir=folder.path) as scratch:
        left = open_any(Path(job.left), Path(scratch), report, check).dataset
        right = open_any(Path(job.right), folder.path / CONVERTED, report, check).dataset
        result = compare_datasets(left, right, job.least_iou, report, check)
    kept = str(right.root) if right.root.is_relative_to(folder.path) else job.right
    result = msgspec.structs.replace(result, left=job.left, right=kept)
    _say_what_was_left_out(result, left, right, report)
    write_atomically(folder.path / job.result, msgspec.json.encode(result))
    _report_figures(result, report)


def compare_datasets(left: Dataset, right: Dataset, least_iou: float, report: Report, check: Check) -> Comparison:
    """Compare all images that two datasets have in common. Raises ``UserError`` where there is none."""
    report(Stage(name=tr("Comparing instances")))
    found = compare_instances(left, right, least_iou, report, check)
    if not found.pairs:
        raise UserError(
            tr("{left} and {right} have no image of one size in common", left=left.name, right=right.name),
            tr("images are the same by their paths, their names or their pictures"),
        )
    check()
    report(Stage(name=tr("Measuring AP between the two")))
    names = right_names(left, right)
    forth = ap_between(left, right, found.pairs, names)
    own = {name: right.categories[label].name for label, name in enumerate(names)}  # the other way round
    left_names = [own.get(category.name, category.name) for category in left.categories]
    back = ap_between(right, left, [(other, one) for one, other in found.pairs], left_names)
    per_class = forth.per_class if forth else {}
    classes = [
        msgspec.structs.replace(one, ap=per_class.get(one.name))
        for one in agreement_of_classes(found, [category.name for category in left.categories])
    ]
    both = {one.index for one, _ in found.pairs}, {other.index for _, other in found.pairs}
    unlike_names = [{names[side] for names in found.other_size} for side in (0, 1)]
    others = [
        [image.file_name for image in dataset.images if image.index not in compared and image.file_name not in unlike]
        for dataset, compared, unlike in zip((left, right), both, unlike_names, strict=True)
    ]
    return Comparison(
        left=str(left.root),
        right=str(right.root),
        images=len(found.pairs),
        only_left=others[0],
        only_right=others[1],
        other_size=[name for name, _ in found.other_size],
        least_iou=least_iou,
        left_instances=found.counts[0].total(),
        right_instances=found.counts[1].total(),
        matched=len(found.matched),
        iou=float(np.mean([iou for _, _, iou in found.matched])) if found.matched else None,
        kappa=kappa(found),
        ap=forth.ap if forth else None,
        ap50=forth.ap50 if forth else None,
        reverse_ap=back.ap if back else None,
        classes=classes,
        differences=found.differences,
    )


def _report_figures(result: Comparison, report: Report) -> None:
    counts = result.counts()
    report(
        Done(
            summary={
                "images": result.images,
                "matched": result.matched,
                "iou": result.iou,
                "kappa": result.kappa,
                "map": result.ap,
                "map50": result.ap50,
                "only_left": counts["left"],
                "only_right": counts["right"],
                "other_class": counts["class"],
                "other_shape": counts["shape"],
                "differences": len(result.differences),
            }
        )
    )


def ap_between(
    truth: Dataset, other: Dataset, pairs: Sequence[tuple[Image, Image]], names: Sequence[str]
) -> Metrics | None:
    """AP of the instances of ``other`` measured against those of ``truth`` on ``pairs`` of their images, all with a
    score of 1. ``names`` are what ``truth`` calls the classes of ``other``.

    All of an image count, however many. An instance without a mask, and a crowd, is ignored in ``truth`` and left out
    of ``other``. What one has where the other has not labelled is ignored. ``None`` where ``truth`` has none that
    counts.
    """
    content = _truth_beside(truth, other, pairs)
    if all(one["iscrowd"] for one in content["annotations"]):
        return None
    ids = {category.name: category.id for category in truth.categories}
    results: list[dict[str, Any]] = []
    most = COCO_DETECTIONS
    for image, same in pairs:
        instances = [one for one in other.instances(same) if counts(one)]
        most = max(most, len(instances))
        for one, mask in zip(instances, encoded_masks(same, instances), strict=True):
            if names[one.label] in ids:
                result = {"image_id": image.index, "category_id": ids[names[one.label]], "score": 1.0}
                results.append(result | {"segmentation": mask})
    return metrics(*in_pieces(content, results), "segm", most)


def _truth_beside(truth: Dataset, other: Dataset, pairs: Sequence[tuple[Image, Image]]) -> dict[str, Any]:
    """``truth`` as ground truth for ``other``, who cannot be asked for what lies where it has not labelled."""
    content = ground_truth(truth, [image for image, _ in pairs])
    unseen = {
        image.index: iter(inside(encoded_masks(image, truth.instances(image)), region, (image.height, image.width)))
        for image, same in pairs
        if (region := other.not_labelled(same))
    }
    for one in content["annotations"]:  # those of an image are in order, and its regions come after them
        if next(unseen.get(one["image_id"], iter(())), False):
            one["iscrowd"] = 1
    return content


def counts(instance: Instance) -> bool:
    """Whether AP counts an instance: it has a mask and is no crowd."""
    return instance.segmentation is not None and not instance.crowd


def _say_what_was_left_out(result: Comparison, left: Dataset, right: Dataset, report: Report) -> None:
    for names, dataset in ((result.only_left, left), (result.only_right, right)):
        if names:
            report(
                Warning(
                    message=tr_n(
                        "{n} image is only in {dataset}: {name}.",
                        "{n} images are only in {dataset}, the first is {name}.",
                        len(names),
                        dataset=dataset.name,
                        name=names[0],
                    ),
                    hint=tr("It is not compared."),
                )
            )
    for dataset in (left, right):
        if boxes := shortcomings(dataset).boxes:
            report(
                Warning(
                    message=tr_n(
                        "{n} instance of {dataset} has only a box.",
                        "{n} instances of {dataset} have only a box.",
                        boxes,
                        dataset=dataset.name,
                    ),
                    hint=tr("Only masks are compared: make masks of boxes first, on the Dataset page."),
                    matters=True,
                )
            )
    if result.other_size:
        report(
            Warning(
                message=tr_n(
                    "{n} image has another size on either side: {name}.",
                    "{n} images have another size on either side, the first is {name}.",
                    len(result.other_size),
                    name=result.other_size[0],
                ),
                hint=tr("Its masks cannot be compared."),
                matters=True,
            )
        )
