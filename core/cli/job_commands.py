"""The commands of jobs whose fields say how they are typed."""

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_origin

import msgspec
import typer

from core.cli import parsing
from core.cli.options import DebugOption, JsonOption, RunsOption
from core.jobs import AnyJob
from core.jobs.job import Argument, Option, typed_fields


def job_command(kind: type[AnyJob]) -> Callable[..., None]:
    """A function for typer that makes a job of this kind from what is typed, does it and ends the command."""
    typed = {field.name: word for field, word in typed_fields(kind)}

    def command(runs: Path | None, debug: bool, json: bool, **values: Any) -> None:
        given = {name: _read(typed[name], value, runs) for name, value in values.items() if value is not None}
        job = kind(**given)
        run_and_exit(job, runs, kind.kind(), debug=debug, json=json)

    hints = {field.name: _hint(field, word) for field, word in typed_fields(kind)}
    defaults = {field.name: _default(field, word) for field, word in typed_fields(kind)}
    hints |= {"json": JsonOption, "runs": RunsOption, "debug": DebugOption}
    defaults |= {"json": False, "runs": None, "debug": False}
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter(name, keyword, default=defaults[name], annotation=hint) for name, hint in hints.items()
    ]
    command.__annotations__ = hints
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return command


def run_and_exit(job: AnyJob, runs: Path | None, name: str, *, debug: bool, json: bool = False) -> None:
    """Do a job in a new run folder called ``name``, and end the command with its exit code; with ``json``, print what
    it found."""
    from core.cli.running import run_job

    raise typer.Exit(run_job(job, parsing.runs_folder(runs), name, debug=debug, json=json))


def _hint(field: msgspec.structs.FieldInfo, word: Argument | Option) -> Any:
    """The annotation from which typer reads a parameter."""
    kind = field.type.__origin__  # of Annotated
    if get_origin(kind) is tuple:  # all of them are of text
        kind = list[str] if isinstance(word, Argument) else list[str] | None
    if isinstance(word, Argument):
        return Annotated[kind, typer.Argument(metavar=word.metavar, help=word.help)]
    if word.choices:
        kind = Literal[word.choices]
    option = typer.Option(
        *word.names,
        metavar=word.metavar,
        help=word.help,
        min=word.least,
        max=word.most,
        show_default=word.shown_default or True,
    )
    return Annotated[kind, option]


def _default(field: msgspec.structs.FieldInfo, word: Argument | Option) -> Any:
    if isinstance(word, Option) and word.default is not None:
        return word.default
    if field.default is msgspec.NODEFAULT:
        return inspect.Parameter.empty
    return field.default or None if isinstance(field.default, tuple) else field.default


def _read(word: Argument | Option, value: Any, runs: Path | None) -> Any:
    """What was typed, as the value of a field."""
    if word.reading == "pictures":
        return parsing.pictures(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(map(parsing.absolute, value)) if word.reading == "path" else tuple(value)
    if word.reading == "as it is":
        return value
    return str(parsing.path(value, runs)) if word.reading == "run" else parsing.absolute(value)
