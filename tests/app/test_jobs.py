"""The list of jobs against real processes that write a run folder; the heavy child itself is tested in core."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.jobs import JobList
from core.recipes.catalogue import find
from core.runs import events
from core.runs.folder import EventWriter, RunFolder
from core.runs.job import SampleJob, TrainJob

ROOT = Path(__file__).parents[2]
PROLOGUE = """
import sys, time, os, signal
sys.path.insert(0, {root!r})
from pathlib import Path
from core.runs import events
from core.runs.folder import EventWriter, RunFolder
folder = RunFolder(Path(sys.argv[1]))
folder.write_process()
say = EventWriter(folder.events)
say(events.Stage(name="Working"))
"""


def child(body: str):
    """A ``spawn`` that runs ``body`` where the real one runs ``python -m core.jobs``."""
    script = PROLOGUE.format(root=str(ROOT)) + body

    def spawn(folder: RunFolder) -> subprocess.Popen[bytes]:
        with folder.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-c", script, str(folder.path)], stdout=log, stderr=log, start_new_session=True
            )

    return spawn


UNTIL_ASKED = """
while not (asked := folder.asked()):
    time.sleep(0.02)
say(events.Stopped(summary={"map": 0.5}) if asked == "stop" else events.Cancelled())
"""


@pytest.fixture
def job(tmp_path: Path) -> SampleJob:
    return SampleJob(output=str(tmp_path / "sample"), train_images=1, validation_images=1)


@pytest.fixture
def make(tmp_path: Path, qapp):
    """Makes job lists on one folder of runs and closes them afterwards."""
    made = []

    def make(body: str) -> JobList:
        made.append(JobList(tmp_path / "runs", child(body)))
        return made[-1]

    yield make
    for jobs in made:
        jobs.close()


def wait_for_word(qtbot, run) -> None:
    qtbot.waitUntil(lambda: run.history.stage == "Working", timeout=10_000)


def test_events_of_a_job_arrive_and_it_ends(make, job, qtbot):
    jobs = make("""
for n in range(3):
    say(events.Progress(done=n + 1, total=3))
say(events.Done(summary={"images": 2}))
""")
    seen = []
    jobs.changed.connect(lambda run, records: seen.extend(records))
    with qtbot.waitSignal(jobs.ended, timeout=10_000):
        run = jobs.start(job, "sample")
        assert jobs.running() == [run]
    assert run.state == "done"
    assert run.history.end == events.Done(summary={"images": 2})
    assert [record.seq for record in seen] == [1, 2, 3, 4, 5]
    assert jobs.running() == []


def test_a_flood_of_events_comes_in_few_batches(make, job, qtbot):
    jobs = make("""
until = time.time() + 1
while time.time() < until:
    say(events.Progress(done=1, total=3))
    time.sleep(0.001)
say(events.Done())
""")
    batches = []
    jobs.changed.connect(lambda run, records: batches.append(time.monotonic()))
    with qtbot.waitSignal(jobs.ended, timeout=10_000):
        run = jobs.start(job, "sample")
    assert run.state == "done"
    assert 3 <= len(batches) <= 16


def test_stop_keeps_and_cancel_does_not(make, job, qtbot):
    jobs = make(UNTIL_ASKED)
    first, second = jobs.start(job, "sample"), jobs.start(job, "sample")
    wait_for_word(qtbot, first)
    wait_for_word(qtbot, second)
    jobs.stop(first)
    assert first.asked == "stop"
    qtbot.waitUntil(lambda: first.state == "stopped", timeout=5000)
    assert second.state == "running"
    jobs.cancel(second)
    qtbot.waitUntil(lambda: second.state == "cancelled", timeout=5000)
    assert first.asked is None and second.asked is None


def test_a_deaf_job_is_ended_when_cancelled(make, job, qtbot, monkeypatch):
    monkeypatch.setattr("core.jobs.process.end.__defaults__", (0.3,))
    jobs = make("""
signal.signal(signal.SIGTERM, signal.SIG_IGN)
say(events.Log(message="deaf"))
time.sleep(60)
""")
    run = jobs.start(job, "sample")
    qtbot.waitUntil(lambda: any(words == "deaf" for _, words in run.history.log), timeout=10_000)
    jobs.cancel(run)
    qtbot.waitUntil(lambda: run.state == "cancelled", timeout=5000)
    assert run.folder.process() is None


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_killed_job_fails_in_words(make, job, qtbot):
    jobs = make("""
