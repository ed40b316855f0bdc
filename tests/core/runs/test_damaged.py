"""Whatever lies in a run folder: it is named as damaged, or read as far as it goes, and hides no other run."""

import os
import random
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from core.errors import UserError
from core.jobs import TrainJob
from core.recipes.catalogue import find
from core.runs import events
from core.runs.event_log import EventWriter
from core.runs.folder import RunFolder, runs
from core.runs.history import RunHistory
from core.runs.job_file import describe
from core.runs.lock import is_at_work, write_mark
from core.runs.summary import DamagedRun, RunSummary, summarize
from core.runs.training_times import TrainingTimes

FILES = ("job.json", "events.jsonl", "control.jsonl", "process.json", "model.json", "log.txt", "lock", "checkpoints")
READ = ("job.json", "events.jsonl")
"""Without which nothing can be said of a run."""


def make(parent: Path) -> RunFolder:
    folder = RunFolder.create(parent, "run", describe(TrainJob(recipe=find("rtmdet_inst_tiny"), dataset="/d")))
    with EventWriter(folder.events) as write:
        write(events.Stage(name="Working"))
        write(events.Validation(epoch=1, map=0.5, map50=0.6, box_map=0.5, per_class={"é": 0.5}, best=True, seconds=1.0))
        write(events.Done(summary={"map": 0.5}))
    write_mark(folder.path, psutil.Process())
    folder.ask("pause")
    return folder


def listed(parent: Path) -> list[RunSummary | DamagedRun]:
    """As the window lists them."""
    found: list[RunSummary | DamagedRun] = []
    for run in runs(parent):
        try:
            found.append(summarize(run))
        except UserError as error:
            found.append(DamagedRun(run.path, error))
    return found


def look_into(folder: RunFolder) -> None:
    """All that is ever read of a run, without a fault."""
    RunHistory().add(folder.records())
    folder.asked()
    folder.process()
    is_at_work(folder.path)
    folder.read_model()
    folder.has_model()
    TrainingTimes().read(folder.path.parent)


def a_byte(path: Path) -> None:
    path.write_bytes(b'{"v": 1, "pid": 1, "name": "\xff"}\n')


def nothing(path: Path) -> None:
    path.write_bytes(b"")


def a_list(path: Path) -> None:
    path.write_bytes(b"[1, [2], null]")


def nested(path: Path) -> None:
    path.write_bytes(b'{"job":' + b"[" * 100_000)


def a_folder(path: Path) -> None:
    path.mkdir()


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def no_permission(path: Path) -> None:
    path.touch()
    path.chmod(0)


KINDS = [a_byte, nothing, a_list, nested, a_folder, a_pipe, a_link_to_itself]


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and links")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_run_hides_no_other(tmp_path: Path, name: str, kind: Callable[[Path], None]) -> None:
    first, damaged, last = (make(tmp_path) for _ in range(3))
    (damaged.path / name).unlink(missing_ok=True)
    kind(damaged.path / name)
    found = {line.path: line for line in listed(tmp_path)}
    assert found.keys() == {first.path, damaged.path, last.path}
    for folder in (first, last):
        line = found[folder.path]
        assert isinstance(line, RunSummary) and (line.state, line.best) == ("done", 0.5)
    line = found[damaged.path]
    if name == "job.json" or (name == "events.jsonl" and kind in (a_folder, a_pipe, a_link_to_itself)):
        assert isinstance(line, DamagedRun) and name in line.error.message
    else:
        assert isinstance(line, RunSummary)
    look_into(damaged)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="everything may be read")
@pytest.mark.parametrize("name", [*READ, ""])
def test_what_may_not_be_read_hides_no_other(tmp_path: Path, name: str) -> None:
    first, damaged = make(tmp_path), make(tmp_path)
    (damaged.path / name).chmod(0)
    found = {line.path: line for line in listed(tmp_path)}
    (damaged.path / name).chmod(0o700)
    assert isinstance(found[first.path], RunSummary) and isinstance(found[damaged.path], DamagedRun)


def test_a_run_that_lost_its_job_is_named(tmp_path: Path) -> None:
    folder = make(tmp_path)
    (folder.path / "job.json").unlink()
    (line,) = listed(tmp_path)
    assert isinstance(line, DamagedRun) and "job.json" in line.error.message
    (tmp_path / "notes.txt").touch()
    (tmp_path / "no run").mkdir()
    assert len(listed(tmp_path)) == 1


def test_a_line_that_cannot_be_read_does_not_hide_how_a_run_ended(tmp_path: Path) -> None:
    folder = make(tmp_path)
    with folder.events.open("ab") as file:
        file.write(b'{"v":1,"seq":9,"time":1,"event":{"type":"log","message":"\xff"}}\n{"v":2}\n\xff')
    line = summarize(folder)
    assert (line.state, line.best) == ("done", 0.5)
    assert folder.records()[-1].event == events.Done(summary={"map": 0.5})


def test_figures_that_no_run_has_are_skipped(tmp_path: Path) -> None:
    folder = make(tmp_path)
    content = folder.events.read_bytes()
    for old, new in (
        (b'"epoch":1', b'"epoch":' + b"9" * 400),
        (b'"time":', b'"time":9e300,"t":'),
        (b'"seq":', b'"seq":-'),
    ):
        assert old in content
        folder.events.write_bytes(content.replace(old, new))
        look_into(folder)
        assert len(folder.records()) < 3


def test_names_that_are_not_utf_8_are_written_and_read(tmp_path: Path) -> None:
    folder = make(tmp_path)
    with EventWriter(folder.events) as write:
        write(events.Warning(message="a\udcff.png cannot be read"))
        write(events.Log(message="more"))
    assert [record.event for record in folder.records()[-2:]] == [
        events.Warning(message="a\\xff.png cannot be read"),
        events.Log(message="more"),
    ]
    job = describe(TrainJob(recipe=find("rtmdet_inst_tiny"), dataset="/data\udcff/x"))
    with pytest.raises(UserError, match="UTF-8") as told:
        folder.write_job(job)
    assert "/data\\xff/x" in told.value.message


@pytest.mark.parametrize("seed", range(3))
def test_bytes_changed_at_random_hide_nothing(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    good, bad = make(tmp_path), make(tmp_path)
    originals = {name: (bad.path / name).read_bytes() for name in ("job.json", "events.jsonl", "process.json")}
    for _ in range(60):
        name = dice.choice(list(originals))
        data = bytearray(originals[name])
        for _ in range(dice.randint(1, 4)):
            place = dice.randrange(len(data))
            match dice.randrange(4):
                case 0:
                    data[place] = dice.randrange(256)
                case 1:
                    del data[place : place + dice.randint(1, 30)]
                case 2:
                    data[place:place] = dice.choice([b"\xff", b"null", b"-1", b"1e308", b"[[", b'"', b"\\ud800", b"\0"])
                case _:
                    data[place:] = data[place:][::-1]
            data = data or bytearray(b"x")
        (bad.path / name).write_bytes(bytes(data))
        assert {line.path for line in listed(tmp_path)} == {good.path, bad.path}
        look_into(bad)
        (bad.path / name).write_bytes(originals[name])
