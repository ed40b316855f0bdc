"""The verbs of the ``maskwright`` command. What takes long to import is imported by the verb that needs it."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from core.cli import existing_runs, parsing
from core.cli.group import CommandGroup
from core.cli.job_commands import job_command, run_and_exit
from core.cli.options import (
    BatchSize,
    Changes,
    Dataset,
    Debug,
    Epochs,
    Fraction,
    InputSize,
    RecipeName,
    Run,
    Runs,
    Schedule,
    Weights,
)
from core.cli.window import has_display, open_window
from core.jobs import KINDS, ProbeJob, TrainJob
from core.jobs.train import MOST_DEVICES, MOST_NODES
from core.runs.folder import RunFolder
from core.words import tr

_EXIT_CODES = tr(
    "Exit codes: 0 done (or stopped or paused), 1 an error you can mend, 2 wrong usage, 3 a fault, 130 cancelled."
)

app = typer.Typer(
    cls=CommandGroup,
    help=tr("Turn a folder of images into a measured, exported instance-segmentation model."),
    epilog=tr("Ctrl-C once stops and keeps what was reached, twice cancels. {exit_codes}", exit_codes=_EXIT_CODES),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def find() -> None:
    """List the recipes: what each model costs and when to choose it."""
    from core.cli.console import show_recipes

    show_recipes()


@app.command()
def train(
    dataset: Annotated[str | None, typer.Argument(metavar="DATASET", help="A dataset folder or a COCO file.")] = None,
    recipe: RecipeName = None,
    schedule: Schedule = None,
    epochs: Epochs = None,
    batch_size: BatchSize = None,
    input_size: InputSize = None,
    changes: Changes = None,
    validation_fraction: Fraction = 0.2,
    weights: Weights = None,
    devices: Annotated[
        int,
        typer.Option(
            min=1, max=MOST_DEVICES, help="GPUs to train on, or processes without one; the batch size is each one's."
        ),
    ] = 1,
    nodes: Annotated[
        int,
        typer.Option(
            min=1, max=MOST_NODES, help="Machines that train together: run this line on each by torchrun or srun."
        ),
    ] = 1,
    resume: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Go on with this run; for longer with --epochs or --set stop_after_minutes."),
    ] = None,
    data: Annotated[
        str | None, typer.Option(metavar="DATASET", help="With --resume: where the run's dataset has moved to.")
    ] = None,
    runs: Runs = None,
    debug: Debug = False,
) -> None:
    """Train a recipe on a dataset; keeps the best model by mask mAP."""
    settings = parsing.settings(changes, epochs=epochs, batch_size=batch_size, input_size=input_size)
    if resume:
        if dataset or recipe or schedule or weights:
            raise typer.BadParameter(tr("a resumed run goes on with its own dataset, recipe and weights"))
        moved = Path(parsing.absolute(data)) if data else None
        existing_runs.resume(RunFolder(parsing.path(resume, runs)), settings, moved, debug=debug)
    if data:
        raise typer.BadParameter(tr("--data is for a run that is resumed; say what to train on without it"))
    if not dataset:
        raise typer.BadParameter(tr("say what to train on: maskwright train DATASET"))
    chosen = parsing.recipe(recipe, schedule, settings)
    job = parsing.training(dataset, chosen, validation_fraction, weights, runs)
    run_and_exit(msgspec.structs.replace(job, devices=devices, nodes=nodes), runs, chosen.name, debug=debug)


@app.command()
def probe(
    dataset: Dataset,
    recipe: RecipeName = None,
    schedule: Schedule = None,
    epochs: Epochs = None,
    batch_size: BatchSize = None,
    input_size: InputSize = None,
    changes: Changes = None,
    validation_fraction: Fraction = 0.2,
    weights: Weights = None,
    runs: Runs = None,
    debug: Debug = False,
) -> None:
    """Say what a training would take, from a few of its steps: time, memory, a batch that fits, objects too small."""
    settings = parsing.settings(changes, epochs=epochs, batch_size=batch_size, input_size=input_size)
    chosen = parsing.recipe(recipe, schedule, settings)
    job = ProbeJob(train=parsing.training(dataset, chosen, validation_fraction, weights, runs))
    run_and_exit(job, runs, "probe", debug=debug)


@app.command()
def pause(run: Run, runs: Runs = None, debug: Debug = False) -> None:
    """Pause a training that runs: frees the device. `maskwright train --resume RUN` goes on at the same step."""
    existing_runs.ask(RunFolder(parsing.path(run, runs)), "pause")


@app.command()
def stop(run: Run, runs: Runs = None, debug: Debug = False) -> None:
    """Stop a job that runs, and keep what it has reached: of a training, the best model."""
    existing_runs.ask(RunFolder(parsing.path(run, runs)), "stop")


for kind in KINDS:
    if kind not in (TrainJob, ProbeJob):  # their recipe is typed as its name and changes to it
        app.command(kind.kind())(job_command(kind))


@app.command()
def demo(
    window: Annotated[bool, typer.Option(help="Open the window on the result, where there is a display.")] = True,
    debug: Debug = False,
) -> None:
    """Do the whole job once on a sample: train, evaluate, export and predict, in a few minutes."""
    from core.cli.demonstration import show_demo

    dataset = show_demo()
    if window and has_display():
        raise typer.Exit(open_window(dataset))


@app.command("app")
def open_app(
    dataset: Annotated[Path | None, typer.Argument(metavar="DATASET", help="To open in it.")] = None,
) -> None:
    """Open the window."""
    raise typer.Exit(open_window(Path(parsing.absolute(dataset)) if dataset else None))
