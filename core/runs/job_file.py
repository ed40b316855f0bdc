"""``job.json``: what a run is to do, written before it starts."""

import importlib.metadata
import platform
import time

import msgspec

from core.jobs import AnyJob
from core.runs.command import compose
from core.runs.events import Moment
from core.runs.fingerprint import Fingerprint

_DECIDE_RESULTS = ("maskwright", "torch", "torchvision", "pytorch-lightning", "openvino", "numpy")


class JobFile(msgspec.Struct, frozen=True, kw_only=True):
    """The content of ``job.json``."""

    v: int = 1
    job: AnyJob
    created: Moment
    command: str
    """The line that does the same in a terminal."""
    versions: dict[str, str] = {}
    dataset_hash: str = ""
    """``fingerprint.hash``; empty until the job has read its dataset."""
    fingerprint: Fingerprint | None = None


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
