"""Regions of interest: cut out of the pyramid for the heads, and out of ground truth for the mask head's targets; and
how much of them is unknown."""

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding_bag, pad
from torchvision.ops import roi_align

from core.models.mask_rcnn.backbones import LEVELS

STRIDES = tuple(4 << level for level in range(len(LEVELS)))
SAMPLES = 2
"""Points a cell of the result is sampled at, in each direction."""
CANONICAL = 56
"""Regions smaller than twice this, in pixels, come from the finest level, then each octave from the next."""

MASK_TARGETS_AT_ONCE = 32
"""Ground-truth masks turned into float32 together: 128 MB at 1024²."""


class RegionAlign(nn.Module):
    """RoI Align (arXiv 1703.06870, sec. 3) of each region from the level that fits its size (arXiv 1612.03144, eq. 1).

    ``aligned`` places feature ``i`` at ``i + 0.5`` strides, where it is; without, at ``i``, as the first
    implementations did, which weights that were trained so need.
    """

    def __init__(self, side: int, *, aligned: bool) -> None:
        super().__init__()
        self.side = side
        self.aligned = aligned

    def forward(self, features: dict[str, Tensor], boxes: list[Tensor], sizes: object = None) -> Tensor:
        """``(N, C, side, side)`` for ``boxes``, ``(n, 4)`` pixels for each image; N is the sum of all n."""
        image = torch.cat([torch.full_like(some[:, :1], index) for index, some in enumerate(boxes)])
        regions = torch.cat([image, torch.cat(boxes)], dim=1)
        maps = [features[name] for name in LEVELS]
        if regions.device.type == "cpu" and not torch.jit.is_tracing():  # type: ignore[attr-defined, no-untyped-call]
            return gather_regions(maps, regions, self.side, aligned=self.aligned)
        return self._align(maps, regions)

    def _align(self, maps: list[Tensor], regions: Tensor) -> Tensor:
        """By the operation that exports know and GPUs are fast with."""
        levels = fitting_levels(regions)
        # Not len(): tracing for an export would take it for a constant.
        out = maps[0].new_zeros((regions.shape[0], maps[0].shape[1], self.side, self.side))
        for level, (features, stride) in enumerate(zip(maps, STRIDES, strict=True)):
            rows = torch.nonzero(levels == level)[:, 0]
            cut = roi_align(features, regions[rows], self.side, 1 / stride, SAMPLES, self.aligned)
            out = out.index_copy(0, rows, cut)
        return out


def fitting_levels(regions: Tensor) -> Tensor:
    """``(N,)`` int64: index of the level each region ``(N, 5)`` is cut from."""
    area = (regions[:, 3] - regions[:, 1]) * (regions[:, 4] - regions[:, 2])
    octave = torch.floor(torch.log2(area.sqrt() / CANONICAL) + 1e-6)
    return octave.clamp(0, len(LEVELS) - 1).long()


def gather_regions(maps: list[Tensor], regions: Tensor, side: int, *, aligned: bool) -> Tensor:
    """RoI Align of all levels at once, ``(N, C, side, side)``, channels last.

    A cell is a weighted sum of feature vectors: four points, each between four. Read as an embedding bag, a vector at a
    time, it takes a CPU a tenth of the time of ``roi_align``, forth and back, for maps that are channels-last.

    ``maps`` are ``(B, C, h, w)``, ``regions`` ``(N, 5)``: image, x1, y1, x2, y2 in pixels.
    """
    channels = maps[0].shape[1]
    vectors = torch.cat([features.permute(0, 2, 3, 1).reshape(-1, channels) for features in maps])
    level = fitting_levels(regions).clamp(0, len(maps) - 1)  # no number has a level beyond, not even NaN
    counts = regions.new_tensor([features.shape[0] * features.shape[2] * features.shape[3] for features in maps])
    starts = (counts.cumsum(0) - counts).long()[level]
    heights = torch.tensor([features.shape[2] for features in maps])[level]
    widths = torch.tensor([features.shape[3] for features in maps])[level]
    corners = regions[:, 1:] / torch.tensor(STRIDES)[level, None] - (0.5 if aligned else 0.0)
    rows, row_weights = _neighbours(corners[:, 1], corners[:, 3], heights, side, aligned)
    columns, column_weights = _neighbours(corners[:, 0], corners[:, 2], widths, side, aligned)
    first = starts + regions[:, 0].long() * heights * widths
    rows = first[:, None, None] + rows * widths[:, None, None]
    cells = rows[:, :, None, :, None] + columns[:, None, :, None, :]
    weights = row_weights[:, :, None, :, None] * column_weights[:, None, :, None, :]
    bags = embedding_bag(
        cells.reshape(-1, 4 * SAMPLES**2), vectors, mode="sum", per_sample_weights=weights.reshape(-1, 4 * SAMPLES**2)
    )
    return bags.reshape(-1, side, side, channels).permute(0, 3, 1, 2)