print("reading image 17", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
""")
    with qtbot.waitSignal(jobs.ended, timeout=10_000):
        run = jobs.start(job, "sample")
    assert run.state == "failed"
    assert "out of memory" in run.history.end.message
    assert "reading image 17" in run.history.end.traceback


def test_a_job_that_cannot_start_says_so(tmp_path, job, qtbot):
    def spawn(folder: RunFolder) -> subprocess.Popen[bytes]:
        raise OSError("no more processes")

    jobs = JobList(tmp_path / "runs", spawn)
    with qtbot.waitSignal(jobs.ended, timeout=5000):
        run = jobs.start(job, "sample")
    assert run.state == "failed"
    assert "no more processes" in run.history.end.hint
    jobs.close()


def test_a_second_window_finds_the_run_that_is_alive(make, job, qtbot):
    first = make(UNTIL_ASKED)
    run = first.start(job, "sample")
    wait_for_word(qtbot, run)
    first.close()
    assert run.folder.process() is not None, "closing the window must not end its jobs"

    second = make("")
    qtbot.waitUntil(lambda: len(second.running()) == 1, timeout=5000)
    found = second.running()[0]
    assert found.history.stage == "Working"
    second.stop(found)
    qtbot.waitUntil(lambda: found.state == "stopped", timeout=5000)


def test_closing_sees_a_cancelled_run_to_its_end(make, job, qtbot):
    jobs = make(UNTIL_ASKED)
    run = jobs.start(job, "sample")
    wait_for_word(qtbot, run)
    jobs.cancel(run)
    jobs.close()
    assert run.folder.process() is None


def test_past_runs_are_listed_and_opened(make, job, qtbot):
    first = make("say(events.Done())")
    with qtbot.waitSignal(first.ended, timeout=10_000):
        path = first.start(job, "sample").folder.path
    first.close()

    second = make("")
    with qtbot.waitSignal(second.listed, timeout=5000) as listed:
        second.refresh()
    assert [(line.path, line.state) for line in listed.args[0]] == [(path, "done")]
    run = second.open(path)
    assert second.open(path) is run
    qtbot.waitUntil(lambda: run.loaded, timeout=5000)
    assert run.state == "done" and run.history.stage == "Working"


def test_a_run_that_died_unseen_is_told_when_opened(make, job, qtbot, tmp_path):
    jobs = make("")
    jobs.close()
    from core.runs.job import JobFile

    folder = RunFolder.create(tmp_path / "runs", "sample", JobFile(job=job, created=0.0, command=""))
    say = EventWriter(folder.events)
    say(events.Stage(name="Working"))
    say.close()

    run = (second := make("")).open(folder.path)
    qtbot.waitUntil(lambda: run.loaded, timeout=5000)
    assert run.state == "failed" and run.history.end.message
    assert second.running() == []


def test_a_stopped_training_goes_on_in_the_same_folder(make, qtbot, tmp_path):
    body = """
(folder.path / "checkpoints").mkdir(exist_ok=True)
(folder.checkpoints / "last.ckpt").touch()
plan = dict(epochs=3, steps_per_epoch=2, train_images=4, validation_images=1, device="cpu", precision="fp32",
            parameters=1, patience=0)
step = dict(losses={"total": 1.0}, learning_rate=0.1, images_per_second=1.0, memory_mb=1.0)
if folder.read_job().job.resume:
    say(events.Plan(first_epoch=2, **plan))
    for n in range(3, 7):
        say(events.Step(epoch=(n + 1) // 2, step=n, **step))
    say(events.Done())
else:
    say(events.Plan(**plan))
    for n in range(1, 5):
        say(events.Step(epoch=(n + 1) // 2, step=n, **step))
    say(events.Stopped())
"""
    jobs = make(body)
    job = TrainJob(recipe=find("rtmdet_inst_tiny"), dataset=str(tmp_path))
    with qtbot.waitSignal(jobs.ended, timeout=10_000):
        run = jobs.start(job, "rtmdet_inst_tiny")
    assert run.state == "stopped" and run.resumable
    with qtbot.waitSignal(jobs.ended, timeout=10_000):
        jobs.resume(run)
        assert run.state == "running"
    assert run.state == "done" and not run.resumable
    assert list(run.history.losses["total"].points()[0]) == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
    assert "--resume" in run.folder.read_job().command
