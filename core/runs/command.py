"""The ``maskwright`` command line that does the same as a job: for “Copy as command” and for ``job.json``."""

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.jobs import Job
from core.jobs.train import setting_words
from core.plain_text import HIDDEN

_HIDDEN_OR_QUOTE = re.compile(rf"{HIDDEN.pattern}|['\\]")
_PLAIN = re.compile(r"(?!-.*[.:])[\w./\\:=+-]+")
"""Words that need no quotes in a shell of Windows; PowerShell cuts an option at its first dot."""


def compose(job: Job) -> str:
    """The command line of a job, quoted for this system's shell."""
    return quote(["maskwright", *job.arguments()])


def compose_resume(run: Path, changes: Mapping[str, Any] | None = None, dataset: Path | None = None) -> str:
    """The command line that resumes the training in the folder ``run``, with some settings changed, or with its data in
    another place."""
    moved = ["--data", str(dataset)] if dataset else []
    return quote(["maskwright", "train", "--resume", str(run), *moved, *setting_words(changes or {})])


def quote(words: Sequence[str], *, windows: bool = os.name == "nt") -> str:
    """One line that this system's shell splits into the same ``words``. Characters that would steer a terminal are
    escaped, so the line shows what it does."""
    return " ".join(map(_for_windows if windows else _for_posix, words))


def _for_posix(word: str) -> str:
    if not HIDDEN.search(word):
        return shlex.quote(word)
    return "$'" + _HIDDEN_OR_QUOTE.sub(lambda found: "".join(map(r"\{:03o}".format, os.fsencode(found[0]))), word) + "'"


def _for_windows(word: str) -> str:
    """``word`` quoted for PowerShell. The older prompt reads it alike, but for ``%`` and for what PowerShell needs a
    backtick before; neither executes any of it."""
    if _PLAIN.fullmatch(word):
        return word
    word = re.sub(r'(\\*)("|\Z)', lambda end: 2 * end[1] + 2 * end[2], word)  # as the C runtime reads arguments
    word = re.sub("[$`“”„]", r"`\g<0>", word)
    return '"' + HIDDEN.sub(lambda found: f"`u{{{ord(found[0]):x}}}", word) + '"'
