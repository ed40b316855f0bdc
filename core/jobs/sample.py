"""Making the procedural sample."""

from typing import Annotated

from core.jobs.job import Argument, Job, Option
from core.words import tr


class SampleJob(Job, frozen=True, kw_only=True, tag="sample"):
    """Make a sample dataset of parts on a table, with exact masks."""

    help = tr("Make a sample dataset of parts on a table, with exact masks.")
    function = "core.sample.writer:write_sample"
    icon = "cube"

    output: Annotated[str, Argument("FOLDER", tr("Where to make it."))]
    train_images: Annotated[int, Option(least=1, always=True)] = 240
    validation_images: Annotated[int, Option(least=0, always=True)] = 40
    seed: Annotated[int, Option(help=tr("Same seed, same pictures."), least=0, always=True)] = 0
    size: Annotated[
        int, Option(help=tr("Side of the square pictures, in pixels."), least=64, most=4096, always=True)
    ] = 384
    """Side of the square pictures, in pixels."""

    @property
    def title(self) -> str:
        return tr("Making the sample")
