"""A model looks at the images that nobody has labelled, or only in part, and its finds are kept as suggestions."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.annotation.storage.image_keys import is_labelled
from core.annotation.suggestions.making import make
from core.annotation.suggestions.suggestions import Suggestion, Suggestions, read, suggestion_file
from core.dataset import Dataset, Image
from core.dataset.health.checks import warn_of_sizes
from core.errors import UserError
from core.geometry.masks import Mask, iou, overlap, to_rle
from core.inference.full_images import FullImages
from core.inference.prediction import Prediction, Predictor
from core.recipes.model_spec import ModelSpec
from core.runs.control import Check, Report
from core.runs.events import Artifact, Done, Stage, Warning
from core.words import tr

_SAME = 0.5
"""Of two finds that overlap by this IoU, whatever their classes, only the better one is suggested."""
_INSIDE = 0.5
"""Share of a find that lies where nobody has labelled from which on it belongs there, as COCO has it of crowds."""


def chosen_images(dataset: Dataset, names: Sequence[str] = (), *, every: bool = False) -> list[Image]:
    """The images with these file names; without names those that nobody has labelled, or only in part, or ``every``
    one. Raises ``UserError`` for a name that no image has."""
    if unknown := set(names) - {image.file_name for image in dataset.images}:
        raise UserError(
            tr("there is no image {file_name} in {dataset}", file_name=min(unknown), dataset=dataset.name),
            tr("give its file name as the dataset has it"),
        )
    if names:
        wanted = frozenset(names)
        return [image for image in dataset.images if image.file_name in wanted]
    return [
        image for image in dataset.images if every or not is_labelled(dataset, image) or dataset.not_labelled(image)
    ]


def suggest(
    predictor: Predictor,
    model: Path,
    dataset: Dataset,
    confidence: float,
    report: Report,
    check: Check,
    images: Sequence[Image] | None = None,
) -> Suggestions:
    """Suggest instances of at least ``confidence`` for the images that nobody has labelled, or for these, and keep
    them; without ``images`` also those that lie where a labelled image is not labelled. What the same model suggested
    for other images stays. The dataset itself is only read.

    A picture that cannot be read is reported and left out; ``UserError`` when that is so for all of them. What there is
    is kept every half minute, and when it is asked to stop.
    """
    report(Stage(name=tr("Pre-annotating")))
    everywhere, images = images is not None, chosen_images(dataset) if images is None else images
    warn_of_sizes(dataset, images, report)
    path = suggestion_file(dataset, model)
    before = known_suggestions(path, dataset, report)
    begun = Suggestions(path, str(model), time.time(), confidence, before)
    full = FullImages(predictor.spec, confidence)

    def find(image: Image) -> tuple[Suggestion, ...]:
        prediction = predictor.predict(dataset.read_image_as(image, predictor.spec.channels)).above(confidence)
        full.look(prediction, image.file_name)
        suggestions = suggestions_of(prediction, predictor.spec)
        region = dataset.not_labelled(image)
        if everywhere or not region or not is_labelled(dataset, image):
            return suggestions
        inside = region.mask((image.height, image.width))
        return tuple(one for one in suggestions if overlap(mask := one.mask(), inside) >= _INSIDE * mask.area)

    found = make(dataset, begun, images, find, report, check)
    if warning := full.warning(len(found)):
        report(warning)
    report(Artifact(kind="suggestions", path=str(path)))
    report(Done(summary={"images": len(found), "suggestions": sum(map(len, found.values()))}))
    return replace(begun, images=before | found)


def known_suggestions(path: Path, dataset: Dataset, report: Report) -> dict[int, tuple[Suggestion, ...]]:
    """What the same model suggested before, by ``Image.index``."""
    if not path.exists():
        return {}
    try:
        return dict(read(path, dataset).images)
    except UserError as error:  # a file that cannot be used is no reason not to make another
        report(Warning(message=error.message, hint=tr("It is written anew.")))
        return {}


def suggestions_of(prediction: Prediction, spec: ModelSpec) -> tuple[Suggestion, ...]:
    """What a model found in an image as suggestions, best score first, no object twice."""
    kept: list[Mask] = []
    suggestions = []
    for index, (label, score) in enumerate(zip(prediction.labels.tolist(), prediction.scores.tolist(), strict=True)):
        mask = prediction.mask(index)
        if not mask.area or any(iou(mask, other) >= _SAME for other in kept):
            continue
        kept.append(mask)
        suggestions.append(Suggestion(spec.classes[label].name, round(score, 4), to_rle(mask), mask.box))
    return tuple(suggestions)
