"""Mask R-CNN: the published size, torchvision's results, losses that a training can use, and an equal export."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import numpy as np
import openvino
import pytest
import torch
from torch import Tensor, nn
from torchvision.models.detection import maskrcnn_resnet50_fpn
from torchvision.models.detection.image_list import ImageList
from torchvision.ops import box_iou

from core.inference.openvino_runtime import runtime
from core.models import distributed
from core.models.mask_rcnn import VARIANTS, MaskRCNN
from core.models.mask_rcnn.backbones import LEVELS
from core.models.mask_rcnn.regions import STRIDES, RegionAlign, mask_targets
from core.models.segmenter import Target

SIDE = 128


@pytest.fixture(scope="module", autouse=True)
def _seeded() -> Iterator[None]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def _lively(architecture: str, **changes: Any) -> MaskRCNN:
    """Untrained, but with normalised features and a classifier that sees something, so that detections come out.

    ``changes`` are to the variant."""
    torch.manual_seed(0)
    model = MaskRCNN(5, replace(VARIANTS[architecture], **changes)).train()
    model.roi_heads.fg_bg_sampler.batch_size_per_image = 32
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None  # the plain mean of what it sees
    with torch.no_grad():
        pictures = torch.cat([_picture(0), _picture(1), torch.randn(1, 3, SIDE, SIDE)])
        model.losses(pictures, [_target((10, 20, 60, 90))] * 3)
        nn.init.normal_(model.roi_heads.box_predictor.cls_score.weight, std=0.05)
        nn.init.normal_(model.roi_heads.mask_predictor.mask_fcn_logits.weight, std=0.1)
        model.roi_heads.box_predictor.cls_score.bias[0] = 1.0
    return model.eval()


@pytest.fixture(scope="module")
def lively(_seeded: None) -> MaskRCNN:
    return _lively("mask_rcnn")


def _picture(seed: int) -> Tensor:
    noise = torch.randn(1, 3, 12, 12, generator=torch.Generator().manual_seed(seed))
    return nn.functional.interpolate(noise, size=(SIDE, SIDE), mode="bilinear")


def _trainee(architecture: str = "mask_rcnn") -> MaskRCNN:
    """In training mode, with few sampled regions: the arithmetic is the same and takes a tenth of the time."""
    torch.manual_seed(0)
    model = MaskRCNN(2, VARIANTS[architecture]).train()
    model.roi_heads.fg_bg_sampler.batch_size_per_image = 32
    return model


def _target(*boxes: tuple[int, int, int, int]) -> Target:
    masks = torch.zeros(len(boxes), SIDE, SIDE, dtype=torch.uint8)
    for mask, (x1, y1, x2, y2) in zip(masks, boxes, strict=True):
        mask[y1:y2, x1:x2] = 1
    return Target(torch.tensor(boxes).reshape(-1, 4).float(), torch.arange(len(boxes)), masks)


def test_it_finds_what_torchvisions_own_model_finds(lively: MaskRCNN) -> None:
    theirs = maskrcnn_resnet50_fpn(weights=None, weights_backbone=None, num_classes=6, box_score_thresh=0.05)
    theirs.load_state_dict(lively.state_dict(), strict=True)
    theirs.eval()
    picture, size = _picture(1), [(SIDE, SIDE)]
    with torch.no_grad():
        features = theirs.backbone(picture)
        proposals, _ = theirs.rpn(ImageList(picture, size), features)
        expected = theirs.roi_heads(features, proposals, size)[0][0]
        boxes, labels, masks = lively.detect(picture)
    assert labels.shape[1] > 5
    torch.testing.assert_close(boxes[0], torch.cat([expected["boxes"], expected["scores"][:, None]], dim=1))
    torch.testing.assert_close(labels[0], expected["labels"] - 1)
    torch.testing.assert_close(masks[0], expected["masks"][:, 0])


def test_no_proposal_is_dropped_for_low_objectness(lively: MaskRCNN) -> None:
    bias = lively.rpn.head.cls_logits.bias
    with torch.no_grad():
        before = lively.detect(_picture(1))
        bias.sub_(20)
        after = lively.detect(_picture(1))
        bias.add_(20)
    assert before.labels.shape == after.labels.shape


def test_as_many_are_found_as_may_be_and_the_best_of_them() -> None:
    model = _trainee("mask_rcnn_efficientnet_b2b").eval()
    model.roi_heads.score_thresh, model.roi_heads.nms_thresh = 0.0, 1.0
    found = {}
    with torch.no_grad():
        for most in (100, 600, 30):
            model.limit_detections(most)
            found[most] = model.detect(_picture(1))
    assert [few.labels.shape[1] for few in found.values()] == [100, 600, 30]
    for many, few in zip(found[100], found[30], strict=True):
        torch.testing.assert_close(few, many[:, :30], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("architecture", VARIANTS)
def test_there_are_more_proposals_than_may_be_found(architecture: str) -> None:
    model = _trainee(architecture).eval()
    model.rpn.nms_thresh = 1.0
    features = {name: torch.randn(1, model.variant.channels, 40, 40) for name in LEVELS}
    features["pool"] = torch.randn(1, model.variant.channels, 2, 2)
    counts = {}
    with torch.no_grad():
        for most in (1, 100, 1100):
            model.limit_detections(most)
            proposals, _ = model.rpn(ImageList(_picture(1), [(SIDE, SIDE)]), features)
            counts[most] = len(proposals[0])
    assert counts[1] == counts[100] == VARIANTS[architecture].proposals[1], "as published"
    assert counts[1100] > 3 * 1100


def test_the_mask_losses_of_two_processes_have_the_mean_of_the_whole_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    model = _trainee("mask_rcnn_efficientnet_b2b").eval()
    target, nothing = _target((10, 20, 60, 90), (50, 50, 120, 70)), _target()
    boxes, matched = [target.boxes, target.boxes[:1]], [torch.tensor([0, 1]), torch.tensor([0])]
    labels = [torch.tensor([1, 2]), torch.tensor([0])]

    def loss(part: slice) -> Tensor:
        images = torch.cat([_picture(0), _picture(1)])[part]
        with torch.no_grad():
            features = model._features(images)
            sizes = [(SIDE, SIDE)] * len(images)
            return model._mask_loss(features, boxes[part], sizes, matched[part], labels[part], [target, nothing][part])

    whole = loss(slice(0, 2))
    with monkeypatch.context() as patched:
        patched.setattr(distributed, "distributed", _Threads(2))
        with ThreadPoolExecutor(2) as pool:
            parts = list(pool.map(loss, [slice(0, 1), slice(1, 2)]))
    assert parts[1] == 0 and whole > 0.1
    torch.testing.assert_close(torch.stack(parts).mean(), whole, rtol=1e-4, atol=0)


class _Threads:
    """Stands for ``torch.distributed``, threads being the processes. One that does not come to a sum breaks it."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._barrier = Barrier(number, timeout=20)
        self._sums: list[Tensor] = []

    def is_available(self) -> bool:
        return True

    is_initialized = is_available

    def get_world_size(self) -> int:
        return self._number

    def all_reduce(self, values: Tensor) -> None:
        self._sums.append(values.clone())
        self._barrier.wait()
        values.copy_(torch.stack(self._sums).sum(0))
        self._barrier.wait()


