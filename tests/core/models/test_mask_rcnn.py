"""Mask R-CNN: the published size, torchvision's results, losses that a training can use, and an equal export."""

from collections.abc import Iterator

import numpy as np
import openvino
import pytest
import torch
from torch import Tensor, nn
from torchvision.models.detection import maskrcnn_resnet50_fpn
from torchvision.models.detection.image_list import ImageList

from core.inference.openvino_predictor import runtime
from core.models import build
from core.models.mask_rcnn import MaskRCNN
from core.models.mask_rcnn.regions import mask_targets
from core.models.segmenter import Target

SIDE = 128
BACKGROUND = 3.0


@pytest.fixture(scope="module", autouse=True)
def _seeded() -> Iterator[None]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


@pytest.fixture(scope="module")
def lively(_seeded: None) -> MaskRCNN:
    """Untrained, but with normalised features and a classifier that sees something, so that detections come out."""
    torch.manual_seed(0)
    model = MaskRCNN(5)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = None  # the plain mean of what it sees
        model.backbone(_picture(0))
        nn.init.normal_(model.roi_heads.box_predictor.cls_score.weight, std=0.1)
        nn.init.normal_(model.roi_heads.mask_predictor.mask_fcn_logits.weight, std=0.1)
        model.roi_heads.box_predictor.cls_score.bias[0] = BACKGROUND
    return model.eval()


def _picture(seed: int) -> Tensor:
    noise = torch.randn(1, 3, 12, 12, generator=torch.Generator().manual_seed(seed))
    return nn.functional.interpolate(noise, size=(SIDE, SIDE), mode="bilinear")


def _trainee() -> MaskRCNN:
    """In training mode, with few sampled regions: the arithmetic is the same and takes a tenth of the time."""
    torch.manual_seed(0)
    model = MaskRCNN(2).train()
    model.roi_heads.fg_bg_sampler.batch_size_per_image = 32
    return model


def _target(*boxes: tuple[int, int, int, int]) -> Target:
    masks = torch.zeros(len(boxes), SIDE, SIDE, dtype=torch.uint8)
    for mask, (x1, y1, x2, y2) in zip(masks, boxes, strict=True):
        mask[y1:y2, x1:x2] = 1
    return Target(torch.tensor(boxes).reshape(-1, 4).float(), torch.arange(len(boxes)), masks)


def test_it_has_the_published_number_of_parameters() -> None:
    parameters = sum(parameter.numel() for parameter in build("mask_rcnn", 80).parameters())
    assert round(parameters / 1e6, 2) == 44.40


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


class _Exported(nn.Module):
    def __init__(self, model: MaskRCNN) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.model.detect(image))


@pytest.mark.filterwarnings("ignore")  # the tracer comments on every constant it finds
def test_openvino_finds_the_same_and_nothing_where_nothing_is(lively: MaskRCNN) -> None:
    graph = openvino.convert_model(
        _Exported(lively), example_input=_picture(0), input=[openvino.PartialShape([1, 3, SIDE, SIDE])]
    )
    compiled = runtime().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    for seed in (0, 1):
        with torch.no_grad():
            boxes, labels, masks = (value.numpy() for value in lively.detect(_picture(seed)))
        answer = compiled(_picture(seed).numpy())
        assert 5 < labels.size < 100
        assert answer[1].shape == labels.shape
        # Nearly equal scores may change places, so each detection looks for its own.
        match = np.abs(answer[0][0][None] - boxes[0][:, None]).max(axis=2).argmin(axis=1)
        assert len(set(match)) == len(match)
        np.testing.assert_array_equal(answer[1][0, match], labels[0])
        np.testing.assert_allclose(answer[0][0, match], boxes[0], atol=1e-2)
        np.testing.assert_allclose(answer[2][0, match], masks[0], atol=1e-2)

    # The graph shares its weights with the model: now everything is background.
    lively.roi_heads.box_predictor.cls_score.bias.data[0] += 100
    answer = compiled(_picture(0).numpy())
    lively.roi_heads.box_predictor.cls_score.bias.data[0] -= 100
    assert [answer[output].shape for output in range(3)] == [(1, 0, 5), (1, 0), (1, 0, 28, 28)]


def test_a_few_steps_lower_every_loss_of_a_batch_with_an_empty_image() -> None:
    model = _trainee()
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


def test_a_batch_without_instances_still_trains_the_background() -> None:
    model = _trainee()
    losses = model.losses(_picture(0), [_target()])
    torch.stack(list(losses.values())).sum().backward()
    assert losses["class"] > 0 and losses["objectness"] > 0
    assert losses["mask"] == losses["box"] == losses["proposal"] == 0


def test_losses_stay_float32_under_autocast() -> None:
    model = _trainee()
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


def test_fine_tuning_leaves_the_early_layers_and_all_statistics_alone() -> None:
    model = _trainee()
    model.freeze_pretrained()
    model.train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    optimizer = torch.optim.SGD((p for p in model.parameters() if p.requires_grad), lr=0.01)
    torch.stack(list(model.losses(_picture(0), [_target((10, 20, 60, 90))]).values())).sum().backward()
    optimizer.step()
    moved = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert "backbone.body.layer4.0.conv1.weight" in moved and "roi_heads.box_head.fc6.weight" in moved
    assert not [name for name in moved if "bn" in name or "downsample.1" in name]
    assert not [name for name in moved if name.startswith(("backbone.body.conv1", "backbone.body.layer1"))]
