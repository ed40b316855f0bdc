"""Public weights for Mask R-CNN: every tensor of every format finds its place and means there what it meant before."""

import re
from collections import OrderedDict
from pathlib import Path

import pytest
import timm
import torch
from torch import Tensor, nn
from torchvision.models import resnet50, swin_t
from torchvision.models.detection import maskrcnn_resnet50_fpn, maskrcnn_resnet50_fpn_v2
from torchvision.models.swin_transformer import PatchMerging
from torchvision.ops import FrozenBatchNorm2d

from core.errors import UserError
from core.models import build
from core.models.mask_rcnn import VARIANTS, MaskRCNN
from core.models.mask_rcnn.checkpoint import translate
from core.models.weights.coco_classes import CLASSES, CLASSES_BY_ID
from core.models.weights.pretrained import load_into
from core.recipes.catalogue import find
from core.runs.control import ignore

NAMES = Path(__file__).parent / "data" / "swin_t_tensors.tsv"
"""Name and shape of every tensor of mmdetection's COCO checkpoint of Mask R-CNN Swin-T."""
FIRST_NAMES = (
    (r"rpn\.head\.conv\.0\.0\.", "rpn.head.conv."),
    (r"(inner|layer)_blocks\.(\d)\.0\.", r"\1_blocks.\2."),
    (r"mask_head\.(\d)\.0\.", lambda found: f"mask_head.mask_fcn{int(found[1]) + 1}."),
)
"""Our names, and torchvision's, back to those in the checkpoint it published in 2019."""
CLASS = "roi_heads.box_predictor.cls_score.weight"
BOX = "roi_heads.box_predictor.bbox_pred.bias"
MASK = "roi_heads.mask_predictor.mask_fcn_logits.weight"


def _published_r50() -> dict[str, Tensor]:
    """Random weights as in torchvision's first file: 91 labels, statistics frozen, its first names."""
    torch.manual_seed(0)
    state = {}
    for name, tensor in maskrcnn_resnet50_fpn(weights=None, weights_backbone=None).state_dict().items():
        for pattern, first in FIRST_NAMES:
            name = re.sub(pattern, first, name)  # type: ignore[call-overload]
        if not name.endswith("num_batches_tracked"):
            state[name] = tensor.uniform_(1e-5, 1e-3) if tensor.ndim == 1 else tensor
    return state


def _published_swin() -> dict[str, Tensor]:
    """Random weights as in mmdetection's file."""
    generator = torch.Generator().manual_seed(0)
    state: dict[str, Tensor] = {}
    for line in NAMES.read_text().splitlines():
        name, shape = line.split("\t")
        state[name] = torch.randn([int(size) for size in shape.split("x")], generator=generator)
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


def test_the_classes_of_coco_are_where_its_ids_say() -> None:
    assert (len(CLASSES), len(CLASSES_BY_ID)) == (80, 90)
    assert [CLASSES_BY_ID[number - 1] for number in (1, 10, 13, 44, 46, 67, 84, 90)] == [
        "person", "traffic light", "stop sign", "bottle", "wine glass", "dining table", "book", "toothbrush",
    ]  # fmt: skip
    assert CLASSES_BY_ID[12 - 1] is None and CLASSES_BY_ID[83 - 1] is None


@pytest.mark.parametrize("zipped", [True, False])
def test_torchvisions_first_checkpoint_starts_a_model_of_three_classes(tmp_path: Path, zipped: bool) -> None:
    state = _published_r50()
    torch.save(OrderedDict(state), tmp_path / "coco.pth", _use_new_zipfile_serialization=zipped)
    model = build("mask_rcnn", 3)
    fresh = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    load_into(model, tmp_path / "coco.pth", ["Hot_Dog", "fig", "person"], ignore)
    loaded = model.state_dict()
    assert torch.equal(loaded["rpn.head.conv.0.0.weight"], state["rpn.head.conv.weight"])
    assert torch.equal(loaded["roi_heads.mask_head.3.0.weight"], state["roi_heads.mask_head.mask_fcn4.weight"])
    unchanged = {name for name in loaded if torch.equal(loaded[name], fresh[name])}
    assert not [name for name in unchanged if not name.endswith("num_batches_tracked")]
    # Background, hot dog (58), new, person (1).
    for name in (CLASS, MASK):
        assert torch.equal(loaded[name][[0, 1, 3]], state[name][[0, 58, 1]])
        assert torch.equal(loaded[name][2], fresh[name][2])
    assert torch.equal(loaded[BOX][4:8], state[BOX][232:236]) and torch.equal(loaded[BOX][8:12], fresh[BOX][8:12])
    assert isinstance(model, MaskRCNN) and not model.backbone.body.conv1.weight.requires_grad


