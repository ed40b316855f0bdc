"""Measuring a model."""

from typing import Annotated

from core.jobs.job import DATASET, LIMIT, MODEL, Job, Option
from core.words import tr


class EvaluateJob(Job, frozen=True, kw_only=True, tag="evaluate"):
    """Measure COCO mask and box AP of a model on a split of a dataset.

    The model is a run folder or an exported ``.xml``.
    """

    help = tr("Measure COCO mask and box AP of a model on a split of a dataset.")
    function = "core.evaluation.measure:measure"
    icon = "chart-bar"

    model: Annotated[str, MODEL]
    dataset: Annotated[str, DATASET]
    split: Annotated[str, Option(help=tr("Which of the dataset's splits."), always=True)] = "val"
    max_detections: Annotated[int | None, LIMIT] = None
    """Most objects of an image, instead of the model's own limit."""

    @property
    def title(self) -> str:
        return tr("Evaluation")
