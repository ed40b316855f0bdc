"""The verbs of the ``maskwright`` command. What takes long to import is imported by the verb that needs it."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import typer

from core.errors import UserError
from core.recipes.catalogue import find as find_recipe
from core.recipes.catalogue import with_schedule, with_settings
from core.recipes.schema import Recipe, ScheduleName
from core.runs.control import Ask
from core.runs.folder import RunFolder, home
from core.runs.job import (
    AnyJob,
    EvaluateJob,
    ExportJob,
    PredictJob,
    ProbeJob,
    RankJob,
    SampleJob,
    SuggestJob,
    TrainJob,
)

_EXIT_CODES = (
    "Exit codes: 0 done (or stopped or paused), 1 an error you can mend, 2 wrong usage, 3 a fault, 130 cancelled."
)

_RECIPE = "rtmdet_inst_tiny"
"""Trained when none is named: the one that needs no GPU."""

app = typer.Typer(
    help="Turn a folder of images into a measured, exported instance-segmentation model.",
    epilog=f"Ctrl-C once stops and keeps what was reached, twice cancels. {_EXIT_CODES}",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Runs = Annotated[
    Path | None,
    typer.Option("--runs", metavar="FOLDER", help="Where run folders are made.", show_default="~/Maskwright/runs"),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show a traceback when something fails.")]
Model = Annotated[str, typer.Argument(metavar="MODEL", help="A run (its folder or name), or an exported model.xml.")]
Dataset = Annotated[str, typer.Argument(metavar="DATASET", help="A COCO folder or JSON file.")]
RecipeName = Annotated[
    str | None,
    typer.Option(
        "--recipe", metavar="NAME", help="As `maskwright find` lists it, or a .yaml file.", show_default=_RECIPE
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


@app.command()
def find() -> None:
    """List the recipes: what each model costs and when to choose it."""
    from core.cli.console import show_recipes

    show_recipes()


@app.command()
def train(
    dataset: Annotated[str | None, typer.Argument(metavar="DATASET", help="A COCO folder or JSON file.")] = None,
    recipe: RecipeName = None,
    schedule: Schedule = None,
    epochs: Epochs = None,
    batch_size: BatchSize = None,
    input_size: InputSize = None,
    changes: Changes = None,
    validation_fraction: Fraction = 0.2,
    weights: Weights = None,
    devices: Annotated[
        int, typer.Option(min=1, help="GPUs to train on, or processes without one; the batch size is each one's.")
    ] = 1,
    nodes: Annotated[
        int,
        typer.Option(min=1, help="Machines that train together: run this line on each by torchrun or srun."),
    ] = 1,
    resume: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Go on with this run; for longer with --epochs or --set stop_after_minutes."),
    ] = None,
    runs: Runs = None,
    debug: Debug = False,
) -> None:
    """Train a recipe on a dataset; keeps the best model by mask mAP."""
    settings = _settings(changes, epochs=epochs, batch_size=batch_size, input_size=input_size)
    if resume:
        if dataset or recipe or schedule or weights:
            raise typer.BadParameter("a resumed run goes on with its own dataset, recipe and weights")
        _resume(RunFolder(_path(resume, runs)), settings, debug=debug)
    if not dataset:
        raise typer.BadParameter("say what to train on: maskwright train DATASET")
    chosen = _recipe(recipe, schedule, settings)
    job = _training(dataset, chosen, validation_fraction, weights, runs)
    _run(msgspec.structs.replace(job, devices=devices, nodes=nodes), runs, chosen.name, debug=debug)


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
    settings = _settings(changes, epochs=epochs, batch_size=batch_size, input_size=input_size)
    chosen = _recipe(recipe, schedule, settings)
    _run(ProbeJob(train=_training(dataset, chosen, validation_fraction, weights, runs)), runs, "probe", debug=debug)


Run = Annotated[str, typer.Argument(metavar="RUN", help="The folder or the name of a training run.")]


@app.command()
def pause(run: Run, runs: Runs = None, debug: Debug = False) -> None:
    """Pause a training that runs: frees the device. `maskwright train --resume RUN` goes on at the same step."""
    _ask(RunFolder(_path(run, runs)), "pause")


@app.command()
def stop(run: Run, runs: Runs = None, debug: Debug = False) -> None:
    """Stop a training that runs; keeps its best model."""
    _ask(RunFolder(_path(run, runs)), "stop")


@app.command()
def evaluate(
    model: Model,
    dataset: Dataset,
    split: Annotated[str, typer.Option(help="Which of the dataset's splits.")] = "val",
    runs: Runs = None,
    debug: Debug = False,
) -> None:
    """Measure COCO mask and box AP of a model on a split of a dataset."""
    job = EvaluateJob(model=str(_path(model, runs)), dataset=_absolute(dataset), split=split)
    _run(job, runs, "evaluate", debug=debug)


@app.command()
def predict(
    model: Model,
    images: Annotated[list[str], typer.Argument(metavar="IMAGES...", help="Pictures, folders or globs.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="For overlays and COCO results.")
    ] = Path("predictions"),
    confidence: Annotated[float, typer.Option(min=0, max=1, help="Leave out instances that score lower.")] = 0.3,
    runs: Runs = None,
    debug: Debug = False,
) -> None:
    """Find instances in pictures; writes overlays and COCO results."""
    job = PredictJob(
        model=str(_path(model, runs)),
        images=tuple(_absolute(image) for image in images),
        output=_absolute(output),
        confidence=confidence,
    )
    _run(job, runs, "predict", debug=debug)


@app.command()
def export(
    run: Run,
    precision: Annotated[Literal["fp16", "fp32"], typer.Option(help="Of the stored weights.")] = "fp16",
    dataset: Annotated[
        str | None, typer.Option(metavar="DATASET", help="Where to measure, if not on the run's own dataset.")
    ] = None,
    measure: Annotated[bool, typer.Option(help="Compare mask AP and speed with PyTorch.")] = True,
    runs: Runs = None,
    debug: Debug = False,
) -> None:
    """Export a run's best model to OpenVINO and compare it with the original."""
    job = ExportJob(
        run=str(_path(run, runs)),
        precision=precision,
        dataset=_absolute(dataset) if dataset else None,
        measure=measure,
    )
    _run(job, runs, "export", debug=debug)


