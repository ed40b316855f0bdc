"""Looking into a dataset of another format before it is imported."""

from typing import Annotated

from core.jobs.job import Argument, Job, Option, dataset_name
from core.words import tr


class PreviewJob(Job, frozen=True, kw_only=True, tag="preview"):
    """Say what is in a dataset of another format, and what an import would lose, without writing it anywhere.

    What is found is ``preview.json`` in the run folder, a ``Preview``.
    """

    help = tr("Say what is in a dataset of another format, and what an import would lose, without writing it anywhere.")
    function = "core.dataset.formats.preview:preview"
    icon = "eye"
    page = "home"
    result = "preview.json"

    source: Annotated[str, Argument("SOURCE", tr("A folder, an archive, a video, or a TIFF of pages."))]
    format: Annotated[
        str, Option(help=tr("The format to read, instead of the one recognised."), names=("--from",), metavar="FORMAT")
    ] = ""

    @property
    def title(self) -> str:
        return tr("Looking into {dataset}", dataset=dataset_name(self.source))
