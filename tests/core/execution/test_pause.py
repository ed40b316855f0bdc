"""A training in a child process is paused and goes on in another."""

import time
from pathlib import Path

import msgspec
import pytest

from core.execution import process
from core.jobs import TrainJob
from core.recipes.catalogue import find, with_settings
from core.runs.events import Done, Failed, Paused, Step, Validation
from core.runs.folder import RunFolder
from core.runs.job_file import JobFile
from core.sample import make_sample

TINY = {"epochs": 2, "input_size": 64, "batch_size": 1, "precision": "fp32", "pretrained": False}


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    data = make_sample(tmp_path / "sample", 12, 1, size=64)
    job = TrainJob(recipe=with_settings(find("rtmdet_inst_tiny"), TINY), dataset=str(data))
    return RunFolder.create(tmp_path, "train", JobFile(job=job, created=0.0, command=""))


def resume(folder: RunFolder) -> None:
    file = folder.read_job()
    assert isinstance(file.job, TrainJob)
    folder.write_job(msgspec.structs.replace(file, job=msgspec.structs.replace(file.job, resume=True)))


def test_a_paused_training_leaves_its_process_and_goes_on_in_another(folder: RunFolder) -> None:
    child = process.start(folder)
    until = time.monotonic() + 120
    while not any(isinstance(record.event, Step | Failed) for record in folder.records()):
        assert time.monotonic() < until and child.poll() is None, folder.log.read_text()
        time.sleep(0.05)
    folder.ask("pause")
    assert child.wait(60) == 0, folder.log.read_text()
    assert folder.process() is None
    paused = process.outcome(folder, 0)
    assert isinstance(paused, Paused) and 1 <= paused.step < 24

    resume(folder)
    child = process.start(folder)  # which does not hear what the first one was asked
    assert child.wait(120) == 0, folder.log.read_text()
    assert isinstance(process.outcome(folder, 0), Done)
    events = [record.event for record in folder.records()]
    later = [event for event in events[events.index(paused) :] if isinstance(event, Step)]
    assert paused.step < later[0].step and later[-1].step == 24
    assert [event.epoch for event in events if isinstance(event, Validation)] == [1, 2]
