"""Cutting regions of interest: out of the pyramid for the heads, out of ground truth for the mask head's targets."""

import torch
from torch import Tensor, nn
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
        levels = _levels(regions[:, 1:])
        finest = features[LEVELS[0]]
        # Not len(): tracing for an export would take it for a constant.
        out = finest.new_zeros((regions.shape[0], finest.shape[1], self.side, self.side))
        for level, (name, stride) in enumerate(zip(LEVELS, STRIDES, strict=True)):
            rows = torch.nonzero(levels == level)[:, 0]
            cut = roi_align(features[name], regions[rows], self.side, 1 / stride, SAMPLES, self.aligned)
            out = out.index_copy(0, rows, cut)
        return out


def _levels(boxes: Tensor) -> Tensor:
    """``(N,)``: index of the level each box is cut from."""
    side = ((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])).sqrt()
    octave = torch.floor(torch.log2(side / CANONICAL) + 1e-6)
    return octave.clamp(0, len(LEVELS) - 1)


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
