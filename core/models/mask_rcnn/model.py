"""Mask R-CNN (arXiv 1703.06870) on a feature pyramid (arXiv 1612.03144), made of torchvision's parts.

Module names are torchvision's, so that its public checkpoints load as they are. What differs from its ``MaskRCNN``:
images arrive scaled, padded and normalised; masks leave as 28 × 28 probabilities; labels are 0-based; box arithmetic
stays in float32 under autocast; the memory of mask targets is bounded.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.roi_heads import fastrcnn_loss

from core.models.distributed import share
from core.models.mask_rcnn.backbones import Backbone
from core.models.mask_rcnn.checkpoint import PUBLIC, translate
from core.models.mask_rcnn.heads import limit_proposals, region_heads, region_proposals, without_unsure
from core.models.mask_rcnn.regions import known_cells, mask_targets
from core.models.mask_rcnn.variants import RESNET50, Variant
from core.models.segmenter import ClassRows, Detections, Segmenter, Target, Weights

COUNTED_PROPOSALS = 1000
"""Of an image, when operations are counted, whatever a variant's own limit is."""


class MaskRCNN(Segmenter):
    """A variant of Mask R-CNN for ``num_classes`` classes (background not counted).

    From scratch every layer trains, batch normalisation with the statistics of its batch: even two images give its
    deepest stage hundreds of cells. After public weights were loaded, ``freeze_pretrained`` fixes what fine-tuning
    on few images would spoil.
    """

    class_rows = ClassRows(
        {
            "roi_heads.box_predictor.cls_score.": 1,
            "roi_heads.box_predictor.bbox_pred.": 4,
            "roi_heads.mask_predictor.mask_fcn_logits.": 1,
        },
        background=1,
    )
    public_weights = PUBLIC

    def __init__(self, num_classes: int, variant: Variant = RESNET50) -> None:
        super().__init__()
        self.variant = variant
        self._frozen = False
        norm = nn.BatchNorm2d if variant.convolutional else None
        self.backbone = Backbone(variant.body(), variant.widths, variant.channels, norm)
        self.rpn = region_proposals(variant)
        self.roi_heads = region_heads(variant, num_classes + 1)

    def freeze_pretrained(self) -> None:
        """Fix the variant's first layers and the statistics, scale and shift of every batch normalisation of the body,
        as detectors are fine-tuned (arXiv 1703.06870, sec. 3.1)."""
        self._frozen = True
        body = self.backbone.body
        for module in (*(body.get_submodule(name) for name in self.variant.frozen), *_norms(body)):
            module.requires_grad_(False)
        self.train(self.training)

    def train(self, mode: bool = True) -> "MaskRCNN":
        super().train(mode)
        if self._frozen:
            for norm in _norms(self.backbone.body):
                norm.eval()
        return self

    def translate(self, tensors: Mapping[str, Tensor]) -> Weights:
        return translate(tensors)  # our names are torchvision's: ours are read as one of its own

    def count_operations(self, images: Tensor, instances: int) -> None:
        features, heads, channels = self.backbone(images), self.roi_heads, self.variant.channels
        self.rpn.head(list(features.values()))
        heads.box_predictor(heads.box_head(torch.zeros(COUNTED_PROPOSALS, channels, 7, 7)))
        heads.mask_predictor(heads.mask_head(torch.zeros(instances, channels, 14, 14)))

    def limit_detections(self, most: int) -> None:
        self.roi_heads.detections_per_img = most
        limit_proposals(self.rpn, self.variant, most)

    def losses(self, images: Tensor, targets: list[Target]) -> dict[str, Tensor]:
        """Objectness and box losses of the proposals, class (softmax cross-entropy), box and mask losses of the
        detections. Call in training mode."""
        truth = [
            {"boxes": one.boxes, "labels": one.labels + 1, "masks": one.masks, "unknown": one.unknown}
            for one in targets
        ]
        sizes = [(images.shape[-2], images.shape[-1])] * len(images)
        features = self._features(images)
        proposals, rpn_losses = self.rpn(ImageList(images, sizes), features, truth)
        proposals = [
            of_image
            if target.unknown is None
            else without_unsure(of_image, target.boxes, target.unknown, self.roi_heads)
            for of_image, target in zip(proposals, targets, strict=True)
        ]
        proposals, matched, labels, offsets = self.roi_heads.select_training_samples(proposals, truth)
        logits, regression = self._classify(features, proposals, sizes)
        class_loss, box_loss = logits.sum() * 0.0, regression.sum() * 0.0  # of no proposals: their mean is no number
        if len(logits):
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
        """Mean binary cross-entropy of the masks of the true classes, over the proposals that cover an instance: those
        of all processes. Cells of a mask that lie mostly where nothing is known are right whatever they say."""
        positive = [torch.nonzero(of_image > 0)[:, 0] for of_image in labels]
        boxes = [boxes[rows] for boxes, rows in zip(proposals, positive, strict=True)]
        classes = torch.cat([of_image[rows] for of_image, rows in zip(labels, positive, strict=True)])
        logits = self._mask_logits(features, boxes, sizes)
        normaliser = share(logits.new_full((), len(classes)))  # every process asks, also one without positives
        if not len(classes):
            return logits.sum() * 0.0
        side = logits.shape[-1]
        wanted = torch.cat(
            [
                mask_targets(target.masks, boxes_of_image, instances[rows], side)
                for target, boxes_of_image, instances, rows in zip(targets, boxes, matched, positive, strict=True)
            ]
        )
        of_class = logits[torch.arange(len(classes), device=classes.device), classes]
        loss = nn.functional.binary_cross_entropy_with_logits(of_class, wanted, reduction="none")
        if any(target.unknown is not None for target in targets):
            known = [known_cells(one.unknown, some, side) for one, some in zip(targets, boxes, strict=True)]
            loss = loss * torch.cat(known)
        return loss.sum() / (normaliser * wanted[0].numel())


def _norms(module: nn.Module) -> list[nn.Module]:
    """All kinds of batch normalisation, also what several GPUs make of it."""
    return [child for child in module.modules() if isinstance(child, nn.modules.batchnorm._BatchNorm)]
