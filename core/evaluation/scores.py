"""The figures of an evaluation: COCO's average precision and recall, of masks and of boxes."""

import msgspec

from core.recipes.model_spec import COCO_DETECTIONS
from core.words import tr_n

SCORES = "scores.json"
"""The file in a run's ``report/`` that keeps the ``Scores``."""


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """COCO's twelve numbers (cocodataset.org/#detection-eval), 0–1; −1 where no instance counts.

    AP is the mean over IoU .50 to .95 and the classes; small is below 32², large above 96² pixels; ``ar10`` allows ten
    detections an image, ``ar`` as many as count.
    """

    ap: float
    ap50: float
    ap75: float
    ap_small: float
    ap_medium: float
    ap_large: float
    ar1: float
    ar10: float
    ar: float
    ar_small: float
    ar_medium: float
    ar_large: float
    per_class: dict[str, float]
    """AP by class name; classes without an instance are left out."""


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """How well a model does on some images."""

    mask: Metrics
    box: Metrics
    images: int
    """Number of images that were read and counted."""
    max_detections: int = COCO_DETECTIONS
    """Detections of an image that counted at most."""
    at_100: "Scores | None" = None
    """The same with COCO's hundred, to compare with figures from elsewhere; ``None`` where it leaves nothing out."""

    @property
    def map_100(self) -> float | None:
        """Mask AP with COCO's hundred where that is another figure."""
        if self.at_100 is None or self.at_100.mask.ap == self.mask.ap:
            return None
        return self.at_100.mask.ap


def unusual(max_detections: int) -> int | None:
    """``max_detections`` where it has to be named beside a figure, since it is not COCO's 100; else ``None``."""
    return max_detections if max_detections != COCO_DETECTIONS else None


def limit_note(max_detections: int, map_100: float | None = None) -> str:
    """“at most 340 objects an image; 0.055 with COCO's 100”: what stands beside a mask AP that is not measured with
    COCO's limit, empty beside one that is."""
    if max_detections == COCO_DETECTIONS:
        return ""
    if map_100 is None:
        return tr_n("at most {n} object an image", "at most {n} objects an image", max_detections)
    return tr_n(
        "at most {n} object an image; {map_100:.3f} with COCO’s {standard}",
        "at most {n} objects an image; {map_100:.3f} with COCO’s {standard}",
        max_detections,
        map_100=map_100,
        standard=COCO_DETECTIONS,
    )