def _neighbours(low: Tensor, high: Tensor, size: Tensor, side: int, aligned: bool) -> tuple[Tensor, Tensor]:
    """For each of ``side`` cells from ``low`` to ``high`` the features on either side of its sample points, and their
    weights in the mean of the cell: ``(N, side, 2 · SAMPLES)`` each, along one axis of ``size`` features, all ``(N,)``.

    A point beyond the map counts as zero, but for a margin of one, as in ``roi_align``.
    """
    extent = high - low if aligned else (high - low).clamp(min=1)
    at = low[:, None] + extent[:, None] * ((torch.arange(side * SAMPLES) + 0.5) / (side * SAMPLES))
    last = size[:, None] - 1
    weight = ((at >= -1) & (at <= size[:, None])) / SAMPLES
    at = at.clamp(min=0)
    before = at.long().clamp(min=0).minimum(last)
    after = (before + 1).minimum(last)
    fraction = torch.where(before < last, at - before, 0.0)
    neighbours = torch.stack((before, after), dim=-1)
    weights = torch.stack((weight * (1 - fraction), weight * fraction), dim=-1)
    return neighbours.reshape(-1, side, 2 * SAMPLES), weights.reshape(-1, side, 2 * SAMPLES)


def mask_targets(masks: Tensor, boxes: Tensor, instances: Tensor, side: int) -> Tensor:
    """What the mask head should answer: each box's instance, cut out and scaled to ``side × side``.

    ``masks`` is ``(n, H, W)`` uint8, ``boxes`` ``(P, 4)`` and ``instances`` ``(P,)`` an index into ``masks``. Returns
    ``(P, side, side)`` float32 in 0–1. Pixel ``i`` covers ``i … i + 1``, as in ``core.geometry.masks.paste``.
    """
    targets = boxes.new_zeros((len(boxes), side, side))
    for first in range(0, len(masks), MASK_TARGETS_AT_ONCE):
        some = masks[first : first + MASK_TARGETS_AT_ONCE, None].to(boxes)
        rows = torch.nonzero((instances >= first) & (instances < first + len(some)))[:, 0]
        regions = torch.cat([(instances[rows, None] - first).to(boxes), boxes[rows]], dim=1)
        targets[rows] = roi_align(some, regions, (side, side), aligned=True)[:, 0]
    return targets


def known_cells(unknown: Tensor | None, boxes: Tensor, side: int) -> Tensor:
    """``(P, side, side)``, like ``mask_targets``: 0 for cells that lie mostly in the ``unknown`` part ``(H, W)`` of an
    image, 1 for the others."""
    if unknown is None:
        return boxes.new_ones((len(boxes), side, side))
    first = torch.zeros(len(boxes), dtype=torch.int64, device=boxes.device)
    return (mask_targets(unknown[None], boxes, first, side) <= 0.5).to(boxes)


def unknown_shares(boxes: Tensor, unknown: Tensor) -> Tensor:
    """The share ``(N,)`` of what boxes ``(N, 4)`` show of an image that lies in its ``unknown`` part ``(H, W)``; 0 for
    a box that shows nothing.

    That is the overlap by which COCO's evaluation gives a detection to a crowd. By a summed-area table (Crow, SIGGRAPH
    1984): there are hundreds of thousands of anchors.
    """
    height, width = unknown.shape
    sums = pad(unknown.cumsum(0, dtype=torch.int32).cumsum(1, dtype=torch.int32), (1, 0, 1, 0))
    x1, x2 = boxes[:, 0].floor().clamp(0, width).long(), boxes[:, 2].ceil().clamp(0, width).long()
    y1, y2 = boxes[:, 1].floor().clamp(0, height).long(), boxes[:, 3].ceil().clamp(0, height).long()
    inside = sums[y2, x2] - sums[y1, x2] - sums[y2, x1] + sums[y1, x1]
    return inside / ((x2 - x1) * (y2 - y1)).clamp(min=1)
