"""What the command shows: a job's events as a progress bar and lines, its figures as a table, errors as one line."""

from collections.abc import Mapping
from types import TracebackType

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn
from rich.table import Table
from rich.text import Text

from core.evaluation.scores import Scores
from core.recipes.catalogue import catalogue
from core.recipes.figures import figures_of
from core.runs import events
from core.runs.events import AnyEvent
from core.words import duration

TITLES = {
    "map": "Mask mAP",
    "map50": "Mask mAP50",
    "map75": "Mask mAP75",
    "box_map": "Box mAP",
    "box_map50": "Box mAP50",
    "ap_torch": "Mask mAP, PyTorch",
    "ap_ir": "Mask mAP, OpenVINO",
    "latency_torch_ms": "One image, PyTorch",
    "latency_ms": "One image, OpenVINO",
    "size_mb": "Size",
    "images_per_second": "Speed",
    "seconds": "Time spent training",
}
"""Names of the figures in a job's summary; others are called by their keys."""

_UNITS = {"latency_torch_ms": "ms", "latency_ms": "ms", "size_mb": "MB", "images_per_second": "images/s"}


_WIDE = 110
"""Characters in a line from which there is room for details."""


def show_recipes() -> None:
    """The table of recipes that ship."""
    terminal = Console()
    console = terminal if terminal.is_terminal else Console(width=240)  # one line a recipe, for grep
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title in ("Recipe", "Architecture", "Backbone", "Schedule"):
        table.add_column(title, no_wrap=True)
    for title in ("Input", "GMAC", "Parameters"):
        table.add_column(title, justify="right", no_wrap=True)
    if console.width >= _WIDE:
        table.add_column("Good for")
    for recipe in catalogue():
        cost = figures_of(recipe)
        row = [
            recipe.name,
            "RTMDet-Ins" if recipe.architecture.startswith("rtmdet") else "Mask R-CNN",
            recipe.backbone,
            recipe.schedule,
            f"{recipe.settings.input_size}²",
            f"{cost.gmac:.1f}" if cost else "",
            f"{cost.parameters / 1e6:.2f} M" if cost else "",
        ]
        table.add_row(*row, *([recipe.good_for] if console.width >= _WIDE else []))
    console.print(table)
    if console.width < _WIDE:
        for recipe in catalogue():
            console.print(f"{recipe.name}: {recipe.good_for}", highlight=False)
    for recipe in catalogue():
        if recipe.why_schedule:
            console.print(f"{recipe.name} trains {recipe.schedule}: {recipe.why_schedule}", highlight=False)
    usage = "maskwright train DATASET --recipe NAME --schedule tuned|classic"
    console.print(f"\n{usage}", style="dim", highlight=False)


def error_line(message: str, hint: str = "") -> str:
    """``error: message (hint)``, on one line whatever they hold."""
    words = f"error: {message} ({hint.rstrip('.')})" if hint else f"error: {message}"
    return " ".join(words.split())


def figures(summary: Mapping[str, float | int | str | None]) -> Table:
    """A job's figures, one a line."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column()
    for key, value in summary.items():
        if value is not None:
            table.add_row(TITLES.get(key, key.replace("_", " ").capitalize()), Text(_figure(key, value)))
    return table


def per_class(scores: Scores) -> Table:
    """AP of each class, the weakest first: where to annotate next."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Class")
    for title in ("Mask mAP", "Box mAP"):
        table.add_column(title, justify="right")
    for name, ap in sorted(scores.mask.per_class.items(), key=lambda item: item[1]):
        table.add_row(Text(name), f"{ap:.3f}", f"{scores.box.per_class[name]:.3f}")
    return table


def _figure(key: str, value: float | int | str) -> str:
    if key == "seconds":
        return duration(float(value))
    unit = f" {_UNITS[key]}" if key in _UNITS else ""
    if isinstance(value, float):
        return f"{value:.3f}" if not unit else f"{value:.1f}{unit}"
    return f"{value}{unit}"


class Display:
    """A ``Report`` that shows events as they come; enter it to keep the bar alive.

    On a terminal one bar follows the stage, or the whole of a training; elsewhere each stage and result is a line.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            TextColumn("{task.fields[words]}", markup=False),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("Starting", total=None, words="")
        self._plan: events.Plan | None = None
        self._step: events.Step | None = None
        self._left = ""
        self._best = ""

    def __enter__(self) -> "Display":
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def say(self, words: str, style: str = "") -> None:
        """A line that stays."""
        self._console.print(words, style=style, markup=False, emoji=False, highlight=False, soft_wrap=True)

    def __call__(self, event: AnyEvent) -> None:
        match event:
            case events.Stage(name=name):
                self._stage(name)
            case events.Progress(done=done, total=total, unit=unit):
                self._bar.update(self._task, completed=done, total=total or None, words=f"{done}/{total} {unit}")
            case events.Plan():
                self._begin(event)
            case events.Step():
                self._step = event
                self._train()
            case events.Eta(seconds=seconds):
                self._left = f"{duration(seconds)} left"
                self._train()
            case events.Validation():
                self._validated(event)
            case events.Estimate(advice=advice):
                for sentence in advice:
                    self.say(sentence)
            case events.Warning(message=message, hint=hint):
                self.say(" ".join(filter(None, (f"warning: {message}", hint))), "yellow")
            case events.Log(message=message):
                self.say(message, "dim")
            case events.Artifact(kind=kind, path=path):
                self.say(f"{kind}: {path}", "dim")

    def _stage(self, name: str) -> None:
        if not self._console.is_terminal:
            self.say(name)
        self._bar.reset(self._task, description=name, total=None, words="")

    def _begin(self, plan: events.Plan) -> None:
        self._plan = plan
        self.say(
            f"{plan.train_images} images to train on, {plan.validation_images} to validate; "
            f"{plan.parameters / 1e6:.1f} million parameters, {plan.precision} on {plan.device}",
            "dim",
        )

    def _train(self) -> None:
        """The bar stands for the whole training, whatever stage came in between."""
        if not self._plan or not self._step:
            return
        losses = self._step.losses
        terms = " ".join(f"{name} {value:.3f}" for name, value in losses.items() if name != "total")
        details = f"{self._step.images_per_second:.1f} images/s · {terms}" if self._console.width >= _WIDE else ""
        words = (f"loss {losses['total']:.3f}", self._best, self._left, details)
        self._bar.update(
            self._task,
            description=f"Epoch {self._step.epoch}/{self._plan.epochs}",
            completed=self._step.step,
            total=self._plan.epochs * self._plan.steps_per_epoch,
            words=" · ".join(filter(None, words)),
        )

    def _validated(self, event: events.Validation) -> None:
        if event.best:
            self._best = f"mAP {event.map:.3f}"
        loss = f"loss {self._step.losses['total']:.3f}  " if self._step else ""
        self.say(
            f"epoch {event.epoch:>3}  {loss}mask mAP {event.map:.3f}  mAP50 {event.map50:.3f}  "
            f"box mAP {event.box_map:.3f}{'  best' if event.best else ''}"
        )
