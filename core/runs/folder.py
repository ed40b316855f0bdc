"""The run folder, through which a job, the command and the window speak with each other.

::

    <date>-<name>-<n>/
      job.json        what to do, written before the job starts
      events.jsonl    what happened, appended by the job; the truth for plots, resume and comparison
      control.jsonl   what the person asked for, appended by whoever watches
      log.txt         the job's standard output and error
      process.json    which process is at work
      lock            held by that process (see ``core.runs.lock``)
      checkpoints/  samples/  export/  report/
"""

import contextlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import psutil

from core.errors import UserError, refusal
from core.files import home, make_folders, new_name_beside, open_own, sync_folder, write_atomically
from core.jobs import AnyJob, TrainJob
from core.plain_text import printable
from core.reading import decoded, read_bytes, read_end, read_json
from core.recipes.model_spec import ModelSpec
from core.runs.control import Ask, strongest
from core.runs.event_log import EventTail
from core.runs.events import (
    TERMINAL,
    Artifact,
    Checkpoint,
    Estimate,
    Failed,
    Plan,
    Record,
    SamplePredictions,
    Step,
    Validation,
)
from core.runs.fingerprint import Fingerprint
from core.runs.job_file import JobFile
from core.runs.lock import process_at_work
from core.runs.model_file import described
from core.words import tr

_REQUESTS = "control.jsonl"
_LOG_BYTES = 1 << 16
_DAMAGED = tr("delete the folder, or put the file back")
_KEPT_ALWAYS = {"job.json", "events.jsonl", _REQUESTS, "log.txt", "process.json", "lock"}
"""What is in a run folder whatever its job does."""
_BEGUN = (Artifact, Checkpoint, Estimate, Plan, SamplePredictions, Step, Validation)
"""What a job says only when it has come to its work."""
_RUN_NAME = re.compile(r"\d{4}-\d\d-\d\d-")


def sample_folder() -> Path:
    """Where the sample dataset is made for a person who did not name a place."""
    return home() / "samples" / "parts"


class _Request(msgspec.Struct, frozen=True):
    """A line of ``control.jsonl``."""

    time: float
    ask: Ask


