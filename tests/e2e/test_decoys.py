"""Nothing is imported from the folder that a person works in, nor from a run folder: both may come from anywhere.

Each folder here holds a decoy for every module of Python and of the environment, and for our own. A decoy that is
imported leaves its name in a file, whatever becomes of the process.
"""

import os
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import get_args

import pytest

from core import jobs, safe_path
from core.cli.commands import app as command
from core.execution import process
from core.jobs import AnyJob
from core.recipes.catalogue import find, with_settings
from core.runs.events import Done, Failed
from core.runs.folder import RunFolder
from core.runs.job_file import JobFile

ROOT = Path(__file__).parents[2]
BESIDE = Path(sys.executable).parent
QUICK = {"epochs": 1, "batch_size": 2, "input_size": 64, "pretrained": False, "workers": 1}


@pytest.fixture(scope="module")
def decoys(tmp_path_factory):
    """A folder of decoys, to be copied, and the file that they write into."""
    folder = tmp_path_factory.mktemp("decoys")
    imported = folder.with_name("imported")
    ours = {"core", "app", "resources", "sitecustomize", "usercustomize"}
    found = {name for name in packages_distributions() if name.isidentifier()}
    for name in sys.stdlib_module_names | found | ours:
        (folder / f"{name}.py").write_text(f"with open({str(imported)!r}, 'a') as file: file.write(__name__ + ' ')")
    return folder, imported


@pytest.fixture
def hostile(decoys, tmp_path, monkeypatch):
    """The working directory, full of decoys; at the end of the test none of them has been imported."""
    folder, imported = decoys
    here = tmp_path / "dataset"
    shutil.copytree(folder, here)
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("QT_QPA_PLATFORM", "there is no such platform")  # a window has imported all it begins with
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.chdir(here)
    yield here
    assert not imported.exists(), imported.read_text()


def start(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=300, check=False)


def test_decoys_are_imported_where_python_is_started_without_care(decoys, monkeypatch):
    folder, imported = decoys
    monkeypatch.chdir(folder)
    start(sys.executable, "-c", "import numpy")
    assert "numpy" in imported.read_text()
    imported.unlink()


VERBS = {
    "find": [],
    "train": ["nothing"],
    "probe": [".", "--recipe", "nothing"],
    "pause": ["nothing"],
    "stop": ["nothing"],
    "evaluate": ["nothing", "."],
    "predict": ["nothing", "."],
    "export": ["nothing", "--precision", "nothing"],
    "suggest": ["nothing", "."],
    "box-masks": ["nothing"],
    "rank": ["."],
    "sample": ["parts", "--train-images", "1", "--validation-images", "1", "--size", "64"],
    "check": ["nothing"],
    "preview": ["nothing"],
    "convert": ["nothing", "converted"],
    "split": ["nothing"],
    "stats": ["nothing"],
    "channels": ["nothing"],
    "find-pictures": ["nothing", "nothing"],
    "compare": ["nothing", "nothing"],
    "merge": ["nothing", "nothing"],
    "demo": [],
    "app": ["."],
}


def test_every_verb_is_tried():
    names = {verb.name or verb.callback.__name__ for verb in command.registered_commands}
    assert names == VERBS.keys()


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_imports_nothing_from_the_folder_it_is_typed_in(hostile, verb, monkeypatch):
    if verb == "demo":
        monkeypatch.setenv("MASKWRIGHT_HOME", str(hostile / "re.py"))  # no folder: it ends where it would write
    done = start(BESIDE / "maskwright", verb, *VERBS[verb])
    ends = {"find": 0, "sample": 0, "export": 2, "app": done.returncode or 1}
    assert done.returncode == ends.get(verb, 1), done.stderr
    assert (hostile / "parts" / "annotations").is_dir() == (verb == "sample"), "a relative path is the person's"


TORCHRUN = [sys.executable, "-P", "-m", "torch.distributed.run", "--nproc_per_node=1"]
ENTRIES = {
    "the window's command": [BESIDE / "maskwright-app", "."],
    "app": [sys.executable, "-m", "app", "."],
    "core.cli": [sys.executable, "-m", "core.cli", "find"],
    "the process of a job": [sys.executable, "-m", "app.entry", "job", "nothing"],
    "the starting weights": [sys.executable, ROOT / "packaging" / "make_starting_weights.py", "--help"],
    "torchrun": [*TORCHRUN, "--no-python", BESIDE / "maskwright", "train", "nothing"],
}


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_entry_imports_nothing_from_the_working_directory(hostile, entry, monkeypatch):
    (hostile / "core.py").unlink()  # ``python -m`` finds these before a line of ours is read, unless -P is given
    (hostile / "app.py").unlink()
    done = start(*ENTRIES[entry])
    assert "Error: No module" not in done.stderr, done.stderr


