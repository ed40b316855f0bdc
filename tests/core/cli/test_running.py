"""How a job that the command runs ends: exit codes, what is printed, and who may end or pause it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from core.cli import interrupts, parsing, run, running
from core.evaluation.scores import Metrics, Scores
from core.jobs import AnyJob
from core.runs.control import CancelRequested, Check, PauseRequested, Report, StopRequested
from core.runs.events import AnyEvent, Artifact, Cancelled, Done, Failed, Paused, Stage, Stopped, Terminal
from core.runs.folder import RunFolder, runs

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.usefixtures("home")


def _ending(monkeypatch: pytest.MonkeyPatch, end: Callable[[Check], Terminal]) -> None:
    monkeypatch.setattr(running, "execute", lambda job, folder, report, check: end(check))


def test_a_job_that_fails_says_why_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "nothing", "nowhere"]) == 1
    printed = capsys.readouterr().err
    assert printed.startswith("error: ") and "nowhere" in printed and printed.count("\n") == 1


@pytest.mark.parametrize(
    "line",
    [
        "train nowhere",
        "probe nowhere",
        "evaluate nothing nowhere",
        "export nothing",
        "predict nothing nowhere.png",
        "suggest nothing nowhere",
        "rank nowhere",
    ],
)
def test_what_fails_before_it_begins_leaves_no_run(line: str, home: Path) -> None:
    assert run(line.split()) == 1
    assert list(runs(home / "runs")) == []


def test_what_fails_at_its_work_or_by_a_fault_stays_listed(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    def execute(job: AnyJob, folder: RunFolder, report: Report, check: Check) -> Terminal:
        for event in said:
            report(event)
        assert isinstance(said[-1], Failed)
        return said[-1]

    monkeypatch.setattr(running, "execute", execute)
    said: list[AnyEvent] = [Artifact(kind="predictions", path="/out"), Failed(message="the disk is full")]
    assert run(["sample", "parts"]) == 1
    said = [Failed(message="KeyError", traceback="line 7")]
    assert run(["sample", "parts"]) == 3
    assert len(list(runs(home / "runs"))) == 2


def test_a_fault_is_code_3_and_its_traceback_is_for_who_asks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _ending(monkeypatch, lambda check: Failed(message="KeyError: 'x'", hint="A fault.", traceback="Traceback: line 7"))
    assert run(["sample", "parts"]) == 3
    printed = capsys.readouterr().err
    assert "KeyError" in printed and "--debug" in printed and "line 7" not in printed
    assert run(["sample", "parts", "--debug"]) == 3
    assert "line 7" in capsys.readouterr().err


def test_a_fault_before_the_job_begins_is_code_3_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(name: str) -> None:
        raise ZeroDivisionError("deep inside")

    monkeypatch.setattr(parsing, "find_recipe", broken)
    assert run(["train", "parts"]) == 3
    assert "deep inside" in (quiet := capsys.readouterr().err) and "Traceback" not in quiet
    assert run(["train", "parts", "--debug"]) == 3
    assert "Traceback" in capsys.readouterr().err


def _press(check: Check, times: int) -> Terminal:
    """What a job does when Ctrl-C is pressed while it works."""
    for _ in range(times):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.15)
    try:
        check()
    except StopRequested:
        return Stopped(summary={"map": 0.25})
    except CancelRequested:
        return Cancelled()
    return Done()


@pytest.mark.parametrize(("times", "code", "word"), [(0, 0, "Done"), (1, 0, "Stopped"), (2, 130, "Cancelled")])
def test_ctrl_c_once_stops_and_twice_cancels(
    times: int, code: int, word: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGINT)
    _ending(monkeypatch, lambda check: _press(check, times))
    assert run(["sample", "parts"]) == code
    assert word in capsys.readouterr().out
    assert signal.getsignal(signal.SIGINT) is before


def test_a_window_can_stop_what_the_command_runs(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setattr(interrupts, "_LOOK_EVERY", 0.0)

    def execute(job: AnyJob, folder: RunFolder, report: Report, check: Check) -> Terminal:
        assert folder.process() is not None
        report(Stage(name="Working"))
        check()
        folder.ask("cancel")
        with pytest.raises(CancelRequested):
            check()
        return Cancelled()

    monkeypatch.setattr(running, "execute", execute)
    assert run(["sample", "parts"]) == 130
    (folder,) = runs(home / "runs")
    assert [record.event for record in folder.records()] == [Stage(name="Working")]


AT_WORK = """
import psutil, sys, time
from pathlib import Path
from core.runs.events import Paused, Stopped
from core.runs.event_log import EventWriter
from core.runs.folder import RunFolder
from core.runs.lock import write_mark
folder = RunFolder(Path(sys.argv[1]))
write_mark(folder.path, psutil.Process())
print("ready", flush=True)
while not (asked := folder.asked()):
    time.sleep(0.02)