@app.command()
def suggest(
    model: Model,
    dataset: Dataset,
    confidence: Annotated[float, typer.Option(min=0, max=1, help="Suggest nothing that scores lower.")] = 0.3,
    every: Annotated[bool, typer.Option("--all", help="Images that have annotations too.")] = False,
    images: Annotated[
        list[str] | None,
        typer.Option("--image", metavar="NAME", help="Only this one, by its file name in the dataset; repeatable."),
    ] = None,
    runs: Runs = None,
    debug: Debug = False,
) -> None:
    """Let a model suggest masks for images without annotations; the Annotate page offers them."""
    job = SuggestJob(
        model=str(_path(model, runs)),
        dataset=_absolute(dataset),
        confidence=confidence,
        all=every,
        images=tuple(images or ()),
    )
    _run(job, runs, "suggest", debug=debug)


@app.command()
def rank(
    dataset: Dataset,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="MODEL", help="Whose doubt counts; without one, what pictures look like."),
    ] = None,
    runs: Runs = None,
    debug: Debug = False,
) -> None:
    """Find out which images without annotations are most useful to label next."""
    job = RankJob(dataset=_absolute(dataset), model=str(_path(model, runs)) if model else None)
    _run(job, runs, "rank", debug=debug)


@app.command()
def sample(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to make it.")],
    train_images: Annotated[int, typer.Option(min=1)] = 240,
    validation_images: Annotated[int, typer.Option(min=0)] = 40,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same pictures.")] = 0,
    size: Annotated[int, typer.Option(min=64, max=4096, help="Side of the square pictures, in pixels.")] = 384,
    runs: Runs = None,
    debug: Debug = False,
) -> None:
    """Make a sample dataset of parts on a table, with exact masks."""
    job = SampleJob(
        output=_absolute(folder),
        train_images=train_images,
        validation_images=validation_images,
        seed=seed,
        size=size,
    )
    _run(job, runs, "sample", debug=debug)


