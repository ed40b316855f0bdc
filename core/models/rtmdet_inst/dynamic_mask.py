"""An instance's mask: prototypes and relative coordinates through three 1×1 convolutions of the instance's own
(arXiv 2212.07784, section 3.5, after CondInst, arXiv 2003.05664)."""

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

PROTOTYPES = 8
WIDTH = 8
STRIDE = 8
"""Pixels between neighbouring cells of prototypes and mask logits."""
_SPLIT = [(2 + PROTOTYPES) * WIDTH, WIDTH * WIDTH, WIDTH, WIDTH, WIDTH, 1]  # three weights, then three biases
PARAMETERS = sum(_SPLIT)


def mask_logits(prototypes: Tensor, kernels: Tensor, points: Tensor, strides: Tensor) -> Tensor:
    """Mask logits ``(N, h, w)`` at stride 8 of N instances of one image.

    ``prototypes`` is ``(8, h, w)``, ``kernels`` ``(N, PARAMETERS)``, ``points`` ``(N, 2)`` where each instance was
    predicted, in input pixels, and ``strides`` ``(N,)`` of its level. The coordinates an instance sees are
    (point − cell) / (8 · stride).
    """
    height, width = prototypes.shape[-2:]
    weight1, weight2, weight3, bias1, bias2, bias3 = torch.split(kernels, _SPLIT, dim=1)
    weight1 = weight1.reshape(-1, WIDTH, 2 + PROTOTYPES)
    # The first layer is linear in the cell, so every instance can share one map of cells and prototypes:
    # w · (point − cell) = w · point − w · cell. Nothing is copied per instance.
    scaled = weight1[..., :2] / (8 * strides)[:, None, None]
    bias1 = bias1 + (scaled * points[:, None]).sum(-1)
    weight1 = torch.cat((-scaled, weight1[..., 2:]), dim=-1)
    shared = torch.cat((_cells(prototypes), prototypes.flatten(1)))
    x = torch.addmm(bias1.reshape(-1, 1), weight1.flatten(0, 1), shared).relu_().reshape(-1, WIDTH, height * width)
    x = torch.baddbmm(bias2[..., None], weight2.reshape(-1, WIDTH, WIDTH), x).relu_()
    x = torch.baddbmm(bias3[..., None], weight3[:, None], x)
    return x.reshape(-1, height, width)


def _cells(prototypes: Tensor) -> Tensor:
    height, width = prototypes.shape[-2:]
    y = torch.arange(height, device=prototypes.device, dtype=prototypes.dtype) * STRIDE
    x = torch.arange(width, device=prototypes.device, dtype=prototypes.dtype) * STRIDE
    return torch.stack(torch.meshgrid(x, y, indexing="xy")).flatten(1)


def crop_probabilities(logits: Tensor, boxes: Tensor, size: int = 28) -> Tensor:
    """Probabilities ``(N, size, size)`` of each instance's logits ``(N, h, w)`` over its own box ``(N, 4)``, pixels.

    Sampled bilinearly at the centres of the box's cells; reading the logits at stride 8 gives what enlarging
    them eightfold first would give, without the memory.
    """
    height, width = logits.shape[-2:]
    centres = (torch.arange(size, device=boxes.device, dtype=boxes.dtype) + 0.5) / size
    low, extent = boxes[:, None, :2], boxes[:, None, 2:] - boxes[:, None, :2]
    at = low + extent * centres[None, :, None]  # (N, size, 2): x and y of the columns and rows
    x = at[:, None, :, 0] * (2 / (width * STRIDE)) - 1
    y = at[:, :, None, 1] * (2 / (height * STRIDE)) - 1
    grid = torch.stack((x.expand(-1, size, -1), y.expand(-1, -1, size)), dim=-1)
    sampled = F.grid_sample(logits[:, None], grid, mode="bilinear", padding_mode="border", align_corners=False)
    return sampled[:, 0].sigmoid()
