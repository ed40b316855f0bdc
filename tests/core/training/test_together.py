"""Two processes that train together, started by torchrun and by Lightning, as one would with a batch twice as large."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from core.recipes.catalogue import find, with_settings
from core.runs.events import Done, Epoch, Step
from core.runs.folder import RunFolder
from core.runs.job import JobFile, TrainJob
from tests.core.training.conftest import TINY

SCRIPT = Path(__file__).with_name("one_of_several.py")
ROOT = Path(__file__).parents[3]
SETTINGS = {"epochs": 2, "ema_decay": 0.5, "flip": 0.5, "scale_jitter": 0.2}
TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2")


def trained(folder: RunFolder, *launcher: str) -> RunFolder:
    done = subprocess.run(
        [sys.executable, *launcher, str(SCRIPT), str(folder.path)],
        cwd=ROOT,
        env={"PATH": "", "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "HOME": str(folder.path)},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def epochs(folder: RunFolder) -> list[dict[str, float]]:
    return [record.event.losses for record in folder.records() if isinstance(record.event, Epoch)]


@pytest.fixture(scope="module")
def alone(sample, tmp_path_factory) -> list[dict[str, float]]:
    """Losses of one process."""
    runs = tmp_path_factory.mktemp("runs")
    recipe = with_settings(find("rtmdet_inst_tiny"), TINY | SETTINGS | {"batch_size": 4})
    job = TrainJob(recipe=recipe, dataset=str(sample))
    return epochs(trained(RunFolder.create(runs, "alone", JobFile(job=job, created=0.0, command=""))))


@pytest.mark.parametrize("launcher", [TORCHRUN, ()], ids=["torchrun", "by itself"])
def test_two_processes_learn_what_one_does_with_twice_the_batch(alone, make_job, make_run, launcher):
    job = msgspec.structs.replace(make_job(batch_size=2, **SETTINGS), devices=2)
    both = trained(make_run(job), *launcher)
    assert len(alone) == 2
    for mine, theirs in zip(epochs(both), alone, strict=True):
        assert mine == pytest.approx(theirs, rel=1e-4)
    steps = [record.event.step for record in both.records() if isinstance(record.event, Step)]
    assert max(steps) == 6, "ten images, four at a time, twice"
    assert sum(isinstance(record.event, Done) for record in both.records()) == 1, "only one process speaks"
    assert both.has_model()
