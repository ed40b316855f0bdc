"""Showing a job's events as they come: a progress bar on a terminal, lines elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn

from core.cli.console import WIDE
from core.plain_text import printable
from core.recipes.model_spec import COCO_DETECTIONS
from core.runs import events
from core.runs.events import AnyEvent
from core.words import duration, sentences, tr

_SILENCE = 15.0
"""Seconds between lines that say how far the work is, where there is no terminal."""


class ProgressDisplay:
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
        self._task = self._bar.add_task(tr("Starting"), total=None, words="")
        self._stage, self._begun = "", time.monotonic()
        self._stages: set[str] = set()
        self._spoke = time.monotonic()
        self._plan: events.Plan | None = None
        self._step: events.Step | None = None
        self._epoch: events.Epoch | None = None
        """The epoch that ended and was not printed yet."""
        self._left = ""
        self._best = ""

    def __enter__(self) -> "ProgressDisplay":
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def say(self, words: str, style: str = "") -> None:
        """Print a line above the bar."""
        self._spoke = time.monotonic()
        self._console.print(printable(words), style=style, markup=False, emoji=False, highlight=False, soft_wrap=True)

    def warn(self, words: str) -> None:
        """Print a line above the bar that stands out."""
        self.say(words, "yellow")

    @contextmanager
    def harmlessly(self, warning: str) -> Iterator[None]:
        """Context for showing something: an exception in it is printed in ``warning``, as its ``{error}``, and the work
        goes on."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is, the job is not to blame
            with suppress(Exception):
                self.warn(warning.format(error=error))

    def __call__(self, event: AnyEvent) -> None:
        with self.harmlessly(
            tr("warning: “{kind}” cannot be shown: {error}", kind=type(event).__name__, error="{error}")
        ):
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
                self._left = tr("{time} left", time=duration(seconds))
                self._train()
            case events.Validation():
                self._validated(event)
            case events.Estimate(advice=advice):
                for sentence in advice:
                    self.say(sentence)
            case events.Warning(message=message, hint=hint):
                self.warn(tr("warning: {sentence}", sentence=sentences(message, hint)))
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
        parts = [tr("{done:,}/{total:,} {unit}", done=done, total=total, unit=unit).strip()]
        if 0 < done < total and spent > 1:
            parts.append(tr("{time} left", time=duration(spent / done * (total - done))))
        words = " · ".join(parts)
        self._bar.update(self._task, completed=done, total=total or None, words=words)
        self._now_and_then(f"{self._stage}: {words}")

    def _now_and_then(self, words: str) -> None:
        if not self._live and time.monotonic() >= self._spoke + _SILENCE:
            self.say(words)

    def _begin(self, plan: events.Plan) -> None:
        self._plan = plan
        self.say(
            tr(
                "{train_images} images to train on, {validation_images} to validate; "
                "{parameters:.1f} million parameters, {precision} on {device}",
                train_images=plan.train_images,
                validation_images=plan.validation_images,
                parameters=plan.parameters / 1e6,
                precision=plan.precision,
                device=plan.device,
            ),
            "dim",
        )

    def _train(self) -> None:
        """The bar stands for the whole training, whatever stage came in between."""
        if not self._plan or not self._step:
            return
        step, steps = self._step, self._plan.epochs * self._plan.steps_per_epoch
        terms = " ".join(f"{name} {value:.3f}" for name, value in step.losses.items() if name != "total")
        speed = tr("{speed:.1f} images/s", speed=step.images_per_second)
        details = f"{speed} · {terms}" if self._console.width >= WIDE else ""
        loss = tr("loss {loss:.3f}", loss=step.losses["total"])
        self._bar.update(
            self._task,
            description=tr("Epoch {epoch}/{epochs}", epoch=step.epoch, epochs=self._plan.epochs),
            completed=step.step,
            total=steps,
            words=" · ".join(filter(None, (loss, self._best, self._left, details))),
        )
        if self._epoch and self._epoch.epoch < step.epoch:  # it was not validated
            ended, self._epoch = self._epoch, None
            if not self._live:
                self._say_figures(ended.epoch, tr("loss {loss:.3f}", loss=ended.losses["total"]), self._left)
        where = tr(
            "epoch {epoch}/{epochs}, step {step:,}/{steps:,}",
            epoch=step.epoch,
            epochs=self._plan.epochs,
            step=step.step,
            steps=steps,
        )
        self._now_and_then(" · ".join(filter(None, (where, loss, speed, self._left))))

    def _validated(self, event: events.Validation) -> None:
        self._epoch = None
        if event.best:
            self._best = tr("mAP {map:.3f}", map=event.map)
        self._say_figures(
            event.epoch,
            tr("loss {loss:.3f}", loss=self._step.losses["total"]) if self._step else "",
            tr("mask mAP {map:.3f}", map=event.map),
            tr("mAP50 {map:.3f}", map=event.map50),
            tr("box mAP {map:.3f}", map=event.box_map),
            "" if event.map_100 is None else tr("(COCO’s {most}: {map:.3f})", most=COCO_DETECTIONS, map=event.map_100),
            tr("best") if event.best else "",
        )

    def _say_figures(self, epoch: int, *figures: str) -> None:
        """The line of an epoch, in columns."""
        self.say("  ".join(filter(None, (tr("epoch {epoch:>3}", epoch=epoch), *figures))))
