"""Merging datasets."""

from typing import Annotated, Literal

from core.jobs.job import Argument, Job, Option, dataset_name
from core.words import some_of, tr

_NAMED = 3
"""Datasets that the title names."""


class MergeJob(Job, frozen=True, kw_only=True, tag="merge"):
    """Make one dataset of several, in a new folder. Nothing is written into those that are read.

    What becomes of classes and of pictures that several of them have is ``merge.json`` in the run folder.
    """

    help = tr("Make one dataset of several, in a new folder: classes by name, pictures that several have only once.")
    function = "core.dataset.several.merging:merge"
    icon = "git-merge"
    page = "dataset"
    result = "merge.json"

    datasets: Annotated[
        tuple[str, ...], Argument("DATASETS...", tr("Two or more: folders, archives or COCO files, of any format."))
    ]
    output: Annotated[
        str,
        Option(
            help=tr("The folder to make."),
            names=("--output", "-o"),
            metavar="FOLDER",
            reading="path",
            default="merged",
            always=True,
        ),
    ]
    classes: Annotated[
        tuple[str, ...],
        Option(
            help=tr(
                "What a class of the second dataset and those after it becomes; “OLD=” leaves it out; repeatable. "
                "Else one that is called alike but for capitals, spaces and hyphens is the same."
            ),
            names=("--class",),
            metavar="OLD=NEW",
        ),
    ] = ()
    duplicates: Annotated[
        str,
        Option(
            help=tr(
                "A picture that several datasets have: once, with the instances of all (join) or of the first (first), "
                "or as often as it is there (keep)."
            ),
            choices=("join", "first", "keep"),
        ),
    ] = "join"
    same: Annotated[
        Literal["file", "pixels", "look"],
        Option(
            help=tr(
                "When two pictures are one: with the same bytes (file), with the same pixels (pixels), or when they "
                "look nearly the same at one size (look), as frames of a film do too."
            ),
            choices=("file", "pixels", "look"),
        ),
    ] = "pixels"
    pictures: Annotated[str, Option(help=tr("Pictures as links or as copies."), choices=("link", "copy"))] = "link"
    dry_run: Annotated[bool, Option(help=tr("Only say what would be made."), names=("--dry-run",))] = False

    @property
    def title(self) -> str:
        names = some_of([dataset_name(path) for path in self.datasets], _NAMED)
        return (
            tr("Looking at what merging {datasets} makes", datasets=names)
            if self.dry_run
            else tr("Merging {datasets}", datasets=names)
        )
