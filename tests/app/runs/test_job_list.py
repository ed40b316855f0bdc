"""The list of jobs against real processes that write a run folder; the heavy child itself is tested in core."""

import errno
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from app.runs.job_list import JobList
from core.jobs import SampleJob
from core.runs import events
from core.runs.folder import RunFolder
from tests.app.pieces import UNTIL_ASKED, child, make_run, train_job


@pytest.fixture
def job(tmp_path: Path) -> SampleJob:
    return SampleJob(output=str(tmp_path / "sample"), train_images=1, validation_images=1)


def wait_for_word(qtbot, run) -> None:
    qtbot.waitUntil(lambda: run.history.stage == "Working", timeout=10_000)


def test_events_of_a_job_arrive_and_it_ends(make_jobs, job, qtbot):
    jobs = make_jobs("""
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


def test_a_flood_of_events_comes_in_few_batches(make_jobs, job, qtbot):
    jobs = make_jobs("""
for n in range(2000):
    say(events.Progress(done=n, total=2000))
say(events.Done())
""")
    batches = []
    jobs.changed.connect(lambda run, records: batches.append(len(records)))
    with qtbot.waitSignal(jobs.ended, timeout=60_000):
        run = jobs.start(job, "sample")
    assert run.state == "done"
    assert sum(batches) >= 2000 and len(batches) <= 200


def test_stop_keeps_and_cancel_does_not(make_jobs, job, qtbot):
    jobs = make_jobs(UNTIL_ASKED)
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


def test_a_deaf_job_is_ended_when_cancelled(make_jobs, job, qtbot, monkeypatch):
    monkeypatch.setattr("core.execution.process.end.__defaults__", (0.3,))
    jobs = make_jobs("""
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
def test_a_killed_job_fails_in_words(make_jobs, job, qtbot):
    jobs = make_jobs("""
print("reading image 17", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
""")
    with qtbot.waitSignal(jobs.ended, timeout=10_000):
        run = jobs.start(job, "sample")
    assert run.state == "failed"
    assert "out of memory" in run.history.end.message
    assert "reading image 17" in run.history.end.traceback


def test_what_failed_before_it_began_is_there_until_the_window_closes(make_jobs, job, qtbot):
    jobs = make_jobs("""
say(events.Failed(message="/nope does not exist"))
""")
    with qtbot.waitSignal(jobs.ended, timeout=10_000):
        run = jobs.start(job, "sample")
    assert run.history.end.message == "/nope does not exist"
    assert run.folder.path.is_dir(), "its page shows it, and its log can be read"
    jobs.close()
    assert not run.folder.path.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_what_was_killed_before_it_said_anything_stays(make_jobs, job, qtbot):
    jobs = make_jobs("""
os.kill(os.getpid(), signal.SIGKILL)
""")
    with qtbot.waitSignal(jobs.ended, timeout=10_000):
        run = jobs.start(job, "sample")
    jobs.close()
    assert run.folder.path.is_dir()


def test_a_job_that_cannot_start_says_so(tmp_path, job, qtbot):
    def spawn(folder: RunFolder) -> subprocess.Popen[bytes]:
        raise OSError(errno.EPROTO, "no more processes")

    jobs = JobList(tmp_path / "runs", spawn)
    with qtbot.waitSignal(jobs.ended, timeout=5000):
        run = jobs.start(job, "sample")
    assert run.state == "failed"
    assert "no more processes" in run.history.end.hint
    jobs.close()


def test_a_second_window_finds_the_run_that_is_alive(make_jobs, job, qtbot):
    first = make_jobs(UNTIL_ASKED)
    run = first.start(job, "sample")
    wait_for_word(qtbot, run)
    first.close()
    assert run.folder.process() is not None, "closing the window must not end its jobs"

    second = make_jobs("")
    qtbot.waitUntil(lambda: len(second.running()) == 1, timeout=5000)
    found = second.running()[0]
    assert found.history.stage == "Working"
    second.stop(found)
    qtbot.waitUntil(lambda: found.state == "stopped", timeout=5000)


def test_closing_sees_a_cancelled_run_to_its_end(make_jobs, job, qtbot):
    jobs = make_jobs(UNTIL_ASKED)
    run = jobs.start(job, "sample")
    wait_for_word(qtbot, run)
    jobs.cancel(run)
    jobs.close()
    assert run.folder.process() is None


def test_past_runs_are_listed_and_opened(make_jobs, job, qtbot):
    first = make_jobs("say(events.Done())")
    with qtbot.waitSignal(first.ended, timeout=10_000):
        path = first.start(job, "sample").folder.path
    first.close()

    (path.parent / "no run").mkdir()
    (path.parent / "no run" / "job.json").write_text("{}")
    second = make_jobs("")
    with qtbot.waitSignal(second.listed, timeout=5000) as listed:
        second.refresh()
    assert [(line.path, line.state) for line in listed.args[0]] == [(path, "done")]
    run = second.open(path)
    assert second.open(path) is run
    qtbot.waitUntil(lambda: run.loaded, timeout=5000)
    assert run.state == "done" and run.history.stage == "Working"


def test_a_run_that_died_unseen_is_told_when_opened(make_jobs, job, qtbot, tmp_path):
    folder = make_run(tmp_path / "runs", job, events.Stage(name="Working"))
    run = (second := make_jobs("")).open(folder.path)
    qtbot.waitUntil(lambda: run.loaded, timeout=5000)
    assert run.state == "failed" and run.history.end.message
    assert second.running() == []


def test_a_stopped_training_goes_on_in_the_same_folder(make_jobs, qtbot, dataset_folder):
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
    jobs = make_jobs(body)
    with qtbot.waitSignal(jobs.ended, timeout=10_000):
        run = jobs.start(train_job(dataset_folder), "rtmdet_inst_tiny")
    assert run.state == "stopped" and run.resumable
    with qtbot.waitSignal(jobs.ended, timeout=10_000):
        jobs.resume(run)
        assert run.state == "running"
    assert run.state == "done" and not run.resumable
    assert list(run.history.losses["total"].points()[0]) == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
    assert "--resume" in run.folder.read_job().command


def test_a_process_that_takes_long_to_exit_keeps_the_window_from_no_other_run(make_jobs, job, qtbot, dataset_folder):
    jobs = make_jobs("""
def wait_for(name):
    while not (folder.path / name).exists():
        time.sleep(0.01)
if type(folder.read_job().job).__name__ == "SampleJob":
    wait_for("speak")
    say(events.Done())
elif folder.read_job().job.resume:
    say(events.Done())
else:
    (folder.path / "checkpoints").mkdir(exist_ok=True)
    (folder.checkpoints / "last.ckpt").touch()
    say(events.Paused(epoch=1, step=1))
    wait_for("exit")
""")
    other = jobs.start(job, "sample")
    training = jobs.start(train_job(dataset_folder), "rtmdet_inst_tiny")
    qtbot.waitUntil(lambda: training.state == "paused", timeout=10_000)
    jobs.resume(training)
    (other.folder.path / "speak").touch()
    qtbot.waitUntil(lambda: other.state == "done", timeout=5000)
    assert not training.folder.read_job().job.resume, "two processes in one folder"
    (training.folder.path / "exit").touch()
    qtbot.waitUntil(lambda: training.state == "done", timeout=10_000)


def test_a_run_that_is_resumed_elsewhere_is_followed_again(make_jobs, qtbot, tmp_path):
    folder = make_run(tmp_path / "runs", train_job(tmp_path), events.Stage(name="Training"), events.Stopped())
    jobs = make_jobs()
    run = jobs.open(folder.path)
    qtbot.waitUntil(lambda: run.state == "stopped", timeout=5000)
    elsewhere = child(UNTIL_ASKED)(folder)
    qtbot.waitUntil(lambda: len(folder.records()) == 3, timeout=10_000)
    jobs.refresh()
    qtbot.waitUntil(lambda: run.state == "running" and run.history.stage == "Working", timeout=5000)
    jobs.stop(run)
    qtbot.waitUntil(lambda: run.state == "stopped", timeout=5000)
    elsewhere.wait()


def test_a_living_run_is_not_told_dead_by_a_window_whatever_the_clock_says(make_jobs, job, qtbot):
    first = make_jobs(UNTIL_ASKED)
    run = first.start(job, "sample")
    wait_for_word(qtbot, run)
    first.close()
    mark = run.folder.path / "process.json"
    mark.write_bytes(msgspec.json.encode(msgspec.json.decode(mark.read_bytes()) | {"started": time.time() - 7200}))
    second = make_jobs("")
    qtbot.waitUntil(lambda: len(second.running()) == 1, timeout=5000)
    assert not any(isinstance(record.event, events.Failed) for record in run.folder.records())
    second.stop(second.running()[0])
    qtbot.waitUntil(lambda: not second.running(), timeout=5000)
    assert run.folder.records()[-1].event == events.Stopped(summary={"map": 0.5})


def test_two_windows_that_resume_at_once_start_one_process(make_jobs, qtbot, tmp_path, dataset_folder):
    folder = make_run(tmp_path / "runs", train_job(dataset_folder), events.Paused(epoch=1, step=1))
    windows = [make_jobs(UNTIL_ASKED) for _ in range(2)]
    runs = [jobs.open(folder.path) for jobs in windows]
    qtbot.waitUntil(lambda: all(run.state == "paused" for run in runs), timeout=5000)
    for jobs, run in zip(windows, runs, strict=True):
        jobs.resume(run)
    qtbot.waitUntil(lambda: all(run.history.stage == "Working" for run in runs), timeout=10_000)
    assert [record.event for record in folder.records()].count(events.Stage(name="Working")) == 1
    windows[0].stop(runs[0])
    qtbot.waitUntil(lambda: all(run.state == "stopped" for run in runs), timeout=10_000)


def test_a_run_whose_folder_is_deleted_has_failed(make_jobs, job, qtbot):
    jobs = make_jobs("shutil = __import__('shutil'); time.sleep(0.5); shutil.rmtree(folder.path); os._exit(1)")
    with qtbot.waitSignal(jobs.ended, timeout=10_000):
        run = jobs.start(job, "sample")
    assert run.state == "failed" and jobs.running() == [] and not run.folder.path.exists()