def test_with_a_safe_path_not_even_our_own_names_are_taken_from_there(hostile):
    assert start(sys.executable, "-P", "-m", "core.cli", "find").returncode == 0


def test_the_bootstrap_and_what_it_starts_import_nothing_from_the_working_directory(hostile, tmp_path):
    project = tmp_path / "project"
    shutil.copytree(ROOT / "packaging", project / "packaging")
    for name in ("packaging/locked.txt", "packaging/locked-dev.txt", "packaging/locked-source.txt", "pyproject.toml"):
        (project / name).write_text("")
    bootstrap = [sys.executable, project / "packaging" / "bootstrap.py"]
    made = start(*bootstrap, "app")
    assert "Making" in made.stdout and "Installing Maskwright itself failed" in made.stderr, "it is no project"
    assert start(*bootstrap, "app").returncode == 1, "now it asks whether the environment works"
    stamp = "import bootstrap; print(bootstrap.json.dumps(bootstrap.wanted_stamp(['runtime', 'source'])))"
    stated = subprocess.run([sys.executable, "-c", stamp], cwd=project / "packaging", capture_output=True, check=True)
    (project / ".venv" / "maskwright.json").write_bytes(stated.stdout)
    assert "No module named app" in start(*bootstrap, "app").stderr, "it was never installed there"


JOBS = [
    jobs.TrainJob(recipe=find("rtmdet_inst_tiny"), dataset="nothing"),
    jobs.ProbeJob(train=jobs.TrainJob(recipe=find("rtmdet_inst_tiny"), dataset="nothing")),
    jobs.EvaluateJob(model="nothing", dataset="nothing"),
    jobs.ExportJob(run="nothing"),
    jobs.PredictJob(model="nothing", images=("nothing",), output="nothing"),
    jobs.SuggestJob(model="nothing", dataset="nothing"),
    jobs.RankJob(dataset="nothing"),
    jobs.CheckJob(dataset="nothing"),
    jobs.PreviewJob(source="nothing"),
    jobs.ConvertJob(source="nothing", output="/dev/null/nothing"),
    jobs.SplitJob(dataset="nothing"),
    jobs.CompareJob(left="nothing", right="nothing"),
    jobs.MergeJob(datasets=("nothing", "nothing"), output="/dev/null/nothing"),
    jobs.BoxMasksJob(dataset="nothing"),
    jobs.FindPicturesJob(dataset="nothing", folder="nothing"),
    jobs.SampleJob(output="/dev/null/nothing"),
]


def run_in_hostile_folder(hostile: Path, job: AnyJob) -> RunFolder:
    """Start the job as the window does, in a run folder that holds decoys, and wait for its end."""
    folder = RunFolder(hostile)
    folder.write_job(JobFile(job=job, created=0.0, command=""))
    process.start(folder).wait(120)
    return folder


def test_every_kind_of_job_is_tried():
    assert {type(job) for job in JOBS} == set(get_args(AnyJob))


@pytest.mark.parametrize("job", JOBS, ids=lambda job: type(job).__name__)
def test_a_jobs_process_imports_nothing_from_its_run_folder(hostile, job):
    folder = run_in_hostile_folder(hostile, job)
    assert isinstance(folder.records()[-1].event, Failed), "it ends in the words of an error, after all it imports"


def test_neither_a_training_nor_its_loaders_import_anything_from_the_run_folder(hostile, sample):
    recipe = with_settings(find("rtmdet_inst_tiny"), QUICK)
    folder = run_in_hostile_folder(hostile, jobs.TrainJob(recipe=recipe, dataset=str(sample)))
    assert isinstance(folder.records()[-1].event, Done), folder.log.read_text()


def test_children_get_whole_paths_only(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["", "relative", str(BESIDE), "."]))
    assert safe_path.environment()["PYTHONPATH"].split(os.pathsep) == [str(ROOT), str(BESIDE)]


def test_a_relative_home_is_the_same_for_a_job(hostile, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_WEIGHTS", "weights")
    code = "import os, sys; sys.exit(os.environ['MASKWRIGHT_WEIGHTS'] != sys.argv[-1])"
    monkeypatch.setattr(
        safe_path, "own_command", lambda *_: [sys.executable, "-P", "-c", code, str(hostile / "weights")]
    )
    assert process.start(RunFolder(hostile)).wait(20) == 0
