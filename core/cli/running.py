"""Running a job in the terminal: its run folder, Ctrl-C, and the exit code."""

import os
import signal
import sys
import time
import warnings
from pathlib import Path
from types import FrameType

import msgspec
from rich.console import Console

from core.cli.console import Display, error_line, figures, per_class
from core.evaluation.curves import draw_curves
from core.evaluation.scores import SCORES, Scores
from core.jobs.run import execute, take_part, takes_part
from core.runs.command import compose_resume, describe
from core.runs.control import Ask, obey, strongest
from core.runs.events import AnyEvent, Cancelled, Done, Failed, Paused, Stopped
from core.runs.folder import EventWriter, RunFolder
from core.runs.job import AnyJob, EvaluateJob, TrainJob

DONE, USER_ERROR, BUG, CANCELLED = 0, 1, 3, 130

_LOOK_EVERY = 0.5
"""Seconds between looks at what a window asked of this run."""


class Interrupts:
    """Ctrl-C as a request: the first asks to stop and keep, the second to cancel, the third ends the process.

    Its ``check`` also hears what a window or another terminal asks of the same run, and SIGUSR1, which asks to pause
    (what SLURM can send before the time is over).
    """

    def __init__(self, display: Display, folder: RunFolder | None = None) -> None:
        self._display = display
        self._folder = folder
        self._presses = 0
        self._asked: Ask | None = None
        self._began = self._looked = time.time()
        handlers = {signal.SIGINT: self._press, signal.SIGTERM: self._press}
        if sys.platform != "win32":
            handlers[signal.SIGUSR1] = self._pause
        self._handlers = handlers
        self._before = {number: signal.getsignal(number) for number in handlers}

    def __enter__(self) -> "Interrupts":
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        return self

    def __exit__(self, *failure: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self) -> None:
        """Raises ``PauseRequested``, ``StopRequested`` or ``CancelRequested`` once it was asked for."""
        if self._folder and time.time() >= self._looked + _LOOK_EVERY:
            self._looked = time.time()
            self._take(self._folder.asked(self._began))
        obey(self._asked)

    def _take(self, asked: Ask | None) -> None:
        self._asked = strongest(ask for ask in (self._asked, asked) if ask)

    def _pause(self, number: int, frame: FrameType | None) -> None:
        self._take("pause")

    def _press(self, number: int, frame: FrameType | None) -> None:
        self._presses += 1
        if self._presses == 1:
            self._take("stop")
            self._display.say("Stopping; what was reached is kept. Ctrl-C again throws it away.", "yellow")
        elif self._presses == 2:
            self._take("cancel")
            self._display.say("Cancelling.", "yellow")
        else:
            os._exit(CANCELLED)


def run_job(job: AnyJob, runs: Path, name: str, *, debug: bool) -> int:
    """Do ``job`` in a new run folder in ``runs``; returns the exit code.

    Raises ``UserError`` when no folder can be made.
    """
    if takes_part(job):
        return take_part_in(job, RunFolder(Path(os.devnull)))
    return run_in(RunFolder.create(runs, name, describe(job)), job, debug=debug)


def run_in(folder: RunFolder, job: AnyJob, *, debug: bool) -> int:
    """Do ``job`` in ``folder``, so that a window can follow it; returns the exit code."""
    if not debug:
        warnings.simplefilter("ignore")  # libraries speak to programmers
    console = Console()
    (folder.path / "control.jsonl").unlink(missing_ok=True)
    folder.write_process()
    display = Display(console)
    with EventWriter(folder.events) as write, display, Interrupts(display, folder) as interrupts:

        def report(event: AnyEvent) -> None:
            write(event)
            display(event)

        end = execute(job, folder, report, interrupts.check)
    (folder.path / "process.json").unlink(missing_ok=True)  # this process has more to do
    match end:
        case Done(summary=summary) | Stopped(summary=summary):
            console.print(figures(summary))
            if isinstance(job, EvaluateJob) and isinstance(end, Done):
                console.print(per_class(_scores(folder)))
            if isinstance(job, TrainJob):
                display.say(f"curves: {draw_curves(folder)}", "dim")
            display.say(f"{'Stopped' if isinstance(end, Stopped) else 'Done'}: {folder.path}")
            return DONE
        case Paused(step=step):
            display.say(f"Paused at step {step}. To go on: {compose_resume(folder.path)}")
            return DONE
        case Cancelled():
            console.print("Cancelled.")
            return CANCELLED
        case Failed():
            return _failed(end, debug=debug)


def take_part_in(job: AnyJob, folder: RunFolder) -> int:
    """Do ``job`` as one of several processes that is not the first; returns the exit code."""
    warnings.simplefilter("ignore")
    match take_part(job, folder):
        case Cancelled():
            return CANCELLED
        case Failed() as end:
            return _failed(end, debug=True)
        case _:
            return DONE


def _scores(folder: RunFolder) -> Scores:
    return msgspec.json.decode((folder.report / SCORES).read_bytes(), type=Scores)


def _failed(end: Failed, *, debug: bool) -> int:
    """Say what went wrong; a traceback is for who asks for it."""
    console = Console(stderr=True)
    if debug and end.traceback:
        console.print(end.traceback, markup=False, emoji=False, highlight=False)
    line = error_line(end.message, end.hint)
    if end.traceback and not debug:
        line += "; --debug shows where"
    console.print(line, style="red", markup=False, emoji=False, highlight=False, soft_wrap=True)
    return BUG if end.traceback else USER_ERROR