class RunFolder:
    """One run on disk. Making the object reads nothing; each method reads what it is asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self.events = path / "events.jsonl"
        self.log = path / "log.txt"
        self.checkpoints = path / "checkpoints"
        self.weights = self.checkpoints / "best.safetensors"
        """The weights of the best model so far."""
        self.checkpoint = self.checkpoints / "last.ckpt"
        """Where a training goes on from."""
        self.model = path / "model.json"
        """The ``ModelSpec`` of what the run trains, to be read by people and other programs."""
        self.samples = path / "samples"
        self.export = path / "export"
        self.report = path / "report"

    @classmethod
    def create(cls, parent: Path, name: str, job: JobFile) -> "RunFolder":
        """A new folder ``<date>-<name>-<n>`` in ``parent`` with its ``job.json``.

        Raises ``UserError`` when ``parent`` cannot be written.
        """
        number = 1
        try:
            make_folders(parent)  # apart: a link that leads nowhere exists and is no folder
            while True:
                path = parent / f"{date.today().isoformat()}-{name}-{number}"
                with contextlib.suppress(FileExistsError):
                    path.mkdir()
                    break
                number += 1
        except OSError as error:
            raise _no_folder(error, parent) from error
        folder = cls(path)
        try:
            folder.write_job(job)
            sync_folder(parent)
        except (OSError, UserError) as error:
            shutil.rmtree(path, ignore_errors=True)
            raise _no_folder(error, parent) if isinstance(error, OSError) else error from error
        return folder

    def end_of_log(self) -> str:
        """The last 64 KiB of the log, without space around it; empty where there is none."""
        return read_end(self.log, _LOG_BYTES).strip()

    def read_model(self) -> ModelSpec | None:
        """The description of the model that the run trains; ``None`` before it is known, or when it cannot be read. The
        one inside the weights counts first: ``model.json`` may have been changed since, and in earlier versions was."""
        if spec := described(self.weights):
            return spec
        try:
            return decoded(read_bytes(self.model), ModelSpec)
        except OSError:
            return None

    def has_model(self) -> bool:
        """Whether there is a model to look at or to export."""
        return self.weights.is_file()

    def write_job(self, job: JobFile) -> None:
        """Raises ``UserError`` for a path in it that is not text in UTF-8, which JSON cannot hold."""
        try:
            content = msgspec.json.encode(job)
        except UnicodeEncodeError as error:
            raise UserError(
                tr("{path} has a name that is not UTF-8", path=printable(error.object)), tr("rename it")
            ) from error
        write_atomically(self.path / "job.json", msgspec.json.format(content, indent=2))

    def read_job(self) -> JobFile:
        """Raises ``UserError`` when the folder is not a run, or a damaged one."""
        return read_json(self.path / "job.json", JobFile, tr("{path} is not a job of this version: {reason}"), _DAMAGED)

    def keep_fingerprint(self, found: Fingerprint) -> None:
        """Write into ``job.json`` which data the job works on. Where that fails, only the events have it."""
        with contextlib.suppress(UserError, OSError):
            file = self.read_job()
            if file.fingerprint != found:
                self.write_job(msgspec.structs.replace(file, dataset_hash=found.hash, fingerprint=found))

    def records(self) -> list[Record]:
        """All events so far that this version understands."""
        return EventTail(self.events).read()

    def ask(self, request: Ask) -> None:
        """Ask the job to pause, to stop (keeping its best model) or to cancel."""
        with os.fdopen(open_own(self.path / _REQUESTS, os.O_WRONLY | os.O_APPEND), "ab") as file:
            file.write(msgspec.json.encode(_Request(time.time(), request)) + b"\n")

    def forget_requests(self) -> None:
        """Delete requests that were made to an earlier process. Only for a caller that has claimed the folder."""
        (self.path / _REQUESTS).unlink(missing_ok=True)

    def asked(self) -> Ask | None:
        """The strongest of the pending requests; ``None`` where there is none."""
        try:
            lines = read_bytes(self.path / _REQUESTS).splitlines()
        except OSError:
            return None
        return strongest(request.ask for line in lines if (request := decoded(line, _Request)))

    def discard(self, job: AnyJob) -> None:
        """Delete what a cancelled ``job`` made: the models of a training. Its job and its events stay, so that it is
        listed as what it was. Other jobs leave nothing half done, and may work in the folder of a training."""
        if not isinstance(job, TrainJob):
            return
        for made in (self.checkpoints, self.samples, self.export, self.report):
            shutil.rmtree(made, ignore_errors=True)

    def forget_unless_begun(self) -> None:
        """Delete the folder of a run that failed before it began, mostly because of its input: it has made nothing, and
        why it failed was said. For who has said it and has let go of the folder."""
        events = [record.event for record in self.records()]
        ends = [event for event in events if isinstance(event, TERMINAL)]
        if len(ends) != 1 or ends != events[-1:] or not isinstance(ends[0], Failed) or ends[0].traceback:
            return
        if any(isinstance(event, _BEGUN) for event in events):
            return
        with contextlib.suppress(OSError):
            if {path.name for path in self.path.iterdir()} <= _KEPT_ALWAYS:
                shutil.rmtree(self.path.rename(new_name_beside(self.path)))  # where a file is in use: nothing of it

    def process(self) -> psutil.Process | None:
        """The process at work on this run, if it is still alive (a re-used pid does not count)."""
        return process_at_work(self.path)


def _no_folder(error: OSError, parent: Path) -> UserError:
    refused = refusal(error, parent)
    reason = refused.message if refused else error.strerror
    return UserError(
        tr("no run folder can be made in {parent}: {reason}", parent=parent, reason=reason),
        tr("choose another folder with --runs"),
    )


def runs(parent: Path) -> Iterator[RunFolder]:
    """The runs in a folder, newest first, damaged ones too. Raises ``OSError`` when it cannot be looked into."""
    if not parent.exists():
        return
    found = [(made, path) for path in parent.iterdir() if (made := _made(path)) is not None]
    for _, path in sorted(found, reverse=True):
        yield RunFolder(path)


def _made(path: Path) -> int | None:
    """When a run was made, as the modification time of its first file in ns; ``None`` for what is no run."""
    for name in ("job.json", "events.jsonl"):
        try:
            return (path / name).lstat().st_mtime_ns
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:  # a folder that may not be looked into: a run if it is called like one
            return path.lstat().st_mtime_ns if _RUN_NAME.match(path.name) else None
    return None
