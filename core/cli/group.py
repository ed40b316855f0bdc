"""The group of verbs, as typer knows it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup

from core.plain_text import printable


class CommandGroup(TyperGroup):
    """What is wrong with a command line is said in its own words: names of files are among them."""

    def make_context(self, *line: Any, **settings: Any) -> Any:
        with _as_text():
            return super().make_context(*line, **settings)

    def invoke(self, ctx: Any) -> Any:
        with _as_text():
            return super().invoke(ctx)


@contextmanager
def _as_text() -> Iterator[None]:
    try:
        yield
    except typer.TyperException as error:
        error.message = printable(error.message)
        raise
