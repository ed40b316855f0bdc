"""The command: what it lists, which job its words mean, how it ends, and what it says when something is wrong."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from core.cli import interrupts, parsing, run, running
from core.errors import UserError
from core.evaluation.scores import Metrics, Scores
from core.jobs import AnyJob, EvaluateJob, ExportJob, PredictJob, RankJob, SampleJob, SuggestJob, TrainJob
from core.recipes.catalogue import catalogue, find, with_schedule, with_settings
from core.runs.control import CancelRequested, Check, PauseRequested, Report, StopRequested
from core.runs.events import AnyEvent, Artifact, Cancelled, Done, Failed, Paused, Stage, Stopped, Terminal
from core.runs.folder import RunFolder, runs
from core.sample import make_sample

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[AnyJob]:
    """The jobs that were started; none is done."""
    started: list[AnyJob] = []

    def execute(job: AnyJob, folder: RunFolder, report: Report, check: Check) -> Terminal:
        started.append(job)
        return Done(summary={"map": 0.5})

    monkeypatch.setattr(running, "execute", execute)
    monkeypatch.setattr(running, "per_class", lambda scores: "")
    monkeypatch.setattr(running, "_scores", lambda folder: None)
    return started


def _ending(monkeypatch: pytest.MonkeyPatch, end: Callable[[Check], Terminal]) -> None:
    monkeypatch.setattr(running, "execute", lambda job, folder, report, check: end(check))


def test_find_lists_every_recipe_with_what_it_costs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["find"]) == 0
    listed = capsys.readouterr().out
    for recipe in catalogue():
        assert recipe.name in listed and recipe.backbone in listed and recipe.good_for in listed
        assert f"{recipe.settings.input_size}²" in listed
    assert "44.40 M" in listed and "5.64 M" in listed


def test_find_loads_nothing_heavy() -> None:
    code = (
        "import sys; from core.cli import run; code = run(['find']);"
        "heavy = {'torch', 'openvino', 'cv2', 'PySide6', 'numpy', 'datumaro'} & set(sys.modules);"
        "sys.exit(f'loaded {heavy}' if heavy else code)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def test_help_names_the_verbs_and_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    page = capsys.readouterr().out
    for verb in ("find", "train", "pause", "stop", "evaluate", "predict", "export", "sample", "demo", "app"):
        assert f" {verb} " in page
    assert "130 cancelled" in page


JOBS = [
    TrainJob(recipe=find("rtmdet_inst_tiny"), dataset="/data/set"),
    TrainJob(
        recipe=with_settings(find("maskrcnn_resnet50"), {"epochs": 7, "pretrained": False, "decay": "cosine"}),
        dataset="/data/my set",
        validation_fraction=0.3,
        weights="/w/best.safetensors",
    ),
    TrainJob(recipe=with_schedule(find("rtmdet_inst_tiny"), "classic"), dataset="/data/set"),
    TrainJob(recipe=with_settings(with_schedule(find("maskrcnn_resnet50"), "classic"), {"epochs": 7}), dataset="/d"),
    EvaluateJob(model="/runs/one", dataset="/data/set", split="test"),
    PredictJob(model="/runs/one/model.xml", images=("/a.png", "/b/*.jpg"), output="/out", confidence=0.5),
    ExportJob(run="/runs/one", precision="fp32", dataset="/data/set", measure=False),
    ExportJob(run="/runs/one"),
    SuggestJob(model="/runs/one", dataset="/data", confidence=0.4),
    SuggestJob(model="/runs/one", dataset="/data", all=True, images=("a b.png", "-c.png")),
    RankJob(dataset="/data"),
    RankJob(dataset="/data", model="/runs/one"),
    SampleJob(output="/sample", train_images=5, validation_images=2, seed=3, size=96),
]


@pytest.mark.parametrize("job", JOBS, ids=lambda job: type(job).__name__)
def test_a_jobs_own_command_means_that_job(job: AnyJob, jobs: list[AnyJob], home: Path) -> None:
    assert run(job.arguments()) == 0
    assert jobs == [job]
    (folder,) = runs(home / "runs")
    assert folder.read_job().job == job


def test_shortcuts_settings_and_relative_paths(jobs: list[AnyJob], tmp_path: Path) -> None:
    line = "train parts --epochs 3 --batch-size 2 --input-size 128 --set flip=0 --set optimizer=sgd --runs here"
    assert run(line.split()) == 0
    (job,) = jobs
    assert isinstance(job, TrainJob) and job.dataset == str(tmp_path / "parts")
    settings = job.recipe.settings
    assert (settings.epochs, settings.batch_size, settings.input_size) == (3, 2, 128)
    assert (settings.flip, settings.optimizer) == (0, "sgd")
    (folder,) = runs(tmp_path / "here")
    assert (folder.report / "curves.png").is_file()


def test_a_run_is_found_by_its_name_and_resumed_in_its_folder(jobs: list[AnyJob], home: Path) -> None:
    make_sample(Path("parts"), 2, 1, size=64)
    assert run(["train", "parts", "--epochs", "3"]) == 0
    (folder,) = runs(home / "runs")
    assert run(["train", "--resume", folder.name]) == 0
    resumed = jobs[-1]
    assert isinstance(resumed, TrainJob) and resumed.resume and resumed.recipe.settings.epochs == 3
    assert len(list(runs(home / "runs"))) == 1
    assert run(["export", folder.name]) == 0
    exported = jobs[-1]
    assert isinstance(exported, ExportJob) and exported.run == str(folder.path)


def test_a_dataset_that_has_moved_is_named(jobs: list[AnyJob], home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_sample(Path("parts"), 2, 1, size=64)
    assert run(["train", "parts", "--epochs", "3"]) == 0
    (folder,) = runs(home / "runs")
    Path("parts").rename("elsewhere")
    before = folder.read_job()
    assert run(["train", "--resume", folder.name]) == 1
    assert "--data" in capsys.readouterr().err and folder.read_job() == before and len(jobs) == 1
    assert run(["train", "--resume", folder.name, "--data", "elsewhere"]) == 0
    resumed = jobs[-1]
    assert isinstance(resumed, TrainJob) and resumed.dataset == str(Path("elsewhere").absolute())
    assert run(["train", "elsewhere", "--data", "elsewhere"]) == 2


def test_what_cannot_be_resumed_is_said(jobs: list[AnyJob], home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "--resume", "nowhere"]) == 1
    assert run(["sample", "parts"]) == 0
    (folder,) = runs(home / "runs")
    assert run(["train", "--resume", str(folder.path)]) == 1
    assert "not a training" in capsys.readouterr().err
    assert run(["train", "--resume", str(folder.path), "parts"]) == 2
    assert run(["train", "--resume", str(folder.path), "--schedule", "classic"]) == 2


def test_a_training_that_is_done_goes_on_only_with_more_epochs(
    monkeypatch: pytest.MonkeyPatch, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done: list[AnyJob] = []

    def execute(job: AnyJob, folder: RunFolder, report: Report, check: Check) -> Terminal:
        done.append(job)
        report(Done())
        return Done()

    monkeypatch.setattr(running, "execute", execute)
    make_sample(Path("parts"), 2, 1, size=64)
    assert run(["train", "parts", "--epochs", "3"]) == 0
    (folder,) = runs(home / "runs")
    assert run(["train", "--resume", folder.name]) == 1
    assert "--epochs" in capsys.readouterr().err
    assert run(["train", "--resume", folder.name, "--set", "batch_size=8"]) == 1
    assert "keeps its batch_size" in capsys.readouterr().err
    assert run(["train", "--resume", folder.name, "--epochs", "8", "--set", "stop_after_minutes=5"]) == 0
    resumed = done[-1]
    assert isinstance(resumed, TrainJob) and resumed.resume
    assert (resumed.recipe.settings.epochs, resumed.recipe.settings.stop_after_minutes) == (8, 5)
    assert folder.read_job().job == resumed
    assert folder.read_job().command.endswith("--set stop_after_minutes=5 --set epochs=8")


@pytest.mark.parametrize(
    "line",
    ["nonsense", "train", "train x --epochs many", "train x --set epochs", "predict m", "export r --precision int8"],
)
def test_wrong_usage_is_code_2(line: str, jobs: list[AnyJob], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(line.split()) == 2
    assert capsys.readouterr().err and not jobs


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("train x --recipe nothing", "nothing"),
        ("train x --set color=1", "color"),
        ("train x --epochs 0", "epochs"),
        ("train x --recipe missing.yaml", "missing.yaml"),
    ],
)
def test_a_persons_mistake_is_one_line_and_code_1(
    line: str, named: str, jobs: list[AnyJob], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(line.split()) == 1
    printed = capsys.readouterr().err
    assert printed.startswith("error: ") and named in printed and printed.count("\n") == 1
    assert not jobs


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["train", "~nobody-of-this-name/x"], "~nobody-of-this-name/x"),
        (["predict", "model", "~nobody-of-this-name/x.png"], "~nobody-of-this-name/x.png"),
        (["train", "x", "--runs", "~nobody-of-this-name"], "~nobody-of-this-name"),
        (["train", "x", "--weights", "w" * 300], "www is too long"),
        (["evaluate", "m" * 300, "x"], "mmm is too long"),
        (["train", "x", "--runs", "r" * 300], "choose another folder with --runs"),
        (["train", "x", "--recipe", "r" * 300 + ".yaml"], "rrr.yaml is too long"),
        (["predict", "model", "caf\udce9.png"], "is not UTF-8"),
        (["stop", "s" * 300], "sss is too long"),
    ],
)
def test_a_path_that_means_nothing_is_said(
    words: list[str], named: str, jobs: list[AnyJob], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 1
    printed = capsys.readouterr().err
    assert named in printed and printed.count("\n") == 1 and not jobs


def test_without_a_home_it_is_said_how_to_have_one(
    monkeypatch: pytest.MonkeyPatch, jobs: list[AnyJob], capsys: pytest.CaptureFixture[str]
) -> None:
    def unknown(number: int) -> None:
        raise KeyError(f"uid not found: {number}")

    monkeypatch.delenv("MASKWRIGHT_HOME")
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", unknown)
    assert run(["train", "x"]) == 1
    assert "MASKWRIGHT_HOME" in capsys.readouterr().err and not jobs
    assert run(["find"]) == 0


def test_in_a_folder_that_was_deleted_whole_paths_are_enough(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert run(["sample", "parts"]) == 1
    assert "parts cannot be found" in capsys.readouterr().err
    assert run(["sample", str(tmp_path / "parts"), *SAMPLE.split()[2:]]) == 0
    assert Path.cwd() == Path("/")  # where libraries can be loaded


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


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGUSR1")
def test_a_pause_that_is_asked_for_in_the_first_moment_is_not_its_end(tmp_path: Path) -> None:
    line = "import os, signal, core.cli as cli, sys; sys.argv[1:] = ['sample', 'parts', '--train-images', '5000']; "
    line += "load = cli.run; cli.run = lambda words: (os.kill(os.getpid(), signal.SIGUSR1), load(words))[1]; cli.main()"
    command = [sys.executable, "-P", "-c", line]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert b"Stopped" in done.stdout, "what is no training cannot be paused, but it is ended, and keeps what it has"


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


def test_app_opens_the_window_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []

    def start(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        called.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", start)
    monkeypatch.setenv("DISPLAY", ":0")
    assert run(["app", "parts"]) == 0
    assert called == [[sys.executable, "-P", "-m", "app.entry", "window", str(Path("parts").absolute())]]


@pytest.mark.skipif(sys.platform != "linux", reason="others always have a display")
def test_without_a_display_it_is_said_that_there_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert run(["app"]) == 1
    assert "no display" in capsys.readouterr().err


def test_a_sample_made_by_the_command_is_a_dataset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["sample", "parts", "--train-images", "2", "--validation-images", "1", "--size", "64"]
    done = subprocess.run(
        [sys.executable, "-m", "core.cli", *line],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Making the sample" in done.stdout
    written = json.loads((tmp_path / "parts" / "annotations" / "instances_train.json").read_text())
    assert len(written["images"]) == 2


SAMPLE = "sample parts --train-images 2 --validation-images 1 --size 64"


@pytest.mark.skipif(sys.platform == "win32", reason="shell and devices of POSIX")
@pytest.mark.parametrize(
    ("line", "code", "complaint"),
    [
        (f"{SAMPLE} | head -1", 0, ""),
        (f"{SAMPLE} >/dev/full 2>&-", 0, ""),
        ("evaluate nothing nowhere 2>/dev/full", 1, ""),
        ("find >/dev/full", 1, "cannot be written"),  # nothing but the list was wanted
    ],
)
def test_the_exit_code_is_of_the_work_whatever_becomes_of_what_is_shown(
    line: str, code: int, complaint: str, tmp_path: Path
) -> None:
    ended = subprocess.run(
        ["bash", "-c", f'"{sys.executable}" -m core.cli {line}; exit ${{PIPESTATUS[0]}}'],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (ended.returncode, complaint in ended.stderr, "\n" in ended.stderr) == (code, True, bool(complaint))
    assert (tmp_path / "parts" / "annotations").is_dir() == line.startswith("sample")


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
def test_a_job_goes_on_when_its_terminal_is_gone(tmp_path: Path, home: Path) -> None:
    terminal, end = os.openpty()
    job = subprocess.Popen(
        [sys.executable, "-m", "core.cli", *SAMPLE.split()],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=end,
        stdout=end,
        stderr=end,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY),
    )
    os.close(end)
    assert os.read(terminal, 1)  # it has begun to show something
    os.close(terminal)  # which sends SIGHUP, and lets nothing be written any more
    assert job.wait(30) == 0
    (folder,) = runs(home / "runs")
    assert isinstance(folder.records()[-1].event, Done)


def test_the_demo_prints_its_figures_and_pictures(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from core.cli import demonstration
    from core.demo import DemoResult

    outcome = DemoResult(
        tmp_path / "sample", RunFolder(tmp_path / "run"), {"Mask mAP50": "0.812"}, [tmp_path / "a.png"]
    )
    monkeypatch.setattr(demonstration, "demo", lambda report, check: outcome)
    assert run(["demo", "--no-window"]) == 0
    printed = capsys.readouterr().out
    assert "0.812" in printed and str(tmp_path / "a.png") in printed

    def failing(report: Report, check: Check) -> DemoResult:
        raise UserError("no room on the disk", "free some")

    monkeypatch.setattr(demonstration, "demo", failing)
    assert run(["demo", "--no-window"]) == 1
    assert "error: no room on the disk (free some)" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there all names are letters")
def test_of_pictures_to_predict_on_those_whose_names_are_not_utf_8_are_left_out(
    jobs: list[AnyJob], capsys: pytest.CaptureFixture[str]
) -> None:
    bad = os.fsdecode(b"b\xff.png")
    assert run(["predict", "model", "a.png", bad, "c.png"]) == 0
    assert r"b\xff.png is left out" in capsys.readouterr().err
    predict = jobs[-1]
    assert isinstance(predict, PredictJob) and [Path(image).name for image in predict.images] == ["a.png", "c.png"]
    assert run(["predict", "model", bad]) == 1
    assert "rename it" in capsys.readouterr().err
