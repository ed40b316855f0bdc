"""Converting a dataset, or some of its images, from one format into another."""

from typing import Annotated, Any

from core.jobs.job import Argument, Job, Option, dataset_name
from core.words import tr

TARGETS = ("coco", "datumaro", "labelme", "masks", "voc", "yolo")
"""What can be written."""


class ConvertJob(Job, frozen=True, kw_only=True, tag="convert"):
    """Convert a dataset of any format that is read, a video, or a TIFF of several pages into COCO or another format, in
    a new folder: all of its images, or those that the ``only_…`` fields let through.

    Nothing is written into what is read. What was made is ``conversion.json`` in the run folder.
    """

    help = tr(
        "Convert a dataset of any format that is read, or part of it, a video, or a TIFF of several pages into COCO or "
        "another format, in a new folder."
    )
    function = "core.dataset.formats.convert:convert"
    icon = "swap"
    page = "dataset"
    result = "conversion.json"

    source: Annotated[str, Argument("SOURCE", tr("A folder, an archive, a COCO file, a video, or a TIFF of pages."))]
    output: Annotated[str, Argument("OUTPUT", tr("The folder to make."))]
    to: Annotated[str, Option(help=tr("The format to write."), choices=TARGETS, always=True)] = "coco"
    format: Annotated[
        str, Option(help=tr("The format to read, instead of the one recognised."), names=("--from",), metavar="FORMAT")
    ] = ""
    pictures: Annotated[str, Option(help=tr("Pictures as links or as copies."), choices=("link", "copy"))] = "link"
    only_split: Annotated[
        tuple[str, ...], Option(help=tr("Only images of this split; repeatable."), metavar="NAME")
    ] = ()
    only_class: Annotated[
        tuple[str, ...], Option(help=tr("Only images that show this class; repeatable."), metavar="NAME")
    ] = ()
    only_name: Annotated[str, Option(help=tr("Only images with these words in their names."), metavar="WORDS")] = ""
    only_masks: Annotated[
        str, Option(help=tr("Only images with masks, or without."), choices=("any", "with", "without"))
    ] = "any"
    only_image: Annotated[
        tuple[str, ...], Option(help=tr("Only this image, NAME or SPLIT/NAME; repeatable."), metavar="NAME")
    ] = ()
    every: Annotated[
        float, Option(help=tr("Of a video: seconds between two frames; 0 takes all."), metavar="SECONDS", least=0)
    ] = 1.0
    scenes: Annotated[bool, Option(help=tr("Of a video: only the first frame of each scene."))] = False

    @property
    def title(self) -> str:
        return tr("Converting {dataset}", dataset=dataset_name(self.source))

    @property
    def filters(self) -> dict[str, Any]:
        """What ``core.dataset.subset.select`` is given; empty where all images are wanted."""
        typed = {
            "splits": self.only_split,
            "classes": self.only_class,
            "text": self.only_name,
            "masks": "" if self.only_masks == "any" else self.only_masks,
            "names": self.only_image,
        }
        return {name: value for name, value in typed.items() if value}
