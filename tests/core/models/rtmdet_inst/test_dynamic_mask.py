"""An instance's mask is what three convolutions of its own make of the prototypes, cut to its box."""

import torch
from torch.nn.functional import conv2d, interpolate

from core.models.rtmdet_inst.dynamic_mask import PARAMETERS, crop_probabilities, mask_logits


def test_each_mask_is_three_convolutions_over_coordinates_and_prototypes() -> None:
    torch.manual_seed(0)
    prototypes, kernels = torch.randn(8, 6, 9), torch.randn(3, PARAMETERS)
    points = torch.tensor([[0.0, 0.0], [40.0, 16.0], [64.0, 32.0]])
    strides = torch.tensor([8.0, 16.0, 32.0])
    expected = []
    for kernel, point, stride in zip(kernels, points, strides, strict=True):
        y, x = torch.meshgrid(torch.arange(6) * 8.0, torch.arange(9) * 8.0, indexing="ij")
        relative = (point[:, None, None] - torch.stack((x, y))) / (stride * 8)
        maps = torch.cat((relative, prototypes))
        maps = conv2d(maps, kernel[:80].reshape(8, 10, 1, 1), kernel[152:160]).relu()
        maps = conv2d(maps, kernel[80:144].reshape(8, 8, 1, 1), kernel[160:168]).relu()
        expected.append(conv2d(maps, kernel[144:152].reshape(1, 8, 1, 1), kernel[168:])[0])
    torch.testing.assert_close(mask_logits(prototypes, kernels, points, strides), torch.stack(expected))


def test_a_crop_is_the_enlarged_mask_inside_its_own_box() -> None:
    torch.manual_seed(0)
    logits = torch.randn(2, 8, 12)
    enlarged = interpolate(logits[None], scale_factor=8, mode="bilinear")[0].sigmoid()
    boxes = torch.tensor([[5.0, 11.0, 33.0, 39.0], [68.0, 36.0, 96.0, 64.0]])  # a pixel a cell, at the border too
    cut = crop_probabilities(logits, boxes)
    torch.testing.assert_close(cut[0], enlarged[0, 11:39, 5:33])
    torch.testing.assert_close(cut[1], enlarged[1, 36:64, 68:96])


def test_no_instances_have_no_masks() -> None:
    logits = mask_logits(torch.randn(8, 4, 4), torch.zeros(0, PARAMETERS), torch.zeros(0, 2), torch.zeros(0))
    assert crop_probabilities(logits, torch.zeros(0, 4)).shape == (0, 28, 28)
