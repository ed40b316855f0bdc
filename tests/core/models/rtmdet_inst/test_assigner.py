"""RTMDet's assignment, against the paper's rule written out cell by cell."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from core.models.rtmdet_inst.assigner import assign, centres_of_mass, pairwise_iou


def scene(seed: int, instances: int, side: int = 96, classes: int = 4) -> dict[str, Tensor]:
    """Cells of three levels with random predictions, and random instances among them."""
    generator = torch.Generator().manual_seed(seed)
    points, strides = [], []
    for stride in (8, 16, 32):
        steps = torch.arange(0, side, stride, dtype=torch.float32)
        points.append(torch.cartesian_prod(steps, steps))
        strides.append(torch.full((len(points[-1]),), float(stride)))
    at, stride = torch.cat(points), torch.cat(strides)
    reach = torch.rand(len(at), 4, generator=generator) * 3 * stride[:, None]
    corner = torch.rand(instances, 2, generator=generator) * side * 0.7
    gt_boxes = torch.cat((corner, corner + torch.rand(instances, 2, generator=generator) * side * 0.4 + 4), dim=1)
    return {
        "logits": torch.randn(len(at), classes, generator=generator) * 2 - 2,
        "boxes": torch.cat((at - reach[:, :2], at + reach[:, 2:]), dim=1),
        "points": at,
        "strides": stride,
        "gt_boxes": gt_boxes,
        "gt_labels": torch.randint(0, classes, (instances,), generator=generator),
        "centres": (gt_boxes[:, :2] + gt_boxes[:, 2:]) / 2 + 3,
    }


def written_out(s: dict[str, Tensor]) -> dict[int, int]:
    """Cell → instance, one cost at a time."""
    candidates = [
        cell
        for cell, (x, y) in enumerate(s["points"].tolist())
        if any(x1 < x < x2 and y1 < y < y2 for x1, y1, x2, y2 in s["gt_boxes"].tolist())
    ]
    iou = pairwise_iou(s["boxes"], s["gt_boxes"])
    cost, chosen = {}, {}
    for instance, label in enumerate(s["gt_labels"].tolist()):
        for cell in candidates:
            wanted = torch.zeros(s["logits"].shape[1])
            wanted[label] = iou[cell, instance]
            error = (wanted - s["logits"][cell].sigmoid()).abs() ** 2
            soft = binary_cross_entropy_with_logits(s["logits"][cell], wanted, reduction="none") * error
            distance = torch.dist(s["points"][cell], s["centres"][instance]) / s["strides"][cell]
            cost[cell, instance] = (
                soft.sum().item() - 3 * math.log(iou[cell, instance] + 1e-7) + 10 ** (distance.item() - 3)
            )
        k = max(int(iou[candidates, instance].sort(descending=True).values[:13].sum()), 1)
        chosen[instance] = sorted(candidates, key=lambda cell: cost[cell, instance])[:k]
    owners: dict[int, list[int]] = {}
    for instance, cells in chosen.items():
        for cell in cells:
            owners.setdefault(cell, []).append(instance)
    everyone = range(len(s["gt_labels"]))
    return {
        cell: wanting[0] if len(wanting) == 1 else min(everyone, key=lambda instance: cost[cell, instance])
        for cell, wanting in owners.items()
    }


@pytest.mark.parametrize(("seed", "instances"), [(0, 1), (1, 3), (2, 12)])
def test_cells_go_where_the_rule_sends_them(seed: int, instances: int) -> None:
    given = scene(seed, instances)
    found = assign(**given)
    expected = written_out(given)
    assert dict(zip(found.cells.tolist(), found.instances.tolist(), strict=True)) == expected
    assert found.cells.tolist() == sorted(expected)
    overlaps = pairwise_iou(given["boxes"], given["gt_boxes"])[found.cells, found.instances]
    torch.testing.assert_close(found.ious, overlaps)


def test_an_image_without_instances_assigns_nothing() -> None:
    found = assign(**scene(0, 0))
    assert [len(values) for values in found] == [0, 0, 0]


def test_an_instance_between_all_points_assigns_nothing() -> None:
    given = scene(0, 1) | {"gt_boxes": torch.tensor([[1.0, 1.0, 7.0, 7.0]])}
    assert len(assign(**given).cells) == 0


def test_the_centre_is_the_mean_pixel_and_the_boxes_middle_without_pixels() -> None:
    masks = torch.zeros(2, 32, 64, dtype=torch.uint8)
    masks[0, 4:8, 10] = 1
    masks[0, 4, 11:14] = 1
    boxes = torch.tensor([[10.0, 4.0, 14.0, 8.0], [2.0, 2.0, 6.0, 8.0]])
    y, x = masks[0].nonzero().float().mean(0)
    torch.testing.assert_close(centres_of_mass(masks, boxes), torch.tensor([[x, y], [4.0, 5.0]]))


@pytest.mark.parametrize(("height", "width"), [(4096, 32), (32, 4096)])
def test_the_centre_of_a_mask_that_fills_the_largest_input_is_its_middle(height: int, width: int) -> None:
    masks = torch.ones(1, height, width, dtype=torch.uint8)
    centre = centres_of_mass(masks, torch.zeros(1, 4))
    torch.testing.assert_close(centre, torch.tensor([[(width - 1) / 2, (height - 1) / 2]]))
