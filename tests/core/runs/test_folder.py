"""The run folder: what is written can be read by another process, later, after a crash."""

import json
import os
import subprocess
import sys
import time
from datetime import date

import msgspec
import pytest

from core.errors import UserError
from core.execution import process
from core.jobs import SampleJob, TrainJob
from core.recipes.catalogue import find
from core.runs import events
from core.runs.event_log import EventTail, EventWriter, is_over
from core.runs.fingerprint import Fingerprint
from core.runs.folder import RunFolder, runs
from core.runs.job_file import JobFile


@pytest.fixture
def job() -> JobFile:
    train = TrainJob(recipe=find("rtmdet_inst_tiny"), dataset="/data/nuts")
    return JobFile(job=train, created=time.time(), command="maskwright train /data/nuts")


@pytest.fixture
def folder(tmp_path, job) -> RunFolder:
    return RunFolder.create(tmp_path, "rtmdet_inst_tiny", job)


def test_folders_are_numbered(tmp_path, job):
    names = [RunFolder.create(tmp_path, "rtmdet_inst_tiny", job).name for _ in range(3)]
    assert names == [f"{date.today().isoformat()}-rtmdet_inst_tiny-{n}" for n in (1, 2, 3)]
    assert {run.name for run in runs(tmp_path)} == set(names)


@pytest.mark.skipif(sys.platform == "win32", reason="links take rights there")
def test_a_link_that_leads_nowhere_is_no_place_for_runs(tmp_path, job):
    (tmp_path / "runs").symlink_to(tmp_path / "unplugged")
    with pytest.raises(UserError, match="no run folder can be made in"):
        RunFolder.create(tmp_path / "runs", "rtmdet_inst_tiny", job)


def test_the_job_reads_back(folder, job):
    assert RunFolder(folder.path).read_job() == job


def test_every_kind_of_job_reads_back(tmp_path):
    job = JobFile(job=SampleJob(output="/x", train_images=3, validation_images=1), created=1.0, command="")
    assert RunFolder.create(tmp_path, "sample", job).read_job().job == job.job


def test_a_folder_that_is_no_run_says_so(tmp_path):
    with pytest.raises(UserError, match=r"job\.json is not there"):
        RunFolder(tmp_path).read_job()


def test_a_place_that_cannot_be_written_is_a_clear_error(tmp_path, job):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="no run folder can be made"):
        RunFolder.create(tmp_path / "file", "x", job)


def say(folder: RunFolder, *said: events.AnyEvent) -> None:
    with EventWriter(folder.events) as write:
        for event in said:
            write(event)


ONE_OF_EACH = [
    events.Stage(name="Reading the dataset"),
    events.Progress(done=1, total=3, unit="images"),
    events.Data(fingerprint=Fingerprint("1f", "2e", {"train images": 4})),
    events.Plan(
        epochs=3, steps_per_epoch=2, train_images=4, validation_images=1, device="cpu", precision="bf16",
        parameters=5_638_000, patience=10,
    ),
    events.Step(
        epoch=1, step=1, losses={"total": 2.5}, learning_rate=1e-3, images_per_second=3.0, memory_mb=900.0
    ),
    events.Epoch(epoch=1, losses={"total": 2.0}, seconds=3.0),
    events.Validation(epoch=1, map=0.4, map50=0.7, box_map=0.41, per_class={"nut": 0.4}, best=True, seconds=1.0),
    events.SamplePredictions(epoch=1, files=["samples/epoch_0001_0.jpg"]),
    events.Checkpoint(path="checkpoints/best.safetensors", epoch=1, best=True),
    events.Eta(seconds=12.0, epochs_left=2, patience_left=10),
    events.Warning(message="3 images are missing"),
    events.Log(message="hello"),
    events.Artifact(kind="ir", path="export/fp16/model.xml"),
    events.Done(summary={"map": 0.4}),
    events.Estimate(
        seconds_per_step=0.5, seconds_per_epoch=60.0, seconds=600.0, memory_mb=900.0, memory_total_mb=8000.0,
        batch_size=4, small_objects=0.1, advice=["Tile."],
    ),
    events.Stopped(summary={}),
    events.Paused(epoch=2, step=7),
    events.Cancelled(),
    events.Failed(message="no", hint="yes", traceback=""),
]  # fmt: skip


def test_every_event_makes_the_trip(folder):
    assert {type(event) for event in ONE_OF_EACH} == set(events.AnyEvent.__args__)
    say(folder, *ONE_OF_EACH)
    records = folder.records()
    assert [record.event for record in records] == ONE_OF_EACH
    assert [record.seq for record in records] == list(range(1, len(ONE_OF_EACH) + 1))
    assert is_over(records)


