"""Finding pictures that are not where the annotation files say."""

from typing import Annotated

from core.jobs.job import DATASET, Argument, Job, Option, dataset_name
from core.words import tr


class FindPicturesJob(Job, frozen=True, kw_only=True, tag="find-pictures"):
    """Look in a folder for the pictures that a dataset lacks: by name and size, by a hash that it states, by likeness.

    What is found is ``found.json`` in the run folder.
    """

    help = tr("Look in a folder for the pictures that a dataset lacks. Ends with 1 where some are missing still.")
    function = "core.dataset.lost_pictures.job:find_pictures"
    icon = "magnifying-glass"
    page = "dataset"
    finding = "missing"
    result = "found.json"

    dataset: Annotated[str, DATASET]
    folder: Annotated[str, Argument("FOLDER", tr("The folder to look in, with what lies below it."))]
    place: Annotated[bool, Option(help=tr("Link what is found to where the dataset looks for it."))] = False
    alike: Annotated[bool, Option(help=tr("Link also what has only a similar name, and the size."))] = False

    @property
    def title(self) -> str:
        return tr("Finding pictures of {dataset}", dataset=dataset_name(self.dataset))