class _Exported(nn.Module):
    def __init__(self, model: MaskRCNN) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.model.detect(image))


@pytest.mark.usefixtures("no_telemetry")
@pytest.mark.filterwarnings("ignore")  # the tracer comments on every constant it finds
@pytest.mark.parametrize("architecture", VARIANTS)
def test_openvino_finds_the_same_and_nothing_where_nothing_is(architecture: str) -> None:
    most = 60  # the graph for more is the same one, and takes as much longer
    model = _lively(architecture, proposals=(4 * most, 4 * most))
    model.limit_detections(most)
    graph = openvino.convert_model(_Exported(model), example_input=_picture(0), input=[[1, 3, SIDE, SIDE]])
    compiled = runtime().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    counts = []
    for seed in (0, 1):
        with torch.no_grad():
            boxes, labels, masks = (value.numpy() for value in model.detect(_picture(seed)))
        answer = compiled(_picture(seed).numpy())
        counts.append(labels.size)
        assert answer[1].shape == labels.shape
        # Nearly equal scores may change places, so each detection looks for its own.
        apart = np.abs(answer[0][0][None] - boxes[0][:, None]).max(axis=2)
        apart[labels[0][:, None] != answer[1][0]] = np.inf
        match: list[int] = []
        for distances in apart:
            distances[match] = np.inf  # two that lie on each other are two
            match.append(int(distances.argmin()))
        scores = boxes[0, :, 4]
        at_the_limit = labels.size == most  # equal ones compete for the last place
        sure = (scores > scores.min() + 1e-3) | (not at_the_limit)
        rivals = np.diag(box_iou(torch.tensor(boxes[0, :, :4]), torch.tensor(answer[0][0, match, :4])).numpy()) > 0.3
        rivals &= np.abs(answer[0][0, match, 4] - scores) < 1e-3  # of two on each other and equally sure, either wins
        sure &= ~rivals | (np.isclose(answer[0][0, match], boxes[0], rtol=0, atol=1e-2).all(1))
        assert sure.sum() > 0.9 * labels.size
        np.testing.assert_allclose(answer[0][0, match][sure], boxes[0][sure], atol=1e-2)
        np.testing.assert_allclose(answer[2][0, match][sure], masks[0][sure], atol=1e-3)
    assert max(counts) > 50

    # The graph shares its weights with the model: now everything is background.
    model.roi_heads.box_predictor.cls_score.bias.data[0] += 100
    answer = compiled(_picture(0).numpy())
    assert [answer[output].shape for output in range(3)] == [(1, 0, 5), (1, 0), (1, 0, 28, 28)]


