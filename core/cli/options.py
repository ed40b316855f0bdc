"""Arguments and options that several verbs of the ``maskwright`` command share."""

from pathlib import Path
from typing import Annotated

import typer

from core.cli.parsing import RECIPE
from core.jobs.words import DATASET, RUN
from core.recipes.schema import ScheduleName

Runs = Annotated[
    Path | None,
    typer.Option("--runs", metavar="FOLDER", help="Where run folders are made.", show_default="~/Maskwright/runs"),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show a traceback when something fails.")]
Run = Annotated[str, typer.Argument(metavar=RUN.metavar, help=RUN.help)]
Dataset = Annotated[str, typer.Argument(metavar=DATASET.metavar, help=DATASET.help)]
RecipeName = Annotated[
    str | None,
    typer.Option(
        "--recipe", metavar="NAME", help="As `maskwright find` lists it, or a .yaml file.", show_default=RECIPE
    ),
]
Schedule = Annotated[
    ScheduleName | None,
    typer.Option("--schedule", help="How the recipe is trained; `maskwright find` says which way is its own, and why."),
]
Epochs = Annotated[int | None, typer.Option("--epochs", help="How often each image is seen at most.")]
BatchSize = Annotated[int | None, typer.Option("--batch-size", help="Images per step.")]
InputSize = Annotated[int | None, typer.Option("--input-size", help="Side of the network's square input, in pixels.")]
Changes = Annotated[
    list[str] | None, typer.Option("--set", metavar="SETTING=VALUE", help="Any setting of the recipe; repeatable.")
]
Fraction = Annotated[
    float,
    typer.Option(
        "--validation-fraction", min=0.01, max=0.9, help="Set aside when the dataset has no split of its own."
    ),
]
Weights = Annotated[
    str | None,
    typer.Option(
        "--weights", metavar="FILE", help="Start from these weights, or from a run's, instead of public ones."
    ),
]
