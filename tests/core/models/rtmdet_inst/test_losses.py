"""The three losses vanish where the prediction is right and are what their papers say where it is not."""

import pytest
import torch

from core.models.rtmdet_inst.losses import dice_loss, giou_loss, quality_focal_loss


def test_generalised_iou() -> None:
    boxes = torch.tensor([[0.0, 0.0, 10.0, 10.0], [0.0, 0.0, 10.0, 10.0], [0.0, 0.0, 10.0, 10.0]])
    targets = torch.tensor([[0.0, 0.0, 10.0, 10.0], [5.0, 0.0, 15.0, 10.0], [20.0, 0.0, 30.0, 10.0]])
    expected = torch.tensor([0.0, 1 - 50 / 150, 1 + 100 / 300])
    torch.testing.assert_close(giou_loss(boxes, targets), expected)


def test_dice_over_squares() -> None:
    masks = torch.tensor([[[1.0, 1.0], [0.0, 0.0]]])
    right = (masks * 2 - 1) * 30
    assert dice_loss(right, masks).item() == pytest.approx(0, abs=1e-4)
    assert dice_loss(-right, masks).item() == pytest.approx(1, abs=1e-4)
    halves = torch.zeros_like(masks)  # p = 0.5 everywhere: 1 − 2 · 1 / (4 · 0.25 + 2)
    assert dice_loss(halves, masks).item() == pytest.approx(1 / 3, abs=1e-4)


def test_quality_focal_loss_wants_the_quality_and_forgives_what_is_nearly_right() -> None:
    quality = torch.tensor([[0.7, 0.0]])
    right = torch.tensor([[torch.logit(torch.tensor(0.7)).item(), -30.0]])
    assert quality_focal_loss(right, quality).item() == pytest.approx(0, abs=1e-6)
    undecided = torch.zeros(1, 2)  # ln 2 · (0.2² + 0.5²)
    assert quality_focal_loss(undecided, quality).item() == pytest.approx(0.6931472 * (0.04 + 0.25), rel=1e-5)
