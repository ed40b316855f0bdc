"""A dataset small enough to train on in a test, and the job that does it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from core.jobs import TrainJob
from core.recipes.catalogue import find, with_settings
from core.recipes.fields import fields
from core.runs.folder import RunFolder
from core.runs.job_file import JobFile
from core.sample import make_sample

MakeJob = Callable[..., TrainJob]
MakeRun = Callable[[TrainJob], RunFolder]

STILL = {field.name: 0 for field in fields() if field.group == "augmentation"}
"""Nothing is changed by chance."""

TINY = {
    "input_size": 64,
    "batch_size": 4,
    "learning_rate": 0.0007,
    "warmup_iterations": 2,
    "precision": "fp32",
    "pretrained": False,
}


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten training and three validation images of 96 pixels."""
    return make_sample(tmp_path_factory.mktemp("data") / "sample", 10, 3, size=96)


def job_for(dataset: Path, **settings: Any) -> TrainJob:
    """A job that trains RTMDet on tiny inputs."""
    return TrainJob(recipe=with_settings(find("rtmdet_inst_tiny"), TINY | settings), dataset=str(dataset))


@pytest.fixture
def make_job(sample: Path) -> MakeJob:
    """A job that trains RTMDet on tiny inputs; settings by name, ``dataset`` to train on something else."""

    return lambda dataset=sample, **settings: job_for(dataset, **settings)


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """A new run folder for a job."""
    return lambda job: RunFolder.create(tmp_path / "runs", "test", JobFile(job=job, created=0.0, command=""))


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Networks this small are faster on one."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