@pytest.mark.parametrize("architecture", VARIANTS)
def test_a_few_steps_lower_every_loss_of_a_batch_with_an_empty_image(architecture: str) -> None:
    model = _trainee(architecture).to(memory_format=torch.channels_last)
    images = torch.cat([_picture(0), _picture(1)])
    targets = [_target((10, 20, 60, 90), (70, 70, 120, 110)), _target()]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.005, momentum=0.9)
    history = []
    for _ in range(3):
        losses = model.losses(images, targets)
        optimizer.zero_grad()
        torch.stack(list(losses.values())).sum().backward()
        optimizer.step()
        history.append({name: loss.item() for name, loss in losses.items()})
    assert set(history[0]) == {"objectness", "proposal", "class", "box", "mask"}
    assert history[-1]["class"] < history[0]["class"]
    assert history[-1]["mask"] < history[0]["mask"]
    assert all(torch.isfinite(tensor).all() for tensor in model.state_dict().values())


@pytest.mark.parametrize("architecture", VARIANTS)
def test_a_batch_without_instances_still_trains_the_background(architecture: str) -> None:
    model = _trainee(architecture)
    losses = model.losses(_picture(0), [_target()])
    torch.stack(list(losses.values())).sum().backward()
    assert losses["class"] > 0 and losses["objectness"] > 0
    assert losses["mask"] == losses["box"] == losses["proposal"] == 0
    assert all(torch.isfinite(tensor).all() for tensor in model.state_dict().values())
    assert all(parameter.grad is not None for parameter in model.parameters())  # or several machines would wait


