"""Training as the window and a server do it: in a child process that can be asked, killed and resumed."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.execution import process
from core.jobs import TrainJob
from core.recipes.catalogue import find, with_settings
from core.runs.events import AnyEvent, Cancelled, Checkpoint, Done, Epoch, Failed, Plan, Stage, Step
from core.runs.folder import RunFolder
from core.runs.job_file import JobFile
from core.sample import make_sample

SETTINGS = {"input_size": 64, "batch_size": 4, "warmup_iterations": 2, "precision": "fp32", "pretrained": False}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample(tmp_path_factory.mktemp("data") / "sample", 8, 2, size=96)


@pytest.fixture
def make_run(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., RunFolder]]:
    """A run with a child to be started; whatever still lives at the end is killed."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # the network is tiny
    folders = []

    def make(**settings: Any) -> RunFolder:
        recipe = with_settings(find("rtmdet_inst_tiny"), SETTINGS | settings)
        job = TrainJob(recipe=recipe, dataset=str(sample))
        folders.append(RunFolder.create(tmp_path, "test", JobFile(job=job, created=time.time(), command="")))
        return folders[-1]

    yield make
    for folder in folders:
        if child := folder.process():
            child.kill()


def wait_for(folder: RunFolder, wanted: Callable[[AnyEvent], bool], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not any(wanted(record.event) for record in folder.records()):
        assert time.monotonic() < until, f"{folder.records()[-3:]}\n{folder.log.read_text()}"
        assert folder.process() or not folder.records(), folder.records()[-1]
        time.sleep(0.02)


def losses(folder: RunFolder) -> dict[int, dict[str, float]]:
    """By epoch; a repeated epoch counts as it was the last time."""
    return {record.event.epoch: record.event.losses for record in folder.records() if isinstance(record.event, Epoch)}


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_killed_training_goes_on_as_if_nothing_had_happened(make_run: Callable[..., RunFolder]) -> None:
    whole = make_run(epochs=3)
    child = process.start(whole)
    assert child.wait(120) == 0, whole.log.read_text()
    records = whole.records()
    # The libraries take seconds to load; a person reads why it takes them.
    early = [record for record in records if isinstance(record.event, Stage)][:4]
    assert [record.event.name for record in early] == [
        "Starting",
        "Reading the dataset",
        "Comparing training and validation pictures",
        "Loading libraries",
    ]
    assert isinstance(records[-1].event, Done)
    assert "Warning" not in whole.log.read_text()

    killed = make_run(epochs=3)
    child = process.start(killed)
    wait_for(killed, lambda event: isinstance(event, Checkpoint) and not event.best)
    child.kill()
    failed = process.outcome(killed, child.wait(60))
    assert isinstance(failed, Failed)
    assert "killed" in failed.message

    file = killed.read_job()
    killed.write_job(msgspec.structs.replace(file, job=msgspec.structs.replace(file.job, resume=True)))
    child = process.start(killed)
    assert child.wait(120) == 0, killed.log.read_text()
    records = killed.records()
    assert isinstance(records[-1].event, Done)
    assert [record.seq for record in records] == list(range(1, len(records) + 1))
    plans = [record.event for record in records if isinstance(record.event, Plan)]
    assert plans[0].first_epoch < plans[1].first_epoch
    assert losses(killed).keys() == losses(whole).keys() == {1, 2, 3}
    for epoch, expected in losses(whole).items():
        assert losses(killed)[epoch] == pytest.approx(expected, abs=1e-6)


def test_cancel_does_not_wait_for_the_end_of_a_step(make_run: Callable[..., RunFolder]) -> None:
    folder = make_run(input_size=1024, batch_size=8)
    child = process.start(folder)
    wait_for(folder, lambda event: isinstance(event, Stage) and event.name == "Training")
    time.sleep(1)  # now it is within the first step, which takes ten seconds
    folder.ask("cancel")
    code = child.wait(60)
    assert isinstance(process.outcome(folder, code), Cancelled)
    assert not any(isinstance(record.event, Step) for record in folder.records())
    assert not folder.checkpoints.exists()
    assert not folder.samples.exists()
    assert folder.read_job()
