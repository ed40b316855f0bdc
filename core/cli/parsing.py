"""Turning what was typed into values: a recipe with settings, paths."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import typer

from core.errors import UserError
from core.files import home
from core.plain_text import is_utf_8, printable
from core.recipes.catalogue import find as find_recipe
from core.recipes.catalogue import with_schedule, with_settings
from core.recipes.schema import Recipe, ScheduleName
from core.runs.folder import RunFolder
from core.runs.folder import runs as existing
from core.words import tr

RECIPE = "rtmdet_inst_tiny"
"""The recipe that is trained when none is named: the one that needs no GPU."""
_NAMED = 5
"""Runs that are named where the one that was typed is not there."""


def recipe(name: str | None, schedule: ScheduleName | None, changes: dict[str, Any]) -> Recipe:
    """A recipe by its name or file, or ``RECIPE``, with changes of its settings. Raises ``UserError``."""
    chosen = find_recipe(name or RECIPE)
    if schedule and schedule != chosen.schedule:
        chosen = with_schedule(chosen, schedule)
    return with_settings(chosen, changes)


def settings(changes: list[str] | None, **own: int | None) -> dict[str, Any]:
    """Settings from ``--set``, and from the options that some settings have of their own, which take precedence."""
    typed: dict[str, Any] = {}
    for change in changes or []:
        name, equals, value = change.partition("=")
        if not equals:
            raise typer.BadParameter(
                tr("“{change}” is not of the form SETTING=VALUE", change=change), param_hint="--set"
            )
        typed[name.strip()] = value.strip()
    return typed | {name: value for name, value in own.items() if value is not None}


def runs_folder(runs: Path | None) -> Path:
    """Where run folders are made."""
    return Path(absolute(runs)) if runs else home() / "runs"


def path(name: str, runs: Path | None) -> Path:
    """A file or folder, or a run by its name."""
    file = Path(absolute(name))
    run = runs_folder(runs) / name
    return run if not file.exists() and run.exists() else file


def run(name: str, runs: Path | None) -> RunFolder:
    """A run by its name or its folder. Raises ``UserError`` where there is none."""
    folder = path(name, runs)
    if folder.exists():
        return RunFolder(folder)
    parent = runs_folder(runs)
    newest = [printable(known.name) for known in islice(existing(parent), _NAMED)]
    hint = (
        tr("the newest in {folder}: {names}", folder=parent, names=", ".join(newest))
        if newest
        else tr("there is none in {folder} yet", folder=parent)
    )
    raise UserError(tr("there is no run {name}", name=printable(name)), hint)


def pictures(names: Sequence[str]) -> tuple[str, ...]:
    """What to predict on, as ``absolute``. Of several, those whose names are not UTF-8 are left out, which is said."""
    kept = [name for name in names if is_utf_8(name)] or names
    for name in names if len(kept) < len(names) else ():
        if not is_utf_8(name):
            typer.echo(
                tr("warning: {name} is left out: its name is not UTF-8. Rename it.", name=printable(name)), err=True
            )
    return tuple(map(absolute, kept))


def absolute(name: str | Path) -> str:
    """A path that means the same from any folder. Raises ``UserError`` where it means nothing."""
    try:
        file = Path(name).expanduser()
    except RuntimeError as error:  # the shell leaves “~name” as it is where there is no such person
        raise UserError(
            tr("{name} is in the home of somebody who is not known here", name=name), tr("give the whole path")
        ) from error
    if not is_utf_8(str(file)):
        raise UserError(
            tr("the name of {file} is not UTF-8, and no file of a run can hold it", file=printable(str(file))),
            tr("rename it"),
        )
    try:
        return str(file.absolute())
    except OSError as error:
        raise UserError(
            tr("{name} cannot be found: the folder this was typed in is gone", name=name), tr("go to another one")
        ) from error
