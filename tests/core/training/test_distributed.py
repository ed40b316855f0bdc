"""Two processes that train together, started by torchrun and by Lightning, as one would with a batch twice as large."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import torch
from torch import nn

from core.models import build
from core.models.rtmdet_inst import RTMDetInst
from core.runs.events import Done, Epoch, Step, Warning
from core.runs.folder import RunFolder
from core.runs.job_file import JobFile
from core.training.distributed import SharedNorms
from tests.core.training import one_of_several
from tests.core.training.conftest import job_for
from tests.core.training.pieces import dataset, of, run

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
    """Losses of one process: this one."""
    job = job_for(sample, **SETTINGS, batch_size=4)
    folder = RunFolder.create(tmp_path_factory.mktemp("runs"), "alone", JobFile(job=job, created=0.0, command=""))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RTMDetInst, "train", one_of_several.train)
        return [event.losses for event in of(Epoch, run(job, folder))]


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


def test_an_image_that_one_of_two_cannot_read_and_a_checkpoint_that_cannot_be_written_end_nothing(
    make_job, make_run, tmp_path
):
    data = dataset(tmp_path / "d", 4, 1)
    (data / "images" / "train" / "train_2.png").write_bytes(b"\x89PNG nothing more")
    job = msgspec.structs.replace(make_job(data, batch_size=1, epochs=2), devices=2)
    folder = make_run(job)
    (folder.checkpoints / "last.ckpt").mkdir(parents=True)
    events = [record.event for record in trained(folder).records()]
    assert any("No checkpoint to resume from" in event.message for event in events if isinstance(event, Warning))
    assert isinstance(events[-1], Done)
    assert events[-1].summary["steps"] == 4, "four images, two at a time, twice"


@pytest.mark.parametrize("architecture", ["mask_rcnn_efficientnet_b2b", "mask_rcnn_resnet50_v2"])
def test_norms_that_several_gpus_share_leave_the_network_what_it_is(architecture):
    network = build(architecture, 2).eval()
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        alone = network.backbone(image)
        shared = SharedNorms().revert(SharedNorms().apply(network))
        assert any(isinstance(module, nn.SyncBatchNorm) for module in shared.modules())
        for level, features in shared.backbone(image).items():
            assert torch.equal(features, alone[level])
    shared.freeze_pretrained()
    norms = [module for module in shared.train().backbone.body.modules() if isinstance(module, nn.SyncBatchNorm)]
    assert not any(norm.training for norm in norms)
