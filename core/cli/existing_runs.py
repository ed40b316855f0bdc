"""Commands on runs that exist: pause, stop, resume."""

import time
from pathlib import Path
from typing import Any

import typer

from core.errors import UserError
from core.execution import process
from core.plain_text import printable
from core.runs.control import Ask
from core.runs.folder import RunFolder
from core.runs.history import RunState
from core.runs.lock import claimed, is_at_work
from core.runs.summary import summarize
from core.words import tr

_ENDED: dict[RunState, str] = {
    "running": tr("Running: {folder}"),
    "done": tr("Done: {folder}"),
    "stopped": tr("Stopped: {folder}"),
    "paused": tr("Paused: {folder}"),
    "cancelled": tr("Cancelled: {folder}"),
    "failed": tr("Failed: {folder}"),
}


def ask(folder: RunFolder, request: Ask) -> None:
    """Ask the run at work in ``folder`` to end, wait until it has, and print how it ended."""
    if not folder.read_job().job.resumable and request == "pause":
        raise UserError(
            tr("{path} is not a training", path=folder.path), tr("only a training can be paused; others can be stopped")
        )
    if not is_at_work(folder.path):
        raise UserError(tr("{path} is not running", path=folder.path))
    process.ask(folder, request)
    while is_at_work(folder.path):
        time.sleep(0.1)
    state = summarize(folder).state
    typer.echo(printable(_ENDED[state].format(folder=folder.path)))
    if state == "failed":
        raise typer.Exit(1)


def resume(
    folder: RunFolder, settings: dict[str, Any], dataset: Path | None, *, debug: bool, json: bool = False
) -> None:
    """Resume the run in ``folder``, its data in ``dataset`` if that has moved, or take part in it as another rank; ends
    the command."""
    from core.cli.running import run_in, take_part_in
    from core.execution.run import takes_part
    from core.training import resuming

    job = resuming.resumed(folder, settings, dataset)
    if takes_part(job):
        raise typer.Exit(take_part_in(job, folder))
    with claimed(folder.path):
        raise typer.Exit(run_in(folder, resuming.resume(folder, settings, dataset).job, debug=debug, json=json))
