"""Suggesting annotations."""

from typing import Annotated

from core.jobs.job import Job, dataset_name
from core.jobs.words import DATASET, LIMIT, MODEL, Option
from core.words import tr


class SuggestJob(Job, frozen=True, kw_only=True, tag="suggest"):
    """Let a model suggest masks for images without annotations; the Annotate page offers them."""

    function = "core.annotation.suggestions.jobs:pre_annotate"
    icon = "sparkle"
    page = "annotate"

    model: Annotated[str, MODEL]
    dataset: Annotated[str, DATASET]
    confidence: Annotated[float, Option(help="Suggest nothing that scores lower.", least=0, most=1, always=True)] = 0.3
    """Nothing that scores lower is suggested."""
    all: Annotated[bool, Option(help="Images that have annotations too.", names=("--all",))] = False
    """For images that are labelled too: for what was overlooked there."""
    images: Annotated[
        tuple[str, ...],
        Option(help="Only this one, by its file name in the dataset; repeatable.", names=("--image",), metavar="NAME"),
    ] = ()
    """Only for the images with these file names, labelled or not."""
    max_detections: Annotated[int | None, LIMIT] = None
    """Most objects of an image, instead of the model's own limit."""

    @property
    def title(self) -> str:
        return tr("Pre-annotating {dataset_name}", dataset_name=dataset_name(self.dataset))
