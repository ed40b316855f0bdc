"""The command: what it lists, which job its words mean, and what it says when they are wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from core.cli import run, running
from core.errors import UserError
from core.jobs import KINDS, AnyJob, EvaluateJob, ExportJob, PredictJob, RankJob, SampleJob, SuggestJob, TrainJob
from core.recipes.catalogue import catalogue, find, with_schedule, with_settings
from core.runs.control import Check, Report
from core.runs.events import Done, Terminal
from core.runs.folder import RunFolder, runs
from core.sample import make_sample

ROOT = Path(__file__).parents[3]

SAMPLE = "sample parts --train-images 2 --validation-images 1 --size 64"

pytestmark = pytest.mark.usefixtures("home")


def test_find_lists_every_recipe_with_what_it_costs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["find"]) == 0
    listed = capsys.readouterr().out
    for recipe in catalogue():
        assert recipe.name in listed and recipe.backbone in listed and recipe.good_for in listed
        assert f"{recipe.settings.input_size}²" in listed
    assert "44.40 M" in listed and "5.64 M" in listed


def test_find_lists_the_same_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["find", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in listed] == [recipe.name for recipe in catalogue()]
    assert all(one["parameters"] > 1e6 and one["gmac"] > 1 and one["input_size"] >= 64 for one in listed)


@pytest.mark.parametrize("verb", sorted({kind.kind() for kind in KINDS} | {"find", "stats", "channels"}))
def test_every_command_that_finds_or_makes_something_prints_json(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([verb, "--help"]) == 0
    assert "--json" in capsys.readouterr().out


def test_the_guide_names_the_commands_that_end_with_1_where_they_find_something() -> None:
    (line,) = [each for each in (ROOT / "docs/guide/terminal.md").read_text().splitlines() if each.startswith("| 1 |")]
    assert {kind.kind() for kind in KINDS if kind.finding} == {
        kind.kind() for kind in KINDS if f"`{kind.kind()}`" in line
    }


def test_json_is_all_that_a_job_prints_on_standard_output(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run([*SAMPLE.split(), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert Path(made["run"]).is_dir() and made["train_images"] == 2
    assert run(["rank", "parts", "--json"]) == 0
    ranked = json.loads(capsys.readouterr().out)
    assert Path(ranked["run"]).is_dir()
    picture = next((tmp_path / "parts").rglob("*.jpg"))
    (tmp_path / "elsewhere").mkdir()
    picture.rename(tmp_path / "elsewhere" / picture.name)
    assert run(["find-pictures", "parts", "elsewhere", "--json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)["found"]
    assert found["path"] == str(tmp_path / "elsewhere" / picture.name)


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


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot replace a process")
def test_app_opens_the_window_on_a_dataset(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []

    def become(program: str, command: list[str], environment: dict[str, str]) -> NoReturn:
        called.append(command)
        sys.exit(0)

    monkeypatch.setattr(os, "execve", become)
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
