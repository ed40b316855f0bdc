"""The job that checks a dataset: every annotation, every picture, and every pair of pictures."""

from pathlib import Path

import msgspec

from core.dataset.health import leaks
from core.dataset.health.checks import examine, report_problems
from core.dataset.opening import open_dataset
from core.dataset.problems import Problem
from core.files import write_atomically
from core.jobs import CheckJob
from core.runs.control import Check, Report
from core.runs.events import Done, Stage, Warning
from core.runs.folder import RunFolder
from core.words import tr, tr_n

FILE = "check.json"


class Findings(msgspec.Struct, frozen=True):
    """What a check found; ``check.json`` in the folder of the job."""

    problems: list[Problem]
    pairs: list[leaks.Pair]
    """Of images that are alike."""
    images: dict[str, str]
    """Names of the images that ``pairs`` speak of, by ``Image.index``."""


def check_dataset(job: CheckJob, folder: RunFolder, report: Report, check: Check) -> None:
    """Do a check job. Raises ``UserError`` where the dataset cannot be opened."""
    report(Stage(name=tr("Reading the dataset")))
    dataset = open_dataset(Path(job.dataset))
    report(Stage(name=tr("Looking at annotations and pictures")))
    problems = examine(dataset, report, check)
    report_problems(problems, report)
    pairs: list[leaks.Pair] = []
    if job.likeness:
        report(Stage(name=tr("Comparing pictures")))
        paths = [dataset.image_path(image) if dataset.has_picture(image) else None for image in dataset.images]
        pairs = leaks.find(dataset.images, paths, report, check)
    across = [pair for pair in pairs if pair.across]
    if across:
        first = across[0]
        one, other = (dataset.images[index] for index in (first.one, first.other))
        report(
            Warning(
                message=tr_n(
                    "{n} pair of images is alike across splits: {one} ({one_split}) and {other} ({other_split}).",
                    "{n} pairs of images are alike across splits, first {one} ({one_split}) and "
                    "{other} ({other_split}).",
                    len(across),
                    one=one.file_name,
                    one_split=one.split,
                    other=other.file_name,
                    other_split=other.split,
                ),
                hint=tr("What a model has learnt from says nothing when it is measured on: put them into one split."),
                matters=True,
            )
        )
    names = {str(index): dataset.images[index].file_name for pair in pairs for index in (pair.one, pair.other)}
    write_atomically(
        folder.path / FILE,
        msgspec.json.encode(Findings(problems, pairs, names)),
    )
    report(
        Done(
            summary={
                "images": len(dataset.images),
                "instances": int(dataset.class_counts().sum()),
                "problems": len(problems),
                "alike": len(pairs),
                "leaks": len(across),
                "found": len(problems) + len(across),
            }
        )
    )
