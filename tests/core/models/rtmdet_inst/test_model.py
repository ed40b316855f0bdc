"""RTMDet-Ins: its size, its figures, what it promises as a segmenter, and that it learns."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from core.models import build
from core.models.rtmdet_inst import RTMDetInst, losses
from core.models.rtmdet_inst.dynamic_mask import mask_logits
from core.models.rtmdet_inst.losses import flatten
from core.models.segmenter import Target

GOLDEN = Path(__file__).parent / "data" / "golden.json"


def rectangles(boxes: list[list[int]], labels: list[int], height: int, width: int) -> Target:
    masks = torch.zeros(len(boxes), height, width, dtype=torch.uint8)
    for mask, (x1, y1, x2, y2) in zip(masks, boxes, strict=True):
        mask[y1:y2, x1:x2] = 1
    return Target(torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4), torch.tensor(labels).long(), masks)


@pytest.fixture
def targets() -> list[Target]:
    """Two instances side by side and one over both; then two of which one is smaller than a cell."""
    return [
        rectangles([[10, 20, 50, 70], [52, 18, 90, 80], [30, 30, 100, 60]], [0, 3, 1], 96, 128),
        rectangles([[5, 40, 120, 94], [65, 9, 70, 15]], [4, 2], 96, 128),
    ]


def test_it_has_the_published_number_of_parameters() -> None:
    model = build("rtmdet_inst", 80)
    assert isinstance(model, RTMDetInst)
    parts = (model, model.backbone, model.neck, model.head, model.head.mask_feature)
    counts = [sum(parameter.numel() for parameter in part.parameters()) for part in parts]
    assert counts == [5_638_187, 2_348_700, 2_188_944, 1_100_543, 361_064]


def test_the_figures_stay_what_the_published_implementation_gives(
    fixed_rtmdet: RTMDetInst, fixed_images: Tensor, targets: list[Target]
) -> None:
    """The stored figures were compared with a published implementation that was given the same weights."""
    _agree(_figures(fixed_rtmdet, fixed_images, targets), json.loads(GOLDEN.read_text()))


def test_detections_keep_the_contract(fixed_rtmdet: RTMDetInst, fixed_images: Tensor) -> None:
    with torch.no_grad():
        boxes, labels, masks = fixed_rtmdet.detect(fixed_images[1:])
    assert boxes.shape == (1, 100, 5) and labels.shape == (1, 100) and masks.shape == (1, 100, 28, 28)
    assert labels.dtype == torch.int64 and labels.min() >= 0 and labels.max() < 5
    scores = boxes[0, :, 4]
    assert (scores.diff() <= 0).all() and scores.min() >= 0.05 and scores.max() <= 1
    assert (boxes[0, :, :4] >= 0).all() and (boxes[0, :, :4] <= torch.tensor([128, 96, 128, 96])).all()
    assert (boxes[0, :, 2:4] > boxes[0, :, :2]).all()
    assert masks.min() >= 0 and masks.max() <= 1


def test_as_many_are_found_as_may_be_and_the_best_of_them(fixed_rtmdet: RTMDetInst, fixed_images: Tensor) -> None:
    found = {}
    with torch.no_grad():
        for most in (100, 30, 150, 5000):
            fixed_rtmdet.limit_detections(most)
            found[most] = fixed_rtmdet.detect(fixed_images[1:])
    assert [few.labels.shape[1] for few in (found[30], found[100], found[150])] == [30, 100, 150]
    assert found[5000].labels.shape[1] > 200, "neither candidates nor masks at once are the limit"
    for most, few in found.items():
        for values, every in zip(few, found[5000], strict=True):
            torch.testing.assert_close(values[:, :20], every[:, :20], rtol=1e-4, atol=1e-4, msg=f"{most}")


def test_nothing_found_is_an_answer_too(fixed_images: Tensor) -> None:
    with torch.no_grad():  # a fresh network gives every cell a score of 1 %
        boxes, labels, masks = RTMDetInst(3).eval().detect(fixed_images[:1])
    assert (boxes.shape, labels.shape, masks.shape) == ((1, 0, 5), (1, 0), (1, 0, 28, 28))


def test_boxes_suppress_only_boxes_of_their_class(fixed_rtmdet: RTMDetInst, fixed_images: Tensor) -> None:
    with torch.no_grad():
        boxes, labels, _ = fixed_rtmdet.detect(fixed_images[1:])
    low = torch.maximum(boxes[0, :, None, :2], boxes[0, None, :, :2])
    high = torch.minimum(boxes[0, :, None, 2:4], boxes[0, None, :, 2:4])
    overlap = (high - low).clamp(min=0).prod(-1)
    area = (boxes[0, :, 2:4] - boxes[0, :, :2]).prod(-1)
    iou = overlap / (area[:, None] + area - overlap)
    pairs = ~torch.eye(100, dtype=torch.bool)
    same = labels[0, :, None] == labels[0]
    assert iou[pairs & same].max() <= 0.5 + 1e-4
    assert iou[pairs & ~same].max() > 0.5


def test_a_batch_with_and_without_instances_teaches_every_parameter(
    fixed_images: Tensor, targets: list[Target]
) -> None:
    model = RTMDetInst(5).train()
    terms = model.losses(fixed_images, [targets[0], rectangles([], [], 96, 128)])
    assert set(terms) == {"class", "box", "mask"}
    assert all(loss.shape == () and loss.item() > 0 for loss in terms.values())
    sum(terms.values(), torch.zeros(())).backward()
    still = {name for name, parameter in model.named_parameters() if parameter.grad is None or not parameter.grad.any()}
    assert all(name.startswith(("head.distances", "head.kernel")) for name in still)  # a level without positives


def test_images_without_instances_teach_the_background(fixed_images: Tensor) -> None:
    model = RTMDetInst(5).train()
    terms = model.losses(fixed_images, [rectangles([], [], 96, 128)] * 2)
    assert terms["class"] > 0 and terms["box"] == 0 and terms["mask"] == 0
    sum(terms.values(), torch.zeros(())).backward()
    assert all(parameter.grad is not None and parameter.grad.isfinite().all() for parameter in model.parameters())


def test_half_precision_keeps_the_losses_whole(fixed_images: Tensor, targets: list[Target]) -> None:
    torch.manual_seed(0)
    model = RTMDetInst(5).train()
    with torch.autocast("cpu", torch.bfloat16), torch.no_grad():
        half = model.losses(fixed_images, targets)
    whole = model.losses(fixed_images, targets)
    for name, loss in half.items():
        assert loss.dtype == torch.float32
        assert loss.item() == pytest.approx(whole[name].item(), rel=0.1)


def test_a_crowd_of_instances_is_drawn_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []

    def watched(prototypes: Tensor, kernels: Tensor, points: Tensor, strides: Tensor) -> Tensor:
        drawn.append(len(kernels))
        return mask_logits(prototypes, kernels, points, strides)

    monkeypatch.setattr(losses, "mask_logits", watched)
    boxes = [[x, y, x + 15, y + 15] for x in range(0, 176, 4) for y in range(0, 176, 4)]  # more than cells
    crowd = rectangles(boxes, [i % 5 for i in range(len(boxes))], 192, 192)
    terms = RTMDetInst(5).train().losses(torch.randn(1, 3, 192, 192), [crowd])
    assert drawn == [losses.MOST_MASKS]
    assert 0 < terms["mask"] <= 2


def test_it_learns_where_two_things_are() -> None:
    torch.manual_seed(0)
    target = rectangles([[4, 8, 26, 56], [34, 24, 60, 44]], [0, 1], 64, 64)
    image = torch.zeros(1, 3, 64, 64)
    image[0, :2] = 2.0 * target.masks
    model = RTMDetInst(2).train()
    optimizer = torch.optim.AdamW(model.parameters(), 2e-3)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, total_iters=40)
    for _ in range(40):
        optimizer.zero_grad()
        sum(model.losses(image.expand(2, -1, -1, -1), [target, target]).values(), torch.zeros(())).backward()
        optimizer.step()
        schedule.step()
    with torch.no_grad():  # with the statistics of the batch: so few steps leave the running ones behind
        boxes, labels, masks = model.detect(image)
    best = [int((labels[0] == label).nonzero()[0]) for label in (0, 1)]
    torch.testing.assert_close(boxes[0, best, :4], target.boxes, atol=4.0, rtol=0)
    assert (masks[0, best, 4:-4, 4:-4] > 0.5).float().mean() > 0.9  # both fill their boxes


def _figures(model: RTMDetInst, images: Tensor, targets: list[Target]) -> dict[str, Any]:
    with torch.no_grad():
        backbone = model.backbone(images)
        neck = model.neck(backbone)
        maps = model.head(neck)
        terms = model.losses(images, targets)
        boxes, labels, masks = model.detect(images[1:])
    cells = flatten(maps)
    return {
        "backbone": [_summary(level) for level in backbone],
        "neck": [_summary(level) for level in neck],
        "classes": [_summary(level) for level in maps.classes],
        "distances": [_summary(level) for level in maps.distances],
        "kernels": [_summary(level) for level in maps.kernels],
        "prototypes": _summary(maps.prototypes),
        "decoded boxes": _summary(cells.boxes),
        "losses": {name: loss.item() for name, loss in terms.items()},
        "found boxes": boxes[0, :5].flatten().tolist(),
        "found labels": labels[0, :5].tolist(),
        "found masks": [mask.mean().item() for mask in masks[0, :5]],
    }


def _summary(values: Tensor) -> list[float]:
    """Mean, spread, and a few entries that tell rows from columns and images from each other."""
    flat = values.flatten()
    picked = flat[torch.arange(1, 6) * (len(flat) // 7)]
    return [values.mean().item(), values.std().item(), *picked.tolist()]


def _agree(measured: Any, stored: Any) -> None:
    """Same structure, and numbers within what another processor may round differently."""
    if isinstance(stored, dict):
        assert measured.keys() == stored.keys()
        for key in stored:
            _agree(measured[key], stored[key])
    else:
        assert torch.tensor(measured).shape == torch.tensor(stored).shape
        torch.testing.assert_close(torch.tensor(measured), torch.tensor(stored), rtol=1e-3, atol=5e-3)
