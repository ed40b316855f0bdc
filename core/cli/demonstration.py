"""``maskwright demo``: the demo with a progress bar, then its figures and the paths of its pictures."""

from pathlib import Path

import typer
from rich.table import Table
from rich.text import Text

from core.cli.console import new_console
from core.cli.display import ProgressDisplay
from core.cli.interrupts import Interrupts
from core.demo import demo
from core.runs.control import CANCELLED, CancelRequested, StopRequested
from core.words import tr


def show_demo() -> Path:
    """Run the demo and print what came out; returns the dataset it trained on.

    Raises ``UserError`` when a step fails; ends the command when it is interrupted.
    """
    console = new_console()
    display = ProgressDisplay(console)
    try:
        with Interrupts(display.warn) as interrupts, display:
            outcome = demo(display, interrupts.check)
    except (StopRequested, CancelRequested):
        raise typer.Exit(CANCELLED) from None
    table = Table(title=tr("Maskwright demo"), title_justify="left", show_header=False)
    for name, value in outcome.figures.items():
        table.add_row(name, Text(value))
    console.print(table)
    for title, paths in (
        (tr("Dataset"), [outcome.dataset]),
        (tr("Run"), [outcome.run.path]),
        (tr("Pictures"), outcome.pictures),
    ):
        display.say(title, "dim")
        for path in paths:
            display.say(f"  {path}")
    return outcome.dataset
