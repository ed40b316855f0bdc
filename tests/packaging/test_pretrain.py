"""Pre-training: the command draws scenes, trains for the time given, and writes weights that a training starts from."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from starting_weights import CLASSES
from starting_weights.pool import make_pool
from starting_weights.pretrain import FLAT, LOWEST, WARMUP, examine, learning_rate

from core.models.rtmdet_inst import RTMDetInst
from core.models.segmenter import Target
from core.models.weights.pretrained import load_into, obtain
from core.runs.control import ignore, never

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pretraining")
    options = ["--minutes", "0.02", "--scenes", "6", "--batch", "2", "--pool", folder / "pool", "--seed", "3"]
    command = [
        sys.executable,
        ROOT / "packaging" / "make_starting_weights.py",
        *map(str, options),
        "--output",
        folder / "shapes.safetensors",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "mask AP" in done.stdout
    return folder / "shapes.safetensors"


def test_the_file_is_small_and_says_where_it_comes_from(file):
    assert file.stat().st_size <= 12_000_000
    with safe_open(file, "pt") as content:
        about = content.metadata()
        assert content.get_tensor("backbone.stem.0.conv.weight").dtype == torch.float16
    assert "procedural scenes" in about["source"] and "--seed 3" in about["command"] and about["seed"] == "3"
    assert about["classes"].split(",") == list(CLASSES)
    assert int(about["pictures"]) >= 2 and about["finished"] == "yes"


def test_a_training_for_other_classes_starts_from_it(file):
    torch.manual_seed(0)
    model = RTMDetInst(2)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    load_into(model, file, ["bolt", "nut"], ignore)
    state = model.state_dict()
    changed = {name for name in state if not torch.equal(state[name], before[name])}
    assert {"backbone.stem.0.conv.weight", "neck.out_convs.0.conv.weight", "head.kernels.0.weight"} <= changed
    assert not any(name.startswith("head.classes.") for name in changed)
    assert all(value.dtype != torch.float16 for value in state.values())
    masks = torch.zeros(1, 64, 64, dtype=torch.uint8)
    masks[:, 10:40, 8:50] = 1
    target = Target(torch.tensor([[8.0, 10, 50, 40]]), torch.tensor([1]), masks)
    losses = model.train().losses(torch.randn(2, 3, 64, 64), [target, target])
    sum(losses.values()).backward()
    assert all(np.isfinite(float(value.detach())) for value in losses.values())


def test_as_many_classes_of_other_names_start_afresh(file):
    names = [*"abcdefgh", "Ring"]
    assert len(names) == len(CLASSES)
    model = RTMDetInst(len(names))
    fresh = model.head.classes[0].weight.detach().clone()
    load_into(model, file, names, ignore)
    with safe_open(file, "pt") as content:
        known = content.get_tensor("head.classes.0.weight").float()
    loaded = model.head.classes[0].weight.detach()
    assert torch.equal(loaded[:-1], fresh[:-1])
    assert torch.equal(loaded[-1], known[CLASSES.index("ring")])


def test_the_learning_rate_follows_the_clock():
    assert learning_rate(1.0, 0, 0.0) == pytest.approx(1 / WARMUP)
    assert learning_rate(1.0, WARMUP, FLAT) == 1.0
    assert LOWEST < learning_rate(1.0, WARMUP, 0.8) < 1.0
    assert learning_rate(1.0, WARMUP, 1.0) == pytest.approx(LOWEST)


def test_what_ships_is_whole_small_and_made_from_scenes_only():
    path = obtain(RTMDetInst, ["rtmdet_inst_tiny_shapes"], ignore, never)
    assert path.stat().st_size <= 12_000_000
    with safe_open(path, "pt") as content:
        about = content.metadata()
    assert "procedural scenes" in about["source"] and about["licence"] == "Apache-2.0"
    assert "pretrain --minutes 81.5" in about["command"] and about["finished"] == "yes"


def test_what_ships_finds_things_in_scenes_it_never_saw(tmp_path):
    model = RTMDetInst(len(CLASSES))
    load_into(model, obtain(RTMDetInst, ["rtmdet_inst_tiny_shapes"], ignore, never), CLASSES, ignore)
    scores = examine(model, make_pool(tmp_path, 8, size=192, seed=987_654))
    assert scores.mask.ap50 > 0.15 and scores.box.ap50 > 0.15