@pytest.mark.parametrize("architecture", VARIANTS)
def test_losses_stay_float32_under_autocast(architecture: str) -> None:
    model = _trainee(architecture)
    with torch.autocast("cpu", torch.bfloat16):
        losses = model.losses(_picture(0), [_target((10, 20, 60, 90))])
    assert {loss.dtype for loss in losses.values()} == {torch.float32}
    assert all(torch.isfinite(loss) for loss in losses.values())


def test_mask_targets_of_many_instances_are_the_pixels_under_each_box() -> None:
    corners = [(x, y, x + 14, y + 14) for x in range(0, 112, 14) for y in range(0, 100, 20)]
    target = _target(*corners)
    order = torch.randperm(len(corners))
    half = target.boxes[order].clone()
    half[:, 2] += 14  # the right half of each box lies beyond its instance
    cut = mask_targets(target.masks, half, order, 28)
    assert torch.all(cut[:, 1:-1, :13] == 1) and torch.all(cut[:, :, 15:] == 0)


@pytest.mark.parametrize(
    ("architecture", "frozen", "trained"),
    [
        ("mask_rcnn", ("conv1", "layer1"), "layer4.0.conv1.weight"),
        ("mask_rcnn_resnet50_v2", ("conv1", "layer1"), "layer2.0.conv1.weight"),
        ("mask_rcnn_efficientnet_b2b", ("bn1",), "conv_stem.weight"),
        ("mask_rcnn_swin_t", ("nothing",), "features.0.0.weight"),
    ],
)
def test_fine_tuning_leaves_the_early_layers_and_all_statistics_alone(
    architecture: str, frozen: tuple[str, ...], trained: str
) -> None:
    model = _trainee(architecture)
    model.freeze_pretrained()
    model.train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    optimizer = torch.optim.SGD((p for p in model.parameters() if p.requires_grad), lr=0.01)
    torch.stack(list(model.losses(_picture(0), [_target((10, 20, 60, 90))]).values())).sum().backward()
    optimizer.step()
    moved = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    prefix = "backbone.body."
    assert f"{prefix}{trained}" in moved and "roi_heads.box_predictor.cls_score.weight" in moved
    norms = {f"{prefix}{name}." for name, child in model.backbone.body.named_modules() if _is_batch_norm(child)}
    assert not [name for name in moved if name.startswith((*norms, *(f"{prefix}{part}." for part in frozen)))]


def _is_batch_norm(module: nn.Module) -> bool:
    return isinstance(module, nn.BatchNorm2d)


def test_regions_are_cut_where_they_are() -> None:
    """Where a map holds its own coordinates, the middle of a region's cell holds the middle's."""
    levels = [torch.arange(SIDE // stride) for stride in STRIDES]
    maps = {
        name: ((level + 0.5) * stride).float().expand(1, 1, len(level), len(level))
        for name, level, stride in zip(LEVELS, levels, STRIDES, strict=True)
    }
    boxes = torch.tensor([[32.0, 40, 72, 80], [8, 8, 120, 120]])  # from the first level, and from the second
    cut = RegionAlign(4, aligned=True)(maps, [boxes])
    torch.testing.assert_close(cut[:, 0, 0], torch.tensor([[37.0, 47, 57, 67], [22, 50, 78, 106]]))
    shifted = RegionAlign(4, aligned=False)(maps, [boxes])
    torch.testing.assert_close(shifted - cut, torch.tensor([2.0, 4])[:, None, None, None].expand_as(cut))


def test_anchors_are_as_the_weights_know_them() -> None:
    sides = {}
    for architecture in ("mask_rcnn", "mask_rcnn_swin_t"):
        anchors = MaskRCNN(1, VARIANTS[architecture]).rpn.anchor_generator.cell_anchors
        sides[architecture] = (anchors[0][0, 2:] - anchors[0][0, :2]).tolist()
    assert sides["mask_rcnn"] == [46, 22]  # whole pixels each side of the centre
    assert sides["mask_rcnn_swin_t"] == pytest.approx([32 * 2**0.5, 32 / 2**0.5])
