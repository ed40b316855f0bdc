"""What a model finds where nobody has labelled costs it nothing, in any loss; and what is drawn there still counts."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor
from torchvision.models.detection.image_list import ImageList
from torchvision.ops import box_iou

from core.models.mask_rcnn import VARIANTS, MaskRCNN
from core.models.mask_rcnn.regions import unknown_shares
from core.models.rtmdet_inst import RTMDetInst
from core.models.rtmdet_inst.head import Maps
from core.models.rtmdet_inst.losses import flatten, weighted_losses
from core.models.segmenter import Target

SIDE = 128
HALF = SIDE // 2
LEFT, RIGHT, ACROSS = (10, 20, 50, 60), (74, 20, 114, 60), (40, 70, 100, 110)


@pytest.fixture(autouse=True)
def _seeded() -> Iterator[None]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def half_labelled(*boxes: tuple[int, int, int, int], frames: bool = False) -> Target:
    """Objects that fill their boxes, or are thin ``frames`` around them; of the right half nobody has labelled more
    than they cover."""
    masks = torch.zeros(len(boxes), SIDE, SIDE, dtype=torch.uint8)
    for mask, (x1, y1, x2, y2) in zip(masks, boxes, strict=True):
        mask[y1:y2, x1:x2] = 1
        if frames:
            mask[y1 + 2 : y2 - 2, x1 + 2 : x2 - 2] = 0
    unknown = torch.zeros(SIDE, SIDE, dtype=torch.uint8)
    unknown[:, HALF:] = 1
    unknown[masks.sum(0) > 0] = 0
    labels = torch.zeros(len(boxes), dtype=torch.int64)
    return Target(torch.tensor(boxes).reshape(-1, 4).float(), labels, masks, unknown)


def unlabelled() -> Target:
    """No object, and nothing is known anywhere."""
    nothing = half_labelled()
    nothing.unknown = torch.ones(SIDE, SIDE, dtype=torch.uint8)
    return nothing


def maps(seed: int = 0) -> Maps:
    """What RTMDet's head might say of one image of two classes, every number to be learnt."""
    random = torch.Generator().manual_seed(seed)
    sides = [SIDE // stride for stride in (8, 16, 32)]

    def level(channels: int, side: int, low: float = -1.0) -> Tensor:
        return torch.empty(1, channels, side, side).uniform_(low, 1, generator=random).requires_grad_()

    distances = [(level(4, side).detach().abs() * 40 + 1).requires_grad_() for side in sides]
    kernels = [level(169, side) for side in sides]
    return Maps([level(2, side) for side in sides], distances, kernels, level(8, sides[0]))


@pytest.mark.parametrize("boxes", [(), (LEFT,), (LEFT, RIGHT), (ACROSS,)])
def test_rtmdet_learns_no_class_in_the_unknown_part_but_of_what_is_drawn_there(boxes: Any) -> None:
    said, target = maps(), half_labelled(*boxes)
    weighted_losses(said, [target])["class"].backward()
    slopes = torch.cat([level.grad.flatten(2)[0].T for level in said.classes if level.grad is not None])
    x, y = flatten(said).points.long().unbind(1)
    unknown = target.unknown[y, x] > 0
    taught = (slopes != 0).all(1)
    assert taught[~unknown].all(), "everywhere else the background is learnt as ever"
    assert int((taught & unknown).sum()) <= 13 * len(boxes), "only by cells of an object, 13 at most"
    if ACROSS not in boxes:
        assert not slopes[unknown].any()
    inside = (x >= 84) & (x < 104) & (y >= 30) & (y < 50)
    assert taught[inside].all() == (RIGHT in boxes)


def test_rtmdet_learns_an_object_by_cells_that_lie_in_unknown_pixels_too() -> None:
    said, target = maps(), half_labelled(RIGHT, frames=True)
    weighted_losses(said, [target])["class"].backward()
    [slopes, *_] = (level.grad for level in said.classes)
    assert slopes is not None and target.unknown is not None
    inside = slopes[0, :, 24 // 8 : 56 // 8, 80 // 8 : 112 // 8]
    assert target.unknown[24:56, 80:112].all() and inside.any() and not inside.all()


def test_rtmdets_masks_may_say_what_they_like_of_unknown_pixels() -> None:
    said, target = maps(), half_labelled(ACROSS)
    weighted_losses(said, [target])["mask"].backward()
    slopes = said.prototypes.grad
    assert slopes is not None
    slopes = slopes[0].abs().amax(0)
    clear = torch.zeros(SIDE, SIDE, dtype=torch.bool)  # a cell away from what is known: masks are compared enlarged
    clear[:, HALF + 16 :] = True
    clear[ACROSS[1] - 16 : ACROSS[3] + 16, : ACROSS[2] + 16] = False
    assert clear[::8, ::8].any() and not slopes[clear[::8, ::8]].any()
    assert (slopes[:, : HALF // 8] > 0).all(), "the known half teaches where the object is not"
    assert (slopes[9:13, 9:12] > 0).all(), "and the drawn part in the unknown half where it is"


def test_an_image_of_which_nothing_is_known_adds_nothing_to_its_batch() -> None:
    one, other, known = maps(1), maps(2), half_labelled(LEFT)
    levels = [[torch.cat(pair) for pair in zip(*both, strict=True)] for both in zip(one[:3], other[:3], strict=True)]
    both = Maps(*levels, torch.cat([one.prototypes, other.prototypes]))
    alone, together = weighted_losses(one, [known]), weighted_losses(both, [known, unlabelled()])
    for name, term in alone.items():
        torch.testing.assert_close(together[name], term)


class Heard:
    """What the parts of a Mask R-CNN are taught when it learns one picture: all anchors, and all proposals."""

    def __init__(self, target: Target) -> None:
        model = MaskRCNN(2, VARIANTS["mask_rcnn_efficientnet_b2b"]).train()
        model.rpn.fg_bg_sampler.batch_size_per_image = model.roi_heads.fg_bg_sampler.batch_size_per_image = 10**6
        objectness, offered = list[Tensor](), list[Tensor]()
        select = model.roi_heads.select_training_samples

        def listen(_: object, __: object, said: Tensor) -> None:
            said.retain_grad()
            objectness.append(said)

        def note(*args: Any) -> Any:
            found = select(*args)
            (self.proposals,), _, (self.labels,), _ = found
            return found

        model.rpn.register_forward_hook(lambda _, __, found: offered.append(found[0][0]))
        model.rpn.head.cls_logits.register_forward_hook(listen)
        model.roi_heads.select_training_samples = note
        picture = torch.randn(1, 3, SIDE, SIDE)
        self.losses = model.losses(picture, [target])
        sum(self.losses.values(), torch.zeros(())).backward()
        [self.offered] = offered
        images = ImageList(picture, [(SIDE, SIDE)])
        self.anchors = model.rpn.anchor_generator(images, objectness)[0]
        slopes = [level.grad.permute(0, 2, 3, 1).flatten() for level in objectness if level.grad is not None]
        self.taught = torch.cat(slopes) != 0


def share(boxes: Tensor, unknown: Tensor) -> Tensor:
    """By counting: of the whole pixels that each box touches, inside the picture."""
    corners = torch.cat([boxes[:, :2].floor(), boxes[:, 2:].ceil()], 1).clamp(0, SIDE).long().tolist()
    seen = [unknown[y1:y2, x1:x2].float() for x1, y1, x2, y2 in corners]
    return torch.tensor([part.mean().item() if part.numel() else 0.0 for part in seen])


def overlap(boxes: Tensor, target: Target) -> Tensor:
    return box_iou(boxes, target.boxes).amax(1) if len(target.boxes) else torch.zeros(len(boxes))


@pytest.mark.parametrize(("boxes", "frames"), [((), False), ((LEFT, RIGHT), False), ((LEFT, RIGHT), True)])
def test_mask_rcnn_takes_no_region_for_background_that_may_show_what_nobody_labelled(boxes: Any, frames: bool) -> None:
    target = half_labelled(*boxes, frames=frames)
    assert target.unknown is not None
    heard = Heard(target)

    shares, ious = share(heard.anchors, target.unknown), overlap(heard.anchors, target)
    of_each = box_iou(heard.anchors, target.boxes)
    of_object = (of_each == of_each.amax(0)).any(1) | (ious >= 0.7)  # the best of each, however little that is
    background = (ious < 0.3) & ~of_object
    assert not heard.taught[background & (shares >= 0.3)].any()
    assert heard.taught[background & (shares < 0.3)].all()
    assert heard.taught[of_object].all() and (background & (shares >= 0.3)).sum() > 500

    shares, ious = share(heard.proposals, target.unknown), overlap(heard.proposals, target)
    assert (shares[heard.labels == 0] < 0.5).all() and (heard.labels == 0).any()
    assert torch.equal(heard.labels > 0, ious >= 0.5)
    of_objects = int((overlap(heard.offered, target) >= 0.5).sum())
    assert int((heard.labels > 0).sum()) == of_objects + len(boxes), "what is drawn there is learnt"
    assert bool(boxes) == (of_objects > 3)


@pytest.mark.parametrize("architecture", VARIANTS)
def test_a_picture_of_which_nothing_is_known_teaches_nothing_and_does_no_harm(architecture: str) -> None:
    for model in (MaskRCNN(2, VARIANTS[architecture]).train(), RTMDetInst(2).train()):
        terms = model.losses(torch.randn(2, 3, SIDE, SIDE), [unlabelled(), unlabelled()])
        sum(terms.values(), torch.zeros(())).backward()
        assert all(term.item() == 0 for term in terms.values())
        assert not any(one.grad is not None and one.grad.any() for one in model.parameters())
        assert all(bool(value.isfinite().all()) for value in model.state_dict().values())


def test_mask_rcnns_masks_may_say_what_they_like_of_unknown_cells() -> None:
    target = half_labelled(ACROSS)
    model = MaskRCNN(2, VARIANTS["mask_rcnn_efficientnet_b2b"]).train()
    said: list[Tensor] = []
    model.roi_heads.mask_predictor.register_forward_hook(lambda _, __, logits: said.append(logits))
    box = torch.tensor([[20.0, 60, 120, 120]])
    features = model._features(torch.randn(1, 3, SIDE, SIDE))
    loss = model._mask_loss(features, [box], [(SIDE, SIDE)], [torch.tensor([0])], [torch.tensor([1])], [target])
    [slopes] = torch.autograd.grad(loss, said)
    y, x = torch.meshgrid(
        (torch.arange(28) + 0.5) / 28 * 60 + 60, (torch.arange(28) + 0.5) / 28 * 100 + 20, indexing="ij"
    )
    x1, y1, x2, y2 = ACROSS
    unknown = (x > HALF + 3) & ~((x > x1 - 3) & (x < x2 + 3) & (y > y1 - 3) & (y < y2 + 3))
    drawn = (x > x1) & (x < x2) & (y > y1) & (y < y2)
    assert unknown.sum() > 50 and not slopes[0, 1][unknown].any()
    assert (slopes[0, 1][drawn] < 0).all() and (slopes[0, 1][(x < HALF) & ~drawn] != 0).all()


def test_the_unknown_share_of_a_box_is_what_counting_gives() -> None:
    unknown = (torch.rand(SIDE, SIDE) < 0.3).to(torch.uint8)
    corners = torch.rand(500, 2, 2).sort(1).values * (SIDE + 60) - 30
    boxes = corners.reshape(-1, 4)
    torch.testing.assert_close(unknown_shares(boxes, unknown), share(boxes, unknown))
