"""Running a job in the terminal: its run folder, and the exit code."""

import os
import warnings
from pathlib import Path

import msgspec
import typer

from core.cli.console import agreement, error_line, figures, new_console, per_class
from core.cli.display import ProgressDisplay
from core.cli.interrupts import Interrupts
from core.dataset.several.comparison import read_comparison
from core.evaluation.curves import draw_curves
from core.evaluation.remarks import of_scores, of_training
from core.evaluation.scores import SCORES, Scores
from core.execution.run import execute, take_part, takes_part
from core.jobs import AnyJob, CompareJob, EvaluateJob, TrainJob
from core.reading import read_json
from core.runs.command import compose_resume
from core.runs.control import CANCELLED
from core.runs.event_log import EventWriter
from core.runs.events import AnyEvent, Cancelled, Done, Failed, Paused, Stopped, Summary
from core.runs.folder import RunFolder
from core.runs.history import RunHistory
from core.runs.job_file import describe
from core.runs.lock import claimed, marked
from core.words import sentences, tr

DONE, USER_ERROR, BUG = 0, 1, 3
FOUND = 1
"""A check found something: like an error, so that a script stops."""


def run_job(job: AnyJob, runs: Path, name: str, *, debug: bool, json: bool = False) -> int:
    """Do ``job`` in a new run folder in ``runs``, which stays unless the job failed before it began; returns the exit
    code. With ``json``, standard output has what it found and nothing else.

    Raises ``UserError`` when no folder can be made.
    """
    if takes_part(job):
        return take_part_in(job, RunFolder(Path(os.devnull)))
    folder = RunFolder.create(runs, name, describe(job))
    with claimed(folder.path):
        code = run_in(folder, job, debug=debug, json=json)
    folder.forget_unless_begun()
    return code


def run_in(folder: RunFolder, job: AnyJob, *, debug: bool, json: bool = False) -> int:
    """Do ``job`` in ``folder``, which the caller has claimed, so that a window can follow it; returns the exit code."""
    if not debug:
        warnings.simplefilter("ignore")  # libraries speak to programmers
    console = new_console(stderr=json)
    folder.forget_requests()
    display = ProgressDisplay(console)
    with (
        marked(folder.path),
        EventWriter(folder.events) as write,
        Interrupts(display.warn, folder) as interrupts,
        display,
    ):

        def report(event: AnyEvent) -> None:
            write(event)
            display(event)

        end = execute(job, folder, report, interrupts.check)
    match end:
        case Done(summary=summary) | Stopped(summary=summary):
            console.print(figures(summary))
            if isinstance(job, EvaluateJob) and isinstance(end, Done):
                with display.harmlessly(tr("warning: AP of the classes cannot be shown: {error}")):
                    console.print(per_class(_scores(folder)))
            if isinstance(job, CompareJob) and isinstance(end, Done):
                with display.harmlessly(tr("warning: the agreement per class cannot be shown: {error}")):
                    console.print(agreement(read_comparison(folder.path)))
            with display.harmlessly(tr("warning: what the figures are worth cannot be shown: {error}")):
                for sentence in _remarks(job, folder):
                    display.warn(tr("note: {sentence}", sentence=sentence))
            if isinstance(job, TrainJob):
                with display.harmlessly(tr("warning: a picture of the curves cannot be shown: {error}")):
                    display.say(tr("curves: {picture}", picture=draw_curves(folder)), "dim")
            ended = tr("Stopped: {folder}") if isinstance(end, Stopped) else tr("Done: {folder}")
            display.say(ended.format(folder=folder.path))
            if json and (isinstance(end, Done) or not job.result):
                typer.echo(_as_json(job, folder, summary))
            return FOUND if job.finding and summary.get(job.finding) else DONE
        case Paused(step=step):
            command = compose_resume(folder.path)
            display.say(tr("Paused at step {step}. To go on: {command}", step=step, command=command))
            return DONE
        case Cancelled():
            console.print(tr("Cancelled."))
            return CANCELLED
        case Failed():
            return _failed(end, debug=debug)


def _as_json(job: AnyJob, folder: RunFolder, summary: Summary) -> bytes:
    """What the job found; of one that leaves no such file, its figures and where everything is."""
    if job.result:
        return (folder.path / job.result).read_bytes()
    return msgspec.json.format(msgspec.json.encode({"run": str(folder.path), **summary}), indent=2)


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
    return read_json(folder.report / SCORES, Scores, tr("{path} is not the figures of an evaluation: {reason}"))


def _remarks(job: AnyJob, folder: RunFolder) -> list[str]:
    """Remarks on the figures; after a training also those of its warnings that make the result worth less."""
    if isinstance(job, EvaluateJob):
        return of_scores(_scores(folder))
    if not isinstance(job, TrainJob):
        return []
    history = RunHistory()
    history.add(folder.records())
    warnings = [sentences(warning.message, warning.hint) for warning in history.pressing if warning.matters]
    return [*warnings, *of_training(history)]


def _failed(end: Failed, *, debug: bool) -> int:
    """Print the error, and return the exit code; the traceback is printed with ``--debug``."""
    console = new_console(stderr=True)
    if debug and end.traceback:
        console.print(end.traceback, markup=False, emoji=False, highlight=False)
    line = error_line(end.message, end.hint)
    if end.traceback and not debug:
        line = tr("{error}; --debug shows where", error=line)
    console.print(line, style="red", markup=False, emoji=False, highlight=False, soft_wrap=True)
    return BUG if end.traceback else USER_ERROR
