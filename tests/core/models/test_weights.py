"""Weights from files: every format people have, into the network they are for, and nothing executed on the way."""

import re
import sys
import types
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torchvision.models import resnet50
from torchvision.models.detection import maskrcnn_resnet50_fpn
from torchvision.ops import FrozenBatchNorm2d

from core.errors import UserError
from core.models import build, weights_file
from core.models.mask_rcnn import MaskRCNN
from core.models.pretrained import load_into
from core.models.weights_file import read_tensors

FIRST_NAMES = (
    (r"rpn\.head\.conv\.0\.0\.", "rpn.head.conv."),
    (r"(inner|layer)_blocks\.(\d)\.0\.", r"\1_blocks.\2."),
    (r"mask_head\.(\d)\.0\.", lambda found: f"mask_head.mask_fcn{int(found[1]) + 1}."),
)
"""Our names, and torchvision's, back to those in the checkpoint it published in 2019."""


def _published_coco() -> dict[str, Tensor]:
    """Random weights as in torchvision's file: 91 labels, statistics frozen, its first names."""
    torch.manual_seed(0)
    state = {}
    for name, tensor in maskrcnn_resnet50_fpn(weights=None, weights_backbone=None).state_dict().items():
        for pattern, first in FIRST_NAMES:
            name = re.sub(pattern, first, name)  # type: ignore[call-overload]
        if not name.endswith("num_batches_tracked"):
            state[name] = tensor.uniform_(1e-5, 1e-3) if tensor.ndim == 1 else tensor
    return state


def _without_epsilon(state: dict[str, Tensor]) -> nn.Module:
    """The body as torchvision runs its published checkpoint."""
    body = resnet50(weights=None, norm_layer=FrozenBatchNorm2d)
    prefix = "backbone.body."
    body.load_state_dict({n.removeprefix(prefix): t for n, t in state.items() if n.startswith(prefix)}, strict=False)
    for module in body.modules():
        if isinstance(module, FrozenBatchNorm2d):
            module.eps = 0.0
    return body.eval()


@pytest.mark.parametrize("zipped", [True, False])
def test_torchvisions_coco_checkpoint_starts_a_model_of_three_classes(tmp_path: Path, zipped: bool) -> None:
    state = _published_coco()
    torch.save(OrderedDict(state), tmp_path / "coco.pth", _use_new_zipfile_serialization=zipped)
    model = MaskRCNN(3)
    fresh = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    load_into(model, tmp_path / "coco.pth")
    loaded = model.state_dict()
    assert torch.equal(loaded["rpn.head.conv.0.0.weight"], state["rpn.head.conv.weight"])
    assert torch.equal(loaded["roi_heads.mask_head.3.0.weight"], state["roi_heads.mask_head.mask_fcn4.weight"])
    unchanged = {name for name in loaded if torch.equal(loaded[name], fresh[name])}
    assert {name for name in unchanged if not name.endswith("num_batches_tracked")} == {
        f"roi_heads.{layer}.{part}"
        for layer in ("box_predictor.cls_score", "box_predictor.bbox_pred", "mask_predictor.mask_fcn_logits")
        for part in ("weight", "bias")
    }
    assert not model.backbone.body.conv1.weight.requires_grad


def test_the_published_statistics_mean_what_torchvision_means_by_them(tmp_path: Path) -> None:
    state = _published_coco()
    torch.save(state, tmp_path / "coco.pth")
    model = MaskRCNN(90).eval()
    load_into(model, tmp_path / "coco.pth")
    name = "roi_heads.box_predictor.cls_score.weight"
    assert torch.equal(model.state_dict()[name], state[name])  # as many classes: the predictors stay
    theirs = _without_epsilon(state)
    picture = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        ours = model.backbone.body(picture)[0]
        expected = theirs.layer1(theirs.maxpool(theirs.relu(theirs.bn1(theirs.conv1(picture)))))
    torch.testing.assert_close(ours, expected, rtol=1e-3, atol=1e-3 * float(expected.abs().max()))


def test_an_imagenet_classifier_becomes_the_body(tmp_path: Path) -> None:
    state = resnet50(weights=None).state_dict()
    torch.save(state, tmp_path / "imagenet.pth")
    model = MaskRCNN(2)
    load_into(model, tmp_path / "imagenet.pth")
    loaded = model.state_dict()
    for name, tensor in state.items():
        if not name.startswith("fc."):
            assert torch.equal(loaded[f"backbone.body.{name}"], tensor)


