"""However a job ends, it is said once and in words."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import UserError
from core.execution import run
from core.jobs import AnyJob, ExportJob, SampleJob, TrainJob
from core.recipes.catalogue import find
from core.runs.control import CancelRequested, Check, PauseRequested, Report, StopRequested, never
from core.runs.events import TERMINAL, AnyEvent, Cancelled, Data, Done, Failed, Log, Paused, Stopped
from core.runs.fingerprint import Fingerprint
from core.runs.folder import RunFolder
from core.runs.job_file import JobFile


def folder_for(job: AnyJob, tmp_path: Path) -> RunFolder:
    folder = RunFolder.create(tmp_path, "job", JobFile(job=job, created=0.0, command=""))
    folder.checkpoints.mkdir()
    (folder.checkpoints / "last.ckpt").write_bytes(b"model")
    return folder


def ending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, job: AnyJob, end: Callable[[Report], None]
) -> list[AnyEvent]:
    """The events of a job whose work is ``end``."""

    def work(job: AnyJob, folder: RunFolder, report: Report, check: Check) -> None:
        end(report)

    monkeypatch.setattr(run, "resolve_name", lambda name: work)
    events: list[AnyEvent] = []
    terminal = run.execute(job, folder_for(job, tmp_path), events.append, never)
    assert [event for event in events if isinstance(event, TERMINAL)] == [terminal] == events[-1:]
    return events


def raising(error: Exception) -> Callable[[Report], None]:
    def end(report: Report) -> None:
        report(Log(message="at work"))
        raise error

    return end


TRAIN = TrainJob(recipe=find("rtmdet_inst_tiny"), dataset="/data")


def test_a_persons_mistake_is_told_without_a_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events = ending(tmp_path, monkeypatch, TRAIN, raising(UserError("no such folder", "choose another")))
    assert events == [Log(message="at work"), Failed(message="no such folder", hint="choose another")]


def test_a_bug_keeps_its_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = ending(tmp_path, monkeypatch, TRAIN, raising(ZeroDivisionError("division by zero")))[-1]
    assert isinstance(failed, Failed)
    assert failed.message == "ZeroDivisionError: division by zero"
    assert "test_run.py" in failed.traceback


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: you tried …"),
    ],
)
def test_too_little_memory_has_a_hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    failed = ending(tmp_path, monkeypatch, TRAIN, raising(error))[-1]
    assert isinstance(failed, Failed)
    assert "out of memory" in failed.message
    assert "smaller batch" in failed.hint


def test_stopping_keeps_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(ending(tmp_path, monkeypatch, TRAIN, raising(StopRequested()))[-1], Stopped)
    assert list(tmp_path.glob("*/checkpoints/last.ckpt"))


def test_a_training_that_is_paused_before_its_first_step_can_begin_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ending(tmp_path, monkeypatch, TRAIN, raising(PauseRequested()))[-1] == Paused(epoch=0, step=0)
    assert list(tmp_path.glob("*/checkpoints/last.ckpt"))


def test_a_job_that_cannot_go_on_later_is_stopped_when_paused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ending(tmp_path, monkeypatch, ExportJob(run=str(tmp_path)), raising(PauseRequested()))[-1] == Stopped()


def test_cancelling_a_training_leaves_its_job_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(ending(tmp_path, monkeypatch, TRAIN, raising(CancelRequested()))[-1], Cancelled)
    assert [path.name for path in tmp_path.glob("*/*")] == ["job.json"]


def test_cancelling_an_export_leaves_the_training_it_was_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ending(tmp_path, monkeypatch, ExportJob(run=str(tmp_path)), raising(CancelRequested()))
    assert list(tmp_path.glob("*/checkpoints/last.ckpt"))


def test_the_work_may_say_its_own_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def end(report: Report) -> None:
        report(Done(summary={"images": 3}))
        report(Log(message="one more thing"))

    assert ending(tmp_path, monkeypatch, TRAIN, end) == [Log(message="one more thing"), Done(summary={"images": 3})]


def test_a_real_job_is_done(tmp_path: Path) -> None:
    job = SampleJob(output=str(tmp_path / "sample"), train_images=2, validation_images=1, size=64)
    events: list[AnyEvent] = []
    assert isinstance(run.execute(job, folder_for(job, tmp_path), events.append, never), Done)
    assert len(list((tmp_path / "sample").rglob("*.jpg"))) == 3


@pytest.mark.parametrize(("process", "kept"), [("0", True), ("1", False)])
def test_the_data_of_a_job_is_kept_by_its_first_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, process: str, kept: bool
) -> None:
    monkeypatch.setenv("RANK", process)
    data = Data(fingerprint=Fingerprint("1f", "2e", {"annotations": 3}))
    train = TrainJob(recipe=find("rtmdet_inst_tiny"), dataset="/data", devices=2)
    events = ending(tmp_path, monkeypatch, train, lambda report: report(data))
    assert events[0] == data
    (path,) = tmp_path.iterdir()
    file = RunFolder(path).read_job()
    assert (file.fingerprint, file.dataset_hash) == ((data.fingerprint, "1f2e") if kept else (None, ""))
    assert file.job == train
