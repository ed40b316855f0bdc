"""Masks for instances that have only a box."""

from typing import Annotated

from core.jobs.job import DATASET, Job, Option, dataset_name
from core.words import tr


class BoxMasksJob(Job, frozen=True, kw_only=True, tag="box-masks"):
    """Suggest masks for the instances that have only a box; the Annotate page offers them."""

    help = tr("Suggest masks for the instances that have only a box; the Annotate page offers them.")
    function = "core.annotation.suggestions.box_masks:make_masks"
    icon = "selection-foreground"
    page = "annotate"

    dataset: Annotated[str, DATASET]
    by: Annotated[str, Option(help=tr("What cuts the objects out."), choices=("grabcut", "sam"), always=True)] = (
        "grabcut"
    )
    sam: Annotated[
        str, Option(help=tr("The folder with SAM’s encoder and decoder."), metavar="FOLDER", reading="path")
    ] = ""
    images: Annotated[
        tuple[str, ...],
        Option(
            help=tr("Only this one, by its file name in the dataset; repeatable."), names=("--image",), metavar="NAME"
        ),
    ] = ()

    @property
    def title(self) -> str:
        return tr("Making masks of boxes in {dataset}", dataset=dataset_name(self.dataset))
