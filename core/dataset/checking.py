"""The job that checks a dataset: every annotation, every picture, and every pair of pictures."""

from pathlib import Path

import msgspec

from core.dataset.health.findings import Finding, by_kind
from core.dataset.health.kinds import KINDS
from core.dataset.health.survey import LIKENESS, survey
from core.dataset.opening import open_dataset
from core.errors import UserError
from core.files import write_atomically
from core.jobs import CheckJob
from core.runs.control import Check, Report
from core.runs.events import Done, Stage, Warning
from core.runs.folder import RunFolder
from core.words import tr


def check_dataset(job: CheckJob, folder: RunFolder, report: Report, check: Check) -> None:
    """Do a check job. Raises ``UserError`` where the dataset cannot be opened, or a kind is none."""
    if unknown := [kind for kind in job.only if kind not in KINDS]:
        raise UserError(
            tr("a check knows no kind {kind}", kind=unknown[0]),
            tr("it knows {kinds}", kinds=", ".join(KINDS)),
        )
    kinds = {kind for kind in (job.only or KINDS) if job.likeness or kind not in LIKENESS}
    report(Stage(name=tr("Reading the dataset")))
    dataset = open_dataset(Path(job.dataset))
    found = survey(dataset, kinds, report, check)
    write_atomically(folder.path / job.result, msgspec.json.encode(found))
    counts = found.counts
    for kind, findings in by_kind(found.findings).items():
        report(_in_words(kind, findings[0], counts[kind], found.names))
    serious = sum(number for kind, number in counts.items() if KINDS[kind].severity == "serious")
    report(
        Done(
            summary={
                "images": len(dataset.images),
                "instances": int(dataset.class_counts().sum()),
                "serious": serious,
                "found": sum(counts.values()),
            }
        )
    )


def _in_words(kind: str, first: Finding, number: int, names: dict[int, str]) -> Warning:
    """All findings of a kind as one warning, with the first of them."""
    of_all = KINDS[kind]
    message = tr("{title}. {first}", title=of_all.title(number), first=first.sentence)
    if first.images and first.instances:
        message = tr(
            "{title}. {name}, annotation {id}: {first}",
            title=of_all.title(number),
            name=names[first.images[0]],
            id=first.instances[0],
            first=first.sentence,
        )
    return Warning(message=message, hint=of_all.why, matters=of_all.severity == "serious")
