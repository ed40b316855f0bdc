"""Converting a dataset from one format into another."""

from typing import Annotated

from core.jobs.job import Argument, Job, Option, dataset_name
from core.words import tr

TARGETS = ("coco", "datumaro", "labelme", "masks", "voc", "yolo")
"""What can be written."""


class ConvertJob(Job, frozen=True, kw_only=True, tag="convert"):
    """Convert a dataset of any format that is read into COCO or another one, in a new folder.

    Nothing is written into the dataset that is read.
    """

    help = tr("Convert a dataset of any format that is read into COCO or another one, in a new folder.")
    function = "core.dataset.formats.convert:convert"
    icon = "swap"
    page = "dataset"

    source: Annotated[str, Argument("SOURCE", tr("A folder, an archive, or a COCO file."))]
    output: Annotated[str, Argument("OUTPUT", tr("The folder to make."))]
    to: Annotated[str, Option(help=tr("The format to write."), choices=TARGETS, always=True)] = "coco"
    format: Annotated[
        str, Option(help=tr("The format to read, instead of the one recognised."), names=("--from",), metavar="FORMAT")
    ] = ""
    pictures: Annotated[str, Option(help=tr("Pictures as links or as copies."), choices=("link", "copy"))] = "link"

    @property
    def title(self) -> str:
        return tr("Converting {dataset}", dataset=dataset_name(self.source))
