"""The ``maskwright`` command line that does the same as a job: for “Copy as command” and for ``job.json``."""

import importlib.metadata
import os
import platform
import re
import shlex
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from core.plain_text import HIDDEN
from core.recipes.catalogue import catalogue, changes
from core.runs.job import (
    AnyJob,
    EvaluateJob,
    ExportJob,
    JobFile,
    PredictJob,
    ProbeJob,
    RankJob,
    SampleJob,
    SuggestJob,
    TrainJob,
)

_USUAL_FRACTION = next(x.default for x in msgspec.structs.fields(TrainJob) if x.name == "validation_fraction")

_HIDDEN_OR_QUOTE = re.compile(rf"{HIDDEN.pattern}|['\\]")
_PLAIN = re.compile(r"(?!-.*[.:])[\w./\\:=+-]+")
"""Words that need no quotes in a shell of Windows; PowerShell cuts an option at its first dot."""

_DECIDE_RESULTS = ("maskwright", "torch", "torchvision", "pytorch-lightning", "openvino", "numpy")


def describe(job: AnyJob) -> JobFile:
    """The content of ``job.json`` for a job about to start: the job, the time, its command line, the versions it runs
    on."""
    versions = {"python": platform.python_version()}
    for name in _DECIDE_RESULTS:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:  # run from a checkout that was never installed
            continue
    return JobFile(job=job, created=time.time(), command=compose(job), versions=versions)


def compose(job: AnyJob) -> str:
    """The command line of a job, quoted for this system's shell."""
    return quote(["maskwright", *arguments(job)])


def compose_resume(run: Path, changes: Mapping[str, Any] | None = None, dataset: Path | None = None) -> str:
    """The command line that resumes the training in the folder ``run``, with some settings changed, or with its data in
    another place."""
    moved = ["--data", str(dataset)] if dataset else []
    return quote(["maskwright", "train", "--resume", str(run), *moved, *_set(changes or {})])


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


def arguments(job: AnyJob) -> list[str]:
    """The words after ``maskwright``. What equals the default is left out."""
    match job:
        case TrainJob():
            return ["train", *_training(job)]
        case ProbeJob(train=train):
            return ["probe", *_training(train)]
        case EvaluateJob():
            return ["evaluate", job.model, job.dataset, "--split", job.split, *_limit(job.max_detections)]
        case ExportJob():
            measured_on = ["--dataset", job.dataset] if job.dataset else []
            unmeasured = [] if job.measure else ["--no-measure"]
            words = ["export", job.run, "--precision", job.precision, *measured_on, *unmeasured]
            return [*words, *_limit(job.max_detections)]
        case PredictJob():
            words = ["predict", job.model, *job.images, "--output", job.output, "--confidence", str(job.confidence)]
            return [*words, *_limit(job.max_detections)]
        case SuggestJob():
            chosen = [word for name in job.images for word in ("--image", name)]
            every = ["--all"] if job.all else []
            words = ["suggest", job.model, job.dataset, "--confidence", str(job.confidence), *every, *chosen]
            return [*words, *_limit(job.max_detections)]
        case RankJob():
            return ["rank", job.dataset, *(["--model", job.model] if job.model else [])]
        case SampleJob():
            amounts = {
                "train-images": job.train_images,
                "validation-images": job.validation_images,
                "seed": job.seed,
                "size": job.size,
            }
            return [
                "sample",
                job.output,
                *(word for name, value in amounts.items() for word in (f"--{name}", f"{value}")),
            ]


def _limit(most: int | None) -> list[str]:
    return ["--max-detections", str(most)] if most else []


def _training(job: TrainJob) -> list[str]:
    words = [job.dataset, "--recipe", job.recipe.name]
    shipped = next((recipe for recipe in catalogue() if recipe.name == job.recipe.name), job.recipe)
    if job.recipe.schedule != shipped.schedule:
        words += ["--schedule", job.recipe.schedule]
    words += _set(changes(job.recipe))
    if job.validation_fraction != _USUAL_FRACTION:
        words += ["--validation-fraction", str(job.validation_fraction)]
    if job.weights:
        words += ["--weights", job.weights]
    for name, number in (("devices", job.devices), ("nodes", job.nodes)):
        if number != 1:
            words += [f"--{name}", f"{number}"]
    return words


def _set(settings: Mapping[str, Any]) -> list[str]:
    words = []
    for name, value in settings.items():
        words += ["--set", f"{name}={str(value).lower() if isinstance(value, bool) else value}"]
    return words
