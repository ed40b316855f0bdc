"""Mask R-CNN with a ResNet-50 and a feature pyramid (arXiv 1703.06870, 1612.03144), on torchvision's parts.

Module names are torchvision's, so that its public checkpoints load as they are. What differs from its ``MaskRCNN``:
images arrive scaled, padded and normalised; masks leave as 28 × 28 probabilities; labels are 0-based; box arithmetic
stays in float32 under autocast; the memory of mask targets is bounded.
"""

import torch
from torch import Tensor, nn
from torchvision.models import resnet50
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.detection.roi_heads import RoIHeads, fastrcnn_loss
from torchvision.models.detection.rpn import RegionProposalNetwork, RPNHead
from torchvision.ops import MultiScaleRoIAlign, roi_align
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool

from core.models.segmenter import Detections, Segmenter, Target

CHANNELS = 256
"""Of every pyramid level."""

MASK_TARGETS_AT_ONCE = 32
"""Ground-truth masks turned into float32 together: 128 MB at 1024²."""


class MaskRCNN(Segmenter):
    """Mask R-CNN R50-FPN for ``num_classes`` classes (background not counted).

    From scratch every layer trains, batch normalisation with the statistics of its batch: even two images give its
    deepest stage thousands of cells. After public weights were loaded, ``freeze_pretrained`` fixes what fine-tuning
    on few images would spoil.
    """

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self._frozen = False
        self.backbone = _backbone()
        self.rpn = _region_proposals()
        self.roi_heads = _roi_heads(num_classes + 1)  # torchvision's label 0 is the background
        _start_undecided(self.roi_heads)

    def freeze_pretrained(self) -> None:
        """Fix the stem, the first stage, and the statistics, scale and shift of every normalisation, as detectors are
        fine-tuned (arXiv 1703.06870, sec. 3.1)."""
        self._frozen = True
        body = self.backbone.body
        for module in (body.conv1, body.layer1, *_norms(body)):
            module.requires_grad_(False)
        self.train(self.training)

    def train(self, mode: bool = True) -> "MaskRCNN":
        super().train(mode)
        if self._frozen:
            for norm in _norms(self.backbone.body):
                norm.eval()
        return self

    def losses(self, images: Tensor, targets: list[Target]) -> dict[str, Tensor]:
        """Objectness and box losses of the proposals, class (softmax cross-entropy), box and mask losses of the
        detections. Call in training mode."""
        truth = [{"boxes": target.boxes, "labels": target.labels + 1, "masks": target.masks} for target in targets]
        sizes = [(images.shape[-2], images.shape[-1])] * len(images)
        features = self._features(images)
        proposals, rpn_losses = self.rpn(ImageList(images, sizes), features, truth)
        proposals, matched, labels, offsets = self.roi_heads.select_training_samples(proposals, truth)
        logits, regression = self._classify(features, proposals, sizes)
        class_loss, box_loss = fastrcnn_loss(logits, regression, labels, offsets)
        return {
            "objectness": rpn_losses["loss_objectness"],
            "proposal": rpn_losses["loss_rpn_box_reg"],
            "class": class_loss,
            "box": box_loss,
            "mask": self._mask_loss(features, proposals, sizes, matched, labels, targets),
        }

    def detect(self, images: Tensor) -> Detections:
        sizes = [(images.shape[-2], images.shape[-1])]
        features = self._features(images)
        proposals, _ = self.rpn(ImageList(images, sizes), features)
        logits, regression = self._classify(features, proposals, sizes)
        (boxes,), (scores,), (labels,) = self.roi_heads.postprocess_detections(logits, regression, proposals, sizes)
        masks = self._mask_logits(features, [boxes], sizes).sigmoid()
        masks = masks[torch.arange(masks.shape[0], device=masks.device), labels]
        return Detections(torch.cat([boxes, scores[:, None]], dim=1)[None], labels[None] - 1, masks[None])

    def _features(self, images: Tensor) -> dict[str, Tensor]:
        # Anchors and proposals take the type of the features, and half a number cannot tell pixel 1001 from 1000.
        return {level: features.float() for level, features in self.backbone(images).items()}

    def _classify(
        self, features: dict[str, Tensor], proposals: list[Tensor], sizes: list[tuple[int, int]]
    ) -> tuple[Tensor, Tensor]:
        """Class logits ``(P, C + 1)`` and box offsets ``(P, 4 (C + 1))`` of all proposals."""
        regions = self.roi_heads.box_roi_pool(features, proposals, sizes)
        logits, regression = self.roi_heads.box_predictor(self.roi_heads.box_head(regions))
        return logits.float(), regression.float()

    def _mask_logits(self, features: dict[str, Tensor], boxes: list[Tensor], sizes: list[tuple[int, int]]) -> Tensor:
        """``(N, C + 1, 28, 28)``: a mask of every class for all boxes."""
        regions = self.roi_heads.mask_roi_pool(features, boxes, sizes)
        logits: Tensor = self.roi_heads.mask_predictor(self.roi_heads.mask_head(regions)).float()
        return logits

    def _mask_loss(
        self,
        features: dict[str, Tensor],
        proposals: list[Tensor],
        sizes: list[tuple[int, int]],
        matched: list[Tensor],
        labels: list[Tensor],
        targets: list[Target],
    ) -> Tensor:
        """Mean binary cross-entropy of the masks of the true classes, over the proposals that cover an instance."""
        positive = [torch.nonzero(of_image > 0)[:, 0] for of_image in labels]
        boxes = [boxes[rows] for boxes, rows in zip(proposals, positive, strict=True)]
        classes = torch.cat([of_image[rows] for of_image, rows in zip(labels, positive, strict=True)])
        logits = self._mask_logits(features, boxes, sizes)
        if not len(classes):
            return logits.sum() * 0.0
        wanted = torch.cat(
            [
                mask_targets(target.masks, boxes_of_image, instances[rows], logits.shape[-1])
                for target, boxes_of_image, instances, rows in zip(targets, boxes, matched, positive, strict=True)
            ]
        )
        of_class = logits[torch.arange(len(classes), device=classes.device), classes]
        return nn.functional.binary_cross_entropy_with_logits(of_class, wanted)


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