def test_the_published_statistics_mean_what_torchvision_means_by_them(tmp_path: Path) -> None:
    state = _published_r50()
    torch.save(state, tmp_path / "coco.pth")
    model = MaskRCNN(2).eval()
    load_into(model, tmp_path / "coco.pth", ["a", "b"], ignore)
    theirs = _without_epsilon(state)
    picture = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        ours = model.backbone.body(picture)[0]
        expected = theirs.layer1(theirs.maxpool(theirs.relu(theirs.bn1(theirs.conv1(picture)))))
    torch.testing.assert_close(ours, expected, rtol=1e-3, atol=1e-3 * float(expected.abs().max()))


def test_torchvisions_second_checkpoint_fits_the_second_version(tmp_path: Path) -> None:
    torch.manual_seed(0)
    state = maskrcnn_resnet50_fpn_v2(weights=None, weights_backbone=None).state_dict()
    torch.save(state, tmp_path / "coco.pth")
    model = build("mask_rcnn_resnet50_v2", 2)
    load_into(model, tmp_path / "coco.pth", ["fig", "toothbrush"], ignore)
    loaded = model.state_dict()
    assert all(torch.equal(loaded[n], t) for n, t in state.items() if not n.startswith(tuple(model.class_rows.rows)))
    assert torch.equal(loaded[CLASS][[0, 2]], state[CLASS][[0, 90]])
    with pytest.raises(UserError, match="does not fit"):
        load_into(build("mask_rcnn", 2), tmp_path / "coco.pth", ["fig", "date"], ignore)


def test_mmdetections_swin_finds_its_place(tmp_path: Path) -> None:
    state = _published_swin()
    torch.save({"meta": {"epoch": 36}, "state_dict": state}, tmp_path / "coco.pth")
    model = build("mask_rcnn_swin_t", 2)
    load_into(model, tmp_path / "coco.pth", ["bicycle", "fig"], ignore)
    loaded = model.state_dict()
    values = {tensor.double().abs().sum().item() for tensor in loaded.values()}
    moved = ("fc_cls", "fc_reg", "conv_logits", "downsample", "relative_position_index")
    lost = [
        n for n, t in state.items() if t.double().abs().sum().item() not in values and not any(m in n for m in moved)
    ]
    assert len(state) == 231 and not lost
    assert torch.equal(loaded[CLASS][:2], state["roi_head.bbox_head.fc_cls.weight"][[80, 1]])
    assert torch.equal(loaded[BOX][4:8], state["roi_head.bbox_head.fc_reg.bias"][4:8])
    assert torch.equal(loaded[MASK][1], state["roi_head.mask_head.conv_logits.weight"][1])
    # The colors stay: it was trained on RGB.
    assert torch.equal(loaded["backbone.body.features.0.0.weight"], state["backbone.patch_embed.projection.weight"])
    assert model.state_dict()["backbone.body.features.1.0.attn.relative_position_index"].max() == 168


