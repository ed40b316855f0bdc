"""One process that does cases one after the other, as the command would, in the same process.

    python -m tests.benchmarks.mutants.worker FOLDER SEED

Reads the numbers of cases, one a line, and answers each with a line of JSON. What comes after everything was read is
cut short: a training ends with its first batch, an export before the conversion.
"""

import contextlib
import gc
import io
import json
import os
import resource
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.mutants.subjects import RUN, VERBS, Case, make, restore

DONE, CANCELLED = 0, 130
FINE = (DONE, 1, 2, CANCELLED)
"""Exit codes that are no fault: done, an error in words, wrong usage, cut short."""


_COLLECT = 1 << 30
"""Bytes of memory from which on what is no longer used is looked for between cases."""


def shorten() -> None:
    """Cut short what comes after everything was read: it ends as if a person had cancelled it."""
    from core.deployment import export
    from core.runs.control import CancelRequested
    from core.training.module import TrainingModule

    def enough(*arguments: Any) -> None:
        raise CancelRequested

    TrainingModule.training_step = enough  # type: ignore[method-assign, assignment]
    export.convert = enough


def do(case: Case, folder: Path) -> dict[str, Any]:
    """Damage, do, and say what came of it."""
    place = folder / "case"
    restore(folder / "whole", place)
    file = next(place.glob(case.subject.file))
    case.damaged(file)
    os.chdir(place)
    os.environ["MASKWRIGHT_HOME"] = str(place / "home")
    words = [word.format(file=file) for word in VERBS[case.verb]]
    said, began = io.StringIO(), time.monotonic()
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
            code = _command([*words, "--debug"]) if words else _window(case.verb, place)
    except BaseException:  # noqa: BLE001 - what is looked for
        code = 99
        said.write(traceback.format_exc())
    return {
        "number": case.number,
        "file": case.subject.file,
        "damage": case.damage,
        "verb": case.verb,
        "code": code,
        "fine": code in FINE and (code in (DONE, CANCELLED) or _in_a_sentence(said.getvalue())),
        "said": said.getvalue()[-3_000:],
        "seconds": round(time.monotonic() - began, 2),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
    }


def _in_a_sentence(said: str) -> bool:
    """Whether the last line says what is wrong."""
    last = said.strip().rpartition("\n")[2]
    return (last.startswith("error: ") and len(last) < 2_000) or "╰" in last


def _command(words: list[str]) -> int:
    from core.cli import run

    return run(words)


def _window(verb: str, place: Path) -> int:
    """What the window reads; an error that it shows is as good as one that the command says."""
    from core.errors import UserError

    try:
        _list(place) if verb == "the window's list" else _load_sam(place)
    except (UserError, OSError) as error:  # those it shows
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _list(place: Path) -> None:
    from core.annotation.suggestions import ranking, suggestions
    from core.dataset import open_dataset
    from core.deployment import record
    from core.errors import UserError
    from core.runs.folder import RunFolder
    from core.runs.history import RunHistory
    from core.runs.summary import summarize
    from core.runs.training_times import TrainingTimes

    run = RunFolder(place / RUN)
    run.read_model()
    run.process()
    history = RunHistory()
    history.add(run.records())
    assert history.state and history.fraction is not False
    TrainingTimes().read(place)
    dataset = open_dataset(place / "data")
    problems: list[Exception] = []
    for read in (
        lambda: summarize(run),
        lambda: [record.read(folder) for folder in record.exports(run)],
        lambda: (newest := suggestions.newest(dataset)) and suggestions.read(newest, dataset),
        lambda: ranking.read_ranking(dataset),
    ):
        try:
            read()
        except (OSError, UserError) as error:
            problems.append(error)
    if problems:
        raise problems[0]


def _load_sam(place: Path) -> None:
    from core.annotation.assist.sam import load

    load(place / "sam")


def main(folder: Path, seed: int) -> None:
    """Do the cases whose numbers come."""
    answers = os.fdopen(os.dup(1), "w")
    log = os.open(folder / "log.txt", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(log, stream)  # native libraries speak too
    if not (folder / "whole").is_dir():
        make(folder / "case")
        os.chdir(folder)
        (folder / "case").rename(folder / "whole")
    shorten()
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        if psutil.Process().memory_info().rss > _COLLECT:
            gc.collect()  # networks and their trainers refer to each other
        print(json.dumps(do(Case.of(seed, int(line)), folder)), file=answers, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
