"""What RTMDet-Ins minimises: quality focal loss for classes, GIoU for boxes, Dice for masks."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from core.models.distributed import share
from core.models.rtmdet_inst.assigner import Assignment, assign, centres_of_mass
from core.models.rtmdet_inst.dynamic_mask import STRIDE, mask_logits
from core.models.rtmdet_inst.head import STRIDES, Maps, decode, points
from core.models.segmenter import Target

BOX_WEIGHT = 2.0
MASK_WEIGHT = 2.0
MASK_STRIDE = 4
"""Masks are compared at every fourth pixel."""
MOST_MASKS = 256
"""Masks drawn per image. A crowded image has thousands of learning cells; their maps would not fit in memory."""


class Cells(NamedTuple):
    """The head's maps as one row per cell, levels one after the other; A cells an image."""

    points: Tensor
    """``(A, 2)``"""
    strides: Tensor
    """``(A,)``"""
    logits: Tensor
    """``(B, A, C)``"""
    boxes: Tensor
    """``(B, A, 4)``"""
    kernels: Tensor
    """``(B, A, PARAMETERS)``"""


def flatten(maps: Maps) -> Cells:
    """One row per cell of all levels."""
    at = [points(level, stride) for level, stride in zip(maps.classes, STRIDES, strict=True)]
    strides = [level.new_full((len(level),), stride) for level, stride in zip(at, STRIDES, strict=True)]
    return Cells(
        torch.cat(at),
        torch.cat(strides),
        _rows(maps.classes),
        decode(torch.cat(at), _rows(maps.distances)),
        _rows(maps.kernels),
    )


def weighted_losses(maps: Maps, targets: list[Target]) -> dict[str, Tensor]:
    """The weighted terms ``class``, ``box`` and ``mask`` of a batch, each a scalar. Maps must be float32."""
    cells = flatten(maps)
    with torch.no_grad():
        assignments = [
            assign(
                cells.logits[i],
                cells.boxes[i],
                cells.points,
                cells.strides,
                target.boxes,
                target.labels,
                centres_of_mass(target.masks, target.boxes),
            )
            for i, target in enumerate(targets)
        ]
    quality = torch.cat([assignment.ious for assignment in assignments])
    total_quality = share(quality.sum())
    wanted = torch.zeros_like(cells.logits)
    counted = _counted(cells, assignments, targets)
    giou, dice, drawn = [], [], 0
    for i, (found, target) in enumerate(zip(assignments, targets, strict=True)):
        wanted[i, found.cells, target.labels[found.instances]] = found.ious
        giou.append(giou_loss(cells.boxes[i, found.cells], target.boxes[found.instances]))
        found = _spread(found)
        drawn += len(found.cells)
        dice.append(_mask_loss(cells, maps.prototypes[i], i, found, target))
    return {
        "class": quality_focal_loss(cells.logits, wanted, counted) / total_quality,
        "box": BOX_WEIGHT * (torch.cat(giou) * quality).sum() / total_quality,
        "mask": MASK_WEIGHT * torch.cat(dice).sum() / share(quality.new_full((), drawn)),
    }


def quality_focal_loss(logits: Tensor, quality: Tensor, counted: Tensor | None = None) -> Tensor:
    """Sum over all cells and classes of the focal loss towards a quality in 0–1 (arXiv 2006.04388, β = 2).

    ``logits`` and ``quality`` are ``(…, C)``; of cells that are not ``counted`` ``(…)`` nothing is learnt.
    """
    error = (quality - logits.sigmoid()).square()
    loss = F.binary_cross_entropy_with_logits(logits, quality, reduction="none") * error
    return (loss if counted is None else loss * counted[..., None]).sum()


def giou_loss(boxes: Tensor, targets: Tensor) -> Tensor:
    """1 − generalised IoU (arXiv 1902.09630) of paired boxes ``(N, 4)``."""
    overlap = _sides(torch.maximum(boxes[:, :2], targets[:, :2]), torch.minimum(boxes[:, 2:], targets[:, 2:]))
    hull = _sides(torch.minimum(boxes[:, :2], targets[:, :2]), torch.maximum(boxes[:, 2:], targets[:, 2:]))
    union = (_sides(boxes[:, :2], boxes[:, 2:]) + _sides(targets[:, :2], targets[:, 2:]) - overlap).clamp(min=1e-6)
    hull = hull.clamp(min=1e-6)
    return 1 - overlap / union + (hull - union) / hull


def dice_loss(logits: Tensor, masks: Tensor, unknown: Tensor | None = None) -> Tensor:
    """1 − Dice with squared denominators (arXiv 1606.04797) of paired masks ``(N, h, w)``, targets 0 or 1; of pixels
    ``(h, w)`` that are ``unknown``, which is in none of the targets, nothing is learnt."""
    p = logits.sigmoid() if unknown is None else logits.sigmoid() * (1 - unknown)
    p, t = p.flatten(1), masks.flatten(1)
    return 1 - 2 * (p * t).sum(1) / (p.square().sum(1) + t.sum(1) + 1e-5)


def _counted(cells: Cells, assignments: list[Assignment], targets: list[Target]) -> Tensor | None:
    """``(B, A)``: 0 for cells that learn no instance and whose point lies where nothing is known, 1 for all others;
    ``None`` where all is known."""
    if all(target.unknown is None for target in targets):
        return None
    counted = cells.logits.new_ones(cells.logits.shape[:2])
    x, y = cells.points.long().unbind(1)
    for row, found, target in zip(counted, assignments, targets, strict=True):
        if target.unknown is not None:
            row -= target.unknown[y, x]
            row[found.cells] = 1
    return counted


def _rows(maps: list[Tensor]) -> Tensor:
    return torch.cat([level.flatten(2).transpose(1, 2) for level in maps], dim=1)


def _sides(low: Tensor, high: Tensor) -> Tensor:
    return (high - low).clamp(min=0).prod(-1)


def _spread(found: Assignment) -> Assignment:
    """At most ``MOST_MASKS`` of the cells, evenly from all levels and places."""
    count = len(found.cells)
    if count <= MOST_MASKS:
        return found
    some = torch.arange(MOST_MASKS, device=found.cells.device) * count // MOST_MASKS
    return Assignment(*(values[some] for values in found))


def _mask_loss(cells: Cells, prototypes: Tensor, image: int, found: Assignment, target: Target) -> Tensor:
    """Dice loss ``(P,)`` of the masks that the found cells draw."""
    logits = mask_logits(
        prototypes, cells.kernels[image, found.cells], cells.points[found.cells], cells.strides[found.cells]
    )
    enlarged = F.interpolate(
        logits[:, None], scale_factor=float(STRIDE // MASK_STRIDE), mode="bilinear", align_corners=False
    )
    compared = slice(MASK_STRIDE // 2, None, MASK_STRIDE)
    masks = target.masks[:, compared, compared].float()
    unknown = None if target.unknown is None else target.unknown[compared, compared]
    return dice_loss(enlarged[:, 0], masks[found.instances], unknown)
