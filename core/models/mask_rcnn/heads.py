"""The two stages of Mask R-CNN on torchvision's parts: proposals, then classes, boxes and masks of the proposed."""

from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FastRCNNConvFCHead, FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.detection.roi_heads import RoIHeads
from torchvision.models.detection.rpn import RegionProposalNetwork, RPNHead
from torchvision.ops import box_iou

from core.models.mask_rcnn.regions import RegionAlign, unknown_shares
from core.models.mask_rcnn.variants import Variant

ANCHOR_SIDES = (32, 64, 128, 256, 512)
"""In pixels, one a level."""
ANCHOR_RATIOS = (0.5, 1.0, 2.0)
"""Height to width."""
PROPOSALS = 4
"""For each instance that may be found: some are of the same one, and some of none. Of 225 dots EfficientNet-B2b's 500
proposals left 196, three for each of 340 instances 222, and four all."""


class RegionProposals(RegionProposalNetwork):  # type: ignore[misc]
    """Where something may be, learnt from what is known of each image.

    A box has at least as large a share in the unknown part of an image as its overlap (IoU) with anything in there is.
    So an anchor that has less there than would keep it from being background is background for sure; the others are
    left out, but for those of an instance.
    """

    def assign_targets_to_anchors(
        self, anchors: list[Tensor], targets: list[dict[str, Any]]
    ) -> tuple[list[Tensor], list[Tensor]]:
        labels, boxes = super().assign_targets_to_anchors(anchors, targets)
        for of_image, there, target in zip(labels, anchors, targets, strict=True):
            if (unknown := target["unknown"]) is not None:
                unsure = unknown_shares(there, unknown) >= self.proposal_matcher.low_threshold
                of_image[unsure & (of_image == 0)] = -1  # torchvision's word for neither
        return labels, boxes

    def compute_loss(
        self, objectness: Tensor, pred_bbox_deltas: Tensor, labels: list[Tensor], regression_targets: list[Tensor]
    ) -> tuple[Tensor, Tensor]:
        if bool((torch.cat(labels) < 0).all()):  # the mean of nothing is no number
            return objectness.sum() * 0.0, pred_bbox_deltas.sum() * 0.0
        losses: tuple[Tensor, Tensor] = super().compute_loss(objectness, pred_bbox_deltas, labels, regression_targets)
        return losses


def without_unsure(proposals: Tensor, boxes: Tensor, unknown: Tensor, heads: RoIHeads) -> Tensor:
    """The proposals ``(P, 4)`` of an image that ``heads`` can learn from: those of its instances' ``boxes``, and those
    that are background for sure (see ``RegionProposals``)."""
    least = heads.proposal_matcher.high_threshold
    sure = unknown_shares(proposals, unknown) < least
    return proposals[sure | (box_iou(proposals, boxes) >= least).any(1)]


def region_proposals(variant: Variant) -> RegionProposals:
    """Where something may be (Faster R-CNN, arXiv 1506.01497). No objectness is too low to be proposed."""
    head = RPNHead(variant.channels, len(ANCHOR_RATIOS), conv_depth=2 if variant.convolutional else 1)
    head.register_forward_hook(_in_float)
    training, testing = variant.training_proposals, variant.proposals
    return RegionProposals(
        _anchors(exact=variant.aligned),
        head,
        fg_iou_thresh=0.7,
        bg_iou_thresh=0.3,
        batch_size_per_image=256,
        positive_fraction=0.5,
        pre_nms_top_n={"training": training[0], "testing": testing[0]},
        post_nms_top_n={"training": training[1], "testing": testing[1]},
        nms_thresh=variant.proposal_overlap,
        score_thresh=0.0,
    )


def limit_proposals(proposals: RegionProposalNetwork, variant: Variant, detections: int) -> None:
    """Propose, in use, as many regions as so many detections need, and not fewer than the variant does."""
    wanted = PROPOSALS * detections
    proposals._pre_nms_top_n["testing"] = max(variant.proposals[0], wanted)
    proposals._post_nms_top_n["testing"] = max(variant.proposals[1], wanted)


def region_heads(variant: Variant, num_labels: int) -> RoIHeads:
    """What is there, its box and its mask; ``num_labels`` counts the background, which is label 0."""
    width = variant.channels
    norm = nn.BatchNorm2d if variant.convolutional else None
    heads = RoIHeads(
        RegionAlign(7, aligned=variant.aligned),
        FastRCNNConvFCHead((width, 7, 7), [256] * 4, [1024], norm)
        if variant.convolutional
        else TwoMLPHead(width * 7**2, 1024),
        FastRCNNPredictor(1024, num_labels),
        fg_iou_thresh=0.5,
        bg_iou_thresh=0.5,
        batch_size_per_image=512,
        positive_fraction=0.25,
        bbox_reg_weights=None,
        score_thresh=0.05,
        nms_thresh=0.5,
        detections_per_img=variant.detections,
        mask_roi_pool=RegionAlign(14, aligned=variant.aligned),
        mask_head=MaskRCNNHeads(width, [width] * 4, 1, norm),
        mask_predictor=MaskRCNNPredictor(width, width, num_labels),
    )
    _start_undecided(heads)
    return heads


def _anchors(*, exact: bool) -> AnchorGenerator:
    generator = AnchorGenerator(tuple((side,) for side in ANCHOR_SIDES), (ANCHOR_RATIOS,) * len(ANCHOR_SIDES))
    if exact:  # torchvision rounds its anchors to whole pixels, and its weights know no others
        ratios = torch.tensor(ANCHOR_RATIOS).sqrt()
        unit = torch.stack((-1 / ratios, -ratios, 1 / ratios, ratios), dim=1) / 2
        generator.cell_anchors = [side * unit for side in ANCHOR_SIDES]
    return generator


def _in_float(head: nn.Module, inputs: object, outputs: tuple[list[Tensor], list[Tensor]]) -> tuple[list[Tensor], ...]:
    """The proposal head's offsets are applied to anchors in their own type, which must not be half precision."""
    return tuple([level.float() for level in levels] for levels in outputs)


def _start_undecided(heads: RoIHeads) -> None:
    """Near-zero predictors, as Fast R-CNN begins (arXiv 1504.08083, sec. 3.3). torchvision scales the mask predictor by
    its number of classes: with three, untrained logits reach 60 and the first steps diverge."""
    for layer, spread in (
        (heads.box_predictor.cls_score, 0.01),
        (heads.box_predictor.bbox_pred, 0.001),
        (heads.mask_predictor.mask_fcn_logits, 0.001),
    ):
        nn.init.normal_(layer.weight, std=spread)
        nn.init.zeros_(layer.bias)
