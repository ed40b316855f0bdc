"""Which cells learn which instance: RTMDet's dynamic soft label assignment (arXiv 2212.07784, section 3.4)."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

CANDIDATES = 13
"""An instance is learnt by at most so many cells."""
IOU_WEIGHT = 3.0
CENTRE_RADIUS = 3.0
"""Distance from an instance's centre, in cells, from which on a cell becomes expensive."""


class Assignment(NamedTuple):
    """The P cells of one image that learn an instance; all others learn the background."""

    cells: Tensor
    """``(P,)`` int64, ascending: index into the image's cells."""
    instances: Tensor
    """``(P,)`` int64: the instance each of them learns."""
    ious: Tensor
    """``(P,)``: overlap of the cell's box with its instance's, the quality its score learns."""


@torch.no_grad()
def assign(
    logits: Tensor, boxes: Tensor, points: Tensor, strides: Tensor, gt_boxes: Tensor, gt_labels: Tensor, centres: Tensor
) -> Assignment:
    """Give each instance the cells that predict it at the least cost, as many as its best boxes' overlaps add up to.

    Cells: ``logits`` ``(A, C)``, decoded ``boxes`` ``(A, 4)``, ``points`` ``(A, 2)``, ``strides`` ``(A,)``.
    Instances: ``gt_boxes`` ``(n, 4)``, ``gt_labels`` ``(n,)``, ``centres`` ``(n, 2)`` of mass. All in pixels, float32.
    """
    if not len(gt_boxes):
        nothing = gt_labels.new_empty(0)
        return Assignment(nothing, nothing, logits.new_empty(0))
    inside = (points[:, None] > gt_boxes[:, :2]) & (points[:, None] < gt_boxes[:, 2:])
    near = inside.all(-1).any(-1).nonzero().squeeze(1)
    ious = pairwise_iou(boxes[near], gt_boxes)
    distance = torch.cdist(points[near], centres, compute_mode="donot_use_mm_for_euclid_dist") / strides[near, None]
    cost = (
        _class_cost(logits[near], gt_labels, ious)
        - IOU_WEIGHT * torch.log(ious + 1e-7)
        + torch.pow(10.0, distance - CENTRE_RADIUS)
    )
    matched = _cheapest(cost, ious)
    contested = matched.sum(1, keepdim=True) > 1
    only_cheapest = (
        torch.zeros_like(matched).scatter_(1, cost.argmin(1, keepdim=True), True) if cost.numel() else matched
    )
    cell, instance = torch.where(contested, only_cheapest, matched).nonzero().unbind(1)
    return Assignment(near[cell], instance, ious[cell, instance])


def centres_of_mass(masks: Tensor, boxes: Tensor) -> Tensor:
    """The mean pixel ``(n, 2)`` x, y of masks ``(n, H, W)``; the middle of the box where a mask is empty."""
    height, width = masks.shape[-2:]
    rows, columns = _sums(masks)
    area = rows.sum(1)
    x = columns @ torch.arange(width, device=masks.device, dtype=torch.float32) / area.clamp(min=1)
    y = rows @ torch.arange(height, device=masks.device, dtype=torch.float32) / area.clamp(min=1)
    return torch.where(area[:, None] > 0, torch.stack((x, y), dim=1), (boxes[:, :2] + boxes[:, 2:]) / 2)


def _sums(masks: Tensor) -> tuple[Tensor, Tensor]:
    """Pixels of each row ``(n, H)`` and each column ``(n, W)`` of masks whose sides are multiples of 32.

    Read as eight-byte numbers, eight pixels are added at once, a hundred times faster on a CPU. No byte carries over:
    fewer than 256 are added, for inputs of up to 8,160 pixels a side.
    """
    n, height, width = masks.shape
    eights = masks.contiguous().view(torch.int64)
    rows = eights.reshape(n, height, width // 32, 4).sum(2).view(torch.uint8)
    columns = eights.reshape(n, height // 32, 32, width // 8).sum(2).view(torch.uint8)
    return rows.sum(2, dtype=torch.int32).float(), columns.sum(1, dtype=torch.int32).float()


def pairwise_iou(a: Tensor, b: Tensor) -> Tensor:
    """Overlap ``(A, B)`` of boxes ``(A, 4)`` with boxes ``(B, 4)``."""
    corner = torch.maximum(a[:, None, :2], b[:, :2])
    sides = (torch.minimum(a[:, None, 2:], b[:, 2:]) - corner).clamp(min=0)
    overlap = sides.prod(-1)
    area_a, area_b = (a[:, 2:] - a[:, :2]).prod(-1), (b[:, 2:] - b[:, :2]).prod(-1)
    return overlap / (area_a[:, None] + area_b - overlap).clamp(min=1e-6)


def _class_cost(logits: Tensor, labels: Tensor, ious: Tensor) -> Tensor:
    """Quality focal loss ``(A, n)`` of each cell if it had to learn each instance with its overlap as the target.

    Only the instance's own class depends on the instance, so the other classes are summed once.
    """
    background = F.softplus(logits) * logits.sigmoid().square()
    own = logits[:, labels]
    error = (ious - own.sigmoid()).square()
    return (
        background.sum(1, keepdim=True)
        - background[:, labels]
        + F.binary_cross_entropy_with_logits(own, ious, reduction="none") * error
    )


def _cheapest(cost: Tensor, ious: Tensor) -> Tensor:
    """``(A, n)`` bool: the k cheapest cells of each instance, k the sum of its best overlaps, at least one."""
    most = min(CANDIDATES, len(cost))
    wanted = ious.topk(most, dim=0).values.sum(0).long().clamp(min=1)
    order = cost.topk(most, dim=0, largest=False).indices
    taken = torch.arange(most, device=cost.device)[:, None] < wanted
    return torch.zeros_like(cost, dtype=torch.bool).scatter_(0, order, taken)
