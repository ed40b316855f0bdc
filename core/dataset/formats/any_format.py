"""A dataset of any format, or in an archive, opened as what it is in COCO."""

from dataclasses import dataclass
from pathlib import Path

from core.dataset.coco.foreign_forms import NO_MASK
from core.dataset.dataset import Dataset
from core.dataset.folder.folder_tree import FolderTree
from core.dataset.formats.archive import is_archive, unpack
from core.dataset.formats.coco_folder import write_coco_folder
from core.dataset.formats.placing import LinkOrCopy
from core.dataset.formats.recognition import chosen_format, read_all
from core.dataset.formats.sequence import EACH_SECOND, TITLES, FrameChoice, key_of, read_sequences, sequences_at
from core.dataset.health.checks import report_problems
from core.dataset.opening import open_dataset
from core.runs.control import Check, Report
from core.runs.events import Stage
from core.words import tr


@dataclass(frozen=True, slots=True, eq=False)
class OpenedAny:
    """A dataset that was read from wherever it was."""

    dataset: Dataset
    key: str
    """Of its format; ``coco`` also where it is a folder of pictures."""
    pictures: LinkOrCopy
    """How its pictures may be put elsewhere: those that lie in the scratch folder are soon gone."""


def open_any(
    source: Path,
    scratch: Path,
    report: Report,
    check: Check,
    *,
    key: str = "",
    pictures: LinkOrCopy = "link",
    output: Path | None = None,
    frames: FrameChoice = EACH_SECOND,
    validation_fraction: float = 0.2,
) -> OpenedAny:
    """Open what is at ``source``, in the format called ``key`` or the one recognised.

    An archive is unpacked, and another format than COCO converted, in the folder ``scratch``; the latter in ``output``
    where that is given. Of videos, ``frames`` are read. ``validation_fraction`` is as ``open_dataset`` has it. What is
    not read, or not as it stands, is reported. Raises ``UserError`` where nothing can be read.
    """
    name = source.name if source.is_dir() else source.name.split(".")[0]
    if source.is_file() and is_archive(source):
        report(Stage(name=tr("Unpacking")))
        (unpacked := scratch / "unpacked").mkdir(parents=True)
        archive, source, pictures = source, unpacked / name, "hard link"
        report_problems(unpack(archive, source, report, check), report)
    made = output or scratch / "coco" / name  # a dataset is called like its folder
    if sequences := [] if key else sequences_at(source):
        key = key_of(sequences)
        report(Stage(name=tr("Reading {format}", format=TITLES[key])))
        root = source if source.is_dir() else source.parent
        foreign = read_sequences(sequences, root, frames, report, check)
        problems = write_coco_folder(foreign, made, key, check=check)
    elif (format := chosen_format(source, key)) is not None:
        key = format.key
        report(Stage(name=tr("Reading {format}", format=format.title)))
        foreign = read_all(format, FolderTree(source))
        problems = write_coco_folder(foreign, made, key, pictures=pictures, report=report, check=check)
    else:
        report(Stage(name=tr("Reading the dataset")))
        dataset = open_dataset(source, validation_fraction=validation_fraction)
        # a box alone is kept as it is, and counted by who has no use for it
        report_problems([problem for problem in dataset.problems if problem.kind != NO_MASK.kind], report)
        return OpenedAny(dataset, "coco", pictures)
    report_problems(problems, report)
    pictures = "hard link" if pictures == "link" and not output else pictures
    return OpenedAny(open_dataset(made, validation_fraction=validation_fraction), key, pictures)
