"""Arguments and options that several commands of ``maskwright`` share."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any

import typer

from core.cli import parsing
from core.jobs import TrainJob
from core.jobs.job import DATASET, RUN
from core.recipes.schema import ScheduleName
from core.words import tr

RunsOption = Annotated[
    Path | None,
    typer.Option("--runs", metavar="FOLDER", help=tr("Where run folders are made."), show_default="~/Maskwright/runs"),
]
DebugOption = Annotated[bool, typer.Option("--debug", help=tr("Show a traceback when something fails."))]
JsonOption = Annotated[
    bool, typer.Option("--json", help=tr("Print what was found as JSON, and everything else on standard error."))
]
RunArgument = Annotated[str, typer.Argument(metavar=RUN.metavar, help=RUN.help)]
ChannelOption = Annotated[
    int | None,
    typer.Option(min=1, max=256, metavar="N", help=tr("The stored channel that is shown so, counted from 1.")),
]
DatasetArgument = Annotated[str, typer.Argument(metavar=DATASET.metavar, help=DATASET.help)]


@dataclass(frozen=True, kw_only=True)
class TrainingOptions:
    """The options that say how to train; see ``with_training_options``."""

    recipe: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help=tr("As `maskwright find` lists it, or a .yaml file."),
            show_default=parsing.RECIPE,
        ),
    ] = None
    schedule: Annotated[
        ScheduleName | None,
        typer.Option(help=tr("How the recipe is trained; `maskwright find` says which way is its own, and why.")),
    ] = None
    epochs: Annotated[int | None, typer.Option(help=tr("How often each image is seen at most."))] = None
    batch_size: Annotated[int | None, typer.Option(help=tr("Images per step."))] = None
    input_size: Annotated[int | None, typer.Option(help=tr("Side of the network's square input, in pixels."))] = None
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="SETTING=VALUE", help=tr("Any setting of the recipe; repeatable.")),
    ] = None
    validation_fraction: Annotated[
        float, typer.Option(min=0.01, max=0.9, help=tr("Set aside when the dataset has no split of its own."))
    ] = 0.2
    weights: Annotated[
        str | None,
        typer.Option(metavar="FILE", help=tr("Start from these weights, or from a run's, instead of public ones.")),
    ] = None

    def settings(self) -> dict[str, Any]:
        """The settings of the recipe that are typed."""
        return parsing.settings(
            self.changes, epochs=self.epochs, batch_size=self.batch_size, input_size=self.input_size
        )

    def job(self, dataset: str, runs: Path | None) -> TrainJob:
        """The training of ``dataset`` that is typed. Raises ``UserError`` for a recipe or a setting that does not
        exist."""
        return TrainJob(
            recipe=parsing.recipe(self.recipe, self.schedule, self.settings()),
            dataset=parsing.absolute(dataset),
            validation_fraction=self.validation_fraction,
            weights=str(parsing.path(self.weights, runs)) if self.weights else None,
        )


def with_training_options(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose parameter ``training`` is typed as the options of ``TrainingOptions``, in its place."""
    names = [field.name for field in fields(TrainingOptions)]

    @functools.wraps(command)
    def typed(**values: Any) -> None:
        training = TrainingOptions(**{name: values.pop(name) for name in names})
        command(training=training, **values)

    own = list(inspect.signature(command).parameters.values())
    place = [parameter.name for parameter in own].index("training")
    own[place : place + 1] = inspect.signature(TrainingOptions).parameters.values()
    parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
    typed.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    typed.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return typed
