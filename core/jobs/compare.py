"""Comparing two people's annotations of the same images."""

from typing import Annotated

from core.jobs.job import Argument, Job, Option, dataset_name
from core.words import tr


class CompareJob(Job, frozen=True, kw_only=True, tag="compare"):
    """Compare two annotations of the same images: how far they agree, and each instance on which they do not.

    All of it is ``comparison.json`` in the run folder.
    """

    help = tr(
        "Compare two people's annotations of the same images: agreement per class, and every difference. "
        "Ends with 1 where there are any."
    )
    function = "core.evaluation.agreement:compare"
    icon = "columns"
    page = "dataset"
    finding = "differences"
    result = "comparison.json"

    left: Annotated[str, Argument("LEFT", tr("A folder, an archive or a COCO file, of any format."))]
    right: Annotated[str, Argument("RIGHT", tr("The same images, annotated by somebody else."))]
    least_iou: Annotated[
        float,
        Option(help=tr("Masks of one object that overlap less differ in shape."), least=0.0, most=1.0, always=True),
    ] = 0.75

    @property
    def title(self) -> str:
        return tr("Comparing {left} with {right}", left=dataset_name(self.left), right=dataset_name(self.right))
