"""Exporting a model."""

from typing import Annotated

from core.jobs.job import LIMIT, RUN, Job, Option
from core.words import tr


class ExportJob(Job, frozen=True, kw_only=True, tag="export"):
    """Export a run's best model to OpenVINO and compare it with the original.

    It goes into the folder of that run; AP and speed are measured on validation images.
    """

    help = tr("Export a run's best model to OpenVINO and compare it with the original.")
    function = "core.deployment.export:export"
    icon = "export"
    page = "deploy"

    run: Annotated[str, RUN]
    precision: Annotated[str, Option(help=tr("Of the stored weights."), choices=("fp16", "fp32"), always=True)] = "fp16"
    """Of the stored weights: ``fp32`` or ``fp16``."""
    dataset: Annotated[
        str | None,
        Option(help=tr("Where to measure, if not on the run's own dataset."), metavar="DATASET", reading="path"),
    ] = None
    """Where to measure; the run's own dataset when left out."""
    measure: Annotated[bool, Option(help=tr("Compare mask AP and speed with PyTorch."))] = True
    """Compare AP and speed with PyTorch. Off, the export is there in seconds: for a preview."""
    max_detections: Annotated[int | None, LIMIT] = None
    """Most objects of an image, instead of the model's own limit."""

    @property
    def title(self) -> str:
        return tr("Export") if self.measure else tr("Preparing a model for the preview")
