"""What the command shows: a job's events as a progress bar and lines, its figures as a table, errors as one line."""

import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import TracebackType

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from core.errors import UserError
from core.evaluation.scores import Scores
from core.plain_text import printable
from core.recipes.catalogue import catalogue
from core.recipes.figures import figures_of
from core.recipes.model_spec import COCO_DETECTIONS
from core.runs import events
from core.runs.events import AnyEvent
from core.streams import lost
from core.words import duration

TITLES = {
    "ended": "Ended",
    "map": "Mask mAP",
    "map50": "Mask mAP50",
    "map75": "Mask mAP75",
    "box_map": "Box mAP",
    "box_map50": "Box mAP50",
    "map_100": f"Mask mAP with COCO’s {COCO_DETECTIONS} an image",
    "max_detections": "Objects an image, at most",
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
_LOG_WIDTH = 240
"""Of what is written to a file: long paths and tables stay on their lines, for grep."""
_SILENCE = 15.0
"""Seconds after which a log says where the work stands: nobody should wonder whether it stands still."""


class TextConsole(Console):
    """A terminal that is steered by rich alone: whatever it shows is text."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for part in super().render(renderable, options):
            yield part if part.control else Segment(printable(part.text, lines=True), part.style)


def new_console(*, stderr: bool = False) -> Console:
    """Standard output, or error, as wide as the terminal."""
    console = TextConsole(stderr=stderr)
    return console if console.is_terminal else TextConsole(stderr=stderr, width=_LOG_WIDTH)


def show_recipes() -> None:
    """The table of recipes that ship. Raises ``UserError`` when it cannot be written."""
    console = new_console()
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
    if problem := lost(sys.stdout):
        raise UserError(f"the list of recipes cannot be written: {problem.strerror}")


def error_line(message: str, hint: str = "") -> str:
    """``error: message (hint)``, on one line whatever they hold."""
    words = f"error: {message} ({hint.rstrip('.')})" if hint else f"error: {message}"
    return printable(" ".join(words.split()))


def figures(summary: Mapping[str, float | int | str | None]) -> Table:
    """A job's figures, one a line."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column()
    for key, value in summary.items():
        if value is not None:
            title = TITLES.get(key, key.replace("_", " ").capitalize())
            table.add_row(Text(printable(title)), Text(printable(_figure(key, value))))
    return table


def per_class(scores: Scores) -> Table:
    """AP of each class, the weakest first: where to annotate next."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Class")
    for title in ("Mask mAP", "Box mAP"):
        table.add_column(title, justify="right")
    for name, ap in sorted(scores.mask.per_class.items(), key=lambda item: item[1]):
        table.add_row(Text(printable(name)), f"{ap:.3f}", f"{scores.box.per_class[name]:.3f}")
    return table


def _figure(key: str, value: float | int | str) -> str:
    if key == "seconds":
        return duration(float(value))
    unit = f" {_UNITS[key]}" if key in _UNITS else ""
    if isinstance(value, float):
        return f"{value:.3f}" if not unit else f"{value:.1f}{unit}"
    return f"{value}{unit}"


class Display:
    """A ``Report`` that shows events as they come; enter it to keep the bar alive. It never fails.

    On a terminal one bar follows the stage, or the whole of a training. Elsewhere each stage is a line when it comes
    first and each result is one, and in between a line now and then says how far it is.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = console.is_terminal and not console.is_dumb_terminal
        self._bar = Progress(
            SpinnerColumn("line" if console.options.ascii_only else "dots"),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            TextColumn("{task.fields[words]}", markup=False),
            console=console,
            transient=True,
            disable=not self._live,
        )
        self._task = self._bar.add_task("Starting", total=None, words="")
        self._stage, self._begun = "", time.monotonic()
        self._stages: set[str] = set()
        self._spoke = time.monotonic()
        self._plan: events.Plan | None = None
        self._step: events.Step | None = None
        self._epoch: events.Epoch | None = None
        """That ended, and of which nothing was said yet."""
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
        self._spoke = time.monotonic()
        self._console.print(printable(words), style=style, markup=False, emoji=False, highlight=False, soft_wrap=True)

    def warn(self, words: str) -> None:
        """A line that stays and stands out."""
        self.say(words, "yellow")

    @contextmanager
    def harmlessly(self, what: str) -> Iterator[None]:
        """Show something: where that fails, it is said and the work goes on."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is, the job is not to blame
            with suppress(Exception):
                self.warn(f"warning: {what} cannot be shown: {error}")

    def __call__(self, event: AnyEvent) -> None:
        with self.harmlessly(f"“{type(event).__name__}”"):
            self._show(event)

    def _show(self, event: AnyEvent) -> None:
        match event:
            case events.Stage(name=name):
                self._enter(name)
            case events.Progress(done=done, total=total, unit=unit):
                self._progress(done, total, unit)
            case events.Plan():
                self._begin(event)
            case events.Step():
                self._step = event
                self._train()
            case events.Epoch():
                self._epoch = event
            case events.Eta(seconds=seconds):
                self._left = f"{duration(seconds)} left"
                self._train()
            case events.Validation():
                self._validated(event)
            case events.Estimate(advice=advice):
                for sentence in advice:
                    self.say(sentence)
            case events.Warning(message=message, hint=hint):
                self.warn(" ".join(filter(None, (f"warning: {message}", hint))))
            case events.Log(message=message):
                self.say(message, "dim")
            case events.Artifact(kind=kind, path=path):
                self.say(f"{kind}: {path}", "dim")

    def _enter(self, stage: str) -> None:
        stage = printable(stage)
        self._stage, self._begun = stage, time.monotonic()
        if not self._live and stage not in self._stages:
            self._stages.add(stage)  # a training comes back to them in every epoch
            self.say(stage)
        self._bar.reset(self._task, description=stage, total=None, words="")

    def _progress(self, done: int, total: int, unit: str) -> None:
        spent = time.monotonic() - self._begun
        left = f" · {duration(spent / done * (total - done))} left" if 0 < done < total and spent > 1 else ""
        words = f"{done:,}/{total:,} {unit}{left}"
        self._bar.update(self._task, completed=done, total=total or None, words=words)
        self._now_and_then(f"{self._stage}: {words}")

    def _now_and_then(self, words: str) -> None:
        if not self._live and time.monotonic() >= self._spoke + _SILENCE:
            self.say(words)

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
        step, steps = self._step, self._plan.epochs * self._plan.steps_per_epoch
        terms = " ".join(f"{name} {value:.3f}" for name, value in step.losses.items() if name != "total")
        speed = f"{step.images_per_second:.1f} images/s"
        details = f"{speed} · {terms}" if self._console.width >= _WIDE else ""
        loss = f"loss {step.losses['total']:.3f}"
        self._bar.update(
            self._task,
            description=f"Epoch {step.epoch}/{self._plan.epochs}",
            completed=step.step,
            total=steps,
            words=" · ".join(filter(None, (loss, self._best, self._left, details))),
        )
        if self._epoch and self._epoch.epoch < step.epoch:  # it was not validated
            ended, self._epoch = self._epoch, None
            if not self._live:
                self.say(f"epoch {ended.epoch:>3}  loss {ended.losses['total']:.3f}  {self._left}".rstrip())
        where = f"epoch {step.epoch}/{self._plan.epochs}, step {step.step:,}/{steps:,}"
        self._now_and_then(" · ".join(filter(None, (where, loss, speed, self._left))))

    def _validated(self, event: events.Validation) -> None:
        self._epoch = None
        if event.best:
            self._best = f"mAP {event.map:.3f}"
        loss = f"loss {self._step.losses['total']:.3f}  " if self._step else ""
        standard = f"  (COCO’s {COCO_DETECTIONS}: {event.map_100:.3f})" if event.map_100 is not None else ""
        self.say(
            f"epoch {event.epoch:>3}  {loss}mask mAP {event.map:.3f}  mAP50 {event.map50:.3f}  "
            f"box mAP {event.box_map:.3f}{standard}{'  best' if event.best else ''}"
        )