EventWriter(folder.events)(Paused(epoch=1, step=3) if asked == "pause" else Stopped())
"""


@pytest.mark.parametrize(("verb", "state"), [("pause", "Paused"), ("stop", "Stopped")])
def test_another_terminal_can_pause_and_stop(
    verb: str, state: str, jobs: list[AnyJob], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["train", "parts"]) == 0
    (folder,) = runs(home / "runs")
    assert run([verb, folder.name]) == 1
    assert "not running" in capsys.readouterr().err
    with subprocess.Popen(
        [sys.executable, "-c", AT_WORK, str(folder.path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout and child.stdout.readline() == "ready\n"
        assert run([verb, folder.name]) == 0
    assert f"{state}: {folder.path}" in capsys.readouterr().out


def test_only_a_training_can_be_paused(jobs: list[AnyJob], home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sample", "parts"]) == 0
    (folder,) = runs(home / "runs")
    assert run(["pause", str(folder.path)]) == 1
    assert "not a training" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGUSR1")
def test_sigusr1_pauses_and_the_command_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def end(check: Check) -> Terminal:
        os.kill(os.getpid(), signal.SIGUSR1)
        time.sleep(0.05)
        with pytest.raises(PauseRequested):
            check()
        return Paused(epoch=2, step=17)

    _ending(monkeypatch, end)
    assert run(["train", "parts"]) == 0
    (folder,) = runs(home / "runs")
    assert f"Paused at step 17. To go on: maskwright train --resume {folder.path}" in capsys.readouterr().out


def test_an_evaluation_ends_with_its_classes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = dict.fromkeys(Metrics.__struct_fields__[:12], 0.5)
    mask = Metrics(**numbers, per_class={"bolt": 0.75, "nut": 0.25})
    scores = Scores(mask=mask, box=mask, images=3)

    def execute(job: AnyJob, folder: RunFolder, report: Report, check: Check) -> Terminal:
        folder.report.mkdir()
        (folder.report / "scores.json").write_bytes(msgspec.json.encode(scores))
        return Done(summary={"map": 0.5, "images": 3})

    monkeypatch.setattr(running, "execute", execute)
    assert run(["evaluate", "model", "parts"]) == 0
    printed = capsys.readouterr().out
    assert "0.500" in printed
    assert printed.index("nut") < printed.index("bolt")


@pytest.mark.parametrize("line", [["pause"], ["stop"], ["train", "--resume"]])
def test_a_run_that_is_not_there_is_said_to_be_none_and_others_are_named(
    line: list[str], jobs: list[AnyJob], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*line, "norun"]) == 1
    assert "there is no run norun" in (said := capsys.readouterr().err) and "none in" in said
    assert run(["train", "parts"]) == 0
    (folder,) = runs(home / "runs")
    assert run([*line, "norun"]) == 1
    assert "there is no run norun" in (said := capsys.readouterr().err) and folder.name in said
