"""The networks: each stands behind ``core.models.segmenter.Segmenter``, and is listed here by name."""

from dataclasses import dataclass
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from core.errors import UserError
from core.words import tr

if TYPE_CHECKING:
    from core.models.segmenter import Segmenter


@dataclass(frozen=True, slots=True)
class Architecture:
    """A kind of network. What is particular to it hangs on its ``Segmenter``."""

    title: str
    factory: str
    """``module:function`` of what makes one from the number of classes, and the ``variant`` if there is one; imported
    when one is made, which loads torch."""
    variant: str | None = None


ARCHITECTURES = {
    "rtmdet_inst": Architecture("RTMDet-Ins", "core.models.rtmdet_inst:RTMDetInst"),
    "mask_rcnn": Architecture("Mask R-CNN", "core.models.mask_rcnn:build", "mask_rcnn"),
    **{
        f"mask_rcnn_{variant}": Architecture("Mask R-CNN", "core.models.mask_rcnn:build", f"mask_rcnn_{variant}")
        for variant in ("resnet50_v2", "efficientnet_b2b", "swin_t")
    },
}
"""By the name that recipes and trained models give; more may be added."""


def architecture(name: str) -> Architecture:
    """The architecture of this name. Raises ``UserError`` when there is none."""
    if name not in ARCHITECTURES:
        raise UserError(tr("there is no architecture called “{name}”", name=name))
    return ARCHITECTURES[name]


def build(name: str, num_classes: int) -> "Segmenter":
    """A network of the architecture ``name`` with fresh weights for ``num_classes`` classes. Imports torch only now.
    Raises ``UserError`` when no such architecture exists."""
    found = architecture(name)
    variant = (found.variant,) if found.variant else ()
    segmenter: Segmenter = resolve_name(found.factory)(num_classes, *variant)
    return segmenter
