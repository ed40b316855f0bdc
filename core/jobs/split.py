"""Dividing a dataset into training, validation and test images."""

from typing import Annotated

from core.jobs.job import DATASET, Job, Option, dataset_name
from core.words import tr

_WAYS = ("image", "folder", "series", "video", "source", "pattern", "field")


class SplitJob(Job, frozen=True, kw_only=True, tag="split"):
    """Divide a dataset so that every split has its share of every class, and what belongs together stays together.

    The choice is kept in ``maskwright-splits.json`` in the dataset's folder; annotation files stay as they are.
    """

    help = tr(
        "Divide a dataset into training, validation and test images, or into folds, so that what belongs together "
        "stays together."
    )
    function = "core.dataset.splitting:split_dataset"
    icon = "squares-four"
    page = "dataset"
    result = "split.json"

    dataset: Annotated[str, DATASET]
    by: Annotated[
        str,
        Option(
            help=tr(
                "What stays together: each image by itself, those of a folder, names that end in numbers (frames of a "
                "video), frames of one imported video, tiles and copies of one source, names that share a pattern, "
                "equal values of a field."
            ),
            choices=_WAYS,
        ),
    ] = "image"
    pattern: Annotated[
        str, Option(help=tr("With --by pattern: a regular expression; its first group tells."), metavar="REGEX")
    ] = ""
    field: Annotated[
        str, Option(help=tr("With --by field: a key of the entries of images, such as patient_id."), metavar="NAME")
    ] = ""
    alike: Annotated[bool, Option(help=tr("Keep pictures together that look nearly the same, too."))] = False
    train: Annotated[float, Option(help=tr("Share of training images."), least=0)] = 0.8
    val: Annotated[float, Option(help=tr("Share of validation images."), least=0)] = 0.2
    test: Annotated[float, Option(help=tr("Share of test images; without one, those of before stay."), least=0)] = 0.0
    folds: Annotated[int, Option(help=tr("Make so many folds in place of shares."), least=0, most=1000)] = 0
    fold: Annotated[int, Option(help=tr("With --folds: the fold that validates, from 1."), least=1, most=1000)] = 1
    seed: Annotated[int, Option(help=tr("Another seed, another choice."), least=0, most=2**32 - 1)] = 0
    dry_run: Annotated[bool, Option(names=("--dry-run",), help=tr("Only say what would come out; write nothing."))] = (
        False
    )

    @property
    def title(self) -> str:
        return tr("Splitting {dataset}", dataset=dataset_name(self.dataset))
