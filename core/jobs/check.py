"""Checking a dataset."""

from typing import Annotated

from core.jobs.job import DATASET, Job, Option, dataset_name
from core.words import tr


class CheckJob(Job, frozen=True, kw_only=True, tag="check"):
    """Look for faults in a dataset, and for pictures that its splits share.

    All that is found is ``check.json`` in the run folder, a ``CheckReport``.
    """

    help = tr(
        "Look for faults in a dataset, and for pictures that its splits share. Ends with 1 where there is something "
        "serious."
    )
    function = "core.dataset.checking:check_dataset"
    icon = "magnifying-glass"
    page = "dataset"
    finding = "serious"
    result = "check.json"

    dataset: Annotated[str, DATASET]
    likeness: Annotated[bool, Option(help=tr("Compare pictures with each other."))] = True
    only: Annotated[
        tuple[str, ...], Option(help=tr("Look for this kind of fault only; may be repeated."), metavar="KIND")
    ] = ()
    """Keys of ``core.dataset.health.kinds.KINDS``; empty: all."""

    @property
    def title(self) -> str:
        return tr("Checking {dataset}", dataset=dataset_name(self.dataset))
