"""Checking a dataset."""

from typing import Annotated

from core.jobs.job import DATASET, Job, Option, dataset_name
from core.words import tr


class CheckJob(Job, frozen=True, kw_only=True, tag="check"):
    """Look for faults in a dataset, and for pictures that its splits share.

    All that is found is ``check.json`` in the run folder.
    """

    help = tr("Look for faults in a dataset, and for pictures that its splits share. Ends with 1 where there are any.")
    function = "core.dataset.checking:check_dataset"
    icon = "magnifying-glass"
    page = "dataset"
    finding = "found"
    result = "check.json"

    dataset: Annotated[str, DATASET]
    likeness: Annotated[bool, Option(help=tr("Compare pictures with each other."))] = True

    @property
    def title(self) -> str:
        return tr("Checking {dataset}", dataset=dataset_name(self.dataset))
