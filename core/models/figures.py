"""Compute the catalogue's figures from the models: ``python -m core.models.figures`` writes them for all recipes.

One convention for all: convolutions and matrix products of one image at the recipe's own input size, 80 classes, 100
instances, and in two-stage models 1000 proposals, whatever a model's own limits are. RTMDet's authors count 1.4 GMAC
more at 640²: they run its class and box tower, which are the same, twice.
"""

import msgspec
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from core.models import build
from core.models.mask_rcnn import MaskRCNN
from core.models.rtmdet_inst import RTMDetInst
from core.models.segmenter import Segmenter
from core.recipes.catalogue import catalogue
from core.recipes.figures import CLASSES, FILE, Figures
from core.recipes.schema import Recipe
from core.runs.folder import write_atomically

INSTANCES = 100
PROPOSALS = 1000


def figures(recipe: Recipe) -> Figures:
    """Count one pass of the recipe's model. Takes seconds."""
    side = recipe.settings.input_size
    segmenter = build(recipe.architecture, CLASSES).eval()
    parameters = sum(parameter.numel() for parameter in segmenter.parameters())
    return Figures(side, round(gmac(segmenter, side), 2), parameters)


def gmac(segmenter: Segmenter, side: int) -> float:
    """10⁹ multiply-accumulate operations of one ``side × side`` image."""
    _find_as_much_as_possible(segmenter)
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        found = segmenter.detect(torch.zeros(1, 3, side, side))
    assert found.labels.shape[1] == INSTANCES, "the count is of other instances than it says"
    return counter.get_total_flops() / 2e9


def _find_as_much_as_possible(segmenter: Segmenter) -> None:
    """Without weights nothing would be found, and what comes after would not be counted."""
    if isinstance(segmenter, MaskRCNN):
        segmenter.rpn.nms_thresh = segmenter.roi_heads.nms_thresh = 1.0
        segmenter.roi_heads.score_thresh = 0.0
        segmenter.roi_heads.detections_per_img = INSTANCES
        segmenter.rpn._pre_nms_top_n["testing"] = segmenter.rpn._post_nms_top_n["testing"] = PROPOSALS
    elif isinstance(segmenter, RTMDetInst):
        for predictor in segmenter.head.classes:
            assert isinstance(predictor, nn.Conv2d) and predictor.bias is not None
            nn.init.zeros_(predictor.bias)


def main() -> None:
    """Write ``resources/recipes/figures.json``."""
    found = {recipe.name: figures(recipe) for recipe in catalogue()}
    write_atomically(FILE, msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")


if __name__ == "__main__":
    main()