def test_patches_are_merged_as_mmdetection_merges_them() -> None:
    """It unfolds a map, channel by channel, before its norm and reduction."""
    torch.manual_seed(0)
    ours = PatchMerging(6)
    norm, reduction = nn.LayerNorm(24), nn.Linear(24, 12, bias=False)
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    theirs = {"norm.weight": norm.weight, "norm.bias": norm.bias, "reduction.weight": reduction.weight}
    public = {f"backbone.stages.0.downsample.{name}": tensor for name, tensor in theirs.items()}
    translated = translate(public | {"rpn_head.rpn_cls.weight": torch.zeros(1)}).tensors
    ours.load_state_dict({name: translated[f"backbone.body.features.2.{name}"] for name in theirs})
    maps = torch.randn(2, 8, 10, 6)
    unfolded = nn.functional.unfold(maps.permute(0, 3, 1, 2), 2, stride=2).transpose(1, 2)
    torch.testing.assert_close(ours(maps).flatten(1, 2), reduction(norm(unfolded)))


def test_an_imagenet_resnet_becomes_the_body(tmp_path: Path) -> None:
    state = resnet50(weights=None).state_dict()
    torch.save(state, tmp_path / "imagenet.pth")
    for architecture in ("mask_rcnn", "mask_rcnn_resnet50_v2"):
        model = build(architecture, 2)
        load_into(model, tmp_path / "imagenet.pth", ["a", "b"], ignore)
        loaded = model.state_dict()
        assert all(torch.equal(loaded[f"backbone.body.{n}"], t) for n, t in state.items() if not n.startswith("fc."))


def test_an_imagenet_swin_becomes_the_body(tmp_path: Path) -> None:
    state = swin_t(weights=None).state_dict()
    torch.save(state, tmp_path / "imagenet.pth")
    model = build("mask_rcnn_swin_t", 2)
    load_into(model, tmp_path / "imagenet.pth", ["a", "b"], ignore)
    loaded = model.state_dict()
    assert all(torch.equal(loaded[f"backbone.body.{n}"], t) for n, t in state.items() if n.startswith("features."))


def test_an_imagenet_efficientnet_sees_in_the_recipes_colors_what_it_saw_in_its_own(tmp_path: Path) -> None:
    torch.manual_seed(0)
    classifier = timm.create_model("tf_efficientnet_b2", pretrained=False).eval()
    torch.save(classifier.state_dict(), tmp_path / "imagenet.pth")
    model = MaskRCNN(2, VARIANTS["mask_rcnn_efficientnet_b2b"]).eval()
    load_into(model, tmp_path / "imagenet.pth", ["a", "b"], ignore)
    recipe = find("maskrcnn_efficientnet_b2b")
    picture = torch.rand(1, 3, 64, 64) * 255
    mean, std = (torch.tensor(values)[:, None, None] for values in (recipe.mean, recipe.std))
    trained_with = torch.tensor(timm.get_pretrained_cfg("tf_efficientnet_b2").std)[:, None, None] * 255
    with torch.no_grad():
        expected = classifier.blocks[:2](classifier.bn1(classifier.conv_stem((picture - mean) / trained_with)))
        ours = model.backbone.body((picture - mean) / std)[0]
    torch.testing.assert_close(ours, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.pop("backbone.body.layer3.2.conv2.weight"), r"lacks backbone\.body\.layer3\.2\.conv2\.weight$"),
        (lambda t: t.update({"extra": torch.ones(1)}), "has the unknown extra"),
        (lambda t: t.update({CLASS: torch.ones(91, 7)}), "wrong shape for roi_heads.box_predictor.cls_score.weight"),
        (lambda t: t.update({BOX: torch.ones(80)}), "wrong shape for roi_heads.box_predictor.bbox_pred.bias"),
        (lambda t: t.pop("rpn.head.cls_logits.weight"), "neither a Mask R-CNN nor an image classifier"),
    ],
    ids=["missing", "unknown", "width", "rows", "something else"],
)
def test_a_checkpoint_that_does_not_fit_is_refused_by_name(tmp_path: Path, change: object, says: str) -> None:
    state = _published_r50()
    change(state)  # type: ignore[operator]
    torch.save(state, tmp_path / "coco.pth")
    with pytest.raises(UserError, match=says):
        load_into(MaskRCNN(3), tmp_path / "coco.pth", ["a", "b", "c"], ignore)