@pytest.mark.parametrize("architecture", ["mask_rcnn", "rtmdet_inst"])
def test_a_model_of_ours_goes_on_with_other_classes(tmp_path: Path, architecture: str) -> None:
    before, after = build(architecture, 3), build(architecture, 5)
    save_file(
        {name: tensor.contiguous() for name, tensor in before.state_dict().items()}, tmp_path / "best.safetensors"
    )
    load_into(after, tmp_path / "best.safetensors")
    old, new = before.state_dict(), after.state_dict()
    differing = {name for name in old if old[name].shape != new[name].shape}
    assert differing
    assert all(torch.equal(old[name], new[name]) for name in old.keys() - differing)
    load_into(before, tmp_path / "best.safetensors")


@pytest.mark.parametrize("architecture", ["mask_rcnn", "rtmdet_inst"])
def test_the_other_architectures_weights_are_refused(tmp_path: Path, architecture: str) -> None:
    other = {"mask_rcnn": "rtmdet_inst", "rtmdet_inst": "mask_rcnn"}[architecture]
    torch.save(build(other, 2).state_dict(), tmp_path / "other.pth")
    with pytest.raises(UserError, match=r"other\.pth does not fit"):
        load_into(build(architecture, 2), tmp_path / "other.pth")


def test_a_checkpoint_that_lacks_a_tensor_is_refused(tmp_path: Path) -> None:
    state = _published_coco()
    del state["backbone.body.layer3.2.conv2.weight"]
    torch.save(state, tmp_path / "coco.pth")
    with pytest.raises(UserError, match=r"layer3\.2\.conv2"):
        load_into(MaskRCNN(3), tmp_path / "coco.pth")


@pytest.fixture
def framework(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A training framework that is installed where a checkpoint is written and not where it is read."""
    module = types.ModuleType("somebodys_framework")
    code = (
        "class History:\n"
        "    def __init__(self, values): self.values, self.best = values, max\n"
        "    def mean(self): return 0\n"
    )
    exec(code, module.__dict__)
    monkeypatch.setitem(sys.modules, "somebodys_framework", module)
    return module


def test_a_frameworks_bookkeeping_does_not_keep_its_tensors_from_us(
    tmp_path: Path, framework: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = framework.History(np.arange(3.0))
    content = {
        "meta": {"history": history, "mean": history.mean, "when": np.float64(3), "names": ("a", "b")},
        "state_dict": OrderedDict(weight=torch.arange(4.0), steps=torch.tensor(7)),
        "optimizer": {"state": {}},
    }
    torch.save(content, tmp_path / "framework.pth")
    monkeypatch.delitem(sys.modules, "somebodys_framework")
    tensors = read_tensors(tmp_path / "framework.pth")
    assert set(tensors) == {"weight", "steps"} and torch.equal(tensors["weight"], torch.arange(4.0))


class _Hostile:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


@pytest.mark.parametrize("zipped", [True, False])
def test_code_in_a_checkpoint_is_not_run(tmp_path: Path, zipped: bool) -> None:
    mark = tmp_path / "ran"
    content = {"state_dict": {"weight": torch.ones(2)}, "extra": _Hostile(mark)}
    torch.save(content, tmp_path / "hostile.pth", _use_new_zipfile_serialization=zipped)
    try:
        tensors = read_tensors(tmp_path / "hostile.pth")
    except UserError:
        tensors = {}
    assert not mark.exists()
    assert set(tensors) <= {"weight"}


def test_files_that_are_no_weights_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save({"weight": torch.ones(1000)}, tmp_path / "whole.pth")
    (tmp_path / "cut.pth").write_bytes((tmp_path / "whole.pth").read_bytes()[:700])
    (tmp_path / "text.pth").write_text("hello")
    (tmp_path / "text.safetensors").write_text("hello")
    (tmp_path / "empty.pth").touch()
    torch.save({"epoch": 3}, tmp_path / "bare.pth")
    torch.save([torch.ones(2)], tmp_path / "list.pth")
    with zipfile.ZipFile(tmp_path / "other.pth", "w") as archive:
        archive.writestr("readme.txt", "hello")
    for name in ("cut", "text", "empty", "bare", "list", "other", "missing"):
        with pytest.raises(UserError, match=rf"{name}\.pth"):
            read_tensors(tmp_path / f"{name}.pth")
    with pytest.raises(UserError, match=r"text\.safetensors"):
        read_tensors(tmp_path / "text.safetensors")


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights_file, "MOST_BYTES", 1 << 20)
    with zipfile.ZipFile(tmp_path / "bomb.pth", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb/data/0", bytes(2 << 20))
    assert (tmp_path / "bomb.pth").stat().st_size < 1 << 16
    with pytest.raises(UserError, match="too large"):
        read_tensors(tmp_path / "bomb.pth")
