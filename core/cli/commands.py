"""The verbs of the ``maskwright`` command. What takes long to import is imported by the verb that needs it."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from core.cli import existing_runs, parsing
from core.cli.group import CommandGroup
from core.cli.options import (
    BatchSize,
    Changes,
    Dataset,
    Debug,
    Epochs,
    Fraction,
    InputSize,
    MaxDetections,
    Model,
    RecipeName,
    Run,
    Runs,
    Schedule,
    Weights,
)
from core.cli.window import has_display, open_window
from core.runs.folder import RunFolder
from core.runs.job import (
    AnyJob,
    EvaluateJob,
    ExportJob,
    PredictJob,
    ProbeJob,
    RankJob,
    SampleJob,
    SuggestJob,
)

_EXIT_CODES = (
    "Exit codes: 0 done (or stopped or paused), 1 an error you can mend, 2 wrong usage, 3 a fault, 130 cancelled."
)

app = typer.Typer(
    cls=CommandGroup,
    help="Turn a folder of images into a measured, exported instance-segmentation model.",
    epilog=f"Ctrl-C once stops and keeps what was reached, twice cancels. {_EXIT_CODES}",
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
            raise typer.BadParameter("a resumed run goes on with its own dataset, recipe and weights")
        moved = Path(parsing.absolute(data)) if data else None
        existing_runs.resume(RunFolder(parsing.path(resume, runs)), settings, moved, debug=debug)
    if data:
        raise typer.BadParameter("--data is for a run that is resumed; say what to train on without it")
    if not dataset:
        raise typer.BadParameter("say what to train on: maskwright train DATASET")
    chosen = parsing.recipe(recipe, schedule, settings)
    job = parsing.training(dataset, chosen, validation_fraction, weights, runs)
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
    settings = parsing.settings(changes, epochs=epochs, batch_size=batch_size, input_size=input_size)
    chosen = parsing.recipe(recipe, schedule, settings)
    job = ProbeJob(train=parsing.training(dataset, chosen, validation_fraction, weights, runs))
    _run(job, runs, "probe", debug=debug)


@app.command()
def pause(run: Run, runs: Runs = None, debug: Debug = False) -> None:
    """Pause a training that runs: frees the device. `maskwright train --resume RUN` goes on at the same step."""
    existing_runs.ask(RunFolder(parsing.path(run, runs)), "pause")


@app.command()
def stop(run: Run, runs: Runs = None, debug: Debug = False) -> None:
    """Stop a job that runs, and keep what it has reached: of a training, the best model."""
    existing_runs.ask(RunFolder(parsing.path(run, runs)), "stop")


@app.command()
def evaluate(
    model: Model,
    dataset: Dataset,
    split: Annotated[str, typer.Option(help="Which of the dataset's splits.")] = "val",
    max_detections: MaxDetections = None,
    runs: Runs = None,
    debug: Debug = False,
) -> None:
    """Measure COCO mask and box AP of a model on a split of a dataset."""
    path = str(parsing.path(model, runs))
    job = EvaluateJob(model=path, dataset=parsing.absolute(dataset), split=split, max_detections=max_detections)
    _run(job, runs, "evaluate", debug=debug)


@app.command()
def predict(
    model: Model,
    images: Annotated[list[str], typer.Argument(metavar="IMAGES...", help="Pictures, folders or globs.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="For overlays and COCO results.")
    ] = Path("predictions"),
    confidence: Annotated[float, typer.Option(min=0, max=1, help="Leave out instances that score lower.")] = 0.3,
    max_detections: MaxDetections = None,
    runs: Runs = None,
    debug: Debug = False,
) -> None:
    """Find instances in pictures; writes overlays and COCO results."""
    job = PredictJob(
        model=str(parsing.path(model, runs)),
        images=parsing.pictures(images),
        output=parsing.absolute(output),
        confidence=confidence,
        max_detections=max_detections,
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
    max_detections: MaxDetections = None,
    runs: Runs = None,
    debug: Debug = False,
) -> None:
    """Export a run's best model to OpenVINO and compare it with the original."""
    job = ExportJob(
        run=str(parsing.path(run, runs)),
        precision=precision,
        dataset=parsing.absolute(dataset) if dataset else None,
        measure=measure,
        max_detections=max_detections,
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
    max_detections: MaxDetections = None,
    runs: Runs = None,
    debug: Debug = False,
) -> None:
    """Let a model suggest masks for images without annotations; the Annotate page offers them."""
    job = SuggestJob(
        model=str(parsing.path(model, runs)),
        dataset=parsing.absolute(dataset),
        confidence=confidence,
        all=every,
        images=tuple(images or ()),
        max_detections=max_detections,
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
    job = RankJob(dataset=parsing.absolute(dataset), model=str(parsing.path(model, runs)) if model else None)
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
        output=parsing.absolute(folder),
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
    if window and has_display():
        raise typer.Exit(open_window(dataset))


@app.command("app")
def open_app(
    dataset: Annotated[Path | None, typer.Argument(metavar="DATASET", help="To open in it.")] = None,
) -> None:
    """Open the window."""
    raise typer.Exit(open_window(Path(parsing.absolute(dataset)) if dataset else None))


def _run(job: AnyJob, runs: Path | None, name: str, *, debug: bool) -> None:
    from core.cli.running import run_job

    raise typer.Exit(run_job(job, parsing.runs_folder(runs), name, debug=debug))
