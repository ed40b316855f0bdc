"""Suggesting annotations."""

from typing import Annotated

from core.jobs.job import DATASET, LIMIT, MODEL, Job, Option, dataset_name
from core.words import tr


class SuggestJob(Job, frozen=True, kw_only=True, tag="suggest"):
    """Let a model suggest masks where nobody has labelled; the Annotate page offers them."""

    help = tr("Let a model suggest masks where nobody has labelled; the Annotate page offers them.")
    function = "core.annotation.suggestions.jobs:pre_annotate"
    icon = "sparkle"
    page = "annotate"

    model: Annotated[str, MODEL]
    dataset: Annotated[str, DATASET]
    confidence: Annotated[
        float, Option(help=tr("Suggest nothing that scores lower."), least=0, most=1, always=True)
    ] = 0.3
    """Nothing that scores lower is suggested."""
    all: Annotated[bool, Option(help=tr("Images that have annotations too."), names=("--all",))] = False
    """For images that are labelled too: for what was overlooked there."""
    images: Annotated[
        tuple[str, ...],
        Option(
            help=tr("Only this one, by its file name in the dataset; repeatable."), names=("--image",), metavar="NAME"
        ),
    ] = ()
    """Only for the images with these file names, labelled or not."""
    max_detections: Annotated[int | None, LIMIT] = None
    """Most objects of an image, instead of the model's own limit."""

    @property
    def title(self) -> str:
        return tr("Pre-annotating {dataset}", dataset=dataset_name(self.dataset))
