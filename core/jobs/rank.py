"""Ordering the images that are to be labelled."""

from typing import Annotated

from core.jobs.job import DATASET, Job, Option, dataset_name
from core.words import tr


class RankJob(Job, frozen=True, kw_only=True, tag="rank"):
    """Find out which images without annotations are most useful to label next."""

    help = tr("Find out which images without annotations are most useful to label next.")
    function = "core.annotation.suggestions.jobs:rank"
    icon = "sort-ascending"
    page = "annotate"

    dataset: Annotated[str, DATASET]
    model: Annotated[
        str | None,
        Option(help=tr("Whose doubt counts; without one, what pictures look like."), metavar="MODEL", reading="run"),
    ] = None
    """Without one, by what the pictures look like alone."""

    @property
    def title(self) -> str:
        return tr("Ordering the images of {dataset}", dataset=dataset_name(self.dataset))