def _in_float(head: nn.Module, inputs: object, outputs: tuple[list[Tensor], list[Tensor]]) -> tuple[list[Tensor], ...]:
    """The proposal head's offsets are applied to anchors in their own type, which must not be half precision."""
    return tuple([level.float() for level in levels] for levels in outputs)


def _norms(module: nn.Module) -> list[nn.BatchNorm2d]:
    return [child for child in module.modules() if isinstance(child, nn.BatchNorm2d)]


def _backbone() -> BackboneWithFPN:
    """Pyramid levels at strides 4, 8, 16, 32 and, for the largest proposals, 64."""
    return BackboneWithFPN(
        resnet50(weights=None),
        return_layers={f"layer{stage + 1}": str(stage) for stage in range(4)},
        in_channels_list=[256, 512, 1024, 2048],
        out_channels=CHANNELS,
        extra_blocks=LastLevelMaxPool(),
    )


def _region_proposals() -> RegionProposalNetwork:
    """A thousand proposals an image (Faster R-CNN, arXiv 1506.01497). No objectness is too low to be proposed."""
    anchors = AnchorGenerator(tuple((side,) for side in (32, 64, 128, 256, 512)), ((0.5, 1.0, 2.0),) * 5)
    head = RPNHead(CHANNELS, anchors.num_anchors_per_location()[0])
    head.register_forward_hook(_in_float)
    return RegionProposalNetwork(
        anchors,
        head,
        fg_iou_thresh=0.7,
        bg_iou_thresh=0.3,
        batch_size_per_image=256,
        positive_fraction=0.5,
        pre_nms_top_n={"training": 2000, "testing": 1000},
        post_nms_top_n={"training": 1000, "testing": 1000},
        nms_thresh=0.7,
        score_thresh=0.0,
    )


def _roi_heads(num_labels: int) -> RoIHeads:
    levels = ["0", "1", "2", "3"]
    return RoIHeads(
        MultiScaleRoIAlign(levels, output_size=7, sampling_ratio=2),
        TwoMLPHead(CHANNELS * 7**2, 1024),
        FastRCNNPredictor(1024, num_labels),
        fg_iou_thresh=0.5,
        bg_iou_thresh=0.5,
        batch_size_per_image=512,
        positive_fraction=0.25,
        bbox_reg_weights=None,
        score_thresh=0.05,
        nms_thresh=0.5,
        detections_per_img=100,
        mask_roi_pool=MultiScaleRoIAlign(levels, output_size=14, sampling_ratio=2),
        mask_head=MaskRCNNHeads(CHANNELS, [256] * 4, dilation=1),
        mask_predictor=MaskRCNNPredictor(256, 256, num_labels),
    )
