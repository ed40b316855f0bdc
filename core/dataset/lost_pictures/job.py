"""The job that looks for missing pictures, and may bring those that it found."""

from pathlib import Path

import msgspec

from core.dataset.lost_pictures.place import FILE as PLACED
from core.dataset.lost_pictures.place import place
from core.dataset.lost_pictures.search import Findings, How, search
from core.dataset.opening import open_dataset
from core.errors import UserError
from core.files import write_atomically
from core.jobs import FindPicturesJob
from core.reading import UNREADABLE, read_bytes
from core.runs.control import Check, Report
from core.runs.events import Artifact, Done, Stage
from core.runs.folder import RunFolder
from core.words import tr


def find_pictures(job: FindPicturesJob, folder: RunFolder, report: Report, check: Check) -> None:
    """Do a job of finding pictures. Raises ``UserError`` where the dataset cannot be opened, or ``folder`` is none."""
    if not Path(job.folder).is_dir():
        raise UserError(tr("{folder} is not a folder", folder=job.folder), tr("choose the one to look in"))
    report(Stage(name=tr("Reading the dataset")))
    dataset = open_dataset(Path(job.dataset))
    findings = search(dataset, Path(job.folder), report, check)
    write_atomically(folder.path / job.result, msgspec.json.encode(findings))
    report(Artifact(kind="found pictures", path=str(folder.path / job.result)))
    placed = 0
    if job.place:
        report(Stage(name=tr("Bringing the pictures to their places")))
        ways: tuple[How, ...] = ("content", "name", "likeness") if job.alike else ("content", "name")
        wanted = {each.image: Path(each.path) for each in findings.found if each.how in ways}
        placed = len(place(dataset, wanted, folder.path / PLACED, report))
    report(
        Done(
            summary={
                "pictures": len(findings.found),
                "doubtful": len(findings.doubts),
                "placed": placed,
                "missing": len(findings.missing) - placed,
            }
        )
    )


def read_findings(folder: Path) -> Findings:
    """What the job of a run folder found. Raises ``UserError``."""
    try:
        return msgspec.json.decode(read_bytes(folder / FindPicturesJob.result), type=Findings)
    except (OSError, *UNREADABLE) as error:
        raise UserError(
            tr("{path} cannot be read", path=folder / FindPicturesJob.result), tr("search once more")
        ) from error
