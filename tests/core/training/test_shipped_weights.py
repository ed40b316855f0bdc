"""A training begins with the weights that ship where no others can be had."""

from dataclasses import replace

import torch
from safetensors import safe_open
from safetensors.torch import load_file

from core.models.rtmdet_inst import RTMDetInst
from core.models.weights.pretrained import obtain
from core.runs.control import ignore, never
from core.runs.events import Warning
from tests.core.training.pieces import of, run


def test_a_training_without_a_network_starts_from_what_ships(make_job, make_run, monkeypatch, tmp_path):
    monkeypatch.setenv("MASKWRIGHT_WEIGHTS", str(tmp_path))
    monkeypatch.delenv("MASKWRIGHT_MIRROR", raising=False)
    public = RTMDetInst.public_weights
    gone = replace(public["rtmdet_ins_tiny_coco"], url="http://127.0.0.1:9/coco-ec670f7e.pth")
    monkeypatch.setitem(public, "rtmdet_ins_tiny_coco", gone)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    folder = make_run(make_job(epochs=1, pretrained=True, learning_rate=1e-9, ema_decay=0.0))
    events = run(folder.read_job().job, folder)
    assert any("starting from the shapes that ship" in event.message.casefold() for event in of(Warning, events))
    kept = load_file(folder.checkpoints / "best.safetensors")["neck.out_convs.0.conv.weight"]
    with safe_open(obtain(RTMDetInst, ["rtmdet_inst_tiny_shapes"], ignore, never), "pt") as content:
        shipped = content.get_tensor("neck.out_convs.0.conv.weight").float()
    assert torch.allclose(kept, shipped, atol=1e-4)
