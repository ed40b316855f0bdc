"""A model looks at the images that nobody has labelled, and its finds are kept as suggestions."""

import time
from pathlib import Path

from core.annotation.places import is_labelled
from core.annotation.suggestions import Suggestion, Suggestions, suggestion_file, write
from core.dataset import Dataset, Image
from core.errors import UserError
from core.geometry.masks import Mask, iou, to_rle
from core.inference.prediction import Prediction, Predictor
from core.recipes.model_spec import ModelSpec
from core.runs.control import Check, Report, StopRequested
from core.runs.events import Artifact, Done, Progress, Stage, Warning

_SAME = 0.5
"""Of two finds that overlap by this IoU, whatever their classes, only the better one is suggested."""


def suggest(
    predictor: Predictor, model: Path, dataset: Dataset, confidence: float, report: Report, check: Check
) -> Suggestions:
    """Suggest instances of at least ``confidence`` for the images without annotations, and keep them; those of the
    same model from before are replaced. The dataset itself is only read.

    A picture that cannot be read is reported and left out. Asked to stop, it keeps what it has.
    """
    report(Stage(name="Pre-annotating"))
    images = [image for image in dataset.images if not is_labelled(dataset, image)]
    found: dict[int, tuple[Suggestion, ...]] = {}
    made = Suggestions(suggestion_file(dataset, model), str(model), time.time(), confidence, found)
    try:
        for done, image in enumerate(images, 1):
            check()
            try:
                found[image.index] = _look(predictor, dataset, image, confidence)
            except UserError as error:
                report(Warning(message=error.message, hint=error.hint))
            report(Progress(done=done, total=len(images), unit="images"))
    except StopRequested:
        write(dataset, made)
        raise
    write(dataset, made)
    report(Artifact(kind="suggestions", path=str(made.path)))
    report(Done(summary={"images": len(found), "suggestions": sum(map(len, found.values()))}))
    return made


def _look(predictor: Predictor, dataset: Dataset, image: Image, confidence: float) -> tuple[Suggestion, ...]:
    return suggestions_of(predictor.predict(dataset.read_image(image)).above(confidence), predictor.spec)


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
