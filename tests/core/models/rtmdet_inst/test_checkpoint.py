"""The public checkpoint loads, every tensor in its place."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor

from core.errors import UserError
from core.models.rtmdet_inst import RTMDetInst
from core.models.rtmdet_inst.checkpoint import translate
from core.models.weights.checkpoint import fill
from core.models.weights.coco_classes import CLASSES

NAMES = Path(__file__).parent / "data" / "tiny_tensors.tsv"
"""Name and shape of every tensor of the public COCO checkpoint."""


@pytest.fixture
def tensors() -> dict[str, Tensor]:
    """A checkpoint of those names and shapes. Tensors are all different, but where the public ones are shared."""
    checkpoint: dict[str, Tensor] = {}
    generator = torch.Generator().manual_seed(0)
    for line in NAMES.read_text().splitlines():
        name, shape = line.split("\t")
        sizes = [int(size) for size in shape.split("x") if size]
        values = torch.randn(sizes, generator=generator) if sizes else torch.tensor(len(checkpoint))
        checkpoint[name] = checkpoint.get(_shared_with(name), values)
    return checkpoint


def _shared_with(name: str) -> str:
    """The box tower is the class tower, whose convolutions are the same on all levels."""
    name = name.replace("reg_convs", "cls_convs")
    if ".cls_convs." in name and ".conv." in name:
        head, _, rest = name.partition(".cls_convs.")
        return f"{head}.cls_convs.0{rest[1:]}"
    return name


def _load(model: RTMDetInst, tensors: dict[str, Tensor], classes: Sequence[str] = CLASSES) -> None:
    fill(model, translate(tensors), classes)


def test_every_tensor_finds_its_place(tensors: dict[str, Tensor]) -> None:
    model = RTMDetInst(80)
    _load(model, tensors)
    placed = {values.sum().item() for values in model.state_dict().values()}
    stem = "backbone.stem.0.conv.weight"
    lost = [name for name, values in tensors.items() if values.sum().item() not in placed and name != stem]
    assert len(tensors) == 546 and not lost
    torch.testing.assert_close(model.state_dict()[stem], tensors[stem][:, [2, 1, 0]])


def test_the_published_mean_and_deviation_are_no_weights(tensors: dict[str, Tensor]) -> None:
    expected = translate(tensors)
    found = translate(tensors | {"data_preprocessor.mean": torch.ones(3, 1, 1)})
    assert found.tensors.keys() == expected.tensors.keys()


def test_colors_are_turned_round_once(tensors: dict[str, Tensor]) -> None:
    model = RTMDetInst(80)
    _load(model, tensors)
    bgr = torch.rand(1, 3, 32, 32)
    expected = torch.nn.functional.conv2d(bgr, tensors["backbone.stem.0.conv.weight"], stride=2, padding=1)
    torch.testing.assert_close(model.backbone.stem[0].conv(bgr.flip(1)), expected)


def test_new_classes_stay_fresh_and_continued_ones_keep_their_rows(tensors: dict[str, Tensor]) -> None:
    model = RTMDetInst(3)
    fresh = model.head.classes[0].weight.detach().clone()
    _load(model, tensors, ["Bus", "fig", "toothbrush"])
    weight, public = model.head.classes[0].weight, tensors["bbox_head.rtm_cls.0.weight"]
    assert torch.equal(weight[0], public[5]) and torch.equal(weight[2], public[79])
    assert torch.equal(weight[1], fresh[1])
    assert torch.equal(model.head.kernels[2].bias, tensors["bbox_head.rtm_kernel.2.bias"])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.pop("neck.out_convs.1.conv.weight"), "lacks neck.out_convs.1.conv.weight"),
        (lambda t: t.update({"backbone.stage5.0.conv.weight": torch.zeros(1)}), "backbone.stage5.0.conv.weight"),
        (lambda t: t.update({"bbox_head.rtm_reg.0.bias": torch.zeros(5)}), "head.distances.0.bias"),
        (lambda t: t.update({"bbox_head.reg_convs.1.0.bn.bias": torch.zeros(96)}), "reg_convs.1.0.bn.bias"),
    ],
    ids=["missing", "unknown", "shape", "not shared"],
)
def test_other_weights_are_refused_by_name(tensors: dict[str, Tensor], change: object, says: str) -> None:
    change(tensors)  # type: ignore[operator]
    model = RTMDetInst(80)
    before = {name: values.clone() for name, values in model.state_dict().items()}
    with pytest.raises(UserError, match=says):
        _load(model, tensors)
    assert all(torch.equal(values, before[name]) for name, values in model.state_dict().items())