@app.command()
def demo(
    window: Annotated[bool, typer.Option(help="Open the window on the result, where there is a display.")] = True,
    debug: Debug = False,
) -> None:
    """Do the whole job once on a sample: train, evaluate, export and predict, in a few minutes."""
    from core.cli.demonstration import show_demo

    dataset = show_demo()
    if window and _has_display():
        raise typer.Exit(_open_window(dataset))


@app.command("app")
def open_app(
    dataset: Annotated[Path | None, typer.Argument(metavar="DATASET", help="To open in it.")] = None,
) -> None:
    """Open the window."""
    raise typer.Exit(_open_window(dataset))


def _run(
    job: AnyJob,
    runs: Path | None,
    name: str,
    *,
    debug: bool,
) -> None:
    from core.cli.running import run_job

    raise typer.Exit(run_job(job, _runs(runs), name, debug=debug))


def _ask(folder: RunFolder, request: Ask) -> None:
    """Ask the run at work in ``folder`` to end, wait for it, and say how it did."""
    from core.runs.history import glance

    if not isinstance(folder.read_job().job, TrainJob):
        raise UserError(f"{folder.path} is not a training", "only a training can be paused or stopped from here")
    if not folder.process():
        raise UserError(f"{folder.path} is not running")
    folder.ask(request)
    while folder.process():
        time.sleep(0.1)
    state = glance(folder).state
    typer.echo(f"{state.capitalize()}: {folder.path}")
    if state == "failed":
        raise typer.Exit(1)


def _resume(folder: RunFolder, settings: dict[str, Any], *, debug: bool) -> None:
    from core.cli.running import run_in, take_part_in
    from core.jobs.run import takes_part
    from core.runs.resuming import resume, resumed

    job = resumed(folder, settings)
    if takes_part(job):
        raise typer.Exit(take_part_in(job, folder))
    raise typer.Exit(run_in(folder, resume(folder, settings).job, debug=debug))


def _training(dataset: str, recipe: Recipe, fraction: float, weights: str | None, runs: Path | None) -> TrainJob:
    return TrainJob(
        recipe=recipe,
        dataset=_absolute(dataset),
        validation_fraction=fraction,
        weights=str(_path(weights, runs)) if weights else None,
    )


def _recipe(name: str | None, schedule: ScheduleName | None, settings: dict[str, Any]) -> Recipe:
    chosen = find_recipe(name or _RECIPE)
    if schedule and schedule != chosen.schedule:
        chosen = with_schedule(chosen, schedule)
    return with_settings(chosen, settings)


def _settings(changes: list[str] | None, **own: int | None) -> dict[str, Any]:
    """What ``--set`` says, and the settings that have options of their own, which count more."""
    settings: dict[str, Any] = {}
    for change in changes or []:
        name, equals, value = change.partition("=")
        if not equals:
            raise typer.BadParameter(f"“{change}” is not of the form SETTING=VALUE", param_hint="--set")
        settings[name.strip()] = value.strip()
    return settings | {name: value for name, value in own.items() if value is not None}


def _runs(runs: Path | None) -> Path:
    return runs.absolute() if runs else home() / "runs"


def _path(name: str, runs: Path | None) -> Path:
    """A file or folder, or a run by its name."""
    path = Path(name).expanduser()
    run = _runs(runs) / name
    return run if not path.exists() and run.exists() else path.absolute()


def _absolute(path: str | Path) -> str:
    return str(Path(path).expanduser().absolute())


def _has_display() -> bool:
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _open_window(dataset: Path | None) -> int:
    """In a process of its own: ``core`` knows nothing of the window."""
    root = str(Path(__file__).parents[2])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))}
    return subprocess.run(
        [sys.executable, "-m", "app", *([str(dataset)] if dataset else [])], env=environment
    ).returncode
