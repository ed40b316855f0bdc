"""The commands of ``maskwright``. What takes long to import is imported by the command that needs it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from typer.core import TyperGroup

from core.cli import existing_runs, parsing
from core.cli.job_commands import job_command, run_and_exit
from core.cli.options import (
    ChannelOption,
    DatasetArgument,
    DebugOption,
    JsonOption,
    RunArgument,
    RunsOption,
    TrainingOptions,
    with_training_options,
)
from core.cli.window import has_display, open_window
from core.jobs import KINDS, ProbeJob, TrainJob
from core.jobs.job import DATASET
from core.jobs.train import MOST_DEVICES, MOST_NODES
from core.plain_text import printable
from core.words import tr


class CommandGroup(TyperGroup):
    """Errors in a command line quote it, names of files and all: what would steer a terminal is written out."""

    def make_context(self, *line: Any, **settings: Any) -> Any:
        with self._printable_errors():
            return super().make_context(*line, **settings)

    def invoke(self, ctx: Any) -> Any:
        with self._printable_errors():
            return super().invoke(ctx)

    @staticmethod
    @contextmanager
    def _printable_errors() -> Iterator[None]:
        try:
            yield
        except typer.TyperException as error:
            error.message = printable(error.message)
            raise


app = typer.Typer(
    cls=CommandGroup,
    help=tr("Turn a folder of images into a measured, exported instance-segmentation model."),
    epilog=tr(
        "Ctrl-C once stops and keeps what was reached, twice cancels. "
        "Exit codes: 0 done (or stopped or paused), 1 an error you can mend, 2 wrong usage, 3 a fault, 130 cancelled."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command(help=tr("List the recipes: what each model costs and when to choose it."))
def find(json: JsonOption = False) -> None:
    from core.cli.console import recipes_as_json, show_recipes

    if json:
        typer.echo(recipes_as_json())
    else:
        show_recipes()


@app.command(help=TrainJob.help)
@with_training_options
def train(
    training: TrainingOptions,
    dataset: Annotated[str | None, typer.Argument(metavar=DATASET.metavar, help=DATASET.help)] = None,
    devices: Annotated[
        int,
        typer.Option(
            min=1,
            max=MOST_DEVICES,
            help=tr("GPUs to train on, or processes without one; the batch size is each one's."),
        ),
    ] = 1,
    nodes: Annotated[
        int,
        typer.Option(
            min=1,
            max=MOST_NODES,
            help=tr("Machines that train together: run this line on each by torchrun or srun."),
        ),
    ] = 1,
    resume: Annotated[
        str | None,
        typer.Option(
            metavar="RUN", help=tr("Go on with this run; for longer with --epochs or --set stop_after_minutes.")
        ),
    ] = None,
    data: Annotated[
        str | None, typer.Option(metavar="DATASET", help=tr("With --resume: where the run's dataset has moved to."))
    ] = None,
    json: JsonOption = False,
    runs: RunsOption = None,
    debug: DebugOption = False,
) -> None:
    if resume:
        if dataset or training.recipe or training.schedule or training.weights:
            raise typer.BadParameter(tr("a resumed run goes on with its own dataset, recipe and weights"))
        moved = Path(parsing.absolute(data)) if data else None
        existing_runs.resume(parsing.run(resume, runs), training.settings(), moved, debug=debug, json=json)
    if data:
        raise typer.BadParameter(tr("--data is for a run that is resumed; say what to train on without it"))
    if not dataset:
        raise typer.BadParameter(tr("say what to train on: maskwright train DATASET"))
    job = msgspec.structs.replace(training.job(dataset, runs), devices=devices, nodes=nodes)
    run_and_exit(job, runs, job.recipe.name, debug=debug, json=json)


@app.command(help=ProbeJob.help)
@with_training_options
def probe(
    training: TrainingOptions,
    dataset: DatasetArgument,
    json: JsonOption = False,
    runs: RunsOption = None,
    debug: DebugOption = False,
) -> None:
    run_and_exit(ProbeJob(train=training.job(dataset, runs)), runs, ProbeJob.kind(), debug=debug, json=json)


@app.command(
    help=tr("Pause a training that runs: frees the device. `maskwright train --resume RUN` goes on at the same step.")
)
def pause(run: RunArgument, runs: RunsOption = None, debug: DebugOption = False) -> None:
    existing_runs.ask(parsing.run(run, runs), "pause")


@app.command(help=tr("Stop a job that runs, and keep what it has reached: of a training, the best model."))
def stop(run: RunArgument, runs: RunsOption = None, debug: DebugOption = False) -> None:
    existing_runs.ask(parsing.run(run, runs), "stop")


for kind in KINDS:
    if kind not in (TrainJob, ProbeJob):  # their recipe is typed as its name and changes to it
        app.command(kind.kind(), help=kind.help)(job_command(kind))


@app.command(
    help=tr("Say what a dataset is made of: classes, sizes, shapes and places of objects, by split; seconds, no job.")
)
def stats(
    dataset: DatasetArgument,
    json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    from core.cli.statistics import show_statistics

    show_statistics(Path(parsing.absolute(dataset)), as_json=json)


@app.command(
    help=tr(
        "Say or choose how pictures of more than 8 bits are read, in the dataset and by all models that learn from it: "
        "which channels are red, green and blue, and from what to what they are stretched; no job."
    )
)
def channels(
    dataset: DatasetArgument,
    red: ChannelOption = None,
    green: ChannelOption = None,
    blue: ChannelOption = None,
    percentiles: Annotated[
        tuple[float, float] | None,
        typer.Option(metavar="LOW HIGH", help=tr("Percentiles that become black and white: of each picture.")),
    ] = None,
    same: Annotated[
        bool,
        typer.Option("--same", help=tr("Percentiles of 16 pictures from all over the dataset, as values for all.")),
    ] = False,
    values: Annotated[
        tuple[float, float] | None,
        typer.Option(metavar="LOW HIGH", help=tr("Values that become black and white: the same in all pictures.")),
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help=tr("Read pictures as their files hold them."))] = False,
    json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    from core.cli.channels import Wanted, show_channels

    wanted = Wanted(sources=(red, green, blue), percentiles=percentiles, values=values, same=same, clear=clear)
    show_channels(Path(parsing.absolute(dataset)), wanted, as_json=json)


@app.command(help=tr("Do the whole job once on a sample: train, evaluate, export and predict, in a few minutes."))
def demo(
    window: Annotated[bool, typer.Option(help=tr("Open the window on the result, where there is a display."))] = True,
    debug: DebugOption = False,
) -> None:
    from core.cli.demonstration import show_demo

    dataset = show_demo()
    if window and has_display():
        raise typer.Exit(open_window(dataset))


@app.command("app", help=tr("Open the window."))
def open_app(
    dataset: Annotated[Path | None, typer.Argument(metavar="DATASET", help=tr("To open in it."))] = None,
) -> None:
    raise typer.Exit(open_window(Path(parsing.absolute(dataset)) if dataset else None))
