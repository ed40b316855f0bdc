"""Using a model on pictures."""

from typing import Annotated

from core.jobs.job import LIMIT, MODEL, Argument, Job, Option
from core.words import tr


class PredictJob(Job, frozen=True, kw_only=True, tag="predict"):
    """Find instances in pictures; writes overlays and COCO results.

    The results are ``predictions.json`` in ``output``.
    """

    help = tr("Find instances in pictures; writes overlays and COCO results.")
    function = "core.inference.predict:predict"
    icon = "image-square"

    model: Annotated[str, MODEL]
    images: Annotated[tuple[str, ...], Argument("IMAGES...", tr("Pictures, folders or globs."), "pictures")]
    output: Annotated[
        str,
        Option(
            help=tr("For overlays and COCO results."),
            names=("--output", "-o"),
            metavar="FOLDER",
            reading="path",
            default="predictions",
        ),
    ]
    confidence: Annotated[
        float, Option(help=tr("Leave out instances that score lower."), least=0, most=1, always=True)
    ] = 0.3
    max_detections: Annotated[int | None, LIMIT] = None
    """Most objects of an image, instead of the model's own limit."""

    @property
    def title(self) -> str:
        return tr("Prediction")
