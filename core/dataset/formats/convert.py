"""The job that reads any format and writes another."""

import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from pkgutil import resolve_name

import msgspec

from core.dataset.dataset import Dataset
from core.dataset.formats.any_format import open_any
from core.dataset.formats.coco_writer import write_coco
from core.dataset.formats.export import Writer, export_dataset, require_apart, require_free
from core.dataset.formats.losses import losses
from core.dataset.formats.placing import LinkOrCopy
from core.dataset.formats.recognition import FORMATS
from core.dataset.formats.sequence import FrameChoice
from core.dataset.health.checks import report_problems
from core.dataset.health.shortcomings import shortcomings
from core.dataset.model import Image
from core.dataset.problems import Problem
from core.dataset.subset import select
from core.files import write_atomically
from core.jobs import ConvertJob
from core.runs.control import Check, Report
from core.runs.events import AnyEvent, Artifact, Done, Stage, Warning
from core.runs.folder import RunFolder
from core.words import sentences, tr, tr_n


def convert(job: ConvertJob, folder: RunFolder, report: Report, check: Check) -> None:
    """Do a convert job. Raises ``UserError`` where nothing can be read, or ``output`` cannot be written."""
    source, output = Path(job.source), Path(job.output)
    pictures: LinkOrCopy = "copy" if job.pictures == "copy" else "link"
    require_apart(output, source)
    require_free(output)
    filters, warnings = job.filters, list[str]()

    def told(event: AnyEvent) -> None:
        if isinstance(event, Warning):
            warnings.append(sentences(event.message, event.hint))
        report(event)

    with tempfile.TemporaryDirectory(dir=folder.path) as scratch:
        at_once = output if job.to == "coco" and not filters else None
        opened = open_any(
            source,
            Path(scratch),
            told,
            check,
            key=job.format,
            pictures=pictures,
            output=at_once,
            frames=FrameChoice(job.every, job.scenes),
        )
        dataset = opened.dataset
        if opened.key == "coco":
            require_apart(output, dataset.root)
        images = select(dataset, **filters)
        _warn_of_boxes(dataset, told)
        if opened.key == "coco" or not at_once:
            report(Stage(name=tr("Writing {format}", format=job.to)))
            report_problems(_write(dataset, images, output, job.to, opened.pictures, told, check), told)
    report(Artifact(kind="dataset", path=str(output)))
    _write_result(job, dataset, images, warnings, folder.path / job.result)
    counts = {"images": len(images), "instances": sum(map(dataset.instance_count, images))}
    report(Done(summary={"read": opened.key, "classes": len(dataset.categories), **counts}))


def _write_result(
    job: ConvertJob, dataset: Dataset, images: Sequence[Image], warnings: Sequence[str], file: Path
) -> None:
    """Write where the dataset lies now, its format, its images by split, its instances by class, and what was told."""
    chosen = {image.index for image in images}
    counts = dataset.class_counts(without=[image for image in dataset.images if image.index not in chosen]).tolist()
    result = {
        "output": job.output,
        "format": job.to,
        "images": Counter(image.split for image in images),
        "instances": {each.name: count for each, count in zip(dataset.categories, counts, strict=True)},
        "warnings": warnings,
    }
    write_atomically(file, msgspec.json.format(msgspec.json.encode(result), indent=1))


def _warn_of_boxes(dataset: Dataset, report: Report) -> None:
    """Say how many instances come without a mask: nothing is learnt from them."""
    if boxes := shortcomings(dataset).boxes:
        message = tr_n("{n} instance has only a box.", "{n} instances have only a box.", boxes)
        report(Warning(message=message, hint=tr("Its mask can be made of it: maskwright box-masks.")))


def _write(
    dataset: Dataset,
    images: Sequence[Image],
    output: Path,
    to: str,
    pictures: LinkOrCopy,
    report: Report,
    check: Check,
) -> list[Problem]:
    if to == "coco":
        return write_coco(dataset, output, images=images, pictures=pictures, report=report, check=check)
    format = next(format for format in FORMATS if format.key == to)
    for lost in losses(dataset, images, format.loses, check):
        report(Warning(message=lost))
    writer: type[Writer] = resolve_name(format.writer)
    return export_dataset(dataset, output, writer, images=images, pictures=pictures, report=report, check=check)