def test_a_tail_returns_only_what_is_new_and_whole(folder):
    tail = EventTail(folder.events)
    assert tail.read() == []
    say(folder, events.Log(message="one"))
    assert [record.event for record in tail.read()] == [events.Log(message="one")]
    with folder.events.open("ab") as file:
        file.write(b'{"v":1,"seq":2,"time":0,"ev')
    assert tail.read() == []
    with folder.events.open("ab") as file:
        file.write(b'ent":{"type":"log","message":"two"}}\n')
    assert [record.event for record in tail.read()] == [events.Log(message="two")]


def test_what_a_newer_version_says_is_skipped(folder):
    say(folder, events.Log(message="one"))
    with folder.events.open("ab") as file:
        file.write(b'{"v":2,"seq":2,"time":0,"event":{"type":"hologram","x":1}}\n')
        file.write(b'{"v":2,"seq":3,"time":0,"event":{"type":"log","message":"three","color":"red"}}\n')
    assert [record.event for record in folder.records()] == [events.Log(message="one"), events.Log(message="three")]


def test_writing_goes_on_after_a_killed_writer(folder):
    say(folder, events.Log(message="one"))
    with folder.events.open("ab") as file:
        file.write(b'{"v":1,"seq":2,"ti')
    say(folder, events.Log(message="two"))
    records = folder.records()
    assert [record.event for record in records] == [events.Log(message="one"), events.Log(message="two")]
    assert [record.seq for record in records] == [1, 2]


@pytest.mark.skipif(sys.platform == "win32", reason="links of POSIX")
def test_a_run_folder_that_came_from_elsewhere_leads_nowhere_else(folder, tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("precious")
    for name in ("events.jsonl", "control.jsonl", "log.txt", "job.json", "process.json"):
        (folder.path / name).unlink(missing_ok=True)
        (folder.path / name).symlink_to(precious)
    folder.write_job(JobFile(job=SampleJob(output="/dev/null/nowhere"), created=1.0, command=""))
    folder.ask("stop")
    assert process.start(folder).wait(60) == 1
    assert isinstance(folder.records()[-1].event, events.Failed)
    assert precious.read_text() == "precious"


def test_what_is_said_while_the_disk_is_full_is_written_once_there_is_room(folder):
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with EventWriter(folder.events) as write:
        write(events.Log(message="one"))
        resource.setrlimit(resource.RLIMIT_FSIZE, (folder.events.stat().st_size + 10, before[1]))
        try:
            write(events.Log(message="two"))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert [record.event for record in folder.records()] == [events.Log(message="one")]
        write(events.Log(message="three"))
    assert [record.event.message for record in folder.records()] == ["one", "two", "three"]


def test_cancel_outweighs_stop_and_stop_outweighs_pause(folder):
    assert folder.asked() is None
    folder.ask("pause")
    assert folder.asked() == "pause"
    folder.ask("stop")
    folder.ask("pause")
    assert folder.asked() == "stop"
    folder.ask("cancel")
    folder.ask("stop")
    assert folder.asked() == "cancel"
    folder.forget_requests()
    assert folder.asked() is None


def test_requests_that_make_no_sense_are_not_heard(folder):
    lines = ['{"time": 1.0, "ask": "explode"}', '{"ask": "stop"}', '{"time": "now", "ask": "stop"}', "[", "7", ""]
    (folder.path / "control.jsonl").write_text("\n".join(lines))
    assert folder.asked() is None
    with (folder.path / "control.jsonl").open("a") as file:
        file.write("\n")
    folder.ask("pause")
    assert folder.asked() == "pause"


def test_a_live_process_is_found_and_a_dead_one_is_not(folder):
    assert folder.process() is None
    code = (
        "import psutil, sys; from pathlib import Path; from core.runs.lock import write_mark;"
        "write_mark(Path(sys.argv[1]), psutil.Process()); print('ready', flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(folder.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None and child.stdout.readline() == "ready\n"
    process = folder.process()
    assert process is not None and process.pid == child.pid
    child.communicate()
    assert folder.process() is None


def test_a_reused_pid_is_not_mistaken_for_the_run(folder):
    mark = {"pid": os.getpid(), "started": 1.0}
    (folder.path / "process.json").write_text(json.dumps(mark))
    assert folder.process() is None


def test_an_event_is_readable_json(folder):
    say(folder, events.Stage(name="Training"))
    line = json.loads(folder.events.read_text())
    assert line["event"] == {"type": "stage", "name": "Training"}
    assert msgspec.json.decode(folder.events.read_bytes(), type=events.Record).v == events.VERSION
