"""Children that do their job, are asked to end, or die."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from core.execution import process
from core.jobs import AnyJob, SampleJob
from core.runs.events import Cancelled, Done, Failed, Stage, Stopped
from core.runs.folder import RunFolder
from core.runs.job_file import JobFile

MakeRun = Callable[..., RunFolder]
ROOT = Path(__file__).parents[3]


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """A run that makes so many sample images: a job that needs no torch."""

    def make(images: int = 1) -> RunFolder:
        job: AnyJob = SampleJob(output=str(tmp_path / "sample"), train_images=images, validation_images=1, size=64)
        return RunFolder.create(tmp_path, "sample", JobFile(job=job, created=0.0, command=""))

    return make


def wait_for_work(folder: RunFolder) -> psutil.Process:
    """The child, once it is at its job."""
    until = time.monotonic() + 20
    while not any(event.event == Stage(name="Making the sample") for event in folder.records()):
        assert time.monotonic() < until, folder.log.read_text()
        time.sleep(0.02)
    found = folder.process()
    assert found is not None
    return found


def test_a_child_does_the_job_and_says_so(make_run: MakeRun, tmp_path: Path) -> None:
    folder = make_run()
    child = process.start(folder)
    assert child.wait(60) == 0, folder.log.read_text()
    records = folder.records()
    assert records[0].event == Stage(name="Starting")
    assert [record.seq for record in records] == list(range(1, len(records) + 1))
    assert isinstance(process.outcome(folder, 0), Done)
    assert folder.process() is None
    assert len(folder.records()) == len(records)


def test_a_cancelled_child_ends_before_its_work_is_done(make_run: MakeRun) -> None:
    folder = make_run(images=5000)
    child = process.start(folder)
    wait_for_work(folder)
    process.end(folder, "cancel")
    code = child.wait(30)
    assert isinstance(process.outcome(folder, code), Cancelled)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
def test_sigterm_asks_to_stop_and_keep(make_run: MakeRun) -> None:
    folder = make_run(images=5000)
    child = process.start(folder)
    wait_for_work(folder).terminate()
    assert child.wait(20) == 0
    assert isinstance(process.outcome(folder, 0), Stopped)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGUSR1"])
def test_a_signal_that_comes_before_the_child_can_hear_it_is_heard(make_run: MakeRun, name: str) -> None:
    folder, number = make_run(images=5000), getattr(signal, name)
    child = process.start(folder)
    child.send_signal(number)
    code = child.wait(30)
    assert code == 0, folder.log.read_text()
    assert isinstance(process.outcome(folder, code), Stopped)
    assert number not in signal.pthread_sigmask(signal.SIG_BLOCK, ()), "nothing waits here"


@pytest.mark.skipif(sys.platform == "win32", reason="SIGSTOP and SIGKILL")
def test_a_child_that_does_not_listen_is_killed(make_run: MakeRun) -> None:
    folder = make_run(images=5000)
    child = process.start(folder)
    wait_for_work(folder).suspend()
    process.end(folder, "cancel", patience=0.2)
    code = child.wait(5)
    assert code == -signal.SIGKILL
    # It was killed because it was to be cancelled, not because of too little memory.
    assert isinstance(process.outcome(folder, code), Cancelled)
    assert isinstance(folder.records()[-1].event, Cancelled)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_killed_child_is_reported_as_failed_in_words(make_run: MakeRun) -> None:
    folder = make_run(images=5000)
    child = process.start(folder)
    wait_for_work(folder).kill()
    failed = process.outcome(folder, child.wait(5))
    assert isinstance(failed, Failed)
    assert "out of memory" in failed.message
    assert process.outcome(folder, None) == failed  # whoever asks later gets the same answer
    assert [record.event for record in folder.records()].count(failed) == 1


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (-11, "SIGSEGV"),
        (-6, "SIGABRT"),
        (-15, "from outside"),
        (0xC0000005, "access violation"),
        (3, "exit code 3"),
        (None, "left no reason"),
    ],
)
def test_every_early_end_has_a_meaning_and_the_end_of_the_log(make_run: MakeRun, code: int | None, words: str) -> None:
    folder = make_run()
    folder.log.write_text("\n".join(f"line {number}" for number in range(100_000)))
    failed = process.outcome(folder, code)
    assert isinstance(failed, Failed)
    assert words in failed.message
    assert failed.traceback.splitlines() == [f"line {number}" for number in range(99_980, 100_000)]


def test_a_folder_without_a_job_fails_in_words(make_run: MakeRun) -> None:
    folder = make_run()
    (folder.path / "job.json").write_text("{}")
    child = process.start(folder)
    assert child.wait(60) == 1
    failed = process.outcome(folder, 1)
    assert isinstance(failed, Failed)
    assert "job.json" in failed.message


def test_a_request_from_an_earlier_process_is_forgotten(make_run: MakeRun) -> None:
    folder = make_run()
    folder.ask("cancel")
    child = process.start(folder)
    assert child.wait(60) == 0
    assert isinstance(process.outcome(folder, 0), Done)


def test_of_two_children_for_one_run_one_works_and_the_other_leaves_it_alone(make_run: MakeRun) -> None:
    folder = make_run(images=5000)
    child = process.start(folder)
    wait_for_work(folder)
    log = folder.path / "second.txt"
    with log.open("wb") as output:
        command = [sys.executable, "-c", _IMPATIENT, str(folder.path)]
        second = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
    assert second.wait(60) == 1 and "still running" in log.read_text()
    assert process.outcome(folder, 1) is None, "it is no end of the run"
    found = folder.process()
    assert found is not None and found.pid == child.pid, "and its mark is still there"
    process.end(folder, "cancel")
    code = child.wait(20)
    assert isinstance(process.outcome(folder, code), Cancelled)
    records = folder.records()
    assert [record.seq for record in records] == list(range(1, len(records) + 1)), "one process wrote all of them"
    assert [type(record.event) for record in records].count(Failed) == 0


_IMPATIENT = """
import sys
from pathlib import Path
from core.execution import child as job
job._PATIENCE = 0.1
sys.exit(job.main(Path(sys.argv[1])))
"""
