"""The job that reads any format and writes another."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from pkgutil import resolve_name

from core.dataset.dataset import Dataset
from core.dataset.folder.folder_tree import FolderTree
from core.dataset.formats.archive import is_archive, unpack
from core.dataset.formats.coco_folder import write_coco_folder
from core.dataset.formats.coco_writer import write_coco
from core.dataset.formats.export import Writer, export_dataset
from core.dataset.formats.placing import LinkOrCopy
from core.dataset.formats.recognition import FORMATS, chosen_format
from core.dataset.health.checks import report_problems
from core.dataset.opening import open_dataset
from core.dataset.problems import Problem
from core.errors import UserError
from core.jobs import ConvertJob
from core.runs.control import Check, Report
from core.runs.events import Artifact, Done, Stage
from core.runs.folder import RunFolder
from core.words import tr


def convert(job: ConvertJob, folder: RunFolder, report: Report, check: Check) -> None:
    """Do a convert job. Raises ``UserError`` where nothing can be read, or ``output`` cannot be written."""
    source, output = Path(job.source), Path(job.output)
    pictures: LinkOrCopy = "copy" if job.pictures == "copy" else "link"
    if output.resolve().is_relative_to(source.resolve()) and source.is_dir():
        raise UserError(tr("{output} lies in the dataset that is read", output=output), tr("choose another folder"))
    with tempfile.TemporaryDirectory(dir=folder.path) as scratch:
        if source.is_file() and is_archive(source):
            report(Stage(name=tr("Unpacking")))
            (unpacked := Path(scratch) / "unpacked").mkdir()  # apart: an archive may be called like what is made below
            archive, source, pictures = source, unpacked / source.name.split(".")[0], "hard link"
            report_problems(unpack(archive, source, report, check), report)
        format = chosen_format(source, job.format)
        if format is None:
            report(Stage(name=tr("Reading the dataset")))
            problems: Sequence[Problem] = ()
            dataset = open_dataset(source)
        else:
            report(Stage(name=tr("Reading {format}", format=format.title)))
            foreign = format.read(FolderTree(source))
            made = output if job.to == "coco" else Path(scratch) / "coco"
            problems = write_coco_folder(foreign, made, format.key, pictures=pictures, report=report, check=check)
            dataset = open_dataset(made)
        report_problems(problems, report)
        if format is None or job.to != "coco":
            report(Stage(name=tr("Writing {format}", format=job.to)))
            if pictures == "link" and format is not None:
                pictures = "hard link"  # what lies in the scratch folder is soon gone
            report_problems(_write(dataset, output, job.to, pictures, report, check), report)
    report(Artifact(kind="dataset", path=str(output)))
    counts = {"images": len(dataset.images), "instances": int(dataset.class_counts().sum())}
    report(Done(summary={"format": format.key if format else "coco", "classes": len(dataset.categories), **counts}))


def _write(
    dataset: Dataset, output: Path, to: str, pictures: LinkOrCopy, report: Report, check: Check
) -> list[Problem]:
    if to == "coco":
        return write_coco(dataset, output, pictures=pictures, report=report, check=check)
    writer: type[Writer] = resolve_name(next(format.writer for format in FORMATS if format.key == to))
    return export_dataset(dataset, output, writer, pictures=pictures, report=report, check=check)
